package tui

import (
	"fmt"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"

	"github.com/tokenburn-sentinel/tokenburn/budget"
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
	if x, y, ok := m.caret(); ok {
		v.Cursor = tea.NewCursor(x, y)
	}
	if field := m.field(); field != nil && m.height > 0 {
		if c := field.Cursor(); c != nil {
			c.X = min(c.X+len("/ "), max(0, m.width-1))
			c.Y = m.height - 1
			if _, _, counting := m.countdown(); counting && m.height > 1 {
				c.Y--
			}
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
	if alert, _ := alertText(m.snap, countRuns(m.snap.Runs), m.st); alert != "" {
		t = alert + " " + t
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
	if line := m.countdownLine(w); line != "" {
		if h == 1 {
			return m.st.Glyphs.Plain(block(line, w, 1))
		}
		m.height--
		return m.drawn() + "\n" + m.st.Glyphs.Plain(block(line, w, 1))
	}
	return m.drawn()
}

// drawn is the screen without a line about what a budget is about to do.
func (m Model) drawn() string {
	w, h := m.width, m.height
	var out string
	switch m.screen {
	case screenRun:
		run := m.run
		run.aim = m.aim
		out = m.underBanner(w, h, func(w, h int) string { return runScreen(m.snap, run, w, h, m.st) })
	case screenExceptions:
		out = m.underBanner(w, h, exceptionsScreen{m.snap, m.exc, m.st}.View)
	case screenBudgets:
		out = m.underBanner(w, h, func(w, h int) string { return budgetsScreen(m.snap, m.budgets, w, h, m.st) })
	case screenDay:
		out = m.underBanner(w, h, dayScreen{m.snap, m.day, m.st}.View)
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
	case dialogSnooze:
		out = overlay(out, m.snooze.View(m.newest(), w, h, m.st), w, h)
	case dialogForm:
		box, _, _ := m.form.View(w, h, m.form.deedText(m.newest()), m.st)
		out = overlay(out, box, w, h)
	case dialogHands:
		box, _, _, _ := m.handsView()
		x, y := handsAt(box, w, h)
		out = overlayOn(out, box, w, h, x, y)
	}
	return m.st.Glyphs.Plain(out)
}

// caret is where the open form's text is edited, in cells of the screen.
func (m Model) caret() (x, y int, ok bool) {
	if _, _, counting := m.countdown(); counting {
		m.height--
	}
	if m.width <= 0 || m.height <= 0 {
		return 0, 0, false
	}
	switch m.dialog {
	case dialogHands:
		box, x, y, _ := m.handsView()
		left, top := handsAt(box, m.width, m.height)
		return min(left+x, m.width-1), min(top+y, m.height-1), x >= 0
	case dialogForm:
	default:
		return 0, 0, false
	}
	box, x, y := m.form.View(m.width, m.height, m.form.deedText(m.newest()), m.st)
	if x < 0 {
		return 0, 0, false
	}
	left, top := overlayAt(box, m.width, m.height)
	return min(left+x, m.width-1), min(top+y, m.height-1), true
}

// underBanner draws a screen with the banner of a frozen one above the footer.
func (m Model) underBanner(w, h int, draw func(w, h int) string) string {
	if m.held != nil && h > 4 {
		return block(draw(w, h-2), w, h-2) + "\n" + m.frozenBanner(w) + m.lastLine()
	}
	if h < 2 {
		return draw(w, h)
	}
	return block(draw(w, h-1), w, h-1) + m.lastLine()
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
		return ends(m.st.Key.Render("/")+" "+m.filter.sized(w-cells(right)-5).View(), m.st.Muted.Render(right), w, g)
	case m.searching:
		return cut(m.st.Key.Render("/")+" "+m.search.sized(w-6).View(), w, g)
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
	case m.dialog == dialogHands:
		return m.handsHints()
	case m.dialog == dialogForm:
		return []hint{{key: k.NextChip, word: "next field"}, {key: k.Open, word: "next, do it"}, {key: k.Back, word: "back"}}
	case m.dialog != dialogNone:
		return []hint{{key: k.Open, word: "choose"}, {key: k.Down, word: "move", sign: moveSign(m.st.Glyphs)}, {key: k.Back, word: "close"}}
	case m.screen == screenHelp:
		return []hint{{key: k.Back, word: "close"}, {key: k.Down, word: "move", sign: moveSign(m.st.Glyphs)}, {key: k.Filter, word: "find a key"}, quit}
	case m.screen == screenNotices:
		return []hint{{key: k.Back, word: "close"}, {key: k.Down, word: "move", sign: moveSign(m.st.Glyphs)}, {key: k.Copy, word: "copy the fix"}, quit}
	case m.screen == screenRun && m.run.takesText():
		return []hint{{key: k.Open, word: "keep"}, {key: k.Back, word: "clear"}}
	case m.screen == screenRun:
		return append(append(append([]hint{help}, runHints(k, m.deedHints(), m.st.Glyphs)...), m.actHints()...), quit)
	case m.screen == screenExceptions, m.screen == screenBudgets, m.screen == screenDay:
		return append(append([]hint{help}, m.pageHints()...), quit)
	}
	if len(m.snap.Runs) == 0 {
		out := []hint{help, {key: k.Theme, word: "theme"}, {key: k.Rescan, word: "rescan"}}
		if !m.snap.At.IsZero() && !m.snap.Reading.Done {
			out = append(out, hint{key: k.SkipHistory, word: "skip history"})
		}
		return append(out, quit)
	}
	reading := !m.snap.At.IsZero() && !m.snap.Reading.Done && m.filter.Value() == "" && m.chip == chipAll
	return mainHints(k, reading, m.deedHints(), m.actHints(), m.st.Glyphs)
}

// deedHints are the keys that act on the run in focus; none where nothing may be acted on.
func (m Model) deedHints() []hint {
	if m.snap.ReadOnly {
		return nil
	}
	if _, why := m.runInFocus(); why != "" {
		return nil
	}
	k := m.keys
	return []hint{{key: k.Stop, word: "stop"}, {key: k.Downgrade, word: "downgrade"}, {key: k.TakeOver, word: "take over"}}
}

// actHints are the keys that act on the exception in focus; none where there is none.
func (m Model) actHints() []hint {
	e, ok := m.target()
	if !ok {
		return nil
	}
	k := m.keys
	out := []hint{{key: k.Ack, word: "acknowledge"}, {key: k.Snooze, word: "snooze"}}
	if e.State == budget.Acknowledged {
		out = out[1:]
	}
	if e.Budget != "" {
		out = append(out, hint{key: k.Extend, word: "extend"})
	}
	return append(out, hint{key: k.Dismiss, word: "dismiss"})
}

// pageHints are the keys of the screens beside that of the runs.
func (m Model) pageHints() []hint {
	k := m.keys
	move := hint{key: k.Down, word: "move", sign: moveSign(m.st.Glyphs)}
	sides := k.Prev.Help().Key + "/" + k.Next.Help().Key
	out := []hint{{key: k.Back, word: "back"}}
	switch {
	case m.screen == screenDay:
		return append(out, hint{key: k.Prev, word: "day", sign: sides}, hint{key: k.Down, word: "scroll", sign: moveSign(m.st.Glyphs)}, hint{key: k.Group, word: "parts"}, hint{key: k.Copy, word: "copy"})
	case m.screen == screenBudgets && len(m.snap.Budgets) == 0, m.screen == screenExceptions && len(m.exc.order) == 0:
		return append(out, hint{key: k.Theme, word: "theme"})
	case m.screen == screenExceptions && m.exc.open:
		out = append(out, hint{key: k.Open, word: "open the turn"}, hint{key: k.Prev, word: "next", sign: sides})
	default:
		out = append(out, move, hint{key: k.Open, word: "open"})
	}
	out = append(append(out, m.actHints()...), m.deedHints()...)
	return append(out, hint{key: k.Copy, word: "copy"}, hint{key: k.Label, word: "label"})
}

// help is the help as it is now.
func (m Model) help() helpView {
	return helpView{keys: m.keys, version: m.opts.Version, search: m.search.Value(), top: m.helpTop, readOnly: m.snap.ReadOnly}
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
