//go:build linux

package control_test

import (
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/control/codextest"
)

func TestRealRunIsOwnedByItsNativeProcess(t *testing.T) {
	t.Parallel()
	codextest.Codex(t)
	server := codextest.NewServer(t)
	gate := make(chan struct{})
	server.Set("held", codextest.Script{{Gate: gate}})
	home := codextest.NewHome(t, server)
	work := home.Work("shop")
	run := home.Start(work, codextest.Prompt("go", "held"))
	thread := run.ThreadID()
	c := control.New(control.Options{})

	o, err := c.Owner(t.Context(), home.Dir, thread)
	if err != nil {
		t.Fatal(err)
	}
	if o.Kind != control.Exec || o.Why != "" {
		t.Fatalf("%s %q, want exec", o.Kind, o.Why)
	}
	p := o.Process
	if p.PID < 2 || p.Ticks == 0 || p.Cwd != work || len(o.Holds) != 1 || o.Holds[0] != thread || o.Inode == 0 {
		t.Errorf("%+v", o)
	}
	if age := time.Since(p.Started); age < -2*time.Second || age > time.Minute {
		t.Errorf("started %s ago", age)
	}
	close(gate)
	run.Wait()
	if o, err = c.Owner(t.Context(), home.Dir, thread); err != nil || o.Kind != control.None {
		t.Errorf("after its end: %+v, %v", o, err)
	}
}
