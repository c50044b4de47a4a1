// Package tui is the live screen: a Bubble Tea program that shows snapshots and
// sends intents. It touches no file, no process and no clock; time comes with the
// snapshot.
package tui

import (
	"io"
	"strings"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/colorprofile"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// Options are what a screen needs to know besides snapshots.
type Options struct {
	Styles  themes.Styles        // zero: built from Theme and Look
	Theme   string               // name of the theme, "" is auto
	Look    themes.Options       // the terminal, for building styles when the theme changes
	ASCII   bool                 // no other signs than ASCII
	Compact bool                 // start with the compact layout
	Version string               // shown in the help
	Send    func(monitor.Intent) // takes what the user asks for; must not block; nil: nothing is sent
	Out     io.Writer            // the terminal; nil: stdout
	Copy    func(string) error   // copies besides the terminal's own clipboard (OSC 52); nil: none
}

// screen is what fills the terminal.
type screen uint8

const (
	screenMain screen = iota
	screenRun
	screenHelp
	screenNotices
	screenExceptions
	screenBudgets
	screenDay
)

// dialog is what lies over the screen and takes all keys.
type dialog uint8

const (
	dialogNone dialog = iota
	dialogTheme
	dialogCopy
	dialogSnooze
	dialogForm
	dialogHands
)

// SnapshotMsg brings the newest state.
type SnapshotMsg monitor.Snapshot

// copiedMsg says how copying ended.
type copiedMsg struct {
	what string
	err  error
}

// Model is the root: it routes messages and lays out; components only draw.
type Model struct {
	opts          Options
	st            themes.Styles
	keys          *keyMap
	noColor       bool // asked for, whatever the terminal can do
	width, height int

	snap   monitor.Snapshot  // what is shown
	held   *monitor.Snapshot // the newest one while the screen is frozen; nil: not frozen
	screen screen
	under  screen // where help and notices go back to
	dialog dialog

	layout   layoutMode
	chip     chip
	sort     sortKey
	reverse  bool
	group    groupKey
	filter   textLine
	typing   bool // the filter has the keyboard
	order    []model.RunID
	ordered  ordering // what it is, and since when
	items    []item
	selected model.RunID
	row      int // where the selected run stood among the items
	top      int
	shared   bool
	chart    chart
	mouse    bool
	focus    model.RunID // what the monitor was last asked for
	asked    bool

	seen      time.Time // notices up to here were dismissed
	flash     string    // a word on what was just done; the next key ends it
	helpTop   int
	search    textLine
	searching bool
	notices   noticeList

	run     runState
	home    screen // where esc goes from a run
	exc     excState
	aim     string // the exception of the run in focus that keys act on, "" none
	budgets budgetState
	day     dayState
	picker  themePicker
	copies  copyMenu
	snooze  snoozeMenu
	form    form
	armed   bool      // enter answers the form: it has been on screen for a while
	opened  int       // number of the newest form
	hands   hands     // the dialog about a deed
	away    string    // the deed that goes on although its dialog was closed, "" none
	told    bool      // how that deed ended was told
	kept    []keptRun // stops that were called off
	acted   time.Time // when something was asked for last, until its end is known; zero: nothing

	cache *viewCache
	rev   uint64 // of what View depends on
}

// viewCache keeps the last drawn frame. Bubble Tea asks for the view after each
// message, most of which change nothing. Only the program's own goroutine uses it.
type viewCache struct {
	next    uint64 // revision to give out next
	rev     uint64 // of frame
	frame   string
	frames  int // drawn so far
	present bool
}

// New gives the screen before its first snapshot.
func New(o Options) Model {
	o.Look.ASCII = o.Look.ASCII || o.ASCII
	if o.Theme == "" {
		o.Theme = "auto"
	}
	m := Model{opts: o, st: o.Styles, keys: newKeyMap(o.Look.ASCII), noColor: o.Look.NoColor, chart: chart{zoom: zoom1h}, cache: &viewCache{}}
	if m.st.Roles == nil {
		m.st, _ = themes.New(o.Theme, o.Look)
	}
	if o.Compact {
		m.layout = layoutCompact
	}
	m.filter, m.search = newTextLine(), newTextLine()
	return m.changed()
}

// Init asks the terminal for its background, where the theme can make use of it.
// The answer may never come.
func (m Model) Init() tea.Cmd {
	if m.opts.Theme == "auto" && !m.opts.Look.NoColor && m.opts.Look.Dark == nil {
		return tea.RequestBackgroundColor
	}
	return nil
}

// changed marks that the next view must be drawn anew.
func (m Model) changed() Model {
	m.cache.next++
	m.rev = m.cache.next
	return m
}

// Update takes one message in.
func (m Model) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	var cmd tea.Cmd
	switch msg := msg.(type) {
	case SnapshotMsg:
		s := monitor.Snapshot(msg)
		if m.held != nil {
			return m.hold(s)
		}
		m.snap = s
		m, cmd = m.hearRefusal().followDeed()
	case tea.WindowSizeMsg:
		if m.width == msg.Width && m.height == msg.Height {
			return m, nil
		}
		m.width, m.height = msg.Width, msg.Height
	case tea.BackgroundColorMsg:
		dark := msg.IsDark()
		m.opts.Look.Dark = &dark
		m.st = m.styles(m.st.Name)
	case tea.ColorProfileMsg:
		m.opts.Look.Sixteen, m.opts.Look.Indexed = msg.Profile == colorprofile.ANSI, msg.Profile == colorprofile.ANSI256
		m.opts.Look.NoColor = m.noColor || msg.Profile == colorprofile.ASCII || msg.Profile == colorprofile.NoTTY
		m.st = m.styles(m.st.Name)
	case tea.KeyPressMsg:
		m, cmd = m.key(msg)
	case armedMsg:
		if msg.number == m.opened {
			m.armed = true
		}
		return m, nil
	case tea.PasteMsg:
		m, cmd = m.paste(msg)
	case tea.MouseWheelMsg, tea.MouseClickMsg:
		m = m.mouseEvent(msg.(tea.MouseMsg))
	case copiedMsg:
		m.flash = "copied the " + msg.what
		if msg.err != nil {
			m.flash = "asked the terminal to copy the " + msg.what + " (" + model.Clean(msg.err.Error(), 80) + ")"
		}
	default:
		return m, nil
	}
	m = m.settle()
	return m.changed(), cmd
}

// styles builds the styles of a theme for this terminal.
func (m Model) styles(name string) themes.Styles {
	st, _ := themes.New(name, m.opts.Look)
	return st
}

// orderFrozen says that no row may move: something is open that acts on one.
func (m Model) orderFrozen() bool {
	if m.dialog == dialogHands && m.hands.settled(m.newest()) {
		return m.typing
	}
	return m.dialog != dialogNone || m.typing
}

// hold takes in a snapshot while the screen is frozen: a dialog about a deed and a stop that is
// counted down are about what is now.
func (m Model) hold(s monitor.Snapshot) (tea.Model, tea.Cmd) {
	shown := len(m.held.Countdowns)+len(s.Countdowns) > 0 || m.dialog == dialogHands
	flash := m.flash
	m.held = &s
	m, cmd := m.followDeed()
	if shown || m.flash != flash {
		m = m.changed()
	}
	return m, cmd
}

// settle brings the list in line with what it shows: the order, the items, the
// selection (which stays with its run), the first row, and what the monitor is asked for.
func (m Model) settle() Model {
	if by := (ordering{m.sort, m.reverse, m.snap.At}); m.orderFrozen() || by.keeps(m.ordered) && len(m.order) == len(m.snap.Runs) {
		m.order = keepOrder(m.order, m.snap.Runs)
	} else {
		m.order, m.ordered = sortedRuns(m.snap.Runs, m.sort, m.reverse), by
	}
	m.exc = m.exc.settle(m.snap, m.orderFrozen())
	m.items = listItems(m.snap.Runs, m.order, m.chip, m.filter.Value(), m.group)
	m = m.keepSelection().takeAim()
	if p := m.plan(); p.listLines > 0 {
		m.top = m.list(p).scroll(p.listLines)
	}
	return m.askDetail().askDay()
}

// keepSelection finds the selected run again; where it is gone, the run that
// now stands in its place is selected, or the first match of a filter that is being typed.
func (m Model) keepSelection() Model {
	near := -1
	for i, it := range m.items {
		if it.run < 0 {
			continue
		}
		if it.id == m.selected {
			m.row = i
			return m
		}
		if near < 0 || i <= m.row && !m.typing {
			near = i
		}
	}
	if near >= 0 {
		m.selected, m.row = m.items[near].id, near
	}
	return m
}

// selectedRun gives the run that keys act on.
func (m Model) selectedRun() (monitor.Run, bool) {
	for _, it := range m.items {
		if it.run >= 0 && it.id == m.selected {
			return m.snap.Runs[it.run], true
		}
	}
	return monitor.Run{}, false
}

// askDetail asks the monitor for the inside of the run that is shown, once for each change.
func (m Model) askDetail() Model {
	want, shown := model.RunID(""), m.screen
	if shown == screenHelp || shown == screenNotices {
		shown = m.under
	}
	switch {
	case shown == screenRun:
		want = m.run.id
	case shown == screenMain && classOf(m.width, m.height, m.layout) >= classSplit:
		if r, ok := m.selectedRun(); ok {
			want = r.ID
		}
	}
	if want != m.focus || want != "" && !m.asked {
		m.focus, m.asked = want, true
		m.send(monitor.Focus{Run: want})
	}
	return m
}

// hearRefusal says what became of a move where it was refused: banners are on the main screen only.
func (m Model) hearRefusal() Model {
	if m.acted.IsZero() {
		return m
	}
	for _, n := range m.snap.Notices {
		if n.At.Before(m.acted) || !strings.Contains(n.Effect, "nothing was changed") {
			continue
		}
		m.flash, m.acted = "refused: "+safe(n.Text), time.Time{}
		return m
	}
	if m.snap.At.Sub(m.acted) > time.Minute {
		m.acted = time.Time{}
	}
	return m
}

func (m Model) send(i monitor.Intent) {
	if m.opts.Send != nil {
		m.opts.Send(i)
	}
}

// detail is the inside of the run, where the monitor has sent that of this one.
func (m Model) detail(id model.RunID) *monitor.RunDetail {
	if d := m.snap.Detail; d != nil && d.ID == id {
		return d
	}
	return nil
}
