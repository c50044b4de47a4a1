package ledger

import (
	"context"
	"errors"
	"reflect"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
)

func exception(id string) budget.Exception {
	return budget.Exception{
		ID: id, Rule: "LOOP_IDENTICAL", Severity: budget.Page, Run: "r", Thread: "t", Turn: 3, ResponseIndex: 9, At: noon,
		Observed: "5 calls", Threshold: "3", Evidence: []budget.Clue{{Turn: 3, Line: 12, CallID: "c", Text: "ls"}}, Waste: price.Dollar,
		Advice: budget.Advice{Action: "stop", Saving: price.Dollar / 3}, Budget: "b", State: budget.Open, Owner: "lead", Changed: noon,
	}
}

func oneException(t *testing.T, l *Ledger, id string) budget.Exception {
	t.Helper()
	all, err := l.Exceptions(context.Background(), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range all {
		if e.ID == id {
			return e
		}
	}
	t.Fatalf("no exception %s", id)
	return budget.Exception{}
}

func TestDecide(t *testing.T) {
	ctx, l := context.Background(), openNew(t)
	e := exception("e1")
	if err := l.PutExceptions(ctx, e, exception("e2")); err != nil {
		t.Fatal(err)
	}
	if got := oneException(t, l, "e1"); !reflect.DeepEqual(got, e) {
		t.Errorf("got  %+v\nwant %+v", got, e)
	}
	after := e
	after.State, after.Changed, after.Reason = budget.Acknowledged, noon.Add(time.Minute), "seen"
	d := Decision{Exception: "e1", At: after.Changed, Actor: "ann", From: budget.Open, To: budget.Acknowledged, Reason: "seen"}
	entry := Entry{Actor: "ann", Action: "acknowledge", Subject: "e1", Before: "open", After: "acknowledged"}
	if err := l.Decide(ctx, after, d, entry); err != nil {
		t.Fatal(err)
	}
	// The second of two who decide at the same time is told so, and leaves no trace.
	if err := l.Decide(ctx, after, d, entry); !errors.Is(err, ErrChanged) {
		t.Errorf("error %v, want %v", err, ErrChanged)
	}
	// What a rule found earlier does not undo it.
	stale := e
	stale.Observed = "6 calls"
	if err := l.PutExceptions(ctx, stale); err != nil {
		t.Fatal(err)
	}
	want := after
	want.Observed = "6 calls"
	if got := oneException(t, l, "e1"); !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v", got, want)
	}
	ds, err := l.Decisions(ctx, time.Time{})
	if err != nil || !reflect.DeepEqual(ds, []Decision{d}) {
		t.Errorf("decisions %+v, %v", ds, err)
	}
	if n, err := l.Verify(ctx); n != 1 || err != nil {
		t.Errorf("%d entries, %v; want 1", n, err)
	}
	if since, err := l.Exceptions(ctx, noon.Add(time.Second)); err != nil || len(since) != 1 {
		t.Errorf("%d exceptions changed since, %v; want 1", len(since), err)
	}
}

func TestGrants(t *testing.T) {
	ctx, l := context.Background(), openNew(t)
	g := Grant{ID: "g1", Budget: "day", Key: "", Exception: "e1", Limit: budget.Limit{Unit: budget.TokenUnit, Amount: 1e6},
		From: noon, Until: noon.Add(time.Hour), Reason: "release", Requester: "ann", Approver: "bob"}
	e := exception("e1")
	e.State = budget.Extended
	if err := l.Extend(ctx, e, Decision{Exception: "e1", From: budget.Open, To: budget.Extended}, g, Entry{Action: "extend"}); err != nil {
		t.Fatal(err)
	}
	if err := l.PutGrant(ctx, g, Entry{Action: "extend"}); err == nil {
		t.Error("a grant was written twice")
	}
	gs, err := l.Grants(ctx, noon)
	if err != nil || !reflect.DeepEqual(gs, []Grant{g}) {
		t.Fatalf("grants %+v, %v", gs, err)
	}
	if err := l.Revoke(ctx, "g1", noon.Add(30*time.Minute), Entry{Action: "revoke"}); err != nil {
		t.Fatal(err)
	}
	if err := l.Revoke(ctx, "g1", noon.Add(40*time.Minute), Entry{Action: "revoke"}); !errors.Is(err, ErrUnknown) {
		t.Errorf("error %v, want %v", err, ErrUnknown)
	}
	if gs, err = l.Grants(ctx, noon); err != nil || len(gs) != 1 {
		t.Fatal(gs, err)
	}
	for _, c := range []struct {
		after time.Duration
		want  bool
	}{{-1, false}, {0, true}, {29 * time.Minute, true}, {30 * time.Minute, false}, {time.Hour, false}} {
		if gs[0].Holds(noon.Add(c.after)) != c.want {
			t.Errorf("after %s: holds %v, want %v", c.after, !c.want, c.want)
		}
	}
	if gs, err := l.Grants(ctx, noon.Add(2*time.Hour)); err != nil || len(gs) != 0 {
		t.Errorf("grants that have ended: %v, %v", gs, err)
	}
	if n, err := l.Verify(ctx); n != 2 || err != nil {
		t.Errorf("%d entries, %v; want 2: failed changes leave none", n, err)
	}
}

func TestAlerts(t *testing.T) {
	ctx, l := context.Background(), openNew(t)
	one := Episode{Alert: budget.Alert{Budget: "day", Tier: budget.PageFast, Since: noon, Text: "burning", Long: time.Hour, LongX: 5, Top: []string{"r"}}}
	two := Episode{Alert: budget.Alert{Budget: "day", Tier: budget.Threshold, Percent: 80, Since: noon.Add(1)}}
	if err := l.PutAlerts(ctx, one, two); err != nil {
		t.Fatal(err)
	}
	one.Text, one.Resolved = "over", noon.Add(time.Minute)
	if err := l.PutAlerts(ctx, one); err != nil {
		t.Fatal(err)
	}
	if es, err := l.Alerts(ctx); err != nil || !reflect.DeepEqual(es, []Episode{two}) {
		t.Errorf("open: %+v, %v", es, err)
	}
	if es, err := l.AlertsSince(ctx, noon); err != nil || !reflect.DeepEqual(es, []Episode{one, two}) {
		t.Errorf("since: %+v, %v", es, err)
	}
	if es, err := l.AlertsSince(ctx, noon.Add(time.Hour)); err != nil || len(es) != 1 {
		t.Errorf("since later: %+v, %v", es, err)
	}
}

func TestLabels(t *testing.T) {
	ctx, l := context.Background(), openNew(t)
	steps := []struct {
		label Label
		want  map[string]string
	}{
		{Label{Run: "r1", Task: "ABC-1", At: noon, By: "ann"}, map[string]string{"r1": "task ABC-1"}},
		{Label{Run: "r2", Task: "x", Client: "acme", At: noon, By: "ann"}, map[string]string{"r1": "task ABC-1", "r2": "task x, client acme"}},
		{Label{Run: "r1", Client: "acme", At: noon, By: "bob"}, map[string]string{"r1": "client acme", "r2": "task x, client acme"}},
		{Label{Run: "r2", By: "bob"}, map[string]string{"r1": "client acme"}},
	}
	for i, s := range steps {
		if err := l.SetLabel(ctx, s.label); err != nil {
			t.Fatal(err)
		}
		labels, err := l.Labels(ctx)
		got := map[string]string{}
		for run, b := range labels {
			got[string(run)] = b.String()
		}
		if err != nil || !reflect.DeepEqual(got, s.want) {
			t.Errorf("step %d: %v, %v; want %v", i, got, err, s.want)
		}
	}
	trail, err := l.Trail(ctx, time.Time{})
	if err != nil || len(trail) != 4 || trail[2].Before != "task ABC-1" || trail[2].After != "client acme" || trail[2].Actor != "bob" {
		t.Errorf("trail %+v, %v", trail, err)
	}
}
