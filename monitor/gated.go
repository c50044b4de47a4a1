package monitor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"reflect"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// gateEvery is how often it is looked whether Codex's settings changed. A look is a few
// stats; only what changed is read.
const gateEvery = 3 * time.Second

// gated is what the loop knows of the gate. It belongs to the loop.
type gated struct {
	gate  Gate
	gates chan Gate // from the one who looks
}

func newGated() gated { return gated{gates: make(chan Gate)} }

// GateNow tells from Codex's files whether it asks the gate in every home of the options.
func GateNow(o Options) Gate {
	g, _ := newGateWatch(o).look()
	return g
}

// gateTrusted says that Codex asks the gate in every home.
func (l *loop) gateTrusted() bool { return l.gate.Trusted }

// followGate tells the loop whether Codex asks the gate, now and whenever that changes.
func (l *loop) followGate(ctx context.Context) {
	w := newGateWatch(l.o)
	tick := time.NewTimer(untilBeat(gateEvery))
	defer tick.Stop()
	for first := true; ; first = false {
		if g, changed := w.look(); changed || first {
			select {
			case <-ctx.Done():
				return
			case l.gates <- g:
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
			tick.Reset(untilBeat(gateEvery))
		}
	}
}

// takeGate goes on with what was found: budgets hold by it, or do not.
func (l *loop) takeGate(g Gate) {
	if reflect.DeepEqual(l.gate, g) {
		return
	}
	l.gate = g
	l.hold(l.judge)
	l.atOnce, l.touched = true, true
}

// hold tells a judge which limits hold by themselves.
func (l *loop) hold(j *budget.Judge) { j.Holds(l.gate.Trusted, l.stopsByItself()) }

// gateNotices say that budgets are to hold by the gate, which Codex does not ask.
func (l *loop) gateNotices(now time.Time) []Notice {
	if !l.gate.Known || l.gate.Trusted {
		return nil
	}
	var names []string
	for _, b := range l.plan.Plan.Budgets {
		if b.AtLimit == budget.Gate {
			names = append(names, model.Clean(b.Name, 60))
		}
	}
	for _, o := range l.orders.all {
		if o.Kind == OrderHold && o.Done.IsZero() {
			names = append(names, "the hold of run "+model.Clean(string(o.Run), 13))
		}
	}
	if len(names) == 0 {
		return nil
	}
	effect := "nothing holds what it is to hold: " + strings.Join(names, ", ")
	if len(names) > 3 {
		effect = fmt.Sprintf("nothing holds what it is to hold: %s and %d more", strings.Join(names[:3], ", "), len(names)-3)
	}
	return []Notice{{At: now, Text: "Codex does not ask the gate (" + l.gate.Why + ")", Effect: effect, Fix: l.gate.Fix}}
}

// gateWatch looks at the settings of all homes, and reads again only what changed.
type gateWatch struct {
	homes  []string
	record string
	seen   map[string]gateSeen
	last   Gate
}

// gateSeen is what was found in one home, and what of.
type gateSeen struct {
	state control.GateState
	of    string // how its files were
	err   error
}

func newGateWatch(o Options) *gateWatch {
	return &gateWatch{homes: o.Homes, record: o.GateRecord, seen: map[string]gateSeen{}}
}

// look tells whether Codex asks the gate in every home, and whether that is another answer than before.
func (w *gateWatch) look() (Gate, bool) {
	g := Gate{Known: true}
	there := 0
	for _, home := range w.homes {
		s := w.lookAt(home)
		if errors.Is(s.err, fs.ErrNotExist) {
			continue // Codex was never run there
		}
		there++
		why := s.state.Why()
		if s.err != nil {
			why = s.err.Error()
		}
		if why == "" {
			continue
		}
		g.Missing = append(g.Missing, model.Clean(home, maxPath))
		if g.Why != "" {
			continue
		}
		g.Why, g.Fix = model.Clean(why, 300), "tokenburn enforce status"
		if s.state.Problem == "" && !s.state.Complete() {
			g.Fix = "tokenburn enforce install"
		}
	}
	if there == 0 {
		g.Why, g.Fix = "Codex has no settings yet", "run codex once, then: tokenburn enforce install"
	}
	g.Trusted = g.Why == ""
	changed := !reflect.DeepEqual(g, w.last)
	w.last = g
	return g, changed
}

// lookAt gives how the gate stands in a home.
func (w *gateWatch) lookAt(home string) gateSeen {
	old, known := w.seen[home]
	if known && old.err == nil && old.of == signs(append(old.state.Files(), w.record)) {
		return old
	}
	p, err := control.UserPlace(home)
	if err != nil {
		s := gateSeen{err: err}
		w.seen[home] = s
		return s
	}
	record := (*control.HookRecord)(nil)
	if w.record != "" {
		record, _ = control.ReadHookRecord(w.record) // without it, only Codex's own hashes count
	}
	// The signs are taken before: what changes while it is read is read again.
	s := gateSeen{state: control.GateState{Place: p}}
	before := signs(s.state.Files())
	s.state = control.ReadGate(p, record)
	if s.of = signs(append(s.state.Files(), w.record)); before != signs(control.GateState{Place: p}.Files()) {
		s.of = ""
	}
	w.seen[home] = s
	return s
}

// signs tells files from what they were: by time, size, mode, and what they are.
func signs(files []string) string {
	var b strings.Builder
	for _, f := range files {
		info, err := os.Stat(f)
		if err != nil {
			fmt.Fprintf(&b, "%s -\n", f)
			continue
		}
		fmt.Fprintf(&b, "%s %d %d %s\n", f, info.ModTime().UnixNano(), info.Size(), info.Mode())
	}
	return b.String()
}
