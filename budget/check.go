package budget

import (
	"fmt"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// PlanError is a mistake in a plan.
type PlanError struct {
	Budget string // its name, "" where the mistake is in no budget
	Line   int    // of the settings file
	Field  string // the setting that is wrong: name, parent, share, …
	Text   string
	Want   string // what would be right, "" where Text says all
}

// Error gives what is wrong, with the budget's name.
func (e *PlanError) Error() string {
	text := e.Text
	if e.Budget != "" {
		text = fmt.Sprintf("budget %q: %s", model.Clean(e.Budget, 60), text)
	}
	if e.Want != "" {
		text += ": " + e.Want
	}
	return text
}

// Check says what is wrong with the plan: a [PlanError], or nil. A plan is right
// where names are there once, patterns are patterns, and no envelope promises more than it holds.
func (p Plan) Check() error {
	_, err := p.Resolve()
	return err
}

// Resolve gives the budgets as they are judged: with the limit that a share
// comes to, and within the scope of their envelopes. The order is the plan's.
func (p Plan) Resolve() ([]Budget, error) {
	if _, err := p.Matcher(); err != nil {
		return nil, &PlanError{Field: "pattern", Text: err.Error()}
	}
	r := resolver{plan: p, place: map[string]int{}, state: make([]int, len(p.Budgets)), done: make([]Budget, len(p.Budgets))}
	clients := map[string]bool{}
	for _, c := range p.Clients {
		if clients[c.Name] {
			return nil, &PlanError{Field: "client", Text: fmt.Sprintf("client %q is there twice", model.Clean(c.Name, 60))}
		}
		clients[c.Name] = true
	}
	for i, b := range p.Budgets {
		if err := b.check(clients); err != nil {
			return nil, err
		}
		if _, twice := r.place[b.Name]; twice {
			return nil, b.wrong("name", "there is another budget of this name", "")
		}
		r.place[b.Name] = i
	}
	for i := range p.Budgets {
		if err := r.resolve(i); err != nil {
			return nil, err
		}
	}
	if err := r.promises(); err != nil {
		return nil, err
	}
	return r.done, nil
}

func (b Budget) wrong(field, text, want string) error {
	return &PlanError{Budget: b.Name, Line: b.Line, Field: field, Text: text, Want: want}
}

// check looks at a budget by itself.
func (b Budget) check(clients map[string]bool) error {
	switch {
	case model.Clean(b.Name, 100) != b.Name || b.Name == "":
		return b.wrong("name", "a budget needs a name", "plain text of at most 100 bytes")
	case b.Limit.Amount < 0:
		return b.wrong("limit", "the limit is below zero", "")
	case b.Share < 0 || b.Share > 1:
		return b.wrong("share", "a share is more than 0% and at most 100%", "")
	case b.Share > 0 && b.Parent == "":
		return b.wrong("share", "there is nothing to have a share of", "name the envelope with parent")
	case b.Share > 0 && b.Limit.Amount > 0:
		return b.wrong("share", "limit and share contradict each other", "leave one of them out")
	case b.Scope.Client != "" && !clients[b.Scope.Client]:
		return b.wrong("scope", fmt.Sprintf("there is no client %q", model.Clean(b.Scope.Client, 60)), "name it in a [[client]]")
	case b.Period.Milestone() && !b.Period.From.Before(b.Period.To):
		return b.wrong("period", "the period ends before it begins", "")
	case b.Period.Milestone() && days(b.Period.From, b.Period.To) > 3660:
		return b.wrong("period", "the period is longer than ten years", "")
	}
	switch b.Period.Name {
	case "", Month, Week, Day, Run, Task:
	default:
		return b.wrong("period", fmt.Sprintf("invalid period %q", model.Clean(b.Period.Name, 60)), "want month, week, day, run, task, or { from = …, to = … }")
	}
	if !knownKind(b.Scope.Kind) {
		return b.wrong("scope", fmt.Sprintf("invalid kind %q", model.Clean(b.Scope.Kind, 60)), "want one of "+kindNames())
	}
	for _, w := range b.WarnAt {
		if w < 1 || w > 1000 {
			return b.wrong("warn_at", fmt.Sprintf("invalid percentage %d", w), "want 1 to 1000")
		}
	}
	return nil
}

func knownKind(name string) bool {
	for _, k := range model.Kinds() {
		if k.String() == name {
			return true
		}
	}
	return name == ""
}

func kindNames() string {
	var names []string
	for _, k := range model.Kinds() {
		names = append(names, k.String())
	}
	return strings.Join(names, ", ")
}

// resolver works out limits and scopes from the outermost envelopes inwards.
type resolver struct {
	plan  Plan
	place map[string]int // by name
	state []int          // 0 not begun, 1 begun, 2 done
	done  []Budget
}

func (r *resolver) resolve(i int) error {
	b := r.plan.Budgets[i]
	switch r.state[i] {
	case 1:
		return b.wrong("parent", "its envelopes go round in a circle", "")
	case 2:
		return nil
	}
	r.state[i] = 1
	if b.Parent != "" {
		at, ok := r.place[b.Parent]
		if !ok {
			return b.wrong("parent", fmt.Sprintf("there is no budget %q", model.Clean(b.Parent, 60)), "")
		}
		if err := r.resolve(at); err != nil {
			return err
		}
		if err := b.inside(r.done[at]); err != nil {
			return err
		}
		parent := r.done[at]
		b.Scope, _ = b.Scope.within(parent.Scope)
		if b.Share > 0 {
			b.Limit = Limit{parent.Limit.Unit, fraction(parent.Limit.Amount, b.Share)}
		}
	}
	r.done[i], r.state[i] = b, 2
	return nil
}

// fraction gives a share of an amount, rounded down, so that parts never come to more than the whole.
func fraction(amount int64, share float64) int64 {
	const million = 1_000_000
	n := int64(share*million + 0.5)
	return amount/million*n + amount%million*n/million
}

// inside says whether a budget fits into its envelope, but for the amounts.
func (b Budget) inside(parent Budget) error {
	if b.Share == 0 && b.Limit.Unit != parent.Limit.Unit {
		return b.wrong("limit", "its envelope counts in another unit", "")
	}
	if _, ok := b.Scope.within(parent.Scope); !ok {
		return b.wrong("scope", fmt.Sprintf("it counts what its envelope (%s) does not", parent.Scope), "")
	}
	own, outer := b.Period, parent.Period
	switch {
	case !outer.Calendar() && own.Name != outer.Name && (outer.Name != Task || own.Name != Run),
		outer.Name == Day && (own.Name == Week || own.Name == Month || own.Milestone()),
		outer.Name == Week && (own.Name == Month || own.Milestone()),
		outer.Milestone() && own.Name == Month:
		return b.wrong("period", fmt.Sprintf("its period (%s) does not fit into its envelope's (%s)", own, outer), "")
	case outer.Name == Month && own.Name == Week:
		return b.wrong("period", "a week may lie in two months", "give the envelope weeks, or this budget days")
	case outer.Milestone() && own.Milestone() && (own.From.Before(outer.From) || own.To.After(outer.To)):
		return b.wrong("period", fmt.Sprintf("its period (%s) does not lie within its envelope's (%s)", own, outer), "")
	}
	return nil
}

// promises checks that no envelope promises more than it holds.
func (r *resolver) promises() error {
	for _, parent := range r.done {
		var children []Budget
		for _, b := range r.done {
			if b.Parent == parent.Name {
				children = append(children, b)
			}
		}
		if err := overPromised(parent, children, r.plan.zone()); err != nil {
			return err
		}
	}
	return nil
}

// overPromised says that the children together may spend more within one period
// of their envelope than it holds. A budget for each run or task sets nothing
// aside: it only must not be larger than the envelope.
func overPromised(parent Budget, children []Budget, zone *time.Location) error {
	starts := []time.Time{{}}
	for _, b := range children {
		if b.Period.Milestone() {
			starts = append(starts, b.Period.From)
		}
	}
	for _, at := range starts {
		var total sum
		for _, b := range children {
			if !b.Period.Calendar() && (parent.Period.Calendar() || parent.Period.Name != b.Period.Name) {
				if b.Limit.Amount > parent.Limit.Amount {
					return b.wrong("limit", fmt.Sprintf("%s for each %s is more than %s holds (%s)", b.Limit, b.Period, quote(parent.Name), parent.Limit), "")
				}
				continue
			}
			n := b.Period.timesIn(parent.Period, at, zone)
			for range n {
				total = total.add(b.Limit.Amount)
			}
			if total.int64() <= parent.Limit.Amount {
				continue
			}
			text := fmt.Sprintf("with it %s promises %s, more than the %s that it holds", quote(parent.Name), Limit{parent.Limit.Unit, total.int64()}, parent.Limit)
			if n > 1 {
				text += fmt.Sprintf(" (%s of %s in it)", plural(n, b.Period.Name), b.Limit)
			}
			return b.wrong("limit", text, "")
		}
	}
	return nil
}

// timesIn is how often a period can come within one of the outer period; where
// there are milestones, within the one that an instant lies in.
func (p Period) timesIn(outer Period, at time.Time, zone *time.Location) int {
	if p.Milestone() {
		if outer.Milestone() {
			return 1
		}
		if at.IsZero() {
			return 0
		}
		from, to := outer.At(at, zone)
		if p.From.Before(to) && from.Before(p.To) {
			return 1
		}
		return 0
	}
	switch {
	case p.Name == outer.Name:
		return 1
	case outer.Name == Month: // of days
		return 31
	case outer.Name == Week:
		return 7
	}
	n := 0
	for t := outer.From; t.Before(outer.To) && n < 5000; n++ {
		_, t = p.At(t, zone)
	}
	return n
}

func (p Plan) zone() *time.Location {
	if p.Zone == nil {
		return time.UTC
	}
	return p.Zone
}

func quote(name string) string { return `"` + model.Clean(name, 60) + `"` }

func plural(n int, word string) string {
	if n == 1 {
		return "1 " + word
	}
	return fmt.Sprintf("%d %ss", n, word)
}
