package monitor

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// errTried ends a decision that is only to be tried: nothing of it is written.
var errTried = errors.New("tried")

// judge decides within one transaction of the ledger.
func (g *gate) judge(ctx context.Context) error {
	err := g.ledger.Gate(ctx, func(l *ledger.Gate) error {
		for _, h := range g.held { // it may be tried again
			h.Clear()
		}
		j := &gateJudge{gate: g, Gate: l, period: map[int64][]budget.Spend{}, tasks: map[model.RunID]string{}, clients: map[[2]string]string{}}
		if err := j.run(); err != nil {
			return err
		}
		if g.o.Try {
			return errTried
		}
		return nil
	})
	if errors.Is(err, errTried) {
		return nil
	}
	return err
}

// gateJudge is a decision within its transaction.
type gateJudge struct {
	*gate
	*ledger.Gate
	labels   map[model.RunID]ledger.Label
	threads  []ledger.Thread // of the run
	own      ledger.Thread
	next     budget.Spend
	orders   []ledger.Order           // of the run
	money    bool                     // an order is in dollars
	period   map[int64][]budget.Spend // what was used since the quarter that it begins with
	tasks    map[model.RunID]string   // of other runs
	clients  map[[2]string]string     // by project and folder
	reserved []budget.Spend           // what others are expected to use
	looked   bool                     // reserved is known
	prices   *price.List
}

func (j *gateJudge) run() error {
	if err := j.settle(); err != nil {
		return err
	}
	if err := j.know(); err != nil {
		return err
	}
	grants, err := j.Grants(j.now)
	if err != nil {
		return err
	}
	a := &j.answer
	a.Allow, a.Home, a.Run, a.Project, a.Next = true, j.home, j.next.Run, j.project, j.next.Count.Usage
	a.Checked, a.Refusals, j.raised = nil, nil, nil
	limits, err := j.obey()
	if err != nil {
		return err
	}
	for _, h := range append(slices.Clone(j.held), limits...) {
		if key, ok := h.Key(j.next); ok && h.Counts(j.next) {
			if err := j.check(h, key, grants); err != nil {
				return err
			}
		}
	}
	if len(a.Refusals) > 0 {
		a.Allow, a.Reason = false, a.Refusals[0].Text
	}
	return j.keep()
}

// settle writes down what the files say beyond what the ledger knows.
func (j *gateJudge) settle() error {
	var err error
	var known bool
	if j.own, known, err = j.Thread(j.q.Thread); err != nil {
		return err
	}
	if err := j.settleOne(j.meter, &j.own, known, j.project); err != nil {
		return err
	}
	for _, o := range j.others {
		if o.meter != nil {
			th, known, err := j.Thread(o.Thread)
			if err == nil {
				err = j.settleOne(o.meter, &th, known, cmp.Or(th.Project, o.Project))
			}
			if err != nil {
				return err
			}
		}
		if o.over {
			if err := j.Release(o.Thread); err != nil {
				return err
			}
		}
	}
	return j.Sweep()
}

func (j *gateJudge) settleOne(m *meter, th *ledger.Thread, known bool, project string) error {
	kept, err := m.kept()
	if err != nil {
		return err
	}
	if err := j.PutMeter(kept); err != nil {
		return err
	}
	switch {
	case known && !m.merge(th):
		return nil
	case !known && len(m.Rows) == 0:
		return nil // it has used nothing
	case !known:
		if *th, err = m.fresh(project, j.o.User, j.now); err != nil {
			return err
		}
	}
	return j.Replace(*th)
}

// know finds out what the request is counted for.
func (j *gateJudge) know() error {
	var err error
	if j.labels, err = j.Labels(); err != nil {
		return err
	}
	run := cmp.Or(j.own.Run, j.meter.Run, model.RunID(j.q.Thread))
	if j.threads, err = j.Run(run); err != nil {
		return err
	}
	if j.orders, err = j.Orders(run, j.now); err != nil {
		return err
	}
	j.money = slices.ContainsFunc(j.orders, func(o ledger.Order) bool { return o.Kind == string(OrderAmount) })
	j.next = j.asked(j.meter.next(j.o.First))
	j.next.Run = run
	label := j.labels[run]
	j.next.Client = j.client(run, j.next.Project, j.next.Folder)
	root := ledger.Root{Run: run, Branch: j.meter.Meta.GitBranch, Title: j.meter.Title}
	for _, th := range j.threads {
		if model.RunID(th.ID) == run && th.ID != j.q.Thread {
			root.Branch, root.Title = th.Branch, th.Title
		}
	}
	j.next.Task = j.match.Task(label.Task, root.Branch, root.Title)
	j.next.Kind = latestKind(j.own)
	j.priced(&j.next, model.Bucket{Quarter: j.next.Quarter, Model: j.next.Model, Tier: j.meter.Tier,
		Long: j.next.Count.Input > model.LongContextTokens}, j.next.Count.Usage)
	return nil
}

// asked is the request without what only the ledger knows.
func (g *gate) asked(next model.Usage) budget.Spend {
	t := g.begun()
	s := budget.Spend{Quarter: model.QuarterOf(g.now), Run: model.RunID(g.q.Thread), Project: g.project, Folder: cmp.Or(t.Meta.Cwd, t.Cwd),
		User: model.Clean(g.o.User, 100), Model: g.q.Model, Count: model.Count{Usage: next, Responses: 1}}
	if g.match != nil {
		s.Client = g.match.Client(s.Project, s.Folder)
	}
	if g.meter != nil {
		s.Model = cmp.Or(s.Model, g.meter.Model)
	}
	s.Model = cmp.Or(s.Model, model.UnknownModel)
	return s
}

// latestKind is the kind of work that a thread did most of in its newest quarter of an hour.
func latestKind(th ledger.Thread) model.Kind {
	var newest ledger.Row
	for _, r := range th.Rows {
		if r.Quarter > newest.Quarter || r.Quarter == newest.Quarter && r.Total() > newest.Total() {
			newest = r
		}
	}
	return newest.Kind
}

// priced fills in what usage of a bucket costs. Tokens alone need no price list.
func (j *gateJudge) priced(s *budget.Spend, b model.Bucket, u model.Usage) {
	if !slices.ContainsFunc(j.held, func(h *budget.Held) bool { return h.Limit.Unit != budget.TokenUnit }) && !j.money {
		return
	}
	if j.prices == nil {
		j.prices = j.o.Prices()
	}
	s.Cost = j.prices.Cost(b, u)
	c, _ := j.prices.Credits(b, u)
	s.Credits = int64(c)
}

// check judges one budget that counts the request.
func (j *gateJudge) check(h *budget.Held, key string, grants []ledger.Grant) error {
	if err := j.spent(h, key); err != nil {
		return err
	}
	if err := j.awaited(h, key); err != nil {
		return err
	}
	var granted int64
	for _, g := range grants {
		if g.Budget == h.Name && g.Key == key && g.Limit.Unit == h.Limit.Unit && g.Holds(j.now) {
			granted += g.Limit.Amount
		}
	}
	x := GateStanding{Standing: h.Standing(key, j.now, granted), Awaited: h.Awaited()}
	x.Next, x.Priced = h.Amount(j.next)
	if j.q.Event == GateTool { // it uses nothing itself; the request after it is asked about
		x.Refuses = x.Exceeded()
	} else {
		x.Refuses = h.Refuses(x.Standing, x.Next, x.Priced, j.plan)
	}
	j.answer.Checked = append(j.answer.Checked, x)
	if !x.Refuses {
		return j.over(x)
	}
	j.refuse(x)
	return nil
}

// over ends the exception of an earlier refusal: there is room again.
func (j *gateJudge) over(x GateStanding) error {
	e, ok, err := j.Exception(x.GateID())
	if err != nil || !ok || j.q.Event == GateTool {
		return err
	}
	after, err := e.Apply(budget.Decision{Move: budget.MoveResolve, At: laterTime(j.now, e.Changed.Add(time.Millisecond)), Actor: selfActor}, budget.Rules{})
	if err != nil || e.State == budget.Extended { // an extension stays what it is until it ends
		return nil
	}
	return j.PutException(after)
}

// keep writes down the decision.
func (j *gateJudge) keep() error {
	a := &j.answer
	if err := j.Saw(homeKey(j.home), j.q.Event, j.q.Thread, j.now, !a.Allow); err != nil {
		return err
	}
	if j.q.Event != GateRequest {
		return nil
	}
	if !a.Allow {
		return j.Release(j.q.Thread)
	}
	return j.Reserve(ledger.Reservation{
		Thread: j.q.Thread, Run: j.next.Run, Home: homeKey(j.home), Project: j.project, Folder: j.next.Folder,
		Row: ledger.Row{KindBucket: model.KindBucket{Bucket: model.Bucket{Quarter: j.next.Quarter, Model: j.next.Model, Tier: j.meter.Tier,
			Long: j.next.Count.Input > model.LongContextTokens}, Kind: j.next.Kind}, Count: j.next.Count},
		At: j.now, Until: j.now.Add(reservedFor), Known: knownOf(&j.own), PID: j.o.PID, Ticks: j.o.Ticks,
	})
}

// knownOf is what the ledger has of a thread, as reservations compare it.
func knownOf(th *ledger.Thread) model.Count {
	n := th.Total()
	return model.Count{Usage: model.Usage{Input: n.Total()}, Responses: n.Responses}
}
