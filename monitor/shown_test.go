package monitor

import (
	"context"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/watch"
)

// readAll looks at all files and reads them to their ends.
func (l *loop) readAll() {
	l.look()
	files, _ := watch.Scan(l.o.Homes)
	for _, f := range files {
		l.hint(watch.Hint{Paths: []string{f.Path}})
	}
	l.readOn()
}

// Two threads that begin at once have ids that begin alike. While their files are
// empty nothing tells them apart; that must leave no trace in their names.
func TestEmptyFilesTakeNoNames(t *testing.T) {
	h := newHome(t)
	now := time.Now()
	folder := filepath.Join(h.path, "sessions", now.UTC().Format("2006/01/02"))
	if err := os.MkdirAll(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	for n := range 2 {
		name := "rollout-" + now.UTC().Format("2006-01-02T15-04-05") + "-" + threadID(now, n) + ".jsonl"
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	l := still(t, h.path)
	l.readAll()
	if sn := l.book.snapshot(now); len(sn.Runs) != 0 {
		t.Errorf("empty files are shown as %d runs: %s, a %s", len(sn.Runs), sn.Runs[0].Name, sn.Runs[0].State)
	}
	h.begin(now, 0, meta{"cwd": "/home/dev/code/shop"}).ask(gpt, "do")
	h.begin(now, 1, meta{"cwd": "/home/dev/code/office"}).ask(gpt, "do")
	l.readAll()
	sn := l.book.snapshot(now)
	if len(sn.Runs) != 2 {
		t.Fatalf("%d runs, want 2", len(sn.Runs))
	}
	for _, r := range sn.Runs {
		if want := filepath.Base(r.Project); r.Name != want {
			t.Errorf("a run of %s is named %q", r.Project, r.Name)
		}
	}
}

// A suffix tells runs of one name apart; with another name it goes.
func TestSuffixGoesWithTheName(t *testing.T) {
	h := newHome(t)
	now := time.Now()
	h.begin(now.Add(-time.Minute), 1, meta{"cwd": "/home/dev/code/shop"}).ask(gpt, "do")
	two := h.begin(now.Add(-time.Minute), 2, meta{"cwd": "/home/dev/code/shop"}).ask(gpt, "do")
	l := still(t, h.path)
	l.readAll()
	names := map[string]bool{}
	for _, r := range l.book.snapshot(now).Runs {
		names[r.Name] = true
	}
	if !names["shop"] || !names["shop 2"] {
		t.Fatalf("two runs of one project are named %v", names)
	}
	for _, r := range l.list {
		if r.suffix > 1 {
			two.id = string(r.id)
			r.root().project = "/home/dev/code/office"
			r.dirty = true
		}
	}
	for _, r := range l.book.snapshot(now).Runs {
		if string(r.ID) == two.id && r.Name != "office" {
			t.Errorf("after another name than the first it is %q, want office", r.Name)
		}
	}
}

// A file without one good line is no run, and nothing of it is live; it is told as a notice.
func TestFilesOfJunkAreNoRuns(t *testing.T) {
	h := newHome(t)
	now := time.Now()
	s := h.begin(now.Add(-time.Minute), 1, nil).ask(gpt, "do").answer(small)
	junk := filepath.Join(filepath.Dir(s.path), "rollout-2026-01-01T00-00-00-"+threadID(now, 9)+".jsonl")
	if err := os.WriteFile(junk, []byte("not json\n\x00\xff\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	sn := loadAt(t, h, now, time.UTC)
	if len(sn.Runs) != 1 {
		t.Errorf("%d runs, want the good one only", len(sn.Runs))
	}
	if len(sn.Notices) == 0 {
		t.Error("no notice of the lines left out")
	}
}

// After its reset nobody knows how much of a window is used.
func TestLimitsEndAtTheirReset(t *testing.T) {
	h := newHome(t)
	now := time.Now()
	h.begin(now.Add(-50*time.Minute), 1, nil).ask(gpt, "do").answer(small).count(small, 62)
	if sn := loadAt(t, h, now, time.UTC); len(sn.Limits) != 1 || sn.Limits[0].Used != 62 {
		t.Errorf("before the reset: %v", sn.Limits)
	}
	if sn := loadAt(t, h, now.Add(30*time.Minute), time.UTC); len(sn.Limits) != 0 || !sn.APIPrices {
		t.Errorf("after the reset: %v, a plan may pay: %v", sn.Limits, sn.APIPrices)
	}
}

// Files that were left out as too old are still files: a home with a history is not new.
func TestOldFilesAreCounted(t *testing.T) {
	h := newHome(t)
	now := time.Now()
	h.begin(now.Add(-72*time.Hour), 1, nil).ask(gpt, "do").answer(small).touched()
	o := Options{Homes: []string{h.path}}
	hist, err := Load(context.Background(), o, Range{ModifiedSince: now.Add(-24 * time.Hour)})
	if err != nil {
		t.Fatal(err)
	}
	if sn := hist.Snapshot(o); hist.Files != 0 || hist.LeftOut != 1 || sn.Source.Files != 1 {
		t.Errorf("read %d, left out %d, known to the screen %d; want 0, 1, 1", hist.Files, hist.LeftOut, sn.Source.Files)
	}
}

// A frame that is drawn once shows the inside of the run that it begins with.
func TestSnapshotOfAHistoryHasAnInside(t *testing.T) {
	h := newHome(t)
	now := time.Now()
	s := h.begin(now.Add(-time.Minute), 1, nil).ask(gpt, "do").answer(small)
	sn := loadAt(t, h, now, time.UTC)
	if sn.Detail == nil || string(sn.Detail.ID) != s.id || len(sn.Detail.Turns) != 1 {
		t.Errorf("inside: %+v, want that of %s with a turn", sn.Detail, s.id)
	}
}

// A session that goes on in the archive within the millisecond of its last line is
// the same file under another name: what it got is told, not taken for history.
func TestMovedFileThatGrewIsReadOn(t *testing.T) {
	h := newHome(t)
	s := h.begin(time.Now(), 1, nil).ask(gpt, "do").answer(small)
	l := still(t, h.path)
	l.readAll()
	s.archive()
	s.end() // with the time of the line before
	l.look()
	l.readOn()
	if log := l.logNow(); len(log) == 0 || log[0].Text != "turn 1 done" {
		t.Errorf("log %v, want the turn's end", log)
	}
}
