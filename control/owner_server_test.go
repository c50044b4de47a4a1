//go:build linux

package control

import (
	"os"
	"slices"
	"strconv"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/control/appserver"
	"github.com/tokenburn-sentinel/tokenburn/control/codextest"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Where the system tells of no locks, the server's own word proves what runs in
// it, and nothing else is guessed to be its owner.
func TestServerSaysWhatRunsInIt(t *testing.T) {
	t.Parallel()
	codextest.Codex(t)
	server := codextest.NewServer(t)
	server.Set("held", codextest.Script{{Gate: make(chan struct{})}})
	home := codextest.NewHome(t, server)
	work := home.Work("shop")
	shared := home.AppServer()
	inside := shared.Run(work, "", codextest.Prompt("go", "held"))
	outside := home.Start(work, codextest.Prompt("go", "held")).ThreadID()

	m := newMadeUp(t) // a system that tells of its processes, and of no locks
	m.link("/proc/"+strconv.Itoa(shared.PID), m.root+"/"+strconv.Itoa(shared.PID))
	if err := os.Remove(m.root + "/locks"); err != nil {
		t.Fatal(err)
	}
	c := New(Options{Proc: m.root})
	c.locksTold = false

	o, err := c.Owner(t.Context(), home.Dir, inside)
	if err != nil || o.Kind != Server || o.Process.PID != shared.PID || o.Socket == "" || !slices.Contains(o.Holds, inside) {
		t.Errorf("in the server: %+v, %v", o, err)
	}
	if o, err = c.Owner(t.Context(), home.Dir, outside); err != nil || o.Kind != Unproved {
		t.Errorf("outside of it: %+v, %v", o, err)
	}
	p, err := c.Plan(t.Context(), Target{Run: "x", Home: home.Dir})
	if err != nil || len(p.Choices) != 0 {
		t.Errorf("an unknown run: %+v, %v", p, err)
	}
	if p, err = c.Plan(t.Context(), Target{Run: model.RunID(inside), Home: home.Dir, Threads: []Thread{{ID: inside}}}); err != nil || len(p.Choices) == 0 {
		t.Fatalf("no deed is offered: %q, %v", p.Why, err)
	}
	out, err := c.Act(t.Context(), p, Interrupt, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := shared.Ended(inside); got != appserver.Interrupted {
		t.Errorf("the turn is %s: %+v", got, out.Steps)
	}
}
