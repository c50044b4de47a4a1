package cli

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// stopFlags are those of the command stop.
type stopFlags struct {
	yes, dry, asJSON, turn, run, wrapUp, hard, children, atTurnEnd, callOff bool
	way, atAmount, holdUntil, reason                                        string
}

// stop is the command that ends a run's burning.
func (a *app) stop() *cobra.Command {
	var f stopFlags
	c := &cobra.Command{
		Use:   "stop RUN",
		Short: "Stop a run, and show what was seen to end",
		Long: "Shows who works on the run and what will happen to whom, asks, and then tells what it observed: what was sent, that the turn ended, that the process is gone, " +
			"what it left running. codex exec gets SIGINT; a run in the app-server is interrupted there with its sub-agents, and the server is never signalled. A harder step is " +
			"offered only after the softer one was proved to fail. --at-turn-end, --at-amount and --hold-until are kept for later; a monitor, a guard or the gate carries them out. " +
			"The exit code is 0 where it stopped, 1 where it did not, 4 where there is no such run.",
		Example: "tokenburn stop 1\ntokenburn stop 01a2080a --yes --json\ntokenburn stop 01a2080a --dry-run\ntokenburn stop 01a2080a --at-amount '$5'\ntokenburn stop 01a2080a --call-off",
		Args:    oneRun,
		RunE: a.do(func(cmd *cobra.Command, args []string) error {
			return a.runStop(cmd.Context(), args[0], f)
		}),
		ValidArgsFunction: a.completeRun,
	}
	flag := c.Flags()
	flag.BoolVar(&f.yes, "yes", false, "do it without asking; the run is then named by its id")
	flag.BoolVar(&f.dry, "dry-run", false, "show what would be done, and do nothing")
	flag.BoolVar(&f.asJSON, "json", false, "print JSON (docs/json.md)")
	flag.BoolVar(&f.turn, "turn", false, "end the turn that runs (the default); an interactive Codex stays open")
	flag.BoolVar(&f.run, "run", false, "end the run's process too, where it is one of its own; a window whose turn Escape ended stays open, and the exit code is 1")
	flag.BoolVar(&f.wrapUp, "wrap-up", false, "ask the model to come to an end, in place of an interrupt (runs in the app-server)")
	flag.BoolVar(&f.hard, "hard", false, "go on with the next harder step without asking where one failed")
	flag.BoolVar(&f.children, "children", false, "also end what the run started and left behind")
	flag.BoolVar(&f.atTurnEnd, "at-turn-end", false, "let this turn go on, and let no other follow")
	flag.BoolVar(&f.callOff, "call-off", false, "call off what was ordered for later")
	flag.StringVar(&f.way, "way", "", "exactly this way: interrupt, again, terminate, kill or wrap-up")
	flag.StringVar(&f.atAmount, "at-amount", "", "stop it when it has cost so much in all, such as '$5'")
	flag.StringVar(&f.holdUntil, "hold-until", "", "refuse new turns until then: 18:00, 2h, 2026-12-01 (needs the gate)")
	flag.StringVar(&f.reason, "reason", "", "why, for the audit trail")
	c.MarkFlagsMutuallyExclusive("turn", "run", "way", "wrap-up", "at-turn-end", "at-amount", "hold-until", "call-off")
	fixed(c, "way", "interrupt", "again", "terminate", "kill", "wrap-up")
	return c
}

func (a *app) runStop(ctx context.Context, name string, f stopFlags) error {
	if n, err := strconv.Atoi(name); err == nil && n > 0 && n < 100_000 && f.yes {
		return usagef("Name it by the beginning of its id, which never moves; see: tokenburn ls",
			"a number may mean another run by now, and --yes asks nobody")
	}
	order, err := a.orderOf(f)
	if err != nil {
		return err
	}
	run, _, err := a.named(ctx, name)
	if err != nil {
		return err
	}
	h := a.startHands(ctx)
	defer h.close()
	if f.callOff {
		return a.callOff(ctx, h, run, f)
	}
	d, err := h.ask(ctx, run, monitor.DeedStop)
	if err != nil {
		return err
	}
	s := stopping{a: a, h: h, f: f, ctx: ctx}
	if d.State == monitor.DeedRefused {
		return s.end(d, "refused")
	}
	if order != nil {
		return s.order(d, *order)
	}
	return s.stop(d)
}

// orderOf is what the flags order for later; nil nothing.
func (a *app) orderOf(f stopFlags) (*monitor.Order, error) {
	switch {
	case f.atTurnEnd:
		return &monitor.Order{Kind: monitor.OrderTurnEnd}, nil
	case f.atAmount != "":
		l, err := budget.ParseLimit(f.atAmount)
		if err != nil || l.Unit != budget.USD {
			return nil, usagef("Write it as '$5'.", "--at-amount %q is no amount of dollars", model.Clean(f.atAmount, 40))
		}
		return &monitor.Order{Kind: monitor.OrderAmount, Amount: price.Money(l.Amount)}, nil
	case f.holdUntil != "":
		until, err := later(f.holdUntil, a.clock())
		return &monitor.Order{Kind: monitor.OrderHold, Until: until}, err
	}
	return nil, nil
}

// stopping is one stop from the command line.
type stopping struct {
	a   *app
	h   *hands
	f   stopFlags
	ctx context.Context
}

// stop shows what there is, asks, does it, and climbs where it has to.
func (s stopping) stop(d monitor.Deed) error {
	way, ok := s.wanted(d.Plan)
	if !ok {
		return s.none(d)
	}
	if !s.f.asJSON {
		if err := s.a.print(s.planText(d, way)); err != nil {
			return err
		}
	}
	if s.f.dry {
		return s.end(d, "planned")
	}
	if ok, err := s.agreed(labelOf(d.Plan.Choices, way) + "?"); err != nil || !ok {
		return err
	}
	for {
		var err error
		if d, err = s.h.do(s.ctx, monitor.Do{ID: d.ID, Way: way, Reason: s.f.reason}, s.tell); err != nil {
			return err
		}
		if d.State == monitor.DeedRefused || d.Outcome.Stopped {
			break
		}
		if way, ok = s.next(d.Outcome.Next); !ok {
			break
		}
	}
	if d, err := s.leftBehind(d); err != nil {
		return err
	} else if d.State == monitor.DeedRefused {
		return s.end(d, "refused")
	} else if d.Outcome.Stopped {
		return s.end(d, "stopped")
	} else if wasAsked(d.Outcome) {
		return s.end(d, "asked")
	}
	return s.end(d, "not_stopped")
}

// wanted is the way that the flags ask for, else the weakest that ends the turn.
func (s stopping) wanted(p control.Plan) (control.Way, bool) {
	ways := []control.Way{control.Interrupt, control.Terminate}
	switch {
	case s.f.way != "":
		ways = []control.Way{control.Way(s.f.way)}
	case s.f.wrapUp:
		ways = []control.Way{control.WrapUp}
	case s.f.turn:
		ways = []control.Way{control.Interrupt}
	case s.f.run && p.Owner.Kind == control.TUI:
		ways = []control.Way{control.Terminate, control.Interrupt}
	}
	for _, w := range ways {
		if offers(p.Choices, w) {
			return w, true
		}
	}
	return "", false
}

func offers(choices []control.Choice, w control.Way) bool {
	return slices.ContainsFunc(choices, func(c control.Choice) bool { return c.Way == w })
}

func labelOf(choices []control.Choice, w control.Way) string {
	for _, c := range choices {
		if c.Way == w {
			return model.Clean(c.Label, 200)
		}
	}
	return string(w)
}

// agreed asks, unless --yes has answered.
func (s stopping) agreed(question string) (bool, error) {
	if s.f.yes {
		return true, nil
	}
	return s.a.confirm(question)
}

// next is the harder step that is to follow: with --hard without asking, else
// where somebody is there who agrees.
func (s stopping) next(choices []control.Choice) (control.Way, bool) {
	for _, c := range choices {
		if c.Way == control.Children || c.Way == control.WrapUp {
			continue
		}
		if s.f.hard {
			return c.Way, true
		}
		if s.f.yes || s.f.asJSON {
			return "", false
		}
		_ = s.a.print(s.choiceText(c))
		yes, err := s.a.confirm(model.Clean(c.Label, 200) + "?")
		return c.Way, err == nil && yes
	}
	return "", false
}

// leftBehind ends what the run started and left running, where that is wanted.
func (s stopping) leftBehind(d monitor.Deed) (monitor.Deed, error) {
	if d.State != monitor.DeedEnded || !offers(d.Outcome.Next, control.Children) {
		return d, nil
	}
	if !s.f.children {
		if s.f.yes || s.f.asJSON || !s.a.isTerminal(s.a.in) {
			return d, nil
		}
		_ = s.a.print(s.choiceText(d.Outcome.Next[slices.IndexFunc(d.Outcome.Next, func(c control.Choice) bool { return c.Way == control.Children })]))
		if yes, err := s.a.confirm(labelOf(d.Outcome.Next, control.Children) + "?"); err != nil || !yes {
			return d, nil
		}
	}
	before := d
	d, err := s.h.do(s.ctx, monitor.Do{ID: d.ID, Way: control.Children, Reason: s.f.reason}, s.tell)
	if err != nil || d.State != monitor.DeedEnded {
		return d, err
	}
	d.Steps = append(slices.Clone(before.Steps), d.Steps...)
	survivors := d.Outcome.Survivors
	d.Outcome = before.Outcome
	d.Outcome.Survivors, d.Outcome.Next = survivors, nil
	return d, nil
}

// tell prints one observed fact.
func (s stopping) tell(x control.Step) {
	if !s.f.asJSON && x.State != control.StepWaiting {
		_ = s.a.print(stepLine(x, s.a.styles().Glyphs) + "\n")
	}
}

// order has something done later.
func (s stopping) order(d monitor.Deed, o monitor.Order) error {
	if !slices.ContainsFunc(d.Orders, func(x monitor.OrderOffer) bool { return x.Kind == o.Kind }) {
		return s.cannot(d, o)
	}
	if !s.f.asJSON {
		if err := s.a.print(s.orderText(d, o)); err != nil {
			return err
		}
	}
	if s.f.dry {
		return s.end(d, "planned")
	}
	if ok, err := s.agreed("Order it?"); err != nil || !ok {
		return err
	}
	d, err := s.h.do(s.ctx, monitor.Do{ID: d.ID, Order: &o, Reason: s.f.reason}, s.tell)
	if err != nil {
		return err
	}
	if d.State == monitor.DeedRefused {
		return s.end(d, "refused")
	}
	return s.end(d, "ordered")
}

// callOff ends all that was ordered for a run.
func (a *app) callOff(ctx context.Context, h *hands, run model.RunID, f stopFlags) error {
	if err := a.mayAct(); err != nil {
		return err
	}
	if err := h.await(ctx, func(s monitor.Snapshot) bool { return s.Reading.Done }); err != nil {
		return err
	}
	l, err := a.ledger()
	if err != nil || l == nil {
		return &failure{fmt.Errorf("what was ordered is not known without a ledger"), "See docs/ledger.md."}
	}
	kept, err := l.Orders(ctx)
	if err != nil {
		return err
	}
	ended := 0
	for _, o := range kept {
		if o.Run != run || o.Kind == "keep" {
			continue
		}
		holds := func(s monitor.Snapshot) bool {
			return slices.ContainsFunc(s.Orders, func(x monitor.Order) bool { return x.ID == o.ID })
		}
		if err := h.await(ctx, holds); err != nil {
			return err
		}
		h.m.Send(monitor.CallOff{Order: o.ID})
		if err := h.await(ctx, func(s monitor.Snapshot) bool { return !holds(s) }); err != nil {
			return err
		}
		ended++
	}
	if ended == 0 {
		return &failure{fmt.Errorf("nothing is ordered for it"), "See what holds: tokenburn audit"}
	}
	if f.asJSON {
		return writeJSON(a.out, stopJSON{Schema: schema, Run: string(run), State: "called_off", Choices: []choiceJSON{}, Steps: []stepJSON{}, Survivors: []processJSON{}, Next: []choiceJSON{}, Aborted: []string{}})
	}
	return a.print(fmt.Sprintf("Called off: %s.\n", plural(int64(ended), "order")))
}

// wasAsked says that the model was asked to come to an end, which was all that was
// wanted: it ends its turn by itself, or not.
func wasAsked(o control.Outcome) bool {
	failed := func(s control.Step) bool { return s.State == control.StepFailed }
	return o.Way == control.WrapUp && !slices.ContainsFunc(o.Steps, failed)
}
