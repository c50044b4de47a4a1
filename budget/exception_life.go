package budget

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Move is what is done with an exception.
type Move string

// The moves. Those of the watcher are MoveResolve, MoveReopen, MoveExpire and
// MoveEscalate; the others are a person's.
const (
	MoveAck          Move = "acknowledge"
	MoveSnooze       Move = "snooze"
	MoveAssign       Move = "assign"
	MoveExtend       Move = "extend"
	MoveDowngrade    Move = "downgrade"
	MoveCutTools     Move = "cut_tools"
	MoveCompact      Move = "compact"
	MoveTakeOver     Move = "human_takeover"
	MoveStop         Move = "stop"
	MoveDismissFP    Move = "dismiss_false_positive"
	MoveDismiss      Move = "dismiss_accepted"
	MoveResolve      Move = "resolve"
	MoveReopen       Move = "reopen"
	MoveExpire       Move = "expire"
	MoveEscalate     Move = "escalate"
	MoveUnsnooze     Move = "unsnooze"
	MoveUndoDecision Move = "undo"
)

// The errors of moves.
var (
	// ErrIllegalMove says that the exception's state does not allow the move.
	ErrIllegalMove = errors.New("move is not allowed")
	// ErrIncomplete says that the move needs a reason, an instant or an amount.
	ErrIncomplete = errors.New("something is missing")
	// ErrSecondPerson says that somebody else than who asks has to agree.
	ErrSecondPerson = errors.New("a second person has to agree")
)

// asked are the states in which somebody still has to decide.
func asked() []Life { return []Life{Open, Reopened, Escalated, Acknowledged, Snoozed, Expired} }

// decided are the states of a decision that was taken.
func decided() []Life {
	return []Life{Extended, Downgraded, ToolsCut, Compacted, TakenOver, Stopped, DismissedFP, Dismissed}
}

// transition is one row of the only table of moves.
type transition struct {
	move Move
	from []Life
	to   Life // "" keeps the state
}

// transitions is the table of moves: what is not in it is refused.
func transitions() []transition {
	return []transition{
		{MoveAck, []Life{Open, Reopened, Escalated, Expired, Snoozed}, Acknowledged},
		{MoveSnooze, []Life{Open, Reopened, Escalated, Expired, Acknowledged, Snoozed}, Snoozed},
		{MoveUnsnooze, []Life{Snoozed}, Reopened},
		{MoveAssign, asked(), ""},
		{MoveExtend, asked(), Extended},
		{MoveDowngrade, asked(), Downgraded},
		{MoveCutTools, asked(), ToolsCut},
		{MoveCompact, asked(), Compacted},
		{MoveTakeOver, asked(), TakenOver},
		{MoveStop, asked(), Stopped},
		{MoveDismissFP, asked(), DismissedFP},
		{MoveDismiss, asked(), Dismissed},
		{MoveUndoDecision, decided(), Reopened},
		{MoveResolve, append(asked(), decided()...), Resolved},
		// What was decided and comes again in the same episode: only where the
		// decision promised an end. A dismissal holds for its episode.
		{MoveReopen, []Life{Resolved, Downgraded, ToolsCut, Compacted, TakenOver, Stopped, Expired}, Reopened},
		{MoveExpire, []Life{Extended}, Expired},
		{MoveEscalate, []Life{Open, Reopened, Expired}, Escalated},
	}
}

// ComesAgain says that an exception of a state is open again where it is found again:
// it was over, or what was decided was to be enough. A dismissal holds.
func ComesAgain(s Life) bool {
	return s == Resolved || s == Expired || slices.Contains(decided(), s) && s != Dismissed && s != DismissedFP
}

// Decision is a move with all that it needs.
type Decision struct {
	Move     Move
	At       time.Time
	Actor    string    // who does it
	Approver string    // who agreed, where somebody else has to
	Until    time.Time // of a snooze or an extension
	Amount   int64     // of an extension, in the unit of the budget's limit
	Reason   string
	Owner    string // of an assignment
}

// Rules are what the moves are held to beside the table.
type Rules struct {
	Limit    int64 // of the budget that is extended, without extensions; 0 unknown
	Earlier  int   // extensions of it in the same period so far
	Approver string
}

// secondPersonAbove is the share of a limit above which an extension needs a
// second person.
const secondPersonAbove = 0.20

// Apply gives the exception after a move. It fails, and names state and move,
// where the table does not have it, and where the move lacks something: a snooze
// an instant that is yet to come, a dismissal a reason, an extension amount,
// expiry and reason, and a second person above 20 % of the limit or from the
// second one in a period on.
func (e Exception) Apply(d Decision, r Rules) (Exception, error) {
	i := slices.IndexFunc(transitions(), func(t transition) bool { return t.move == d.Move })
	if i < 0 {
		return e, fmt.Errorf("%w: there is no move %q", ErrIllegalMove, d.Move)
	}
	t := transitions()[i]
	if e.State == "" {
		e.State = Open
	}
	if !slices.Contains(t.from, e.State) {
		return e, fmt.Errorf("%w: %s is %s, which cannot %s", ErrIllegalMove, e.ID, e.State, d.Move)
	}
	if err := d.complete(r); err != nil {
		return e, fmt.Errorf("cannot %s %s: %w", d.Move, e.ID, err)
	}
	if t.to != "" {
		e.State = t.to
	}
	e.Changed = d.At
	switch d.Move {
	case MoveSnooze, MoveExtend:
		e.Until = d.Until
	case MoveAssign:
		e.Owner = d.Owner
	case MoveResolve, MoveExpire, MoveEscalate: // what was said before stays to be seen
	default:
		e.Until = time.Time{}
	}
	if d.Reason != "" {
		e.Reason = model.Clean(d.Reason, 500)
	}
	return e, nil
}

// complete says what a decision lacks.
func (d Decision) complete(r Rules) error {
	reason := model.Clean(d.Reason, 500) != ""
	switch d.Move {
	case MoveSnooze:
		if !d.Until.After(d.At) {
			return fmt.Errorf("%w: until when, in the future", ErrIncomplete)
		}
	case MoveAssign:
		if d.Owner == "" {
			return fmt.Errorf("%w: to whom", ErrIncomplete)
		}
	case MoveDismiss, MoveDismissFP, MoveUndoDecision:
		if !reason {
			return fmt.Errorf("%w: a reason", ErrIncomplete)
		}
	case MoveExtend:
		switch {
		case d.Amount <= 0:
			return fmt.Errorf("%w: an amount above 0", ErrIncomplete)
		case !d.Until.After(d.At):
			return fmt.Errorf("%w: until when, in the future", ErrIncomplete)
		case !reason:
			return fmt.Errorf("%w: a reason", ErrIncomplete)
		}
		return d.agreed(r)
	}
	return nil
}

// agreed refuses an extension that needs a second person and has none.
func (d Decision) agreed(r Rules) error {
	why := ""
	switch {
	case r.Limit > 0 && float64(d.Amount) > secondPersonAbove*float64(r.Limit):
		why = "it is more than 20 % of the limit"
	case r.Earlier > 0:
		why = "the limit was extended in this period before"
	default:
		return nil
	}
	who := "somebody else"
	if r.Approver != "" {
		who = r.Approver
	}
	switch {
	case d.Approver == "" || d.Approver == d.Actor:
		return fmt.Errorf("%w: %s; ask %s", ErrSecondPerson, why, who)
	case r.Approver != "" && d.Approver != r.Approver:
		return fmt.Errorf("%w: %s, and %s decides, not %s", ErrSecondPerson, why, r.Approver, d.Approver)
	}
	return nil
}

// SLA is how long an exception may wait for somebody before it escalates; 0 never.
type SLA struct {
	Page   time.Duration
	Ticket time.Duration // of those below a page
}

// DefaultSLA is a quarter of an hour for a page and a day for the others.
func DefaultSLA() SLA { return SLA{Page: 15 * time.Minute, Ticket: 24 * time.Hour} }

// Due gives the move that time alone makes at an instant: the end of a snooze or
// an extension, or an escalation. False where there is none.
func (e Exception) Due(now time.Time, sla SLA) (Move, bool) {
	switch e.State {
	case Snoozed:
		return MoveUnsnooze, !e.Until.IsZero() && !now.Before(e.Until)
	case Extended:
		return MoveExpire, !e.Until.IsZero() && !now.Before(e.Until)
	case Open, Reopened, Expired, "":
		limit := sla.Ticket
		switch e.Severity {
		case Page, Critical:
			limit = sla.Page
		case Notice:
			return "", false
		}
		since := e.At
		if e.Changed.After(since) {
			since = e.Changed
		}
		return MoveEscalate, limit > 0 && !now.Before(since.Add(limit))
	}
	return "", false
}

// NeedsAttention says that somebody should look at it: nobody has decided,
// acknowledged or snoozed it, and it is not over.
func (e Exception) NeedsAttention() bool {
	return slices.Contains([]Life{"", Open, Reopened, Escalated, Expired}, e.State)
}
