package demo

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
	"github.com/tokenburn-sentinel/tokenburn/watch/rollout"
)

var (
	berlin = time.FixedZone("CET", 3600)
	noon   = time.Date(2026, 11, 23, 14, 5, 0, 0, berlin)
)

// fleet seeds a home and lets it go on for a while.
func fleet(t *testing.T, now time.Time, o Options, on time.Duration) (string, *Fleet) {
	t.Helper()
	home := t.TempDir()
	f, err := Seed(home, now, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	if err := f.Advance(now.Add(on)); err != nil {
		t.Fatal(err)
	}
	return home, f
}

// readBack folds all files of a home with the reader that real files go through.
func readBack(t *testing.T, home string) map[string]*model.Thread {
	t.Helper()
	threads := map[string]*model.Thread{}
	files, problems := watch.Scan([]string{home})
	if len(problems) > 0 {
		t.Fatalf("problems: %+v", problems)
	}
	for _, f := range files {
		r, err := watch.Open(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		th := model.NewThread(f.ThreadID, model.Options{Detail: true})
		th.BeginFile(f.Path)
		d, lines := rollout.NewDecoder(rollout.Options{}), watch.NewLines(r, nil)
		var e model.Event
		for lines.Next() {
			if err := d.Decode(lines.Line(), &e); err != nil {
				t.Fatalf("%s: %v", f.Path, err)
			}
			if e.Kind == model.EventOther && e.Type == "" {
				t.Fatalf("%s: a line without a type", f.Path)
			}
			th.Apply(&e)
		}
		if err := lines.Err(); err != nil {
			t.Fatal(err)
		}
		_ = r.Close()
		if len(th.Skipped) > 0 {
			t.Errorf("%s: skipped %v", f.Path, th.Skipped)
		}
		threads[th.ID] = th
	}
	return threads
}

// TestReadingGivesTheTruth: what is read from the files is what was written, to
// the token, for each thread, quarter of an hour, model and tier.
func TestReadingGivesTheTruth(t *testing.T) {
	for _, c := range []struct {
		name string
		now  time.Time
		o    Options
	}{
		{"afternoon", noon, Options{Zone: berlin, Seed: 1}},
		{"fast", noon, Options{Zone: berlin, Seed: 2, Speed: 5}},
		{"right after midnight", noon.Add(-13*time.Hour - 50*time.Minute), Options{Zone: berlin, Seed: 3}},
		{"a year ago", noon.AddDate(-1, 0, 0), Options{Zone: time.UTC, Seed: 4}},
	} {
		t.Run(c.name, func(t *testing.T) {
			home, f := fleet(t, c.now, c.o, 10*time.Minute)
			got, want := readBack(t, home), f.Truth()
			for id, rows := range want {
				th := got[id]
				if th == nil {
					t.Errorf("thread %s was not found", id)
					continue
				}
				if len(th.Rows) != len(rows) {
					t.Errorf("thread %s: %d rows, want %d", id, len(th.Rows), len(rows))
				}
				for b, n := range rows {
					if th.Rows[b] != n {
						t.Errorf("thread %s %+v: %+v, want %+v", id, b, th.Rows[b], n)
					}
				}
			}
			for id, th := range got {
				if want[id] == nil && !th.Usage().IsZero() {
					t.Errorf("thread %s is not in the truth: %+v", id, th.Usage())
				}
			}
		})
	}
}

// TestFleetIsPlausible looks at the whole as somebody at the screen would.
func TestFleetIsPlausible(t *testing.T) {
	home, f := fleet(t, noon, Options{Zone: berlin}, 10*time.Minute)
	threads := readBack(t, home)
	var total price.Cost
	days, states, long, folders := map[string]price.Money{}, map[model.TurnState]int{}, 0, map[string]bool{}
	runs, agents := 0, 0
	for id, rows := range f.Truth() {
		for b, n := range rows {
			c := price.Default().Cost(b, n.Usage)
			total = total.Add(c)
			day := time.Unix(b.Quarter*model.QuarterSeconds, 0).In(berlin).Format(time.DateOnly)
			days[day] = days[day].Add(c.USD)
			if b.Long {
				long++
			}
			if n.Cached+n.CacheWrite > n.Input || n.Reasoning > n.Output || n.Output == 0 {
				t.Errorf("odd usage %+v", n)
			}
		}
		th := threads[id]
		states[th.Turn.State]++
		folders[filepath.Base(th.Cwd)] = true
		if th.Meta.ParentID != "" {
			agents++
			if threads[th.Meta.SessionID] == nil || th.Meta.SessionID != th.Meta.ParentID {
				t.Errorf("agent %s has no run", id)
			}
		} else {
			runs++
		}
		if th.Context > th.Window {
			t.Errorf("%s: context %d of %d", th.Cwd, th.Context, th.Window)
		}
	}
	if total.Floor() {
		t.Error("some model has no price")
	}
	if len(days) != 7 || runs < 32 || runs > 60 || agents < 3 || long == 0 || !folders["日本語-docs"] {
		t.Errorf("%d days, %d runs, %d agents, %d long rows, folders %v", len(days), runs, agents, long, folders)
	}
	if today := days["2026-11-23"].Dollars(); today < 10 || today > 120 {
		t.Errorf("today costs %.2f", today)
	}
	if states[model.TurnRunning] < 5 || states[model.TurnFailed] == 0 || states[model.TurnAborted] == 0 {
		t.Errorf("states %v", states)
	}
	t.Logf("%d runs, %d agents, total %s, days %v, states %v", runs, agents, total.USD, days, states)
}

// TestFleetIsDetermined: seed and clock alone decide, however the time is cut.
func TestFleetIsDetermined(t *testing.T) {
	one, _ := fleet(t, noon, Options{Zone: berlin, Seed: 7}, 5*time.Minute)
	two, f := fleet(t, noon, Options{Zone: berlin, Seed: 7}, 0)
	for i := range 300 {
		if err := f.Advance(noon.Add(time.Duration(i+1) * time.Second)); err != nil {
			t.Fatal(err)
		}
	}
	other, _ := fleet(t, noon, Options{Zone: berlin, Seed: 8}, 5*time.Minute)
	if a, b := sums(t, one), sums(t, two); a != b {
		t.Errorf("the same seed gave other files:\n%s\n%s", a, b)
	}
	if sums(t, one) == sums(t, other) {
		t.Error("another seed gave the same files")
	}
}

// sums names every file below a folder with the sum of what is in it.
func sums(t *testing.T, dir string) string {
	t.Helper()
	var b strings.Builder
	err := fs.WalkDir(os.DirFS(dir), ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := fs.ReadFile(os.DirFS(dir), path)
		fmt.Fprintf(&b, "%s %x\n", path, sha256.Sum256(data))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// TestLinesAreWellFormed reads every line with the standard library too.
func TestLinesAreWellFormed(t *testing.T) {
	home, _ := fleet(t, noon, Options{Zone: berlin, Seed: 5}, 20*time.Minute)
	files, _ := watch.Scan([]string{home})
	kinds := map[string]int{}
	for _, f := range files {
		data, err := os.ReadFile(f.Path)
		if err != nil {
			t.Fatal(err)
		}
		last := time.Time{}
		for i, line := range strings.Split(strings.TrimSuffix(string(data), "\n"), "\n") {
			var l struct {
				Timestamp time.Time
				Ordinal   int
				Type      string
				Payload   struct{ Type string }
			}
			if err := json.Unmarshal([]byte(line), &l); err != nil {
				t.Fatalf("%s:%d: %v\n%s", f.Path, i+1, err, line)
			}
			if l.Ordinal != i || !l.Timestamp.After(last) {
				t.Fatalf("%s:%d: ordinal %d, at %v after %v", f.Path, i+1, l.Ordinal, l.Timestamp, last)
			}
			last = l.Timestamp
			kinds[l.Type+"."+l.Payload.Type]++
		}
		if !strings.HasPrefix(f.Name, "rollout-") || f.ThreadID == "" {
			t.Errorf("odd name %s", f.Name)
		}
	}
	for _, k := range []string{"session_meta.", "turn_context.", "world_state.", "token_usage_record.", "compacted.", "event_msg.token_count", "event_msg.task_started",
		"event_msg.task_complete", "event_msg.item_completed", "event_msg.turn_aborted", "response_item.custom_tool_call", "response_item.function_call"} {
		if kinds[k] == 0 {
			t.Errorf("no line of kind %s: %v", k, kinds)
		}
	}
}

func TestSeedFailsWhereItCannotWrite(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := Seed(file, noon, Options{}); err == nil {
		t.Error("no error")
	}
}
