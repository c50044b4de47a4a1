package tui

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// span writes how long something took, at most five cells: "120ms", "1.4s",
// "38s", "1m40", "12m", then as [age].
func span(d time.Duration) string {
	switch {
	case d <= 0:
		return "0s"
	case d < time.Second:
		return strconv.FormatInt(max(1, d.Milliseconds()), 10) + "ms"
	case d < 10*time.Second:
		return fmt.Sprintf("%d.%ds", d.Milliseconds()/1000, d.Milliseconds()/100%10)
	case d < time.Minute:
		return strconv.Itoa(int(d.Seconds())) + "s"
	case d < 10*time.Minute:
		return fmt.Sprintf("%dm%02d", int(d.Minutes()), int(d.Seconds())%60)
	}
	return age(d)
}

// size writes a number of bytes, at most five cells: "0", "512", "4.1K", "140K", "2.0M".
func size(n int64) string {
	f := float64(max(0, n))
	switch {
	case n < 1000:
		return strconv.FormatInt(max(0, n), 10)
	case f < 9950:
		return strconv.FormatFloat(f/1e3, 'f', 1, 64) + "K"
	case f < 999_500:
		return strconv.FormatFloat(f/1e3, 'f', 0, 64) + "K"
	case f < 999.95e6:
		return strconv.FormatFloat(f/1e6, 'f', 1, 64) + "M"
	}
	return strconv.FormatFloat(min(f/1e9, 9999), 'f', 1, 64) + "G"
}

// count writes a number with its noun: "1 call", "5 calls".
func count(n int, one string) string {
	if n == 1 {
		return "1 " + one
	}
	return strconv.Itoa(n) + " " + one + "s"
}

// share writes part of whole as a percentage, "-" where there is no whole.
func share(part, whole float64) string {
	if whole <= 0 {
		return "-"
	}
	p := 100 * part / whole
	if p > 0 && p < 0.5 {
		return "<1%"
	}
	return percent(p)
}

// standing gives the sign and style of a run's or thread's state.
func standing(s monitor.State, st themes.Styles) gridCell {
	text, style := sign(s, st)
	return gridCell{text, style}
}

// turnSign gives the sign of a turn; one that ended well has none.
func turnSign(s model.TurnState, st themes.Styles) gridCell {
	g := st.Glyphs
	switch s {
	case model.TurnRunning:
		return gridCell{g.Working, st.OK}
	case model.TurnAborted:
		return gridCell{g.Stopped, st.Warn}
	case model.TurnFailed, model.TurnDied:
		return gridCell{g.Failed, st.Crit}
	}
	return gridCell{"", st.Muted}
}

// stateText says how a run stands, with the reason: "turn 40 running 38s",
// "failed: usage limit". now is the snapshot's instant.
func stateText(r monitor.Run, now time.Time) string {
	why := ""
	if r.Reason != "" {
		why = ": " + r.Reason
	}
	switch r.State {
	case monitor.StateWorking:
		return fmt.Sprintf("turn %d running %s", r.Turn, between(r.TurnSince, now))
	case monitor.StateSilent:
		return fmt.Sprintf("turn %d, no data for %s", r.Turn, between(r.LastAt, now))
	case monitor.StateIdle:
		return "idle " + between(r.LastAt, now)
	case monitor.StateDone:
		return "done " + between(r.LastAt, now) + " ago"
	case monitor.StateDied:
		return fmt.Sprintf("died in turn %d", r.Turn) + why
	}
	return r.State.String() + why
}

// modelText is model, effort and tier: "gpt-5.2-codex high fast"; a model that
// the files do not name is said to be unknown.
func modelText(name, effort, tier string) string {
	if name == "" {
		name = model.UnknownModel
	}
	parts := []string{name}
	if name == model.UnknownModel {
		parts[0] = "unknown model"
	}
	for _, p := range []string{effort, tier} {
		if p != "" && p != "default" && p != "auto" {
			parts = append(parts, p)
		}
	}
	return strings.Join(parts, " ")
}

// changed writes added and removed lines: "+12 -3"; "" where nothing changed.
func changed(added, removed int) string {
	if added <= 0 && removed <= 0 {
		return ""
	}
	return fmt.Sprintf("+%d -%d", max(0, added), max(0, removed))
}

// costBar is the level of a cost beside the dearest one.
func costBar(c, top price.Money, st themes.Styles) gridCell {
	if c <= 0 || top <= 0 {
		return gridCell{"", st.Muted}
	}
	n := len(st.Glyphs.Spark)
	l := min(n-1, int(c.Dollars()/top.Dollars()*float64(n)))
	return gridCell{st.Glyphs.Spark[l], st.Spark[l*len(st.Spark)/n]}
}

// usagePhrases say what was used: tokens by kind, with what part was cached.
func usagePhrases(c model.Count, st themes.Styles) []string {
	if c.IsZero() && c.Responses == 0 {
		return []string{st.Muted.Render("nothing metered yet")}
	}
	label := func(name, value string) string { return st.Muted.Render(name) + " " + value }
	in := label("input", tokens(c.Input)) + st.Muted.Render(" ("+share(float64(c.Cached), float64(c.Input))+" cached)")
	out := []string{in}
	if c.CacheWrite > 0 {
		out = append(out, label("cache write", tokens(c.CacheWrite)))
	}
	out = append(out, label("output", tokens(c.Output)))
	if c.Reasoning > 0 {
		out = append(out, label("reasoning", tokens(c.Reasoning)))
	}
	return out
}

// splitPhrases are a run's cost by token kind. On wide screens it is one phrase,
// "cost input 3.78 · cached 0.61 · output 1.71 = $6.10"; narrow ones get one for each kind.
func splitPhrases(r monitor.Run, w int, st themes.Styles) []string {
	g := st.Glyphs
	var parts []string
	add := func(name string, m price.Money) { parts = append(parts, st.Muted.Render(name)+" "+money(m)) }
	add("input", r.Split.Input)
	add("cached", r.Split.Cached)
	if r.Split.CacheWrite > 0 {
		add("cache write", r.Split.CacheWrite)
	}
	add("output", r.Split.Output)
	total := st.Bold.Render(dollars(r.Cost, g))
	if r.Cost.USD == 0 {
		return []string{st.Muted.Render("cost") + " " + total}
	}
	if w < 70 {
		return append([]string{st.Muted.Render("cost") + " " + total}, parts...)
	}
	return []string{st.Muted.Render("cost ") + strings.Join(parts, st.Muted.Render(" "+g.Dot+" ")) + st.Muted.Render(" = ") + total}
}

// caveats are what must be known about a run's numbers: inherited, unmetered and unpriced usage.
func caveats(r monitor.Run, st themes.Styles) []string {
	var out []string
	if n := r.Inherited.Total(); n > 0 {
		out = append(out, st.Muted.Render("inherited "+tokens(n)+" tokens, not billed here"))
	}
	if r.Unmetered > 0 {
		out = append(out, st.Warn.Render("! "+count(r.Unmetered, "unmetered attempt")+": the provider may bill "+them(r.Unmetered)))
	}
	if r.Unknown {
		out = append(out, st.Warn.Render("! some responses name no model"))
	}
	if r.Cost.Floor() {
		text := "! " + tokens(r.Cost.Unpriced) + " tokens have no price"
		if r.Cost.Upper > 0 {
			text += ": $" + money(r.Cost.Upper) + " more at most"
		}
		out = append(out, st.Warn.Render(text))
	}
	return out
}

// shortCaveats are [caveats] in the fewest words.
func shortCaveats(r monitor.Run, st themes.Styles) []string {
	var out []string
	if n := r.Inherited.Total(); n > 0 {
		out = append(out, st.Muted.Render("inherited "+tokens(n)+", not billed"))
	}
	if r.Unmetered > 0 {
		out = append(out, st.Warn.Render(fmt.Sprintf("! %d unmetered", r.Unmetered)))
	}
	if r.Unknown {
		out = append(out, st.Warn.Render("! unknown model"))
	}
	if r.Cost.Floor() {
		out = append(out, st.Warn.Render("! "+tokens(r.Cost.Unpriced)+" unpriced"))
	}
	return out
}

func them(n int) string {
	if n == 1 {
		return "it"
	}
	return "them"
}
