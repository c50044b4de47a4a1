package tui

import (
	"fmt"
	"strings"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// View draws the screen. It works at any size, before any message too.
func (m Model) View() tea.View {
	if !m.cache.present || m.cache.rev != m.rev {
		m.cache.frame, m.cache.rev, m.cache.present = m.frame(), m.rev, true
		m.cache.frames++
	}
	v := tea.NewView(m.cache.frame)
	v.AltScreen = true
	v.WindowTitle = m.title()
	v.BackgroundColor, v.ForegroundColor = m.st.Background, m.st.Foreground
	if m.mouse {
		v.MouseMode = tea.MouseModeCellMotion
	}
	if field := m.field(); field != nil && m.height > 0 {
		if c := field.Cursor(); c != nil {
			c.X = min(c.X+len("/ "), max(0, m.width-1))
			c.Y = m.height - 1
			v.Cursor = c
		}
	}
	return v
}

// title is the terminal window's title: what one wants to see of a window in the background.
func (m Model) title() string {
	if m.snap.At.IsZero() {
		return "tokenburn"
	}
	t := perHour(m.snap.Rate, m.st.Glyphs) + " tokenburn"
	if n := countRuns(m.snap.Runs).of[chipNeedsYou]; n > 0 {
		t = fmt.Sprintf("%s%d %s", m.st.Glyphs.Warning, n, t)
	}
	return t
}

// Frame draws one frame of the main screen as plain text: height lines of at most
// width cells without escape sequences.
func Frame(s monitor.Snapshot, width, height int, o Options) string {
	return ansi.Strip(Picture(s, width, height, o))
}

// Picture is [Frame] with its colours, as escape sequences of 24-bit colour where the theme has them.
func Picture(s monitor.Snapshot, width, height int, o Options) string {
	m, _ := New(o).Update(tea.WindowSizeMsg{Width: width, Height: height})
	m, _ = m.Update(SnapshotMsg(s))
	return m.View().Content
}

// frame draws every line of the screen.
func (m Model) frame() string {
	w, h := m.width, m.height
	if w <= 0 || h <= 0 {
		return ""
	}
	var out string
	switch m.screen {
	case screenRun:
		out = m.runView(w, h)
	case screenHelp:
		out = block(m.help().View(w, h-1, m.st), w, h-1) + m.lastLine()
	case screenNotices:
		out = block(m.notices.View(m.snap, w, h-1, m.st), w, h-1) + m.lastLine()
	default:
		out = m.mainView()
	}
	out = block(out, w, h)
	switch m.dialog {
	case dialogTheme:
		out = overlay(out, m.picker.View(w, h, m.st), w, h)
	case dialogCopy:
		out = overlay(out, m.copies.View(w, h, m.st), w, h)
	}
	return out
}

// runView draws a run's own screen, with the banner of a frozen screen above the footer.
func (m Model) runView(w, h int) string {
	if m.held != nil && h > 4 {
		return block(runScreen(m.snap, m.run, w, h-2, m.st), w, h-2) + "\n" + m.frozenBanner(w) + m.lastLine()
	}
	return block(runScreen(m.snap, m.run, w, h-1, m.st), w, h-1) + m.lastLine()
}

// field is the line of text that has the keyboard; nil: none.
func (m *Model) field() interface{ Cursor() *tea.Cursor } {
	switch {
	case m.typing:
		return m.filter
	case m.searching:
		return m.search
	}
	return nil
}

// lastLine draws the footer with the line break before it.
func (m Model) lastLine() string {
	if m.height < 2 {
		return ""
	}
	return "\n" + m.footer()
}

// footer draws the last line: a field that is typed into, a word on what was just done, or the keys.
func (m Model) footer() string {
	w, g := m.width, m.st.Glyphs
	switch {
	case m.typing:
		right := fmt.Sprintf("%d of %d", m.list(m.plan()).count(), len(m.snap.Runs))
		if w >= 60 {
			right += "   enter keep  esc clear"
		}
		m.filter.SetWidth(max(1, w-cells(right)-5))
		return ends(m.st.Key.Render("/")+" "+m.filter.View(), m.st.Muted.Render(right), w, g)
	case m.searching:
		m.search.SetWidth(max(1, w-6))
		return cut(m.st.Key.Render("/")+" "+m.search.View(), w, g)
	case m.flash != "":
		return m.st.Info.Render(cut(m.flash, w, g))
	}
	return footer(m.hints(), w, m.st)
}

// hints are the keys of what is on the screen.
func (m Model) hints() []hint {
	k := m.keys
	help, quit := hint{key: k.Help, word: "help"}, hint{key: k.Quit, word: "quit"}
	switch {
	case m.dialog != dialogNone:
		return []hint{{key: k.Open, word: "choose"}, {key: k.Down, word: "move", sign: moveSign(m.st.Glyphs)}, {key: k.Back, word: "close"}}
	case m.screen == screenHelp:
		return []hint{{key: k.Back, word: "close"}, {key: k.Down, word: "move", sign: moveSign(m.st.Glyphs)}, {key: k.Filter, word: "find a key"}, quit}
	case m.screen == screenNotices:
		return []hint{{key: k.Back, word: "close"}, {key: k.Down, word: "move", sign: moveSign(m.st.Glyphs)}, {key: k.Copy, word: "copy the fix"}, quit}
	case m.screen == screenRun && m.run.takesText():
		return []hint{{key: k.Open, word: "keep"}, {key: k.Back, word: "clear"}}
	case m.screen == screenRun:
		return append(append([]hint{help}, runHints(k, m.st.Glyphs)...), quit)
	}
	if len(m.snap.Runs) == 0 {
		out := []hint{help, {key: k.Theme, word: "theme"}, {key: k.Rescan, word: "rescan"}}
		if !m.snap.At.IsZero() && !m.snap.Reading.Done {
			out = append(out, hint{key: k.SkipHistory, word: "skip history"})
		}
		return append(out, quit)
	}
	reading := !m.snap.At.IsZero() && !m.snap.Reading.Done && m.filter.Value() == "" && m.chip == chipAll
	return mainHints(k, reading, m.st.Glyphs)
}

// help is the help as it is now.
func (m Model) help() helpView {
	return helpView{keys: m.keys, version: m.opts.Version, search: m.search.Value(), top: m.helpTop}
}

// banners are the notices that were not dismissed.
func (m Model) banners() []monitor.Notice {
	for i, n := range m.snap.Notices {
		if !n.At.After(m.seen) {
			return m.snap.Notices[:i]
		}
	}
	return m.snap.Notices
}

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
		_, p.rightPanels = stack(rest, 0, m.rightPanels())
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

func (m Model) panelsBelow(p plan) []panel {
	s := m.snap
	limits := panel{id: panelLimits, min: 1 + len(s.Limits), want: 2 + len(s.Limits)}
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
		if len(s.Limits) > 0 && m.height >= 28 {
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
func (m Model) rightPanels() []panel {
	s := m.snap
	var out []panel
	if len(s.Limits) > 0 {
		out = append(out, panel{id: panelLimits, min: 1 + len(s.Limits), want: 2 + len(s.Limits)})
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

// mainView draws the main screen.
func (m Model) mainView() string {
	p := m.plan()
	w := m.width
	h := header{class: p.class, height: m.height, chip: m.chip, right: "tab next", first: p.first}
	if p.class == classText {
		return m.textView(h, p)
	}
	parts := []string{block(h.View(m.snap, w, m.st), w, p.head)}
	if p.banner > 0 {
		parts = append(parts, m.frozenBanner(w))
	}
	if p.notices > 0 {
		parts = append(parts, block(p.noticeText, w, p.notices))
	}
	if p.reading > 0 {
		parts = append(parts, block(p.readText, w, p.reading))
	}
	if p.body > 0 {
		parts = append(parts, m.body(p))
	}
	return strings.Join(parts, "\n") + m.lastLine()
}

// textView is the screen where it is smaller than 20×3: the header's numbers, then the first runs.
func (m Model) textView(h header, p plan) string {
	lines := []string{h.View(m.snap, m.width, m.st)}
	for i := 0; i < len(m.items) && len(lines) < m.height; i++ {
		it := m.items[i]
		if it.run < 0 {
			continue
		}
		r := &m.snap.Runs[it.run]
		burn := rate(r.Rate, m.st.Glyphs)
		if m.width < cells(burn) {
			break
		}
		lines = append(lines, ends(safe(r.Name), burn, m.width, m.st.Glyphs))
	}
	return strings.Join(lines, "\n")
}

// frozenBanner says that the screen stands still.
func (m Model) frozenBanner(w int) string {
	text := "frozen " + clockTime(m.snap.At, m.snap.Zone)
	for _, more := range []string{", data goes on, p resumes", ", p resumes", ""} {
		if cells(text+more)+2 <= w || more == "" {
			return m.st.Selected.Render(cut(" "+text+more+" ", w, m.st.Glyphs))
		}
	}
	return ""
}

// body draws the columns.
func (m Model) body(p plan) string {
	if p.first {
		return block(firstStart(m.snap, m.width, p.body, m.st), m.width, p.body)
	}
	parts := []string{block(m.list(p).View(m.snap, p.left, p.listLines, m.st), p.left, p.listLines)}
	for _, q := range p.panels {
		parts = append(parts, block(panelView(q.id, m.chart, m.snap, p.left, q.lines, m.st), p.left, q.lines))
	}
	out := block(strings.Join(parts, "\n"), p.left, p.body)
	if p.middle > 0 {
		detail := ""
		if r, ok := m.selectedRun(); ok {
			detail = detailPanel(r, m.detail(r.ID), p.middle, p.body, m.st)
		}
		out = beside(out, p.left, detail, p.middle, p.body, m.st)
	}
	if p.right > 0 {
		parts = nil
		for _, q := range p.rightPanels {
			parts = append(parts, block(panelView(q.id, m.chart, m.snap, p.right, q.lines, m.st), p.right, q.lines))
		}
		out = beside(out, p.left+3+p.middle, strings.Join(parts, "\n"), p.right, p.body, m.st)
	}
	return out
}
