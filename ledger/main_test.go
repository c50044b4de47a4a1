package ledger

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"go.uber.org/goleak"
)

// TestMain also is the child process of the tests about several processes.
func TestMain(m *testing.M) {
	if path := os.Getenv("LEDGER_TEST_CHILD"); path != "" {
		os.Exit(beChild(path, os.Getenv("LEDGER_TEST_NAME")))
	}
	goleak.VerifyTestMain(m)
}

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func testOptions() options {
	return options{now: func() time.Time { return noon }, busy: busyTime}
}

func openAt(t testing.TB, path string) *Ledger {
	t.Helper()
	l, err := open(path, testOptions())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

func openNew(t testing.TB) *Ledger {
	t.Helper()
	return openAt(t, filepath.Join(t.TempDir(), "state", "ledger.db"))
}

// some makes a thread with n rows that differ in all that rows differ in.
func some(id string, n int) Thread {
	t := Thread{
		ID: id, Run: model.RunID("run of " + id), Home: "/home/dev/.codex", Project: "github.com/acme/x", User: "dev",
		Cwd: "/home/dev/x", Folder: "/home/dev/x", Branch: "main", Model: "gpt-5.5",
		First: noon.Add(-time.Hour), Last: noon, Written: noon.Add(time.Nanosecond), Reader: "test", State: []byte(`{"a":1}`),
		Files: []File{{Path: "/home/dev/.codex/sessions/" + id + ".jsonl", Size: 100, ModTime: noon, Dev: 1 << 63, Ino: 7, Offset: 100},
			{Path: "/home/dev/.codex/archived_sessions/" + id + ".jsonl", Size: 200, ModTime: noon.Add(1), Dev: 2, Ino: 8, Offset: 150}},
	}
	for i := range n {
		t.Rows = append(t.Rows, row(int64(i), "gpt-5.5", i))
	}
	return t
}

func row(quarter int64, name string, seed int) Row {
	b := model.Bucket{Quarter: quarter, Model: name, Tier: []string{"", "fast"}[seed%2], Long: seed%3 == 0}
	k := model.Kinds()[seed%len(model.Kinds())]
	u := model.Usage{Input: model.Tokens(1000 + seed), Cached: model.Tokens(seed), CacheWrite: 3, Output: model.Tokens(50 + seed), Reasoning: 5}
	return Row{model.KindBucket{Bucket: b, Kind: k}, model.Count{Usage: u, Responses: int64(1 + seed%5)}}
}

func mustReplace(t testing.TB, l *Ledger, threads ...Thread) {
	t.Helper()
	if err := l.Replace(context.Background(), threads...); err != nil {
		t.Fatal(err)
	}
}

func threadsOf(t testing.TB, l *Ledger, w Which) map[string]Thread {
	t.Helper()
	list, err := l.Threads(context.Background(), w)
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]Thread{}
	for _, th := range list {
		m[th.ID] = th
	}
	return m
}

// beChild is another process: it says what it has committed and goes on until it is killed.
func beChild(path, name string) int {
	l, err := Open(path)
	if err != nil {
		fmt.Println("error", err)
		return 1
	}
	for i := 1; ; i++ {
		ctx := context.Background()
		err := errors.Join(
			l.Replace(ctx, some(fmt.Sprintf("%s-%d", name, i), 20)),
			l.Audit(ctx, Entry{Actor: name, Action: "count", Subject: fmt.Sprint(i)}))
		if err != nil {
			fmt.Println("error", err)
			return 1
		}
		fmt.Println(i)
	}
}
