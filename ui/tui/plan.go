package tui

import (
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// plan is the layout of the main screen in lines and cells.
type plan struct {
	class                class
	left, middle, right  int // widths; 0: no such column
	head                 int // lines of the header
	notices, banner      int // lines below it
	reading              int
	bodyTop, body        int
	listLines            int
	panels, rightPanels  []panel
	noticeText, readText string
	first                bool // there is no session at all: the first screen
}

// plan lays the main screen out. It depends on the size and on how many runs,
// notices and limits there are, not on their numbers.
func (m Model) plan() plan {
	s := m.snap
	p := plan{class: classOf(m.width, m.height, m.layout)}
	p.left, p.middle, p.right = columnWidths(p.class, m.width)
	if p.class == classSplit {
		p.middle, p.right = p.right, 0
	}
	p.first = s.Reading.Done && len(s.Runs) == 0 && s.Source.Files == 0 && !s.At.IsZero()
	p.head = header{class: p.class, height: m.height, first: p.first}.lines(s)
	if p.class == classText {
		p.body = max(0, m.height-1)
		p.bodyTop, p.listLines = 1, 0
		return p
	}
	rest := m.height - p.head - 1
	if m.held != nil && rest > 2 {
		p.banner = 1
		rest--
	}
	if n := m.banners(); len(n) > 0 && rest > 4 {
		p.noticeText = noticeBanners(n, m.width, min(6, rest/3), m.st)
		if p.noticeText != "" {
			p.notices = strings.Count(p.noticeText, "\n") + 1
			rest -= p.notices
		}
	}
	if !s.At.IsZero() && !s.Reading.Done && rest > 8 {
		lines := 1
		if m.height >= 24 && m.width >= 60 {
			lines = 5
		}
		p.readText = readingView(s, m.width, lines, m.st)
		p.reading = strings.Count(p.readText, "\n") + 1
		rest -= p.reading
	}
	p.bodyTop = m.height - 1 - rest
	p.body = rest
	p.listLines, p.panels = stack(rest, m.list(p).want(), m.leftPanels(p))
	if p.class == classWide {
		_, p.rightPanels = stack(rest, 0, m.rightPanels(p.right))
	}
	return p
}

// leftPanels are the panels below the list, most important first.
func (m Model) leftPanels(p plan) []panel {
	out := m.panelsBelow(p)
	for i := range out {
		if out[i].id == panelChart && m.chart.kind == chartRuns {
			out[i].want = min(out[i].want, 2+max(1, burning(m.snap.Runs)))
			out[i].min = min(out[i].min, out[i].want)
		}
	}
	return out
}

// exceptionPanels are the queue, and what is quiet where there is room for that; none where
// there is nothing in them.
func (m Model) exceptionPanels(width int) []panel {
	s := m.snap
	var out []panel
	if n := len(s.Exceptions); n > 0 {
		most := 6
		switch {
		case m.height < 18:
			most = 1
		case m.height < 28:
			most = 2
		}
		each := excLines(width)
		want := 1 + each*min(n, most)
		if n > most {
			want++
		}
		least := 1 + each*min(n, 2, most)
		switch {
		case m.height < 18:
			least = 2
		case n > 2 && m.height >= 28: // what to do about both, and that there are more
			least++
		}
		least = min(least, want)
		out = append(out, panel{id: panelExceptions, min: least, want: want})
	}
	if len(s.Snoozed) > 0 && m.height >= 28 {
		out = append(out, panel{id: panelSnoozed, min: 2, want: 2 + min(4, len(s.Snoozed))})
	}
	return out
}

// panelsBelow are the panels of the column of the list: what needs attention comes first.
func (m Model) panelsBelow(p plan) []panel {
	if p.class == classWide || p.class == classLine || p.class == classText {
		return m.otherPanels(p)
	}
	return append(m.exceptionPanels(p.left), m.otherPanels(p)...)
}

func (m Model) otherPanels(p plan) []panel {
	s := m.snap
	windows := len(s.Limits) + len(panelBudgets(s))
	limits := panel{id: panelLimits, min: 1 + windows, want: 2 + windows}
	projects := panel{id: panelProjects, min: 3, want: 2 + min(6, max(1, len(s.ByProject)))}
	hours := panel{id: panelHours, min: 2, want: 3}
	events := panel{id: panelLog, min: 3, want: 2 + max(1, len(s.Log))}
	switch p.class {
	case classCards:
		if m.height < 18 {
			return []panel{{id: panelChart, min: 2, want: 4}}
		}
		return []panel{{id: panelChart, min: 3, want: 5}, projects, events}
	case classTable:
		switch {
		case m.height < 18:
			return nil
		case m.height < 28:
			return []panel{{id: panelChart, min: 6, want: 9}, events}
		}
		return []panel{{id: panelChart, min: 6, want: 12}, projects, events, hours}
	case classSplit:
		out := []panel{{id: panelChart, min: 6, want: 14}}
		if windows > 0 && m.height >= 28 {
			out = append(out, limits)
		}
		if m.height < 28 {
			return append(out, events)
		}
		return append(out, projects, events, hours)
	case classWide:
		out := []panel{{id: panelChart, min: 6, want: 16}}
		if m.height >= 36 && m.chart.kind != chartRuns {
			out = append(out, panel{id: panelRuns, min: 4, want: 2 + min(8, burning(s.Runs))})
		}
		return append(out, hours, projects)
	}
	return nil
}

// burning counts the runs that burned in the last hour.
func burning(runs []monitor.Run) int {
	n := 0
	for i := range runs {
		if dearestMinute(runs[i].Spark) > 0 {
			n++
		}
	}
	return n
}

// rightPanels are those of the third column.
func (m Model) rightPanels(width int) []panel {
	s := m.snap
	out := m.exceptionPanels(width)
	if n := len(s.Limits) + len(panelBudgets(s)); n > 0 {
		out = append(out, panel{id: panelLimits, min: 1 + n, want: 2 + n})
	}
	return append(out,
		panel{id: panelSource, min: 2, want: 5 + len(s.Source.Homes)},
		panel{id: panelModels, min: 2, want: 2 + max(1, min(6, len(s.ByModel)))},
		panel{id: panelLog, min: 3, want: 99})
}

// list is the run list as it is now.
func (m Model) list(p plan) runList {
	return runList{
		items: m.items, selected: m.selected, top: m.top, sort: m.sort, reverse: m.reverse, frozen: m.orderFrozen(),
		shared: m.shared, chip: m.chip, filter: m.filter.Value(), group: m.group, class: p.class, width: p.left,
	}
}
