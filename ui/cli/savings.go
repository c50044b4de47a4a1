package cli

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
	"github.com/tokenburn-sentinel/tokenburn/ui/report"
)

// savings gives the switches since an instant, newest last, those that are still
// measured brought up to date from their session files.
func (a *app) savings(ctx context.Context, since time.Time) ([]monitor.Saved, error) {
	l, err := a.ledger()
	if err != nil || l == nil {
		return nil, err
	}
	list, err := l.Savings(ctx, since)
	if err != nil {
		return nil, err
	}
	now := a.clock().Now
	if err := a.measure(ctx, l, list, now); err != nil {
		return nil, err
	}
	var saved []monitor.Saved
	for _, s := range list {
		saved = append(saved, monitor.SavedBy(s, a.prices(), now))
	}
	return saved, nil
}

// measure brings the open ones up to date; those that are over are written down.
func (a *app) measure(ctx context.Context, l *ledger.Ledger, list []ledger.Saving, now time.Time) error {
	var open []string
	oldest := now
	for _, s := range list {
		if s.Until.IsZero() {
			open = append(open, string(s.Run))
			if s.At.Before(oldest) {
				oldest = s.At
			}
		}
	}
	if len(open) == 0 {
		return nil
	}
	h, err := monitor.Load(ctx, a.withoutLedger(), monitor.Range{Detail: true, Only: open, ModifiedSince: oldest})
	if err != nil {
		return err
	}
	for i, s := range list {
		t := h.Fleet.Threads[string(s.Run)]
		if !s.Until.IsZero() || t == nil {
			continue
		}
		list[i] = monitor.MeasureSaving(s, t, now)
		if list[i].Until.IsZero() {
			continue
		}
		if err := l.PutSaving(ctx, list[i]); err != nil {
			return err
		}
	}
	return nil
}

// measuredNote tells what the switches of a span have saved, as far as it was
// measured; "" where there were none. What can't be read is no reason to leave out the account.
func (a *app) measuredNote(ctx context.Context, from, to time.Time) string {
	if _, err := os.Stat(a.ledgerPath()); a.flags.noLedger || err != nil {
		return ""
	}
	saved, err := a.savings(ctx, from)
	if err != nil {
		return ""
	}
	saved = slices.DeleteFunc(saved, func(s monitor.Saved) bool { return !s.At.Before(to) })
	if text := savingsText(saved, a.styles().Glyphs); text != "" {
		return "measured: " + text
	}
	return ""
}

// showSavings prints what switches were promised to save and what they saved.
func (a *app) showSavings(ctx context.Context, asJSON bool) error {
	if a.flags.noLedger {
		return usagef("What switches saved is kept in the ledger.", "--results and --no-ledger contradict each other")
	}
	saved, err := a.savings(ctx, time.Time{})
	if err != nil {
		return &failure{err, "See docs/ledger.md for what to do."}
	}
	if asJSON {
		return writeJSON(a.out, toSavingsJSON(saved))
	}
	if len(saved) == 0 {
		return a.print("No run was switched to another model yet: tokenburn downgrade RUN\n")
	}
	st := a.styles()
	t := table{columns: []column{{Title: "AT"}, {Title: "RUN", Min: 8, Max: 20}, {Title: "FROM", Min: 12, Max: 30, Drop: 2}, {Title: "TO", Min: 12, Max: 30},
		{Title: "PROMISED/H", Right: true}, {Title: "SAVED/H", Right: true}, {Title: "SAVED", Right: true}, {Title: "TURNS", Right: true, Drop: 1}, {Title: "", Drop: 3}}}
	zone := a.withoutLedger().Zone
	for _, s := range saved {
		t.add(savedCells(s, zone, st.Glyphs)...)
	}
	return a.print(t.text(a.width(), st) + wrap(savedFoot(saved), a.width()) + "\n")
}

func savedCells(s monitor.Saved, zone *time.Location, g themes.Glyphs) []string {
	promised, hour, total, state := "?", "?", "?", "measured"
	if s.Promised >= 0 {
		promised = g.Approx + cents(s.Promised)
	}
	if s.Why == "" {
		total = g.Approx + signedCents(s.Total)
		if hour = "-"; !s.Early {
			hour = g.Approx + signedCents(s.Hour)
		}
	}
	if s.Until.IsZero() {
		state = "still measured"
	}
	return []string{s.At.In(zone).Format("01-02 15:04"), beginning(string(s.Run), idLength), modelWords(s.FromModel, s.FromEffort), modelWords(s.ToModel, s.ToEffort),
		promised, hour, total, fmt.Sprint(s.Turns), state}
}

func modelWords(name, effort string) string {
	return strings.TrimSpace(report.Label(name) + " " + model.Clean(effort, 20))
}

// signedCents writes an amount that may be below zero.
func signedCents(m price.Money) string {
	if m < 0 {
		return "-" + cents(-m)
	}
	return cents(m)
}

// savedFoot says what the numbers are, and of what nothing is known.
func savedFoot(saved []monitor.Saved) string {
	text := "Saved: what the same tokens would have cost on the old model, less what they cost, over at most twelve turns and an hour; the switch itself is taken off SAVED. Another model may need more tokens for the same work: that nobody can tell."
	why := map[string]bool{}
	for _, s := range saved {
		if s.Why != "" && !why[s.Why] {
			why[s.Why] = true
			text += " \"?\": " + s.Why + "."
		}
	}
	return text
}

// savingsText is one line about the switches of a day, "" where there were none or
// nothing is known of what they saved.
func savingsText(saved []monitor.Saved, g themes.Glyphs) string {
	n, sum := int64(0), price.Money(0)
	for _, s := range saved {
		if s.Why == "" {
			n, sum = n+1, sum.Add(s.Total)
		}
	}
	if n == 0 {
		return ""
	}
	if sum < 0 {
		return fmt.Sprintf("%s cost %s%s more than going on would have", plural(n, "downgrade"), g.Approx, usd(-sum))
	}
	return fmt.Sprintf("%s saved %s%s", plural(n, "downgrade"), g.Approx, usd(sum))
}

// savingsJSON is what "downgrade --results --json" prints.
type savingsJSON struct {
	Schema  int          `json:"schema"`
	Savings []savingJSON `json:"savings"`
}

// savingJSON is one switch, what it was promised to save and what it saved.
type savingJSON struct {
	Run        string   `json:"run"`
	At         *string  `json:"at"`
	Until      *string  `json:"until"`
	Actor      string   `json:"actor"`
	Method     string   `json:"method"`
	FromModel  string   `json:"from_model"`
	FromEffort *string  `json:"from_effort"`
	ToModel    string   `json:"to_model"`
	ToEffort   *string  `json:"to_effort"`
	Promised   *string  `json:"promised_usd_per_hour"`
	OneOff     *string  `json:"promised_switch_usd"`
	Turns      int      `json:"turns"`
	Before     costJSON `json:"without_switch"`
	Actual     costJSON `json:"actual"`
	Once       costJSON `json:"switch_itself"`
	Hour       *string  `json:"saved_usd_per_hour"`
	Total      *string  `json:"saved_usd"`
	Why        *string  `json:"unknown_because"`
}

func toSavingsJSON(saved []monitor.Saved) savingsJSON {
	doc := savingsJSON{Schema: schema, Savings: []savingJSON{}}
	for _, s := range saved {
		j := savingJSON{Run: report.Label(string(s.Run)), At: instant(s.At), Until: instant(s.Until), Actor: model.Clean(s.Actor, 100), Method: model.Clean(s.Method, 20),
			FromModel: report.Label(s.FromModel), FromEffort: word(s.FromEffort), ToModel: report.Label(s.ToModel), ToEffort: word(s.ToEffort),
			Promised: knownMoney(s.Promised), OneOff: knownMoney(s.OneOff), Turns: s.Turns,
			Before: toCostJSON(s.Before), Actual: toCostJSON(s.Actual), Once: toCostJSON(s.Once), Why: word(s.Why)}
		if s.Why == "" {
			j.Total = exactMoney(s.Total)
			if !s.Early {
				j.Hour = exactMoney(s.Hour)
			}
		}
		doc.Savings = append(doc.Savings, j)
	}
	return doc
}
