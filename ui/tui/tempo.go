package tui

import (
	"reflect"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
)

const (
	frameTime = time.Second / framesPerSecond
	leadTime  = 2 * time.Millisecond // until a change is drawn that comes after a rest
	leadEnd   = 5 * time.Millisecond
	stayTime  = 3 * frameTime   // how long a changing screen must stand still before it rests
	restTime  = 5 * time.Second // between two looks while it rests: all that is drawn is told of
)

// tempo tells Bubble Tea how often to look for something to draw.
//
// Bubble Tea 2.1.1 looks at every frame for ever. Thirty looks a second that find nothing
// wake five threads each time and cost 0.4 % of a core (measured with a program that
// does nothing else), which was two thirds of what an idle monitor cost, and there is
// no option for it. So its ticker, an unexported field, is slowed down while
// nothing changes, which is nearly nothing. Nothing else of it is touched, and where another
// version has no such field, it goes on as it would by itself.
//
// The goroutine that runs the program makes the ticker before the first view, and does
// nothing else while it suspends or releases the terminal: so the field is read there
// alone, in touched. A Reset while the ticker is stopped is harmless, since nobody
// listens then, and Bubble Tea resets it when it goes on.
type tempo struct {
	// Of the program's goroutine:
	program *tea.Program // nil: nothing is slowed
	sought  bool
	last    tea.View
	due     bool // something is to be drawn or written, whatever the view

	mu      sync.Mutex
	ticker  *time.Ticker // nil: not found
	timer   *time.Timer  // to the next step
	step    tempoStep
	changed bool // since the step began
	over    bool
}

type tempoStep uint8

const (
	tempoRest tempoStep = iota
	tempoLead           // the first change after a rest is drawn at once
	tempoFast
)

// touched says that there is something to draw.
func (p *tempo) touched() {
	if !p.sought && p.program != nil {
		p.sought, p.ticker = true, tickerOf(p.program)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.changed = true
	if p.ticker == nil || p.over || p.step != tempoRest {
		return
	}
	p.to(tempoLead, leadTime, leadEnd)
}

// to takes a step: how often is looked, and when the next step is due.
func (p *tempo) to(s tempoStep, every, next time.Duration) {
	p.step, p.changed = s, false
	p.ticker.Reset(every)
	if p.timer == nil {
		p.timer = time.AfterFunc(next, p.next)
		return
	}
	p.timer.Reset(next)
}

// next goes on to the next step.
func (p *tempo) next() {
	p.mu.Lock()
	defer p.mu.Unlock()
	switch {
	case p.over || p.step == tempoRest:
	case p.step == tempoLead:
		p.to(tempoFast, frameTime, stayTime)
	case p.changed:
		p.changed = false
		p.timer.Reset(stayTime)
	default:
		p.step = tempoRest
		p.ticker.Reset(restTime)
	}
}

// stop ends it: the program is over.
func (p *tempo) stop() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	if p.timer != nil {
		p.timer.Stop()
	}
}

// tickerOf gives a running program's ticker; nil where this Bubble Tea has none by that name.
func tickerOf(p *tea.Program) *time.Ticker {
	f := reflect.ValueOf(p).Elem().FieldByName("ticker")
	if !f.IsValid() || f.Type() != reflect.TypeFor[*time.Ticker]() {
		return nil
	}
	return (*time.Ticker)(f.UnsafePointer()) // as unsafe as the package of that name: see tempo
}

// paced is the screen as Bubble Tea gets it: what is drawn goes to the canvas, and Bubble Tea's own
// part of the view to Bubble Tea. Where that differs from the one before, and with
// each message after which something may be written without one (a query, the
// clipboard), the tempo is told.
type paced struct {
	Model
	tempo  *tempo
	canvas *canvas
}

func (m paced) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case SnapshotMsg: // they come all the time, and often leave the frame as it was
		m.canvas.begin()
	case brokenMsg:
		panic(string(msg)) // Bubble Tea gives the terminal back
	default:
		m.tempo.due = true
		m.canvas.hear(msg)
	}
	next, cmd := m.Model.Update(msg)
	m.Model = next.(Model)
	return m, cmd
}

func (m paced) View() tea.View {
	v := m.Model.View()
	p := picture{content: v.Content, w: m.width, h: m.height}
	if v.Cursor != nil {
		p.x, p.y, p.cursor = v.Cursor.X, v.Cursor.Y, true
	}
	v.Content, v.Cursor = " ", nil // not nothing: it stays as high as the screen
	m.canvas.show(p)
	if m.tempo.due || !reflect.DeepEqual(v, m.tempo.last) {
		m.tempo.touched()
	}
	m.tempo.last, m.tempo.due = v, false
	return v
}
