package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// decideFlags are those of the commands that decide on an exception.
type decideFlags struct {
	json                             bool
	reason, until, approver, verdict string
	unit                             budget.Unit // of the amount of an extension
}

// exceptionMoves are the commands that decide on an exception.
func (a *app) exceptionMoves() []*cobra.Command {
	var f decideFlags
	words := func(n int, what string) cobra.PositionalArgs {
		return func(cmd *cobra.Command, args []string) error {
			if len(args) != n {
				return fmt.Errorf("%q takes %s", cmd.CommandPath(), what)
			}
			return nil
		}
	}
	make1 := func(use, short, long, example string, args cobra.PositionalArgs, d func(args []string) (budget.Decision, error)) *cobra.Command {
		c := &cobra.Command{Use: use, Short: short, Long: long, Example: example, Args: args,
			RunE: a.do(func(cmd *cobra.Command, args []string) error {
				decision, err := d(args)
				if err != nil {
					return err
				}
				return a.decide(cmd.Context(), args[0], decision, f)
			}),
			ValidArgsFunction: a.completeException,
		}
		c.Flags().BoolVar(&f.json, "json", false, "print the exception as JSON (docs/json.md)")
		c.Flags().StringVar(&f.reason, "reason", "", "why, for the audit trail")
		return c
	}
	ack := make1("ack ID", "Say that somebody looks after it", "Acknowledges an exception: it counts as seen, and does not escalate.",
		"tokenburn exceptions ack LOOP_IDENTICAL-1a2b", words(1, "the id of one exception"),
		func([]string) (budget.Decision, error) { return budget.Decision{Move: budget.MoveAck}, nil })
	snooze := make1("snooze ID FOR", "Be quiet about it until later", "Snoozes an exception for a time (2h, 90m, 1d) or until an hour (18:00) or a date.",
		"tokenburn exceptions snooze NO_ARTIFACT-1a2b 2h\ntokenburn exceptions snooze NO_ARTIFACT-1a2b 18:00", words(2, "the id of one exception and how long: 2h, 18:00, 2026-11-24"),
		func(args []string) (budget.Decision, error) {
			until, err := later(args[1], a.clock())
			return budget.Decision{Move: budget.MoveSnooze, Until: until}, err
		})
	dismiss := make1("dismiss ID", "Say that it was none, or that it is accepted", "Dismisses an exception, always with a reason: as a false positive, or as something that is accepted. "+
		"It does not come again in the same episode.", "tokenburn exceptions dismiss CACHE_MISS-1a2b --as false-positive --reason 'the cache was cleared on purpose'",
		words(1, "the id of one exception"), func([]string) (budget.Decision, error) {
			switch f.verdict {
			case "false-positive":
				return budget.Decision{Move: budget.MoveDismissFP}, nil
			case "accepted":
				return budget.Decision{Move: budget.MoveDismiss}, nil
			}
			return budget.Decision{}, usagef("", "--as is false-positive or accepted, not %q", f.verdict)
		})
	dismiss.Flags().StringVar(&f.verdict, "as", "accepted", "false-positive or accepted")
	fixed(dismiss, "as", "false-positive", "accepted")
	extend := make1("extend ID AMOUNT", "Give it more, with an end and a reason", "Extends what an exception is about by an amount, until an instant, for a reason. For a budget's alert the amount is "+
		"in the budget's unit ($20, 5M tokens) and is granted at once. More than 20 % of the limit, or the second time in a period, needs a second person.",
		"tokenburn exceptions extend BUDGET_HARD-77aa '$20' --until 18:00 --reason 'release today' --approver lea", words(2, "the id of one exception and an amount such as '$20'"),
		func(args []string) (budget.Decision, error) {
			limit, err := budget.ParseLimit(args[1])
			if err != nil {
				return budget.Decision{}, usagef("Write it as '$20', '5M tokens' or '100 credits'.", "%q is no amount: %v", args[1], err)
			}
			if f.until == "" {
				return budget.Decision{}, usagef("An extension always has an end: --until 18:00, --until 2h, --until 2026-12-01.", "--until is missing")
			}
			f.unit = limit.Unit
			until, err := later(f.until, a.clock())
			return budget.Decision{Move: budget.MoveExtend, Until: until, Amount: limit.Amount, Approver: f.approver}, err
		})
	extend.Flags().StringVar(&f.until, "until", "", "when it ends: 18:00, 2h, 2026-12-01")
	extend.Flags().StringVar(&f.approver, "approver", "", "who else agreed, where a second person has to")
	assign := make1("assign ID WHO", "Say who is to decide", "Assigns an exception to somebody.", "tokenburn exceptions assign NO_ARTIFACT-1a2b lea",
		words(2, "the id of one exception and a name"), func(args []string) (budget.Decision, error) {
			return budget.Decision{Move: budget.MoveAssign, Owner: model.Clean(args[1], 100)}, nil
		})
	return []*cobra.Command{ack, snooze, dismiss, extend, assign}
}

// decide makes a move in an exception's life and writes it down.
func (a *app) decide(ctx context.Context, name string, d budget.Decision, f decideFlags) error {
	if a.flags.noLedger {
		return usagef("Decisions and their audit trail are in the ledger.", "to decide and --no-ledger contradict each other")
	}
	e, err := a.exceptionNamed(ctx, name)
	if err != nil {
		return err
	}
	l, err := a.ledger()
	if err != nil {
		return &failure{err, "See docs/ledger.md for what to do."}
	}
	d.At, d.Actor, d.Reason = a.clock().Now.UTC(), a.user(), f.reason
	rules, grant, err := a.rulesFor(ctx, l, e, d)
	if err != nil {
		return err
	}
	if grant != nil && grant.Limit.Unit != f.unit {
		return usagef("Write the amount as the limit is written: '$20', '5M tokens' or '100 credits'.", "%s is a budget of another unit", model.Clean(grant.Budget, 60))
	}
	after, err := e.Apply(d, rules)
	if err != nil {
		return decideError(err)
	}
	step := ledger.Decision{Exception: e.ID, At: d.At, Actor: d.Actor, From: e.State, To: after.State, Until: after.Until, Reason: after.Reason}
	entry := ledger.Entry{At: d.At, Actor: d.Actor, Action: string(d.Move), Subject: e.ID, Before: string(e.State), After: afterText(after, d, grant),
		Reason: after.Reason, Evidence: e.Rule + ": " + e.Observed, Prices: a.prices().AsOf}
	if grant != nil {
		err = l.Extend(ctx, after, step, *grant, entry)
	} else {
		err = l.Decide(ctx, after, step, entry)
	}
	if errors.Is(err, ledger.ErrChanged) {
		return &failure{err, "Look at it again: tokenburn exceptions"}
	}
	if err != nil {
		return err
	}
	if f.json {
		return writeJSON(a.out, struct {
			Schema    int           `json:"schema"`
			Exception exceptionJSON `json:"exception"`
		}{schema, toExceptionJSON(after)})
	}
	text := fmt.Sprintf("%s is %s", e.ID, stateWords(after.State))
	switch {
	case d.Move == budget.MoveAssign:
		text = fmt.Sprintf("%s is %s's now", e.ID, after.Owner)
	case !after.Until.IsZero():
		text += " until " + after.Until.In(a.withoutLedger().Zone).Format("2006-01-02 15:04")
	}
	_, err = fmt.Fprintln(a.out, text+".")
	return err
}

// stateWords is a state for people.
func stateWords(l budget.Life) string {
	switch l {
	case budget.DismissedFP:
		return "dismissed as a false positive"
	case budget.Dismissed:
		return "dismissed as accepted"
	}
	return strings.ReplaceAll(string(l), "_", " ")
}

// afterText is what the audit trail says that came of a decision.
func afterText(after budget.Exception, d budget.Decision, g *ledger.Grant) string {
	text := string(after.State)
	switch {
	case g != nil:
		text += fmt.Sprintf(": %s more until %s", g.Limit, d.Until.UTC().Format(time.RFC3339))
	case d.Move == budget.MoveAssign:
		text += ", asked of " + after.Owner
	case !after.Until.IsZero():
		text += " until " + after.Until.UTC().Format(time.RFC3339)
	}
	if d.Approver != "" {
		text += ", agreed by " + model.Clean(d.Approver, 100)
	}
	return text
}

// rulesFor are what a move is held to and, for an extension of a budget, what it grants.
func (a *app) rulesFor(ctx context.Context, l *ledger.Ledger, e budget.Exception, d budget.Decision) (budget.Rules, *ledger.Grant, error) {
	if d.Move != budget.MoveExtend {
		return budget.Rules{}, nil, nil
	}
	j, err := a.judgeNow(ctx)
	if err != nil {
		return budget.Rules{}, nil, err
	}
	r := budget.Rules{Approver: cmp.Or(j.plan.Approvers[e.Budget], j.plan.Approvers[""])}
	if e.Budget == "" {
		return r, nil, nil
	}
	i := slices.IndexFunc(j.standings, func(s budget.Standing) bool {
		return s.Budget.Name == e.Budget && slices.ContainsFunc(s.Alerts, func(x budget.Alert) bool { return x.ExceptionID() == e.ID })
	})
	if i < 0 {
		i = slices.IndexFunc(j.standings, func(s budget.Standing) bool {
			return s.Budget.Name == e.Budget && (s.Key == "" || s.Key == string(e.Run))
		})
	}
	if i < 0 {
		return r, nil, &notFoundError{fmt.Sprintf("there is no budget %q", model.Clean(e.Budget, 60)), "See: tokenburn budgets"}
	}
	s := j.standings[i]
	r.Limit = s.Limit - s.Granted
	since := s.From
	grants, err := l.Grants(ctx, since)
	if err != nil {
		return r, nil, err
	}
	for _, g := range grants {
		if g.Budget == s.Budget.Name && g.Key == s.Key && !g.From.Before(since) {
			r.Earlier++
		}
	}
	g := &ledger.Grant{ID: e.ID + "-" + strconv.FormatInt(d.At.UnixNano(), 36), Budget: s.Budget.Name, Key: s.Key, Exception: e.ID,
		Limit: budget.Limit{Unit: s.Budget.Limit.Unit, Amount: d.Amount}, From: d.At, Until: d.Until, Reason: model.Clean(d.Reason, 500), Requester: d.Actor, Approver: model.Clean(d.Approver, 100)}
	return r, g, nil
}

// decideError says how to mend a move that was refused.
func decideError(err error) error {
	switch {
	case errors.Is(err, budget.ErrIncomplete):
		return usagef("Say why with --reason, and until when with --until.", "%v", err)
	case errors.Is(err, budget.ErrSecondPerson):
		return &failure{err, "Name who agreed: --approver NAME."}
	}
	return &failure{err, "Its state is in: tokenburn exceptions --all"}
}
