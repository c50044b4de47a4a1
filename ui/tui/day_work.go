package tui

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// outcome is what the spend produced.
func (v dayScreen) outcome(d *monitor.Day, w int) []string {
	st, g, o := v.st, v.st.Glyphs, d.Output
	lines := []string{rule("WHAT IT PRODUCED", "", w, st)}
	var phrases []string
	add := func(n int, one, more string) {
		if n > 0 {
			phrases = append(phrases, count(n, one)+more)
		}
	}
	if o.Files > 0 {
		floor := ""
		if o.IsFloor {
			floor = g.AtLeast
		}
		phrases = append(phrases, strings.TrimSpace(floor+count(o.Files, "file")+" changed "+changed(o.Added, o.Removed)))
	}
	add(o.TestsFixed, "test command", " mended")
	if o.OneShotOf > 0 {
		phrases = append(phrases, fmt.Sprintf("%d of %d first tests passed", o.OneShot, o.OneShotOf))
	}
	if o.Commits > 0 {
		text := count(o.Commits, "linked commit")
		if o.Linked > 0 {
			text += ", $" + money(o.Linked) + " of the spend"
		}
		phrases = append(phrases, text)
	}
	add(o.Ambiguous, "commit", " perhaps linked")
	if o.Reverted > 0 {
		phrases = append(phrases, st.Warn.Render(fmt.Sprintf("%s %d reverted, $%s", g.Warning, o.Reverted, money(max(0, o.RevertedCost)))))
	}
	add(o.PullRequests, "pull request", "")
	add(o.Reports, "final report", "")
	if o.PerChange > 0 {
		phrases = append(phrases, "$"+money(o.PerChange)+" for each accepted change")
	}
	if o.Git != "" {
		phrases = append(phrases, st.Muted.Render("commits: "+safe(o.Git)))
	}
	if len(phrases) == 0 {
		return append(lines, st.Muted.Render("  no file changes, commits or reports seen"))
	}
	return append(lines, flow(phrases, 2, w, g)...)
}

// dayExceptions is how many of a day's exceptions are shown, the worst first.
const dayExceptions = 8

// ahead is what was found, what lives on, and what is left for tomorrow.
func (v dayScreen) ahead(d *monitor.Day, w int) []string {
	st, g := v.st, v.st.Glyphs
	var lines []string
	if n := len(d.Exceptions); n > 0 {
		lines = append(lines, rule(fmt.Sprintf("EXCEPTIONS %d", n), "2 open ones", w, st))
		worst := slices.Clone(d.Exceptions)
		slices.SortStableFunc(worst, func(a, b budget.Exception) int {
			return cmp.Or(cmp.Compare(b.Severity, a.Severity), b.At.Compare(a.At))
		})
		for _, e := range worst[:min(n, dayExceptions)] {
			sign, style := severitySign(e.Severity, st)
			state := lifeWords(e, v.s)
			room := w - 3 - 6 - cells(state) - 2
			lines = append(lines, ends(" "+style.Render(sign)+" "+st.Muted.Render(padRight(hourMinute(e.At, v.s.Zone), 5))+" "+cut(subject(e, v.s)+"  "+what(e), room, g), st.Muted.Render(state), w, g))
			if e.Reason != "" && w >= excWide {
				lines = append(lines, cut("         "+st.Muted.Render(safe(e.Reason)), w, g))
			}
		}
	}
	if n := len(d.Exceptions) - dayExceptions; n > 0 {
		lines = append(lines, st.Muted.Render(cut(fmt.Sprintf("   %d more: tokenburn exceptions", n), w, g)))
	}
	if n := len(d.Alive); n > 0 {
		lines = append(lines, rule(fmt.Sprintf("LEFT ALIVE %d", n), "", w, st))
		for _, r := range d.Alive[:min(n, 6)] {
			r = safeRun(r)
			sign, style := sign(r.State, st)
			right := dollars(r.Cost, g) + "  ctx " + padLeft(percent(r.Percent), 4)
			lines = append(lines, ends(" "+style.Render(sign)+" "+cut(r.Name, max(6, w-5-cells(right)), g), right, w, g))
		}
		if n > 6 {
			lines = append(lines, st.Muted.Render(fmt.Sprintf("   %d more", n-6)))
		}
	}
	if len(d.Headroom) > 0 {
		lines = append(lines, rule("ROOM FOR THE NEXT DAY", "", w, st))
		for _, b := range d.Headroom {
			left := "used up"
			if room := b.Limit - b.Upper; room > 0 {
				left = amount(b.Budget.Limit.Unit, room) + " of " + limitText(b)
			}
			lines = append(lines, ends("   "+cut(budgetName(b, v.s), max(6, w-5-cells(left)), g), left, w, g))
		}
	}
	return lines
}

// runs are the dearest runs, and what they spent since they last changed a file.
func (v dayScreen) runs(d *monitor.Day, w int) []string {
	st, g := v.st, v.st.Glyphs
	if len(d.PerRun) == 0 {
		return nil
	}
	lines := []string{rule(fmt.Sprintf("DEAREST RUNS OF %d", len(d.PerRun)), "", w, st)}
	for _, r := range d.PerRun[:min(len(d.PerRun), 5)] {
		did := changed(r.Added, r.Removed)
		switch {
		case r.ChangedAt.IsZero():
			did = "no file change"
		case r.SinceChange.USD > 0:
			did = strings.TrimSpace(did + "  " + dollars(r.SinceChange, g) + " since the last file change")
		}
		if w < 100 && r.SinceChange.USD > 0 && !r.ChangedAt.IsZero() {
			did = dollars(r.SinceChange, g) + " since last change"
		}
		right := padLeft(dollars(r.Cost, g), 9)
		room := w - 3 - cells(right) - 1
		if cells(did)+14 <= room {
			right = st.Muted.Render(did) + " " + right
			room -= cells(did) + 1
		}
		lines = append(lines, ends("  "+cut(safe(r.Name), room, g), right, w, g))
	}
	return lines
}

// notes are what is worth knowing.
func (v dayScreen) notes(d *monitor.Day, w int) []string {
	st, g := v.st, v.st.Glyphs
	if len(d.Notes) == 0 {
		return nil
	}
	lines := []string{rule("WORTH KNOWING", "", w, st)}
	for _, n := range d.Notes {
		for i, t := range wrapText(safe(n), w-5, 3, g) {
			mark := "     "
			if i == 0 {
				mark = "  " + st.Info.Render(g.Arrow) + spaces(3-cells(g.Arrow))
			}
			lines = append(lines, mark+t)
		}
	}
	return lines
}
