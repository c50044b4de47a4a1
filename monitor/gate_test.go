package monitor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// gateTrial is a home with a ledger and a plan, and a gate that is asked about it.
type gateTrial struct {
	t    *testing.T
	home codexHome
	o    GateOptions
	plan budget.Plan
}

func newGateTrial(t *testing.T, budgets ...budget.Budget) *gateTrial {
	t.Helper()
	g := &gateTrial{t: t, home: newHome(t), plan: budget.Plan{Budgets: budgets, Zone: time.UTC}}
	path := filepath.Join(t.TempDir(), "ledger.db")
	ledgerAt(t, path).Close()
	g.o = GateOptions{Homes: []string{g.home.path}, Ledger: path, User: "dev", Prices: price.Default,
		Plan: func(string, string) (budget.Plan, error) { return g.plan, nil }}
	return g
}

// asks is the question of a thread's session.
func asks(s *session, event string) GateQuestion {
	return GateQuestion{Event: event, Thread: s.id, Turn: s.turn, Transcript: s.path, Cwd: "/home/dev/code/x", Model: gpt}
}

func (g *gateTrial) decide(q GateQuestion) GateAnswer {
	g.t.Helper()
	a := Decide(context.Background(), q, g.o)
	if a.Problem != "" {
		g.t.Errorf("%s: %s", q.Event, a.Problem)
	}
	return a
}

func (g *gateTrial) ledger() *ledger.Ledger {
	g.t.Helper()
	return ledgerAt(g.t, g.o.Ledger)
}

// limited is a budget that gates.
func limited(name, period, limit string) budget.Budget {
	l, err := budget.ParseLimit(limit)
	if err != nil {
		panic(err)
	}
	return budget.Budget{Name: name, Period: budget.Period{Name: period}, Limit: l, AtLimit: budget.Gate, FailOpen: true}
}

// tenK is a response of 10,000 tokens.
var tenK = model.Usage{Input: 9_800, Cached: 4_000, Output: 200}

// A request leaves as long as what is used and what it is expected to use fit.
func TestGateCountsTheUnreadTail(t *testing.T) {
	for _, period := range []string{"day", "week", "month", "run"} {
		t.Run(period, func(t *testing.T) {
			g := newGateTrial(t, limited("b", period, "35k tokens"))
			s := g.home.begin(time.Now(), 1, nil)
			for i, want := range []bool{true, true, true, false} {
				if s.ask(gpt, "do"); g.decide(asks(s, GatePrompt)).Allow != want {
					t.Errorf("prompt %d: want %v", i, want)
				}
				a := g.decide(asks(s, GateRequest))
				if a.Allow != want {
					t.Fatalf("request %d: %+v", i, a)
				}
				if want {
					s.answer(tenK)
				} else if x := a.Checked[0]; x.Upper != 30_000 || x.Next < 10_000 || !strings.Contains(a.Reason, "30k tokens of 35k tokens used") ||
					!strings.Contains(a.Reason, "tokenburn exceptions extend "+a.Refusals[0].Exception) {
					t.Errorf("%+v", a)
				}
			}
			if a := g.decide(asks(s, GateTool)); !a.Allow {
				t.Error("a tool was refused although there is room left")
			}
			s.answer(tenK)
			if a := g.decide(asks(s, GateTool)); a.Allow {
				t.Error("a tool was run although the limit is passed")
			}
		})
	}
}

// What is counted is written down once, whoever reads it, and the refusal too.
func TestGateWritesWhatItRead(t *testing.T) {
	g := newGateTrial(t, limited("b", "day", "15k tokens"))
	s := g.home.begin(time.Now(), 1, nil).ask(gpt, "do").answer(tenK)
	a := g.decide(asks(s, GateRequest))
	if a.Allow {
		t.Fatalf("%+v", a)
	}
	l := g.ledger()
	if n := keptResponses(t, l); n[s.id] != 1 {
		t.Errorf("the ledger has %v", n)
	}
	loadNow(t, Options{Homes: g.o.Homes, Ledger: l, Zone: time.UTC}, Range{Detail: true})
	g.decide(asks(s, GateRequest))
	if n := keptResponses(t, l); n[s.id] != 1 {
		t.Errorf("after it was read again: %v", n)
	}
	ctx := context.Background()
	es, err := l.Exceptions(ctx, time.Time{})
	if err != nil || len(es) != 1 || es[0].Rule != budget.RuleGate || es[0].State != budget.Open || es[0].ID != a.Refusals[0].Exception {
		t.Errorf("exceptions %+v, %v", es, err)
	}
	trail, err := l.Trail(ctx, time.Time{})
	if err != nil || len(trail) != 2 || trail[0].Action != "refuse" || trail[0].Subject != "b" {
		t.Errorf("trail %+v, %v", trail, err)
	}
	if _, err := l.Verify(ctx); err != nil {
		t.Error(err)
	}
}

// An extension counts at once, and ends the refusal.
func TestGateObeysGrants(t *testing.T) {
	g := newGateTrial(t, limited("b", "day", "15k tokens"))
	s := g.home.begin(time.Now(), 1, nil).ask(gpt, "do").answer(tenK)
	a := g.decide(asks(s, GateRequest))
	if a.Allow {
		t.Fatal("it was let go on")
	}
	ctx := context.Background()
	put := func(id string, key string, until time.Time) {
		err := g.ledger().PutGrant(ctx, ledger.Grant{ID: id, Budget: "b", Key: key, Limit: budget.Limit{Unit: budget.TokenUnit, Amount: 20_000},
			From: time.Now().Add(-time.Second), Until: until}, ledger.Entry{Action: "extend"})
		if err != nil {
			t.Fatal(err)
		}
	}
	put("other key", "x", time.Now().Add(time.Hour))
	put("over", "", time.Now().Add(-time.Millisecond))
	if g.decide(asks(s, GateRequest)).Allow {
		t.Error("a grant that does not hold let it go on")
	}
	put("holds", "", time.Now().Add(time.Hour))
	if !g.decide(asks(s, GateRequest)).Allow {
		t.Error("a grant did not count")
	}
	if es, err := g.ledger().Exceptions(ctx, time.Time{}); err != nil || len(es) != 1 || es[0].State != budget.Resolved {
		t.Errorf("exceptions %+v, %v", es, err)
	}
}

// Of many that ask at once, together only as many are let go on as there is room for.
func TestGateJointly(t *testing.T) {
	g := newGateTrial(t, limited("b", "day", "100k tokens"))
	const runs = 12
	var wait sync.WaitGroup
	allowed := make([]bool, runs)
	for i := range runs {
		s := g.home.begin(time.Now(), i+1, nil).ask(gpt, "do")
		wait.Go(func() {
			o := g.o
			o.Wait = 10 * time.Second
			a := Decide(context.Background(), asks(s, GateRequest), o)
			if allowed[i] = a.Allow; a.Problem != "" {
				t.Error(a.Problem)
			}
		})
	}
	wait.Wait()
	n := 0
	for _, yes := range allowed {
		if yes {
			n++
		}
	}
	if n != 7 { // of 13,000 tokens each
		t.Errorf("%d were let go on, want 7", n)
	}
}

// A request counts until its response is known; then the response does.
func TestGateReservations(t *testing.T) {
	alive := true
	g := newGateTrial(t, limited("b", "day", "30k tokens"))
	g.o.Alive = func(pid int, ticks uint64) bool { return alive || pid != 7 }
	first := g.o
	first.PID, first.Ticks = 7, 70
	a := g.home.begin(time.Now(), 1, nil).ask(gpt, "do")
	b := g.home.begin(time.Now(), 2, nil).ask(gpt, "do")
	c := g.home.begin(time.Now(), 3, nil).ask(gpt, "do")
	if !Decide(context.Background(), asks(a, GateRequest), first).Allow || !g.decide(asks(b, GateRequest)).Allow {
		t.Fatal("two fit")
	}
	x := g.decide(asks(c, GateRequest))
	if x.Allow || x.Checked[0].Awaited != 26_000 || x.Checked[0].Upper != 0 {
		t.Errorf("%+v", x)
	}
	a.answer(model.Usage{Input: 1000, Output: 100}) // nobody but the gate reads it
	x = g.decide(asks(c, GateRequest))
	if !x.Allow || x.Checked[0].Awaited != 13_000 || x.Checked[0].Upper != 1_100 {
		t.Errorf("after a response: %+v", x)
	}
	if !Decide(context.Background(), asks(a, GateRequest), first).Allow {
		t.Error("the next request of the first does not fit")
	}
	alive = false // it is killed, and what it asked for never comes
	x = g.decide(asks(c, GateTool))
	if x.Checked[0].Awaited != 13_000 {
		t.Errorf("after its process ended: %+v", x)
	}
}

// The last response of a run that ended counts although nobody asked after it.
func TestGateCountsTheLastResponse(t *testing.T) {
	g := newGateTrial(t, limited("b", "day", "30k tokens"))
	g.o.Alive = func(int, uint64) bool { return false }
	g.o.PID = 7
	a := g.home.begin(time.Now(), 1, nil).ask(gpt, "do")
	g.decide(asks(a, GateRequest))
	a.answer(tenK)
	b := g.home.begin(time.Now(), 2, nil).ask(gpt, "do")
	if x := g.decide(asks(b, GateRequest)); x.Checked[0].Upper != 10_000 || x.Checked[0].Awaited != 0 {
		t.Errorf("%+v", x)
	}
}

// A run's budget counts its sub-agents, and is asked about for each of them.
func TestGateSubAgents(t *testing.T) {
	g := newGateTrial(t, limited("each run", "run", "45k tokens"))
	root := g.home.begin(time.Now(), 1, nil).ask(gpt, "do").answer(tenK)
	child := g.home.begin(time.Now(), 2, meta{"session_id": root.id, "parent_thread_id": root.id}).ask(gpt, "help").answer(tenK)
	other := g.home.begin(time.Now(), 3, nil).ask(gpt, "other").answer(tenK)
	if a := g.decide(asks(root, GateRequest)); !a.Allow || a.Checked[0].Upper != 10_000 {
		t.Errorf("%+v", a)
	}
	a := g.decide(asks(child, GateRequest))
	if !a.Allow || a.Run != model.RunID(root.id) || a.Checked[0].Upper != 20_000 || a.Checked[0].Awaited == 0 {
		t.Errorf("%+v", a)
	}
	child.answer(tenK)
	if a := g.decide(asks(child, GateRequest)); a.Allow || a.Checked[0].Upper != 30_000 {
		t.Errorf("%+v", a)
	}
	if a := g.decide(asks(other, GateRequest)); !a.Allow || a.Checked[0].Upper != 10_000 || a.Checked[0].Awaited != 0 {
		t.Errorf("another run: %+v", a)
	}
}

func TestGateScopes(t *testing.T) {
	with := func(s budget.Scope, limit string) budget.Budget {
		b := limited("b", "day", limit)
		b.Scope = s
		return b
	}
	clients := []budget.Client{{Name: "acme", Projects: []string{"/home/dev/code/*"}}}
	for _, c := range []struct {
		name   string
		budget budget.Budget
		plan   budget.Plan
		model  string
		allow  bool
	}{
		{"its project", with(budget.Scope{Project: "x"}, "1k tokens"), budget.Plan{}, gpt, false},
		{"another project", with(budget.Scope{Project: "y"}, "1k tokens"), budget.Plan{}, gpt, true},
		{"its user", with(budget.Scope{User: "dev"}, "1k tokens"), budget.Plan{}, gpt, false},
		{"another user", with(budget.Scope{User: "ann"}, "1k tokens"), budget.Plan{}, gpt, true},
		{"its model", with(budget.Scope{Model: "gpt-5*"}, "1k tokens"), budget.Plan{}, gpt, false},
		{"another model", with(budget.Scope{Model: "o3*"}, "1k tokens"), budget.Plan{}, gpt, true},
		{"its client", with(budget.Scope{Client: "acme"}, "1k tokens"), budget.Plan{Clients: clients}, gpt, false},
		{"another client", with(budget.Scope{Client: "other"}, "1k tokens"), budget.Plan{Clients: append(clients, budget.Client{Name: "other", Projects: []string{"z"}})}, gpt, true},
		{"its task", with(budget.Scope{Task: "ABC-*"}, "1k tokens"), budget.Plan{Task: "[A-Z]+-[0-9]+"}, gpt, false},
		{"another task", with(budget.Scope{Task: "XYZ-*"}, "1k tokens"), budget.Plan{Task: "[A-Z]+-[0-9]+"}, gpt, true},
		{"dollars", with(budget.Scope{}, "$0.001"), budget.Plan{}, gpt, false},
		{"enough dollars", with(budget.Scope{}, "$100"), budget.Plan{}, gpt, true},
		{"a model without a price, counted at its most", with(budget.Scope{}, "$0.001"), budget.Plan{}, "nobody-knows-it", false},
		{"a model without a price", with(budget.Scope{}, "$1000"), budget.Plan{}, "nobody-knows-it", true},
		{"a model without a price, denied", with(budget.Scope{}, "$1000"), budget.Plan{Unpriced: "deny"}, "nobody-knows-it", false},
		{"a model without a price, in tokens", with(budget.Scope{}, "100M tokens"), budget.Plan{Unpriced: "deny"}, "nobody-knows-it", true},
		{"credits", with(budget.Scope{}, "0.01 credits"), budget.Plan{}, gpt, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			g := newGateTrial(t)
			c.plan.Budgets, c.plan.Zone = []budget.Budget{c.budget}, time.UTC
			g.plan = c.plan
			s := g.home.begin(time.Now(), 1, nil).ask(c.model, "do ABC-12").answer(tenK)
			q := asks(s, GateRequest)
			q.Model = c.model
			if a := g.decide(q); a.Allow != c.allow {
				t.Errorf("%+v", a)
			}
		})
	}
}

func TestGateObeysOrders(t *testing.T) {
	for _, c := range []struct {
		name  string
		order ledger.Order
		want  map[string]bool
	}{
		{"hold", ledger.Order{Kind: string(OrderHold), Until: time.Now().Add(time.Hour)}, map[string]bool{GatePrompt: false, GateRequest: true, GateTool: true}},
		{"hold before the turn", ledger.Order{Kind: string(OrderHold), Until: time.Now().Add(time.Hour), At: time.Now().Add(-time.Hour)},
			map[string]bool{GatePrompt: false, GateRequest: false, GateTool: false}},
		{"hold that is over", ledger.Order{Kind: string(OrderHold), Until: time.Now().Add(-time.Second)}, map[string]bool{GatePrompt: true, GateRequest: true}},
		{"turn end", ledger.Order{Kind: string(OrderTurnEnd)}, map[string]bool{GatePrompt: false, GateRequest: true, GateTool: true}},
		{"turn end before the turn", ledger.Order{Kind: string(OrderTurnEnd), At: time.Now().Add(-time.Hour)}, map[string]bool{GatePrompt: false, GateRequest: false}},
		{"amount", ledger.Order{Kind: string(OrderAmount), Amount: price.Dollar / 100}, map[string]bool{GatePrompt: false, GateRequest: false, GateTool: false}},
		{"amount that is not reached", ledger.Order{Kind: string(OrderAmount), Amount: 100 * price.Dollar}, map[string]bool{GatePrompt: true, GateRequest: true, GateTool: true}},
		{"done", ledger.Order{Kind: string(OrderTurnEnd), Done: time.Now()}, map[string]bool{GatePrompt: true}},
	} {
		for _, budgets := range [][]budget.Budget{nil, {limited("b", "day", "10M tokens")}} {
			t.Run(fmt.Sprint(c.name, len(budgets)), func(t *testing.T) {
				g := newGateTrial(t, budgets...)
				root := g.home.begin(time.Now(), 1, nil).ask(gpt, "do").answer(tenK)
				child := g.home.begin(time.Now(), 2, meta{"session_id": root.id, "parent_thread_id": root.id}).ask(gpt, "help").answer(tenK)
				other := g.home.begin(time.Now(), 3, nil).ask(gpt, "do").answer(tenK)
				o := c.order
				o.ID, o.Run, o.Actor = "o1", model.RunID(root.id), "ann"
				if o.At.IsZero() {
					o.At = time.Now()
				}
				if err := g.ledger().PutOrder(context.Background(), o, ledger.Entry{Action: "order"}); err != nil {
					t.Fatal(err)
				}
				for event, want := range c.want {
					for _, s := range []*session{root, child} {
						want := want || s == child && o.Kind != string(OrderAmount) // a running turn's sub-agents go on with it
						if a := g.decide(asks(s, event)); a.Allow != want || !want && (a.Refusals[0].Order != "o1" || !strings.Contains(a.Reason, "ordered by ann")) {
							t.Errorf("%s: %+v", event, a)
						}
					}
					if !g.decide(asks(other, event)).Allow {
						t.Errorf("%s of another run was refused", event)
					}
				}
			})
		}
	}
}

// Without a budget that holds and without orders, nothing is looked at.
func TestGateWithNothingToHold(t *testing.T) {
	notify := limited("b", "day", "1 tokens")
	notify.AtLimit = budget.Ask
	g := newGateTrial(t, notify)
	a := g.decide(GateQuestion{Event: GateRequest, Thread: "nonsense", Transcript: "/etc/passwd"})
	if !a.Allow || a.Checked != nil {
		t.Errorf("%+v", a)
	}
	if a := g.decide(GateQuestion{Event: "SessionStart"}); !a.Allow {
		t.Errorf("%+v", a)
	}
}

// Where it can't decide, it lets go on and says so, but for budgets that want to hold then too.
func TestGateFailures(t *testing.T) {
	outside := filepath.Join(t.TempDir(), "rollout-2026-11-23T12-00-00-019aaaaa-0000-7000-8000-000000000001.jsonl")
	for _, c := range []struct {
		name string
		make func(t *testing.T, g *gateTrial, s *session, q *GateQuestion)
		want string
	}{
		{"no ledger", func(t *testing.T, g *gateTrial, _ *session, _ *GateQuestion) {
			g.o.Ledger = filepath.Join(t.TempDir(), "none", "ledger.db")
		}, "no ledger yet"},
		{"damaged ledger", func(t *testing.T, g *gateTrial, _ *session, _ *GateQuestion) {
			rewrite(t, g.o.Ledger, []byte("this is no database"))
		}, "damaged"},
		{"a folder for a ledger", func(t *testing.T, g *gateTrial, _ *session, _ *GateQuestion) { g.o.Ledger = t.TempDir() }, ""},
		{"locked ledger", func(t *testing.T, g *gateTrial, _ *session, _ *GateQuestion) {
			g.o.Wait = 20 * time.Millisecond
			holdLedger(t, g.o.Ledger)
		}, "held the ledger for too long"},
		{"another's transcript", func(t *testing.T, g *gateTrial, s *session, q *GateQuestion) {
			q.Transcript = g.home.begin(time.Now(), 77, nil).ask(gpt, "x").path
			if err := os.Remove(s.path); err != nil {
				t.Fatal(err)
			}
		}, "another one's"},
		{"a transcript outside", func(t *testing.T, g *gateTrial, s *session, q *GateQuestion) {
			rewrite(t, outside, readFile(t, s.path))
			q.Thread, q.Transcript = "019aaaaa-0000-7000-8000-000000000001", outside
		}, "no known home"},
		{"a link to outside", func(t *testing.T, g *gateTrial, s *session, q *GateQuestion) {
			rewrite(t, outside, readFile(t, s.path))
			if err := os.Remove(s.path); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink(outside, s.path); err != nil {
				t.Skip(err)
			}
		}, "no known home"},
		{"a link to nowhere", func(t *testing.T, g *gateTrial, s *session, q *GateQuestion) {
			if err := os.Remove(s.path); err != nil {
				t.Fatal(err)
			}
			if err := os.Symlink("/nowhere/at/all", s.path); err != nil {
				t.Skip(err)
			}
		}, "can't be reached"},
		{"a file that says it is another's", func(t *testing.T, g *gateTrial, s *session, q *GateQuestion) {
			o := g.home.begin(time.Now(), 78, nil).ask(gpt, "x")
			rewrite(t, s.path, readFile(t, o.path))
		}, "another thread's"},
		{"no transcript", func(t *testing.T, g *gateTrial, s *session, q *GateQuestion) {
			if err := os.Remove(s.path); err != nil {
				t.Fatal(err)
			}
			q.Transcript = ""
		}, "not recorded"},
		{"no thread", func(t *testing.T, g *gateTrial, s *session, q *GateQuestion) { q.Thread = "../../etc" }, "no thread's id"},
		{"broken settings", func(t *testing.T, g *gateTrial, s *session, q *GateQuestion) {
			g.o.Plan = func(string, string) (budget.Plan, error) { return budget.Plan{}, errors.New("line 3: no") }
		}, "line 3"},
		{"a folder for a transcript", func(t *testing.T, g *gateTrial, s *session, q *GateQuestion) {
			if err := errors.Join(os.Remove(s.path), os.Mkdir(s.path, 0o700)); err != nil {
				t.Fatal(err)
			}
		}, ""},
	} {
		for _, closed := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, closed %v", c.name, closed), func(t *testing.T) {
				if runtime.GOOS == "windows" {
					t.Skip("paths are others here")
				}
				b := limited("b", "day", "10M tokens")
				b.FailOpen = !closed
				elsewhere := limited("elsewhere", "day", "10M tokens")
				elsewhere.FailOpen, elsewhere.Scope.Model = false, "never"
				g := newGateTrial(t, b)
				s := g.home.begin(time.Now(), 1, nil).ask(gpt, "do")
				q := asks(s, GateRequest)
				c.make(t, g, s, &q)
				a := Decide(context.Background(), q, g.o)
				want := !closed || c.name == "broken settings"
				if a.Allow != want || !strings.Contains(a.Problem, c.want) || a.Problem == "" || !want && !strings.Contains(a.Reason, `on_failure = "closed"`) {
					t.Errorf("%+v", a)
				}
				failureNoted(t, g, a.Problem)
			})
		}
	}
}

// failureNoted checks that a failure is in the ledger, or else in the log.
func failureNoted(t *testing.T, g *gateTrial, problem string) {
	t.Helper()
	if text, err := os.ReadFile(GateLog(g.o.Ledger)); err == nil {
		if !strings.Contains(string(text), `"problem":`) {
			t.Errorf("the log says %s", text)
		}
		if info, err := os.Stat(GateLog(g.o.Ledger)); err != nil || runtime.GOOS != "windows" && info.Mode().Perm() != 0o600 {
			t.Errorf("the log is %v (%v)", info.Mode(), err)
		}
		return
	}
	es, err := ledgerAt(t, g.o.Ledger).Exceptions(context.Background(), time.Time{})
	if err != nil || len(es) != 1 || es[0].Rule != budget.RuleDegraded || !strings.Contains(es[0].Observed, problem) {
		t.Errorf("exceptions %+v, %v", es, err)
	}
}

// What could not be written while the ledger was held is written with the next decision.
func TestGateTakesItsLog(t *testing.T) {
	g := newGateTrial(t, limited("b", "day", "10M tokens"))
	s := g.home.begin(time.Now(), 1, nil).ask(gpt, "do")
	g.o.Wait = 10 * time.Millisecond
	release := holdLedger(t, g.o.Ledger)
	if a := Decide(context.Background(), asks(s, GateRequest), g.o); !a.Allow || a.Problem == "" {
		t.Fatalf("%+v", a)
	}
	release()
	g.decide(asks(s, GateRequest))
	if _, err := os.Stat(GateLog(g.o.Ledger)); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("the log is still there: %v", err)
	}
	if es, err := g.ledger().Exceptions(context.Background(), time.Time{}); err != nil || len(es) != 1 || es[0].Rule != budget.RuleDegraded {
		t.Errorf("exceptions %+v, %v", es, err)
	}
}

// holdLedger holds the ledger's lock until the test ends, or release is called.
func holdLedger(t *testing.T, path string) (release func()) {
	t.Helper()
	l := ledgerAt(t, path)
	held, done, ended := make(chan struct{}), make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		err := l.Gate(context.Background(), func(*ledger.Gate) error {
			close(held)
			<-done
			return nil
		})
		if err != nil {
			t.Error(err)
		}
	}()
	<-held
	release = sync.OnceFunc(func() { close(done); <-ended })
	t.Cleanup(release)
	return release
}

// A try changes nothing.
func TestGateTry(t *testing.T) {
	g := newGateTrial(t, limited("b", "day", "15k tokens"))
	g.o.Try = true
	s := g.home.begin(time.Now(), 1, nil).ask(gpt, "do").answer(tenK)
	if g.decide(asks(s, GateRequest)).Allow {
		t.Error("it was let go on")
	}
	l := g.ledger()
	es, err := l.Exceptions(context.Background(), time.Time{})
	if n := keptResponses(t, l); len(n) != 0 || len(es) != 0 || err != nil {
		t.Errorf("written: %v, %v, %v", n, es, err)
	}
}
