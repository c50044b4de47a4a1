package monitor

import (
	"cmp"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

// GateOptions are what the gate decides with.
type GateOptions struct {
	Homes  []string               // CODEX_HOME folders
	Ledger string                 // the ledger's file; it is neither made nor mended
	Prices func() *price.List     // asked only where money is judged
	User   string                 // who the runs are counted for
	Now    func() time.Time       // nil: time.Now
	First  model.Usage            // what a thread's first request is expected to use; zero: 13,000 tokens
	Alive  func(int, uint64) bool // a process of this number and start lives; nil: unknown, so yes
	PID    int                    // of the Codex process that asks, 0 unknown
	Ticks  uint64                 // its start, in clock ticks since boot
	Plan   func(project, repository string) (budget.Plan, error)
	Wait   time.Duration // for another process that holds the ledger; 0 is [GateWait]
	Try    bool          // decide and write nothing
	// Last says that the process ends soon: the ledger is left to the system to close.
	// Closing it as the only one that has it open would write its log back, which takes long.
	Last bool
}

const (
	// GateWait is how long the gate waits for others that write to the ledger. They
	// hold it for milliseconds.
	GateWait = 250 * time.Millisecond
	// GateTime is how long a decision may take at most. Codex waits for ten seconds.
	GateTime = 3 * time.Second
	// reservedFor is how long a request counts that nothing more was heard of.
	reservedFor = 30 * time.Minute
)

// GateAnswer is what the gate decided.
type GateAnswer struct {
	Allow    bool
	Reason   string         // why not, for people: which budget, what is used, how to go on; "" where it is allowed
	Refusals []GateRefusal  // what refuses it, the first one in Reason
	Checked  []GateStanding // every budget that counts the request
	Problem  string         // why it could not be decided ("" it could): Allow is then what the budgets want for that
	Home     string         // that the thread's session file lies in, "" unknown
	Run      model.RunID
	Project  string
	Next     model.Usage // what the request is expected to use
	Closed   bool        // a budget that counts it wants to hold also where the gate fails
}

// GateStanding is one budget beside the request. Amounts are in the budget's unit.
type GateStanding struct {
	budget.Standing
	Next    int64 // what the request is expected to use
	Awaited int64 // what others were allowed and have not used yet
	Priced  bool  // the request's model has a price
	Refuses bool
}

// GateRefusal is one reason against a request.
type GateRefusal struct {
	Budget    string // "" for an order
	Exception string // that it is raised as; extending it lets go on
	Order     string // id of the order, "" for a budget
	Text      string
}

// Decide says whether Codex may go on with what it asks. It reads the ledger and what
// the thread's file has got since, writes down what it read and, for a request that may
// leave, what that is expected to use: all in one transaction, so that of several
// that ask at once each sees the others. What fails is told in Problem and refuses only
// what a budget wants refused then. It never acts.
func Decide(ctx context.Context, q GateQuestion, o GateOptions) GateAnswer {
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Wait == 0 {
		o.Wait = GateWait
	}
	if o.First == (model.Usage{}) {
		o.First = firstRequest()
	}
	ctx, cancel := context.WithTimeout(ctx, GateTime)
	defer cancel()
	g := &gate{q: q, o: o, now: o.Now(), where: newProjects()}
	a := g.decide(ctx)
	switch {
	case a.Problem == "" || o.Try:
	case g.unwritable:
		appendFailure(GateLog(o.Ledger), GateFailure{At: g.now, Event: q.Event, Thread: q.Thread, Problem: a.Problem, Refused: !a.Allow})
	default:
		NoteGateFailure(ctx, q, o, a.Problem, !a.Allow)
	}
	return a
}

// gate is one decision.
type gate struct {
	q     GateQuestion
	o     GateOptions
	now   time.Time
	where *projects

	plan  budget.Plan
	held  []*budget.Held
	match *budget.Matcher

	ledger  *ledger.Ledger
	home    string
	meter   *meter
	project string
	others  []otherMeter

	answer     GateAnswer
	raised     []raising
	unwritable bool // the ledger failed
}

// raising is what is to be written down once the decision is.
type raising struct {
	exception budget.Exception
	entry     ledger.Entry
}

func (g *gate) decide(ctx context.Context) GateAnswer {
	switch g.q.Event {
	case GateRequest, GatePrompt, GateTool:
	default:
		return GateAnswer{Allow: true}
	}
	repository, _ := findRepositoryOf(g.q.Cwd)
	if err := g.readPlan(g.where.of(g.begun()), repository); err != nil {
		return g.fail(err)
	}
	var err error
	if g.ledger, err = ledger.OpenGate(g.o.Ledger, g.o.Wait); err != nil {
		return g.failLedger(err)
	}
	if !g.o.Last {
		defer g.ledger.Close()
	}
	if done, err := g.nothingToHold(ctx); done || err != nil {
		if err != nil {
			return g.failLedger(err)
		}
		return GateAnswer{Allow: true}
	}
	if err := g.look(ctx); err != nil {
		return g.fail(err)
	}
	if project := g.where.of(g.begun()); project != g.project { // its session names another one than the folder
		if err := g.readPlan(project, repository); err != nil {
			return g.fail(err)
		}
	}
	if err := g.judge(ctx); err != nil {
		return g.failLedger(err)
	}
	g.writeDown(ctx)
	return g.answer
}

// begun is the thread as far as it is known: what its project is found by.
func (g *gate) begun() *model.Thread {
	t := &model.Thread{ID: g.q.Thread, Cwd: g.q.Cwd}
	if g.meter != nil && g.meter.Meta.ID != "" {
		t.Meta, t.Cwd = g.meter.Meta, g.meter.Cwd
	}
	return t
}

// readPlan takes the budgets that hold.
func (g *gate) readPlan(project, repository string) error {
	p, err := g.o.Plan(project, repository)
	if err != nil {
		return err
	}
	held, err := budget.Holding(p)
	if err != nil {
		return err
	}
	match, err := p.Matcher()
	if err != nil {
		return err
	}
	g.plan, g.held, g.match, g.project = p, held, match, project
	return nil
}

// nothingToHold says that neither a budget nor an order can refuse anything: then
// the thread's file is not even looked at.
func (g *gate) nothingToHold(ctx context.Context) (bool, error) {
	if len(g.held) > 0 {
		return false, nil
	}
	orders, err := g.ledger.Orders(ctx)
	for _, o := range orders {
		if o.Holds(g.now) {
			return false, nil
		}
	}
	return true, err
}

// look reads what the thread's file has got, and those of others that were allowed a
// request which nothing is known of yet.
func (g *gate) look(ctx context.Context) error {
	kept, _, err := g.ledger.Meter(ctx, g.q.Thread)
	if err != nil {
		return err
	}
	named := g.q.Transcript
	at, err := sessionFile(g.o.Homes, g.q.Thread, named)
	if err != nil && kept.Path != "" && named != kept.Path {
		at, err = sessionFile(g.o.Homes, g.q.Thread, kept.Path)
	}
	if err != nil && g.q.Root != g.q.Thread { // a sub-agent's file is not there yet, and its root's is named
		if root, e := placed(g.o.Homes, g.q.Root, named); e == nil {
			at, err = sessionPlace{home: root.home}, nil
		}
	}
	if err != nil {
		return err
	}
	g.home = at.home
	if !at.there { // it has used nothing
		g.meter = &meter{Version: meterVersion, Thread: g.q.Thread, Run: model.RunID(cmp.Or(g.q.Root, g.q.Thread)), Cwd: g.q.Cwd, Model: g.q.Model}
		g.meter.file.Path = at.path
	} else if g.meter, err = readMeter(ctx, kept, g.q.Thread, at.home, at.path); err != nil {
		return err
	}
	return g.lookAtOthers(ctx)
}

// otherMeter is another thread that was allowed a request.
type otherMeter struct {
	ledger.Reservation
	meter *meter // nil where its file can't be read, or has got nothing
	over  bool   // nothing more is to be expected of it
}

const (
	mostOthers = 32                    // threads that are looked at
	othersTime = 20 * time.Millisecond // that it may take
)

// lookAtOthers reads the files of threads with a reservation, as far as there is
// time: what they used counts in place of what they were expected to.
func (g *gate) lookAtOthers(ctx context.Context) error {
	reserved, err := g.ledger.OpenReservations(ctx)
	if err != nil {
		return err
	}
	until := time.Now().Add(othersTime)
	homes := homeKeys(g.o.Homes)
	reserved = slices.DeleteFunc(reserved, func(r ledger.Reservation) bool { return r.Thread == g.q.Thread || !slices.Contains(homes, r.Home) })
	for i, r := range reserved {
		o := otherMeter{Reservation: r, over: !g.now.Before(r.Until) || r.PID > 0 && g.o.Alive != nil && !g.o.Alive(r.PID, r.Ticks)}
		if i < mostOthers && time.Now().Before(until) {
			kept, ok, err := g.ledger.Meter(ctx, r.Thread)
			if err != nil {
				return err
			}
			if at, err := placed(g.o.Homes, r.Thread, kept.Path); ok && err == nil && at.there && grown(kept, at) {
				o.meter, _ = readMeter(ctx, kept, r.Thread, at.home, at.path) // what can't be read stays expected
			}
		}
		g.others = append(g.others, o)
	}
	return nil
}

// grown says that a file has got something since it was read.
func grown(kept ledger.Meter, at sessionPlace) bool {
	f, err := watch.Stat(at.home, at.path)
	return err != nil || kept.Path != at.path || kept.Dev != f.ID.Dev || kept.Ino != f.ID.Ino || kept.Offset != f.Size
}

// findRepositoryOf gives the main folder of the repository that a folder on this machine lies in.
func findRepositoryOf(cwd string) (repo, config string) {
	if !filepath.IsAbs(cwd) || strings.HasPrefix(cwd, `\\`) || strings.HasPrefix(cwd, "//") {
		return "", ""
	}
	return findRepository(filepath.Clean(cwd))
}

// failLedger is fail for what the ledger could not do.
func (g *gate) failLedger(err error) GateAnswer {
	g.unwritable = true
	switch {
	case errors.Is(err, ledger.ErrBusy):
		err = errors.New("another process held the ledger for too long")
	case errors.Is(err, ledger.ErrDamaged):
		err = errors.New("the ledger is damaged; tokenburn doctor mends it")
	case errors.Is(err, os.ErrNotExist):
		err = errors.New("there is no ledger yet; tokenburn usage makes it")
	}
	return g.fail(err)
}

// fail gives the answer where nothing can be decided: what the budgets that count
// the request want then, and all of them where it is not known which do.
func (g *gate) fail(err error) GateAnswer {
	a := g.answer
	a.Allow, a.Problem, a.Home, a.Project = true, model.Clean(err.Error(), 300), g.home, g.project
	a.Refusals, a.Checked, a.Reason = nil, nil, ""
	s := g.asked(model.Usage{})
	for _, h := range g.held {
		if h.FailOpen || g.meter != nil && !h.Counts(s) {
			continue
		}
		a.Closed = true
		a.Refusals = append(a.Refusals, GateRefusal{Budget: h.Name,
			Text: "budget " + quoted(h.Name) + " can't be judged, and refuses then (on_failure = \"closed\"): " + a.Problem})
	}
	if a.Closed {
		a.Allow, a.Reason = false, a.Refusals[0].Text
	}
	return a
}
