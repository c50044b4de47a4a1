package tui

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// dayBy is what the parts of a day are told by.
type dayBy uint8

const (
	byProject dayBy = iota
	byClient
	byKind
	byModel
	byTask
	byUser
	dayBys
)

func (b dayBy) String() string {
	return [...]string{"project", "client", "kind", "model", "task", "user"}[b]
}

// of gives the parts of a day, dearest first.
func (b dayBy) of(d *monitor.Day) []monitor.Share {
	switch b {
	case byClient:
		return d.ByClient
	case byKind:
		return d.ByKind
	case byModel:
		return d.ByModel
	case byTask:
		return d.ByTask
	case byUser:
		return d.ByUser
	}
	return d.ByProject
}

// dayState is what the user chose on the screen of a day.
type dayState struct {
	date  time.Time // local midnight; zero: today, also after midnight
	by    dayBy     // which parts come first
	top   int
	asked time.Time // what the monitor was last asked for
}

// today is the local midnight that a snapshot's day began at.
func today(s monitor.Snapshot) time.Time { return midnight(s.At, s.Zone, 0) }

// midnight is the local midnight of an instant's day, so many days on.
func midnight(t time.Time, zone *time.Location, days int) time.Time {
	if t.IsZero() {
		return time.Time{}
	}
	if zone == nil {
		zone = time.UTC
	}
	y, mo, d := t.In(zone).Date()
	return budget.Midnight(y, mo, d+days, zone)
}

// shown is the day on the screen.
func (x dayState) shown(s monitor.Snapshot) time.Time {
	if x.date.IsZero() {
		return today(s)
	}
	return x.date
}

// askDay asks the monitor for the day that is shown, once for each change.
func (m Model) askDay() Model {
	var want time.Time
	if m.screen == screenDay || (m.screen == screenHelp || m.screen == screenNotices) && m.under == screenDay {
		want = m.day.shown(m.snap)
	}
	if !want.Equal(m.day.asked) {
		m.day.asked = want
		m.send(monitor.ShowDay{Date: want})
	}
	return m
}

func (m Model) dayKey(k tea.KeyPressMsg) (Model, tea.Cmd) {
	x := &m.day
	switch {
	case key.Matches(k, m.keys.Prev):
		if at := x.shown(m.snap); !at.IsZero() {
			x.date, x.top = midnight(at, m.snap.Zone, -1), 0
		}
	case key.Matches(k, m.keys.Next):
		if x.date.IsZero() {
			m.flash = "this is today"
			break
		}
		x.date, x.top = midnight(x.date, m.snap.Zone, 1), 0
		if !x.date.Before(today(m.snap)) {
			x.date = time.Time{}
		}
	case key.Matches(k, m.keys.Group):
		x.by, x.top = x.next(m.snap.Day), 0
	case key.Matches(k, m.keys.Up):
		x.top--
	case key.Matches(k, m.keys.Down):
		x.top++
	case key.Matches(k, m.keys.PageUp):
		x.top -= page
	case key.Matches(k, m.keys.PageDown):
		x.top += page
	case key.Matches(k, m.keys.Home):
		x.top = 0
	case key.Matches(k, m.keys.End):
		x.top = 1 << 20
	case key.Matches(k, m.keys.Back):
		m.screen = screenMain
	default:
		return m.everywhere(k)
	}
	v := dayScreen{m.snap, m.day, m.st}
	x.top = max(0, min(x.top, v.end(m.width, m.height-1)))
	return m, nil
}

// next is the next kind of parts that the day has any of.
func (x dayState) next(d *monitor.Day) dayBy {
	by := x.by
	for range dayBys {
		by = (by + 1) % dayBys
		if d == nil || len(by.of(d)) > 0 {
			break
		}
	}
	return by
}

// dayScreen is what the summary of a day is drawn from.
type dayScreen struct {
	s  monitor.Snapshot
	x  dayState
	st themes.Styles
}

// day is the account of the day that is shown; nil until the monitor has sent it.
func (v dayScreen) day() *monitor.Day {
	if d := v.s.Day; d != nil && d.Date.Equal(v.x.shown(v.s)) {
		return d
	}
	return nil
}

// View draws the day from its line top on.
func (v dayScreen) View(w, h int) string {
	st := v.st
	next := "←/→ day"
	if st.Glyphs.ASCII {
		next = "left/right day"
	}
	date := inZone(v.x.shown(v.s), v.s.Zone, "Mon 2 Jan 2006")
	if v.x.date.IsZero() && w >= 60 {
		date += " so far"
	}
	lines := []string{crumbs([]string{"Day", date}, firstFit(w-30, next), w, st)}
	d := v.day()
	if d == nil {
		return clip(append(lines, "", st.Muted.Render("  Adding up the day"+st.Glyphs.Ellipsis)), w, h)
	}
	body := v.body(d, w, h-1)
	top := max(0, min(v.x.top, len(body)-(h-1)))
	if len(body) > h-1 && w >= 60 {
		right := fmt.Sprintf("%d-%d of %d   %s", top+1, min(len(body), top+h-1), len(body), next)
		lines[0] = crumbs([]string{"Day", date}, right, w, st)
	}
	return clip(append(lines, body[top:]...), w, h)
}

// end is the last line that can stand at the top.
func (v dayScreen) end(w, h int) int {
	d := v.day()
	if d == nil || w <= 0 {
		return 0
	}
	return max(0, len(v.body(d, w, h-1))-(h-1))
}

// body draws all of the day: in two columns where there is room.
func (v dayScreen) body(d *monitor.Day, w, h int) []string {
	if w < 110 {
		out := v.head(d, w)
		for _, part := range [][]string{v.hours(d, w), v.parts(d, 0, 1, w, 4), v.notes(d, w), v.outcome(d, w), v.runs(d, w), v.ahead(d, w), v.parts(d, 1, dayBys, w, 4)} {
			out = append(out, part...)
		}
		return out
	}
	left := (w - 3) / 2
	right := w - 3 - left
	l := append(append(append(v.hours(d, left), v.parts(d, 0, 1, left, 8)...), v.runs(d, left)...), v.parts(d, 1, dayBys, left, 4)...)
	r := append(append(v.outcome(d, right), v.notes(d, right)...), v.ahead(d, right)...)
	n := max(len(l), len(r))
	head := v.head(d, w)
	return append(head, strings.Split(beside(strings.Join(l, "\n"), left, strings.Join(r, "\n"), right, n, v.st), "\n")...)
}

// head is what the day has cost, against its budget and against other days.
func (v dayScreen) head(d *monitor.Day, w int) []string {
	st, g := v.st, v.st.Glyphs
	spent := st.Bold.Render(dollars(d.Cost, g))
	var phrases []string
	if b := d.Budget; b != nil {
		spent += " of " + limitText(*b) + "  " + gaugeText(b.Used, percent(b.Used), st)
		if bar := min(24, w-cells(spent)-6); bar >= 8 {
			spent += "  " + paceGauge(b.Used, pace(*b), bar, st)
		}
	}
	phrases = append(phrases, spent, st.Muted.Render("day before ")+dollars(d.Previous, g))
	if d.Median >= 0 {
		phrases = append(phrases, st.Muted.Render("usual ")+"$"+money(d.Median))
	}
	if v.s.APIPrices {
		phrases = append(phrases, st.Muted.Render("API-equivalent"))
	}
	lines := append([]string{}, flow(phrases, 2, w, g)...)
	counts := []string{count(d.Runs, "run"), count(d.Turns, "turn"), span(d.Active) + " active"}
	lines = append(lines, flow(append(counts, usagePhrases(d.Usage, st)...), 2, w, g)...)
	if d.Cost.Floor() {
		lines = append(lines, flow([]string{st.Warn.Render(g.Warning + " " + tokens(d.Cost.Unpriced) + " tokens have no price")}, 2, w, g)...)
	}
	return lines
}

// hours draws what each hour has cost.
func (v dayScreen) hours(d *monitor.Day, w int) []string {
	st, g := v.st, v.st.Glyphs
	first, last, top := -1, -1, 0.0
	for i := range d.ByHour {
		if c := d.ByHour[i]; c.USD > 0 || c.Floor() {
			if first < 0 {
				first = i
			}
			last = i
			top = max(top, c.USD.Dollars())
		}
	}
	if first < 0 {
		return []string{rule("BY HOUR $", "", w, st), st.Muted.Render("  nothing was used")}
	}
	const each = 13
	per := max(1, (w-2)/each)
	lines := []string{rule("BY HOUR $", "", w, st)}
	line := " "
	for i := first; i <= last; i++ {
		c, bar := d.ByHour[i], " "
		if x := c.USD.Dollars(); x > 0 && top > 0 {
			bar = g.Spark[min(len(g.Spark)-1, int(x/top*float64(len(g.Spark))))]
		}
		hour := inZone(d.Date.Add(time.Duration(i)*time.Hour), v.s.Zone, "15")
		line += " " + st.Muted.Render(hour) + " " + st.Chart[0].Render(bar) + " " + padRight(cost(c, g), each-6)
		if (i-first+1)%per == 0 || i == last {
			lines, line = append(lines, line), " "
		}
	}
	return lines
}

// parts draws the kinds of parts that the day has, the chosen one being the first, in at
// most so many lines each.
func (v dayScreen) parts(d *monitor.Day, from, to dayBy, w, most int) []string {
	var lines []string
	for i := from; i < to; i++ {
		by := (v.x.by + i) % dayBys
		all := slices.Clone(by.of(d))
		if len(all) == 0 || i > 0 && len(all) == 1 && all[0].Name == "" {
			continue
		}
		for j := range all {
			if all[j].Name == "" {
				all[j].Name = "none"
			}
		}
		title := "BY " + strings.ToUpper(by.String())
		part := strings.Split(shares(title, all, d.Cost, w, 1+min(most, len(all)), v.st), "\n")
		right := ""
		if i == 0 {
			right = "g next"
		}
		part[0] = rule(title, right, w, v.st)
		lines = append(lines, part...)
	}
	return lines
}

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
		phrases = append(phrases, strings.TrimSpace(floor+count(o.Files, "file change")+" "+changed(o.Added, o.Removed)))
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

// ahead is what was found, what lives on, and what is left for tomorrow.
func (v dayScreen) ahead(d *monitor.Day, w int) []string {
	st, g := v.st, v.st.Glyphs
	var lines []string
	if n := len(d.Exceptions); n > 0 {
		lines = append(lines, rule(fmt.Sprintf("EXCEPTIONS %d", n), "2 open ones", w, st))
		for _, e := range d.Exceptions {
			sign, style := severitySign(e.Severity, st)
			state := lifeWords(e, v.s)
			room := w - 3 - 6 - cells(state) - 2
			lines = append(lines, ends(" "+style.Render(sign)+" "+st.Muted.Render(padRight(hourMinute(e.At, v.s.Zone), 5))+" "+cut(subject(e, v.s)+"  "+what(e), room, g), st.Muted.Render(state), w, g))
			if e.Reason != "" && w >= excWide {
				lines = append(lines, cut("         "+st.Muted.Render(safe(e.Reason)), w, g))
			}
		}
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
