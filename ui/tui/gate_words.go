package tui

import (
	"slices"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// The commands that mend what keeps a budget from holding.
const (
	fixGate = "tokenburn enforce install"
	seeGate = "tokenburn enforce status"
)

// holdsText says whether something holds a budget by itself, and why not; "" where nothing is meant
// to. fix is what mends that, "" where there is nothing to mend.
func holdsText(b budget.Standing, s monitor.Snapshot) (text, fix string) {
	switch b.Budget.AtLimit {
	case budget.Gate:
		return gateText(b, s)
	case budget.Stop:
		switch {
		case b.Enforced == budget.Enforced:
			return "enforced: this monitor stops runs at the limit, after a countdown that esc calls off", ""
		case s.ReadOnly:
			return "advisory: this screen is read-only, so it stops nothing", "tokenburn guard"
		}
		return "advisory: nothing stops runs by itself now", "tokenburn guard"
	}
	return "", "" // it tells, and is not meant to hold anybody
}

func gateText(b budget.Standing, s monitor.Snapshot) (text, fix string) {
	g := s.Gate
	switch {
	case b.Enforced == budget.Enforced:
		return "enforced: Codex asks the gate before each request", ""
	case !g.Known:
		return "advisory: it is not known whether Codex asks the gate", seeGate
	case g.Trusted && b.Enforced == budget.NoData:
		return "Codex asks the gate; nothing was counted yet", ""
	case g.Trusted:
		return "advisory, although Codex asks the gate", seeGate
	}
	text = "advisory: Codex does not ask the gate"
	if len(g.Missing) > 0 {
		text += " in " + joined(cleaned(g.Missing), 3)
	}
	if why := safe(g.Why); why != "" {
		text += ": " + why
	}
	return text, fixGate
}

// gateLine says on top of the budgets that those of the gate hold nobody; "" where they hold, where
// there are none, or where that is not known.
func gateLine(s monitor.Snapshot, w int, st themes.Styles) string {
	wants := slices.ContainsFunc(s.Budgets, func(b budget.Standing) bool { return b.Budget.AtLimit == budget.Gate })
	if !wants || s.Gate.Trusted || !s.Gate.Known {
		return ""
	}
	for _, t := range []string{"Codex does not ask the gate: budgets of \"gate\" hold nobody   ", "Codex does not ask the gate: ", "gate off: ", ""} {
		if cells(t+fixGate)+2 <= w {
			return st.Warn.Render(st.Glyphs.Warning + " " + t + fixGate)
		}
	}
	return ""
}
