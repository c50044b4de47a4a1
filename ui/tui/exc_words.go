package tui

import (
	"cmp"
	"strings"

	"charm.land/lipgloss/v2"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// severitySign gives a severity's sign and the style it is drawn in. Where there
// is room its word stands beside it.
func severitySign(s budget.Severity, st themes.Styles) (string, lipgloss.Style) {
	switch {
	case s >= budget.Critical:
		return st.Glyphs.Critical, st.Crit
	case s == budget.Warn:
		return st.Glyphs.Warning, st.Warn
	}
	return st.Glyphs.Dot, st.Info
}

// severityWord is a severity with its sign: "▲ critical".
func severityWord(s budget.Severity, st themes.Styles) string {
	text, style := severitySign(s, st)
	word := "notice"
	if s <= budget.Page {
		word = s.String()
	}
	return style.Render(text + " " + word)
}

// ruleWords names a rule for people.
func ruleWords(rule string) string {
	if words := map[string]string{
		"LOOP_IDENTICAL": "identical calls", "LOOP_REPEAT": "repeated calls", "LOOP_ERROR": "same error", "PINGPONG": "ping-pong",
		"EDIT_RETRY": "edit and retry", "NO_ARTIFACT": "nothing to show", "CONTEXT_GROWTH": "context grows", "CACHE_MISS": "cache misses",
		"RETRY_STORM": "retry storm", "MODEL_DRIFT": "model drift", "FANOUT": "many sub-agents", "OUTLIER": "unusually dear",
		"BUDGET_PAGE_FAST": "burns far above plan", "BUDGET_PAGE_SLOW": "burns above plan", "BUDGET_TICKET": "forecast above the limit",
		"BUDGET_URGENT": "will pass the limit", "BUDGET_THRESHOLD": "part of the budget spent", "BUDGET_HARD": "over budget",
		"MODEL_UNPRICED": "no price known", "DATA_CHECKSUM": "totals disagree", "DATA_UNKNOWN_TYPE": "unknown records",
	}[rule]; words != "" {
		return words
	}
	return safe(strings.ToLower(strings.ReplaceAll(rule, "_", " ")))
}

// subject is what an exception is about: its run, or its budget.
func subject(e budget.Exception, s monitor.Snapshot) string {
	if e.Run != "" {
		if r, ok := runOf(s, e.Run); ok {
			return safe(r.Name)
		}
		return shortID(safe(string(e.Run)))
	}
	if e.Budget != "" {
		return safe(e.Budget)
	}
	return "all runs"
}

// what says in one line what was found: "nothing to show: $4.10 in 26 requests". The rule
// is left out where what was observed says it already.
func what(e budget.Exception) string {
	words, seen := ruleWords(e.Rule), safe(e.Observed)
	switch {
	case seen == "":
		return words
	case words == "" || tellsItself(e.Rule) || strings.Contains(strings.ToLower(seen), words):
		return seen
	}
	return words + ": " + seen
}

// tellsItself says that what the rule observed names what it looks for.
func tellsItself(rule string) bool {
	switch rule {
	case "LOOP_IDENTICAL", "LOOP_REPEAT", "LOOP_ERROR", "PINGPONG", "EDIT_RETRY", "RETRY_STORM", "FANOUT", "CONTEXT_GROWTH", "BUDGET_THRESHOLD", "BUDGET_TICKET", "BUDGET_URGENT":
		return true
	}
	return false
}

// adviceWords names the recommended action: "downgrade to 5.1-codex-mini low"; "" for none.
func adviceWords(a budget.Advice) string {
	switch a.Action {
	case "", "none":
		return ""
	case "downgrade":
		to := strings.TrimPrefix(safe(a.Model), "gpt-")
		if a.Effort != "" {
			to = strings.TrimSpace(to + " " + safe(a.Effort))
		}
		if to == "" {
			return "downgrade"
		}
		return "downgrade to " + to
	case "cut_tools":
		return "cut tools"
	case "compact":
		return "compact the context"
	case "human_takeover":
		return "take over by hand"
	case "stop":
		return "stop the run"
	case "extend":
		return "extend the budget"
	}
	return safe(strings.ReplaceAll(a.Action, "_", " "))
}

// saving says what the action would save: "saves ≈$1.45/h"; "" where that is not known.
func saving(a budget.Advice, g themes.Glyphs) string {
	if a.Saving <= 0 {
		return ""
	}
	return "saves " + g.Approx + "$" + money(a.Saving) + "/h"
}

// adviceCommand is what carries the advice out by hand: a shell command, or what
// is typed into Codex; "" where neither does. run may be the zero Run.
func adviceCommand(a budget.Advice, run monitor.Run) string {
	exec := strings.Contains(run.Origin, "exec")
	switch {
	case run.ID == "":
		return ""
	case a.Action == "downgrade" && (a.Model != "" || a.Effort != ""):
		command := []string{"tokenburn", "downgrade", "--model", safe(cmp.Or(a.Model, run.Model))}
		if a.Effort != "" {
			command = append(command, "--effort", safe(a.Effort))
		}
		return monitor.CommandLine(run.ShellHome, "", aboutRun(run, command))
	case a.Action == "compact" && !exec:
		return "/compact"
	case a.Action == "human_takeover":
		return resumeCommand(run)
	}
	return ""
}

// lifeWords says where an exception stands: "open", "acknowledged", "snoozed until 15:00".
func lifeWords(e budget.Exception, s monitor.Snapshot) string {
	word := safe(strings.ReplaceAll(string(e.State), "_", " "))
	switch e.State {
	case "":
		word = "open"
	case budget.DismissedFP:
		word = "false positive"
	case budget.Dismissed:
		word = "accepted"
	}
	if !e.Until.IsZero() && (e.State == budget.Snoozed || e.State == budget.Extended) {
		word += " until " + untilText(e, s)
	}
	return word
}

// untilText is a time of day, with its day where that is not today.
func untilText(e budget.Exception, s monitor.Snapshot) string { return dayTime(e.Until, s) }

// exceptionOf finds an exception by its id, among the open ones and the snoozed.
func exceptionOf(s monitor.Snapshot, id string) (budget.Exception, bool) {
	for _, all := range [][]budget.Exception{s.Exceptions, s.Snoozed} {
		for _, e := range all {
			if e.ID == id && id != "" {
				return e, true
			}
		}
	}
	return budget.Exception{}, false
}

// urgent counts the exceptions that a lead would want to be interrupted for and
// that nobody has taken up: those of runs in the list are told by their runs.
func urgent(s monitor.Snapshot) (all, elsewhere int) {
	for _, e := range s.Exceptions {
		if e.Severity < budget.Critical || !e.NeedsAttention() {
			continue
		}
		all++
		if r, ok := runOf(s, e.Run); !ok || !needsYou(r) {
			elsewhere++
		}
	}
	return all, elsewhere
}
