package tui

import (
	"strings"
)

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
		parts = append(parts, block(panelView(q.id, m.chart, m.aim, m.snap, p.left, q.lines, m.st), p.left, q.lines))
	}
	out := block(strings.Join(parts, "\n"), p.left, p.body)
	if p.middle > 0 {
		detail := ""
		if r, ok := m.selectedRun(); ok {
			detail = detailPanel(m.snap, r, m.detail(r.ID), p.middle, p.body, m.st)
		}
		out = beside(out, p.left, detail, p.middle, p.body, m.st)
	}
	if p.right > 0 {
		parts = nil
		for _, q := range p.rightPanels {
			parts = append(parts, block(panelView(q.id, m.chart, m.aim, m.snap, p.right, q.lines, m.st), p.right, q.lines))
		}
		out = beside(out, p.left+3+p.middle, strings.Join(parts, "\n"), p.right, p.body, m.st)
	}
	return out
}
