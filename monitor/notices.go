package monitor

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// notices are the problems that reading and pricing met: cause, effect and fix.
func (a *aggregates) notices(problems []Problem, prices *price.List, now time.Time) []Notice {
	var list []Notice
	add := func(text, effect, fix string) {
		list = append(list, Notice{At: now, Text: text, Effect: effect, Fix: fix})
	}

	slices.SortStableFunc(problems, func(x, y Problem) int { return cmp.Compare(x.Path, y.Path) })
	for i, p := range problems {
		const most = 5
		if i == most {
			add(fmt.Sprintf("%d more files or folders can't be read", len(problems)-most), "what they hold is not counted", "tokenburn doctor")
			break
		}
		effect := "what it holds is not counted"
		switch {
		case isLedger(p.Err):
			effect = ledgerEffect
		case errors.Is(p.Err, fs.ErrNotExist):
			effect = "it is watched for"
		}
		add(model.Clean(p.Path, maxPath)+": "+errorText(p.Err), effect, p.Fix)
	}
	if len(a.unpriced) > 0 {
		slices.Sort(a.unpriced)
		add("no price is known for "+strings.Join(a.unpriced, ", "), "totals with them are floors (≥)", "tokenburn prices")
	}
	if a.uncertain > 0 {
		add(plural(a.uncertain, "response")+" of a model that its file does not name", "counted as “unknown”, totals with them are floors (≥)", "")
	}
	if n := total(a.skipped); n > 0 {
		add(plural(n, "line")+" can't be read ("+tally(a.skipped)+")", "they are left out, the rest of their files is counted", "tokenburn doctor")
	}
	if len(a.unknown) > 0 {
		add("unknown record types: "+strings.Join(slices.Sorted(maps.Keys(a.unknown)), ", "),
			"Codex may be newer than this program; usage is counted from what is known", "tokenburn doctor")
	}
	if a.gone > 0 {
		effect := "what was read of them stays counted until the monitor is restarted"
		if a.lasting {
			effect = "what was read of them stays counted: the ledger keeps it"
		}
		add(plural(int64(a.gone), "session")+" deleted", effect, "")
	}
	if a.cut > 0 {
		add(plural(int64(a.cut), "session file")+" cut short", "what was read of them stays counted until the monitor is restarted", "")
	}
	for _, text := range prices.Stale(now) {
		// A single model's price matters to those who use it.
		if !strings.Contains(text, "the price of ") || slices.ContainsFunc(a.used, func(m string) bool { return strings.Contains(text, " "+m+" ") }) {
			add(text, "costs may be wrong since then", "tokenburn prices")
		}
	}
	return list
}

func total(m map[string]int64) int64 {
	var n int64
	for _, x := range m {
		n += x
	}
	return n
}

// tally lists reasons with their numbers, by reason.
func tally(m map[string]int64) string {
	var parts []string
	for _, k := range slices.Sorted(maps.Keys(m)) {
		parts = append(parts, fmt.Sprintf("%s: %d", k, m[k]))
	}
	return strings.Join(parts, ", ")
}

func plural(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
