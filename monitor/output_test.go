package monitor

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

func TestProductive(t *testing.T) {
	since := dawn.Add(10 * time.Minute)
	at := func(m int) time.Time { return dawn.Add(time.Duration(m) * time.Minute) }
	edit := func(m int) Edit { return Edit{At: at(m), Path: "/r/a", Added: 1} }
	test := func(m int, failed bool) TestOutcome { return TestOutcome{At: at(m), Key: "go test", Failed: failed} }
	for name, c := range map[string]struct {
		work Work
		want bool
	}{
		"nothing":                       {Work{}, false},
		"changed before":                {Work{Edits: []Edit{edit(5)}}, false},
		"changed since":                 {Work{Edits: []Edit{edit(11)}}, true},
		"changed, its test still fails": {Work{Edits: []Edit{edit(11)}, Tests: []TestOutcome{test(12, true)}}, false},
		"a test mended":                 {Work{Tests: []TestOutcome{test(5, true), test(12, false)}}, true},
		"a test passes as before":       {Work{Tests: []TestOutcome{test(5, false), test(12, false)}}, false},
		"a test mended, then broken":    {Work{Edits: []Edit{edit(11)}, Tests: []TestOutcome{test(5, true), test(12, false), test(13, true)}}, true},
		"committed":                     {Work{Saved: []time.Time{at(15)}}, true},
		"committed before":              {Work{Saved: []time.Time{at(9)}}, false},
	} {
		if got := productive([]Work{c.work}, since); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// A thread of two turns: what it spent since its last change of a file.
func TestSinceChange(t *testing.T) {
	h := newHome(t)
	s := h.begin(dawn, 1, nil)
	s.ask("gpt-5.4", "go").answer(small)
	hist := func() []*model.Thread {
		got, err := Load(context.Background(), dayOptions(h, time.UTC, dawn.Add(time.Hour)), Range{Detail: true})
		if err != nil {
			t.Fatal(err)
		}
		return []*model.Thread{got.Fleet.Threads[s.id]}
	}
	one := price.Default().Cost(model.Bucket{Quarter: model.QuarterOf(dawn), Model: "gpt-5.4"}, small).USD
	if c, at := SinceChange(hist(), price.Default()); c.USD != one || !at.IsZero() {
		t.Errorf("never changed anything: %s since %s", c.USD, at)
	}
	s.wait(time.Minute).changed("/home/dev/code/x/a.go", 2)
	changed := s.now
	if c, at := SinceChange(hist(), price.Default()); c.USD != 0 || !at.Equal(changed) {
		t.Errorf("just changed: %s since %s", c.USD, at)
	}
	s.wait(time.Minute).answer(small).answer(small).end()
	if c, at := SinceChange(hist(), price.Default()); c.USD != 2*one || !at.Equal(changed) {
		t.Errorf("two responses later: %s since %s", c.USD, at)
	}
	if !Productive(hist(), dawn) || Productive(hist(), dawn.Add(2*time.Minute)) {
		t.Error("it was productive at its change, and not after it")
	}
}

func TestCommitCommands(t *testing.T) {
	for command, want := range map[string]bool{
		"git commit -m x": true, "git add -A && git commit -qm done": true, "git -C sub -c a=b commit": true, "/usr/bin/git commit": true,
		"git log && echo commit": false, "git status; commit": false, "echo git": false, "git show commit": true, "": false,
	} {
		if got := commits(command); got != want {
			t.Errorf("%q: %v", command, got)
		}
	}
}

// Whatever git prints is read or refused, and never invented.
func FuzzParseLog(f *testing.F) {
	hash := strings.Repeat("ab", 20)
	for _, seed := range []string{
		"", "\x00", hash + "\x001\x002\x00a@b\x00m\n\x00\x00\n1\t2\tx\x00", hash + "\x001\x002\x00a@b\x00m\x00\x00\n0\t0\t\x00old\x00new\x00-\t-\tbin\x00" + hash + "\x001\x002\x00\x00\x00",
		hash + "\x00", "1\t2\tx\x00", hash + "\x00x\x00y\x00z\x00This reverts commit " + hash + ", reversing\nchanges made to " + hash + ".\n\nTokenBurn-Run: 01234567\n\x00\x00\n0\t0\t\x00old",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, out []byte) {
		log, err := parseLog(out)
		for _, c := range log {
			if !isHash(c.Hash) || strings.ContainsAny(c.Subject+c.By, "\x1b\n") {
				t.Fatalf("%+v", c)
			}
		}
		if err == nil && strings.Count(string(out), "\x00") < len(log)*(logFields-1) {
			t.Fatalf("%d commits of too few fields", len(log))
		}
		commitStates(log)
	})
}
