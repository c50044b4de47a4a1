package budget

import (
	"errors"
	"slices"
	"testing"
	"time"
)

var lifeNow = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func allStates() []Life {
	return []Life{Open, Acknowledged, Snoozed, Extended, Downgraded, ToolsCut, Compacted, TakenOver, Stopped, DismissedFP, Dismissed, Resolved, Expired, Escalated, Reopened}
}

// every is a decision that lacks nothing.
func every(m Move) Decision {
	return Decision{Move: m, At: lifeNow, Actor: "ada", Approver: "lea", Until: lifeNow.Add(time.Hour), Amount: 1, Reason: "because", Owner: "lea"}
}

// Each state against each move: what the table has works, what it lacks is refused
// with an error that names both.
func TestMovesAreThoseOfTheTable(t *testing.T) {
	allowed := map[Move][]Life{
		MoveAck:          {Open, Reopened, Escalated, Expired, Snoozed},
		MoveSnooze:       {Open, Reopened, Escalated, Expired, Acknowledged, Snoozed},
		MoveUnsnooze:     {Snoozed},
		MoveAssign:       {Open, Reopened, Escalated, Acknowledged, Snoozed, Expired},
		MoveExtend:       {Open, Reopened, Escalated, Acknowledged, Snoozed, Expired},
		MoveDowngrade:    {Open, Reopened, Escalated, Acknowledged, Snoozed, Expired},
		MoveCutTools:     {Open, Reopened, Escalated, Acknowledged, Snoozed, Expired},
		MoveCompact:      {Open, Reopened, Escalated, Acknowledged, Snoozed, Expired},
		MoveTakeOver:     {Open, Reopened, Escalated, Acknowledged, Snoozed, Expired},
		MoveStop:         {Open, Reopened, Escalated, Acknowledged, Snoozed, Expired},
		MoveDismissFP:    {Open, Reopened, Escalated, Acknowledged, Snoozed, Expired},
		MoveDismiss:      {Open, Reopened, Escalated, Acknowledged, Snoozed, Expired},
		MoveUndoDecision: {Extended, Downgraded, ToolsCut, Compacted, TakenOver, Stopped, DismissedFP, Dismissed},
		MoveReopen:       {Resolved, Downgraded, ToolsCut, Compacted, TakenOver, Stopped, Expired},
		MoveExpire:       {Extended},
		MoveEscalate:     {Open, Reopened, Expired},
	}
	for _, l := range allStates() {
		if l != Resolved {
			allowed[MoveResolve] = append(allowed[MoveResolve], l)
		}
	}
	for m, from := range allowed {
		for _, l := range allStates() {
			e := Exception{ID: "X-1", State: l}
			after, err := e.Apply(every(m), Rules{})
			if slices.Contains(from, l) {
				if err != nil {
					t.Errorf("%s of %s: %v", m, l, err)
				}
				continue
			}
			if !errors.Is(err, ErrIllegalMove) || after.State != l {
				t.Errorf("%s of %s: got %s, %v", m, l, after.State, err)
				continue
			}
			if want := "move is not allowed: X-1 is " + string(l) + ", which cannot " + string(m); err.Error() != want {
				t.Errorf("%q, want %q", err, want)
			}
		}
	}
	if _, err := (Exception{ID: "X"}).Apply(Decision{Move: "explode"}, Rules{}); !errors.Is(err, ErrIllegalMove) {
		t.Errorf("unknown move: %v", err)
	}
}

func TestMovesNeedWhatTheyNeed(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Decision)
		move   Move
		rules  Rules
		want   error
	}{
		"snooze without an end":         {func(d *Decision) { d.Until = time.Time{} }, MoveSnooze, Rules{}, ErrIncomplete},
		"snooze that is over":           {func(d *Decision) { d.Until = lifeNow }, MoveSnooze, Rules{}, ErrIncomplete},
		"dismiss without a reason":      {func(d *Decision) { d.Reason = " \x1b[31m" }, MoveDismiss, Rules{}, ErrIncomplete},
		"extend without an amount":      {func(d *Decision) { d.Amount = 0 }, MoveExtend, Rules{}, ErrIncomplete},
		"extend without an end":         {func(d *Decision) { d.Until = time.Time{} }, MoveExtend, Rules{}, ErrIncomplete},
		"extend without a reason":       {func(d *Decision) { d.Reason = "" }, MoveExtend, Rules{}, ErrIncomplete},
		"assign to nobody":              {func(d *Decision) { d.Owner = "" }, MoveAssign, Rules{}, ErrIncomplete},
		"a fifth, alone":                {func(d *Decision) { d.Amount, d.Approver = 20, "" }, MoveExtend, Rules{Limit: 100}, nil},
		"more than a fifth, alone":      {func(d *Decision) { d.Amount, d.Approver = 21, "" }, MoveExtend, Rules{Limit: 100}, ErrSecondPerson},
		"more than a fifth, by oneself": {func(d *Decision) { d.Amount, d.Approver = 21, "ada" }, MoveExtend, Rules{Limit: 100}, ErrSecondPerson},
		"more than a fifth, agreed":     {func(d *Decision) { d.Amount = 21 }, MoveExtend, Rules{Limit: 100}, nil},
		"agreed by another than asked":  {func(d *Decision) { d.Amount = 21 }, MoveExtend, Rules{Limit: 100, Approver: "kim"}, ErrSecondPerson},
		"the second time, alone":        {func(d *Decision) { d.Approver = "" }, MoveExtend, Rules{Limit: 100, Earlier: 1}, ErrSecondPerson},
		"the second time, agreed":       {func(*Decision) {}, MoveExtend, Rules{Limit: 100, Earlier: 1}, nil},
	} {
		d := every(c.move)
		c.change(&d)
		if _, err := (Exception{ID: "X", State: Open}).Apply(d, c.rules); !errors.Is(err, c.want) {
			t.Errorf("%s: got %v, want %v", name, err, c.want)
		}
	}
}

func TestWhatTimeDoes(t *testing.T) {
	for name, c := range map[string]struct {
		e    Exception
		want Move
		due  bool
	}{
		"a fresh page":         {Exception{Severity: Page, State: Open, At: lifeNow.Add(-14 * time.Minute)}, MoveEscalate, false},
		"a page that waited":   {Exception{Severity: Page, State: Open, At: lifeNow.Add(-15 * time.Minute)}, MoveEscalate, true},
		"a page seen":          {Exception{Severity: Page, State: Acknowledged, At: lifeNow.Add(-time.Hour)}, "", false},
		"a warning, an hour":   {Exception{Severity: Warn, State: Open, At: lifeNow.Add(-time.Hour)}, MoveEscalate, false},
		"a warning, a day":     {Exception{Severity: Warn, State: Open, At: lifeNow.Add(-24 * time.Hour)}, MoveEscalate, true},
		"a notice never":       {Exception{Severity: Notice, State: Open, At: lifeNow.Add(-240 * time.Hour)}, "", false},
		"snoozed still":        {Exception{State: Snoozed, Until: lifeNow.Add(time.Second)}, MoveUnsnooze, false},
		"snoozed until now":    {Exception{State: Snoozed, Until: lifeNow}, MoveUnsnooze, true},
		"extension still":      {Exception{State: Extended, Until: lifeNow.Add(time.Second)}, MoveExpire, false},
		"extension that ended": {Exception{State: Extended, Until: lifeNow.Add(-time.Second)}, MoveExpire, true},
		"resolved":             {Exception{Severity: Page, State: Resolved, At: lifeNow.Add(-time.Hour)}, "", false},
	} {
		move, due := c.e.Due(lifeNow, DefaultSLA())
		if due != c.due || due && move != c.want {
			t.Errorf("%s: %s %v, want %s %v", name, move, due, c.want, c.due)
		}
		if due {
			if _, err := c.e.Apply(Decision{Move: move, At: lifeNow, Actor: "tokenburn"}, Rules{}); err != nil {
				t.Errorf("%s: the move that is due is refused: %v", name, err)
			}
		}
	}
}
