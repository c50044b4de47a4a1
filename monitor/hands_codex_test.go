//go:build linux

package monitor_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/control/codextest"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// acting is a monitor that may act on real runs.
type acting struct {
	t    *testing.T
	m    *monitor.Monitor
	last monitor.Snapshot
}

func act(t *testing.T, home *codextest.Home, change func(*monitor.Options)) *acting {
	t.Helper()
	homes := []string{home.Dir}
	o := monitor.Options{Homes: homes, Zone: time.UTC, User: "dev", StateFolder: t.TempDir(),
		Control: control.New(control.Options{Reader: monitor.NewReader(homes)})}
	if change != nil {
		change(&o)
	}
	a := &acting{t: t, m: monitor.New(o)}
	ctx, stop := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- a.m.Run(ctx) }()
	t.Cleanup(func() { stop(); <-ran })
	return a
}

// until waits for a snapshot that fits.
func (a *acting) until(what string, fits func(monitor.Snapshot) bool) monitor.Snapshot {
	a.t.Helper()
	end := time.After(60 * time.Second)
	for a.last.At.IsZero() || !fits(a.last) {
		select {
		case a.last = <-a.m.Snapshots():
		case <-end:
			a.t.Fatalf("%s never came: %+v, deed %+v", what, a.last.Runs, a.last.Deed)
		}
	}
	return a.last
}

func (a *acting) run(id string, fits func(monitor.Run) bool) monitor.Run {
	a.t.Helper()
	var found monitor.Run
	a.until("the run", func(s monitor.Snapshot) bool {
		for _, r := range s.Runs {
			if r.ID == model.RunID(id) && fits(r) {
				found = r
				return true
			}
		}
		return false
	})
	return found
}

// ask waits until a stop is offered.
func (a *acting) ask(id string, run monitor.Run) monitor.Deed {
	a.t.Helper()
	a.m.Send(monitor.Ask{ID: id, Run: run.ID, Kind: monitor.DeedStop})
	return *a.until("the choices", func(s monitor.Snapshot) bool {
		return s.Deed != nil && s.Deed.ID == id && s.Deed.State != monitor.DeedLooking
	}).Deed
}

func (a *acting) do(id string, w control.Way) monitor.Deed {
	a.t.Helper()
	a.m.Send(monitor.Do{ID: id, Way: w})
	return *a.until("the outcome", func(s monitor.Snapshot) bool {
		return s.Deed != nil && s.Deed.ID == id && (s.Deed.State == monitor.DeedEnded || s.Deed.State == monitor.DeedRefused)
	}).Deed
}

func working(r monitor.Run) bool {
	return r.State == monitor.StateWorking && r.Owner.Kind == control.Exec && r.Pending != ""
}

// Two monitors that know nothing of each other stop one run at once: it ends once,
// and the run beside it does not notice.
func TestTwoMonitorsStopAtOnce(t *testing.T) {
	t.Parallel()
	codextest.Codex(t)
	server := codextest.NewServer(t)
	server.Set("long", codextest.Script{{Calls: []codextest.Call{codextest.Shell("sleep 300")}}, {Text: "Never."}})
	home := codextest.NewHome(t, server)
	stopped, beside := home.Start(home.Work("a"), codextest.Prompt("go", "long")), home.Start(home.Work("b"), codextest.Prompt("go", "long"))
	id, other := stopped.ThreadID(), beside.ThreadID()

	faces := []*acting{act(t, home, nil), act(t, home, nil)}
	for _, f := range faces {
		d := f.ask("x", f.run(id, working))
		if len(d.Plan.Choices) == 0 || d.Plan.Owner.Kind != control.Exec {
			t.Fatalf("offered: %+v", d.Plan)
		}
	}
	var wg sync.WaitGroup
	deeds := make([]monitor.Deed, len(faces))
	for i, f := range faces {
		wg.Go(func() { deeds[i] = f.do("x", control.Interrupt) })
	}
	wg.Wait()
	worked := 0
	for _, d := range deeds {
		switch {
		case d.State == monitor.DeedEnded && d.Outcome.Stopped:
			worked++
		case d.State != monitor.DeedRefused || !strings.Contains(d.Why, "nothing was sent"):
			t.Errorf("%s %q: %+v", d.State, d.Why, d.Outcome)
		}
	}
	if worked == 0 {
		t.Error("neither saw it stop")
	}
	if res := stopped.Wait(); res.ExitCode != 1 {
		t.Errorf("exit code %d: %s", res.ExitCode, res.Stderr)
	}
	for _, f := range faces {
		f.run(id, func(r monitor.Run) bool { return r.State == monitor.StateStopped && r.Owner.Kind == control.None })
		if r := f.run(other, func(monitor.Run) bool { return true }); r.State != monitor.StateWorking {
			t.Errorf("the run beside is %s", r.State)
		}
	}
	if n := server.Begun(id); n != 1 {
		t.Errorf("%d requests", n)
	}
	beside.Interrupt()
	beside.Wait()
}

// The run ends while somebody still reads the dialog: nothing is sent.
func TestRunEndsWhileTheDialogIsOpen(t *testing.T) {
	t.Parallel()
	codextest.Codex(t)
	server := codextest.NewServer(t)
	server.Set("short", codextest.Script{{Calls: []codextest.Call{codextest.Shell("while [ ! -e go ]; do sleep 0.05; done")}}, {Text: "Done."}})
	home := codextest.NewHome(t, server)
	work := home.Work("a")
	run := home.Start(work, codextest.Prompt("go", "short"))
	f := act(t, home, nil)
	d := f.ask("x", f.run(run.ThreadID(), working))
	if len(d.Plan.Choices) == 0 {
		t.Fatalf("offered: %+v", d.Plan)
	}
	if err := os.WriteFile(filepath.Join(work, "go"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if res := run.Wait(); res.ExitCode != 0 {
		t.Fatalf("exit code %d: %s", res.ExitCode, res.Stderr)
	}
	if d := f.do("x", d.Plan.Choices[0].Way); d.State != monitor.DeedRefused || !strings.Contains(d.Why, control.ErrEnded.Error()) {
		t.Errorf("%s %q: %+v", d.State, d.Why, d.Outcome)
	}
}

// A guard stops a run over its budget, and no request of it leaves any more.
func TestGuardStopsARealRun(t *testing.T) {
	t.Parallel()
	codextest.Codex(t)
	server := codextest.NewServer(t)
	home := codextest.NewHome(t, server)
	each := budget.Budget{Name: "each", Period: budget.Period{Name: budget.Run}, Limit: budget.Limit{Unit: budget.USD, Amount: int64(price.Dollar / 10)}, AtLimit: budget.Stop}
	f := act(t, home, func(o *monitor.Options) {
		o.Guards = true
		o.Plan = func(monitor.Repositories) monitor.Planned {
			return monitor.Planned{Plan: budget.Plan{Budgets: []budget.Budget{each}}, Auto: monitor.AutoStop{On: true, Countdown: 200 * time.Millisecond}}
		}
	})
	f.until("history", func(s monitor.Snapshot) bool { return s.Reading.Done })
	run := home.Start(home.Work("a"), codextest.Prompt("go", "runaway"))
	id := run.ThreadID()
	r := f.run(id, func(r monitor.Run) bool { return r.State == monitor.StateStopped })
	if res := run.Wait(); res.ExitCode != 1 {
		t.Errorf("exit code %d: %s", res.ExitCode, res.Stderr)
	}
	if r.Cost.USD < price.Dollar/10 {
		t.Errorf("stopped at %s, below the limit", r.Cost.USD)
	}
	before := server.Begun(id)
	f.run(id, func(r monitor.Run) bool { return r.Owner.Kind == control.None })
	if n := server.Begun(id); n != before {
		t.Errorf("%d requests after the end", n-before)
	}
}
