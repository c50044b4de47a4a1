package tui

import (
	"fmt"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// runList is the list of runs: what it shows was decided in Update.
type runList struct {
	items    []item
	selected model.RunID
	top      int // first item shown
	sort     sortKey
	reverse  bool
	frozen   bool // the order is kept
	shared   bool // one scale for all sparklines
	chip     chip
	filter   string
	group    groupKey
	class    class
	width    int
}

// headLines is how many lines stand above the first run.
func (l runList) headLines(height int) int {
	switch {
	case height < 3, l.class == classLine && (l.width < 60 || height < 5):
		return 0
	case l.class == classCards, l.class == classLine:
		return 1
	}
	return 2
}

// itemLines is how many lines an item takes.
func (l runList) itemLines(it item) int {
	if l.class == classCards && it.run >= 0 {
		return 2
	}
	return 1
}

// want is how many lines the whole list takes, with a free one below it.
func (l runList) want() int {
	n := l.headLines(99) + 1
	for _, it := range l.items {
		n += l.itemLines(it)
	}
	return max(n, l.headLines(99)+2)
}

// scroll gives the first item to show so that the selected one is inside height lines.
func (l runList) scroll(height int) int {
	room := height - l.headLines(height)
	top := max(0, min(l.top, len(l.items)-1))
	at := l.index()
	if at < top {
		top = at
		if top > 0 && l.items[top-1].run < 0 {
			top-- // the head of its group
		}
	}
	for top < at && l.linesOf(top, at) > room {
		top++
	}
	// No empty lines at the end while there are items above.
	for top > 0 && l.linesOf(top-1, len(l.items)-1) <= room {
		top--
	}
	return max(0, top)
}

func (l runList) linesOf(from, to int) int {
	n := 0
	for _, it := range l.items[max(0, from) : to+1] {
		n += l.itemLines(it)
	}
	return n
}

// index is where the selected run stands; 0 where it is not shown.
func (l runList) index() int {
	for i, it := range l.items {
		if it.run >= 0 && it.id == l.selected {
			return i
		}
	}
	return 0
}

// View draws the list: width cells, height lines at most.
func (l runList) View(s monitor.Snapshot, width, height int, st themes.Styles) string {
	var lines []string
	head := l.headLines(height)
	if head > 0 && l.class != classLine {
		lines = append(lines, l.rule(s, width, st))
	}
	cols := tableColumns(width, hasRunBudgets(s))
	if head > len(lines) {
		lines = append(lines, st.Muted.Render(cols.header(l, st)))
	}
	if len(l.items) == 0 {
		lines = append(lines, "", st.Muted.Render("  "+cut(l.emptyText(s), width-2, st.Glyphs)))
	}
	top := 0.0
	if l.shared {
		top = sharedTop(s.Runs)
	}
	from := l.scroll(height)
	for i := from; i < len(l.items) && len(lines) < height; i++ {
		if n := l.itemLines(l.items[i]); len(lines)+n > height && len(lines) > head {
			break // no half cards
		}
		lines = append(lines, strings.Split(l.item(s, l.items[i], cols, top, width, st), "\n")...)
	}
	if len(lines) > height {
		lines = lines[:height]
	}
	return strings.Join(lines, "\n")
}

// item draws one item in as many lines as itemLines says.
func (l runList) item(s monitor.Snapshot, it item, cols tableCols, top float64, width int, st themes.Styles) string {
	if it.run < 0 {
		if l.class == classCards || width < 60 {
			return groupHead(it, width, st)
		}
		return cols.groupHead(it, st)
	}
	safe := safeRun(s.Runs[it.run])
	r := &safe
	selected := it.id == l.selected
	rs := rowStyles(st, selected)
	switch {
	case l.class == classCards:
		return card(r, s, top, width, st, rs, selected)
	case width < 60:
		return finishRow(lineRow(r, s, width, rs, selected), width, st, selected)
	}
	return finishRow(cols.row(r, s, top, rs, selected), width, st, selected)
}

// emptyText says why no run is shown.
func (l runList) emptyText(s monitor.Snapshot) string {
	switch {
	case s.At.IsZero():
		return "looking for sessions"
	case len(s.Runs) == 0 && !s.Reading.Done:
		return "no run of the last 24 hours found so far"
	case len(s.Runs) == 0:
		return "no run in the last 24 hours; a new one shows up here by itself"
	case l.filter != "":
		return fmt.Sprintf("no run matches %q; esc clears the filter", l.filter)
	}
	return fmt.Sprintf("no run under %q; tab goes on to the next", l.chip)
}

// rule draws the line above the list: what is shown, and in which order.
func (l runList) rule(s monitor.Snapshot, width int, st themes.Styles) string {
	title := "RUNS"
	if l.class == classCards && l.chip != chipAll {
		title += " " + strings.ToLower(l.chip.String())
	}
	if l.filter != "" {
		title += fmt.Sprintf(" %d of %d  /%s", l.count(), len(s.Runs), l.filter)
	}
	arrow := st.Glyphs.Down
	if l.sort.ascending() != l.reverse {
		arrow = st.Glyphs.Up
	}
	right := "sort " + l.sort.String() + " " + arrow
	switch {
	case l.frozen:
		right = "order frozen"
	case l.filter != "" && l.class == classCards:
		right = ""
	case l.group != groupNone && width >= 50:
		right = "by " + l.group.String() + "  " + right
	}
	if n := l.count(); l.class == classCards && n > 0 {
		right = strings.TrimSpace(fmt.Sprintf("%s  %d/%d", right, l.position(), n))
	}
	return rule(title, right, width, st)
}

// count is how many runs are shown, position which of them is selected, from 1.
func (l runList) count() int {
	n := 0
	for _, it := range l.items {
		if it.run >= 0 {
			n++
		}
	}
	return n
}

func (l runList) position() int {
	n := 0
	for i, it := range l.items {
		if it.run >= 0 {
			n++
		}
		if i == l.index() {
			break
		}
	}
	return max(1, n)
}

// groupHead draws the head of a group where there is no table: its name, its runs, its burn.
func groupHead(it item, width int, st themes.Styles) string {
	right := fmt.Sprintf("%d %s  %s", it.count, plural(it.count, "run"), perHour(it.rate, st.Glyphs))
	name := projectName(safe(it.group), width-cells(right)-3, st.Glyphs)
	return st.Bold.Render(name) + spaces(width-cells(name)-cells(right)-1) + st.Muted.Render(right)
}

func plural(n int, word string) string {
	if n == 1 {
		return word
	}
	return word + "s"
}

// lineRow draws a run on one narrow line: sign, name, burn, and where there is room how
// full its budget is, or its context where there are no budgets.
func lineRow(r *monitor.Run, s monitor.Snapshot, width int, st themes.Styles, selected bool) string {
	numbers := padLeft(rate(r.Rate, st.Glyphs)+"/h", 9)
	if width >= 26 {
		fill := r.Percent
		if hasRunBudgets(s) {
			fill = r.BudgetUsed
		}
		numbers += padLeft(percent(fill), 5)
	}
	name := rowName(r, s, width-3-cells(numbers), st.Glyphs)
	return lead(r, selected, st) + st.Bold.Render(" "+name) + st.Text.Render(numbers)
}

// card draws a run on two lines.
func card(r *monitor.Run, s monitor.Snapshot, top float64, width int, st, rs themes.Styles, selected bool) string {
	burn := padLeft(rate(r.Rate, st.Glyphs)+"/h", 9)
	spark := min(16, max(8, width/4))
	name := rowName(r, s, width-4-spark-cells(burn), st.Glyphs)
	first := lead(r, selected, rs) + rs.Bold.Render(" "+name+" ") + burnCell(r, spark, top, rs) + rs.Text.Render(burn)
	spent, rest := padLeft(dollars(r.Cost, st.Glyphs), 8), fmt.Sprintf(" ctx %s %s", padLeft(percent(r.Percent), 4), padLeft(between(r.StartedAt, s.At), 5))
	used, style := "", rs.Muted
	if hasRunBudgets(s) {
		used, style = budgetCell(r, rs)
		used = padLeft(used, 5)
		if r.BudgetUsed < 75 {
			style = rs.Muted
		}
	}
	mod := fit(shortModel(r), width-3-cells(spent+used+rest), st.Glyphs)
	second := rs.Muted.Render("   "+mod+spent) + style.Render(used) + rs.Muted.Render(rest)
	return finishRow(first, width, st, selected) + "\n" + finishRow(second, width, st, selected)
}
