package notify

import (
	"context"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"testing/synctest"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/ui/config"
)

// One of two monitors tells; when it ends the other one does, of what comes then.
func TestTwoMonitorsTellOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "state", "notify.lock")
	chosen := settings(t, `terminal = "osc9"`)
	synctest.Test(t, func(t *testing.T) {
		type one struct {
			facts chan monitor.Fact
			told  terminal
			done  chan struct{}
		}
		begin := func() *one {
			m := &one{facts: make(chan monitor.Fact), done: make(chan struct{})}
			go func() {
				defer close(m.done)
				Run(context.Background(), Options{Settings: func() config.Notify { return chosen }, Ways: Ways{Terminal: &m.told}, Bell: Turn{Path: path}}, m.facts)
			}()
			return m
		}
		first, second := begin(), begin()
		tell := func(id string, to ...*one) {
			for _, m := range to {
				m.facts <- fact(id, budget.Page, nil)
				synctest.Wait()
			}
		}
		tell("a", first, second)
		if first.told.take() == "" || second.told.take() != "" {
			t.Error("not told by the first one alone")
		}
		close(first.facts)
		<-first.done
		tell("a", second)
		if got := second.told.take(); got != "" {
			t.Errorf("what was told already is told again: %q", got)
		}
		tell("b", second)
		if second.told.take() == "" {
			t.Error("nobody tells once the first one ended")
		}
		close(second.facts)
		<-second.done
	})
	if info, err := os.Stat(path); err != nil || runtime.GOOS != "windows" && info.Mode().Perm()&0o077 != 0 {
		t.Errorf("%v, %v", info, err)
	}
}

// A monitor without a terminal leaves bells to one that has it, and tells in the other ways.
func TestEachTellsByItsWays(t *testing.T) {
	dir := t.TempDir()
	chosen := settings(t, "bell = true\ndesktop = true")
	make := func(w Ways) *notifier {
		return &notifier{Options: Options{Ways: w, Turn: Turn{Path: filepath.Join(dir, "turn")}, Bell: Turn{Path: filepath.Join(dir, "bell")}}}
	}
	stream, screen, late := make(Ways{}), make(Ways{Terminal: &terminal{}}), make(Ways{Terminal: &terminal{}})
	if s := stream.own(chosen); s.Bell || !s.Desktop {
		t.Errorf("without a terminal: %+v", s)
	}
	if s := screen.own(chosen); !s.Bell || s.Desktop {
		t.Errorf("beside it: %+v", s)
	}
	if s := late.own(chosen); s.Any() {
		t.Errorf("beside both: %+v", s)
	}
	stream.Turn.end()
	if s := late.own(chosen); s.Bell || !s.Desktop {
		t.Errorf("once the first ended: %+v", s)
	}
	screen.Bell.end()
	late.Turn.end()
}

// Where nothing can be locked everybody tells.
func TestWithoutALockEverybodyTells(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, path := range []string{"", filepath.Join(file, "notify.lock")} {
		a, b := Turn{Path: path}, Turn{Path: path}
		if !a.mine() || !b.mine() {
			t.Errorf("%q: nobody tells", path)
		}
	}
}
