package main_test

import (
	"bytes"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// A first reading puts history into the ledger while it still reads, and is killed
// there again and again. Whatever was written by then, the readings after it count
// each response once, also when the files are gone and only the ledger is left.
func TestKilledWhileItFillsTheLedger(t *testing.T) {
	t.Parallel()
	now := time.Now()
	home := history(t, now.Add(-time.Hour), 600)
	rest := now.Add(-30 * time.Minute)
	err := filepath.Walk(home, func(path string, _ os.FileInfo, err error) error {
		if err != nil {
			return err
		}
		return os.Chtimes(path, rest, rest)
	})
	if err != nil {
		t.Fatal(err)
	}
	want := asJSON(t, usageOf(t, home, "--no-ledger"))
	kept := filepath.Join(t.TempDir(), "ledger.db")
	killed := 0
	for try := range 12 {
		if try == 6 { // and once more from nothing
			for _, end := range []string{"", "-wal", "-shm"} {
				_ = os.Remove(kept + end) // the killed one may have left none
			}
		}
		if killedAt(t, home, kept, int64(try%6)*100_000) {
			killed++
		}
	}
	if killed < 3 {
		t.Errorf("only %d of 12 were still at work when they were killed", killed)
	}
	for _, what := range []string{"after the kills", "again"} {
		if got := asJSON(t, usageOf(t, home, "--ledger", kept)); !bytes.Equal(got, want) {
			t.Fatalf("%s:\n%.3000s\nwant\n%.3000s", what, got, want)
		}
	}
	if err := os.RemoveAll(filepath.Join(home, "sessions")); err != nil {
		t.Fatal(err)
	}
	if got := asJSON(t, usageOf(t, home, "--ledger", kept)); !bytes.Equal(got, want) {
		t.Errorf("without the files:\n%.3000s\nwant\n%.3000s", got, want)
	}
}

// killedAt starts a reading and kills it as soon as the ledger's log has a size. It
// says whether the reading was still at work then.
func killedAt(t *testing.T, home, kept string, size int64) bool {
	t.Helper()
	cmd := exec.Command(binary, "--codex-home", home, "--ledger", kept, "usage", "--json")
	cmd.Env = environment(t.TempDir())
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	for until := time.Now().Add(patience); time.Now().Before(until); time.Sleep(200 * time.Microsecond) {
		select {
		case err := <-ended:
			if err != nil {
				t.Error(err)
			}
			return false
		default:
		}
		if info, err := os.Stat(kept + "-wal"); err == nil && info.Size() > size {
			break
		}
	}
	_ = cmd.Process.Kill() // it may have ended by itself at this moment
	return <-ended != nil
}

// asJSON is what a report counts.
func asJSON(t *testing.T, r usageReport) []byte {
	t.Helper()
	r.Warnings = nil // that the files are gone
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return b
}
