package tui

import (
	"bytes"
	"fmt"
	"io"
	"runtime/debug"
	"sync"
	"time"

	tea "charm.land/bubbletea/v2"
	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/term"
)

// canvas is the terminal as two write to it: Bubble Tea, which enters and leaves the
// alternate screen, sets its modes and its title and asks it questions, and the painter, which
// draws what is on it. Bubble Tea is given an empty view, so that it draws nothing by itself; where it
// clears the screen, which is seen in what it writes, the painter draws all again.
type canvas struct {
	out     io.Writer
	program *tea.Program // is told of a panic; nil in tests

	mu      sync.Mutex
	painter *painter
	next    picture
	stale   bool // next is not drawn yet
	ready   bool // the colours are known
	open    bool // the alternate screen is on
	begun   bool // there is something to draw
	timer   *time.Timer
	waiting bool // for the timer: something was drawn lately
	over    bool
}

func newCanvas(out io.Writer) *canvas { return &canvas{out: out, painter: newPainter()} }

// The sequences of Bubble Tea after which the screen is not what was drawn.
var (
	enterScreen = []byte(ansi.SetModeAltScreenSaveCursor)
	leaveScreen = []byte(ansi.ResetModeAltScreenSaveCursor)
	clearScreen = []byte(ansi.EraseEntireScreen)
)

// Write takes what Bubble Tea writes.
func (c *canvas) Write(b []byte) (int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	n, err := c.out.Write(b)
	entered := bytes.LastIndex(b, enterScreen)
	left := bytes.LastIndex(b, leaveScreen)
	if entered >= 0 || left >= 0 {
		c.open = entered > left
	}
	if entered >= 0 || bytes.Contains(b, clearScreen) {
		c.painter.cleared(entered >= 0)
		c.stale = c.next.h > 0
		c.draw()
	}
	return n, err
}

// begin says that the first snapshot came. A picture without one says nothing, and
// the next one would have to wait for its turn.
func (c *canvas) begin() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.begun = true
}

// show draws a picture: at once after a rest, and at most so often a second.
func (c *canvas) show(p picture) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.over || !c.begun || p == c.next && !c.stale {
		return
	}
	c.next, c.stale = p, true
	switch {
	case c.waiting:
	case c.timer == nil:
		c.waiting, c.timer = true, time.AfterFunc(0, c.tick)
	default:
		c.waiting = true
		c.timer.Reset(0)
	}
}

// tick draws what waits, and is due again a frame later as long as something did. What
// can't be drawn yet is drawn when it can.
func (c *canvas) tick() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.waiting = c.stale && c.open && c.ready && !c.over; !c.waiting {
		return
	}
	c.draw()
	c.timer.Reset(frameTime)
}

// draw writes what changed, where there is a screen to write to.
func (c *canvas) draw() {
	if !c.open || !c.ready || !c.stale || c.over {
		return
	}
	c.stale = false
	defer c.caught()
	if b := c.painter.paint(c.next); len(b) > 0 {
		if _, err := c.out.Write(b); err != nil { // it may be full, where somebody made it non-blocking
			c.painter.lost()
			c.stale = true
		}
	}
}

// brokenMsg is a panic of the painter.
type brokenMsg string

// caught hands a panic of the painter to the program, which gives the terminal back: in the
// timer's goroutine it would end the process with the terminal as it is.
func (c *canvas) caught() {
	why := recover()
	if why == nil {
		return
	}
	if c.program == nil {
		panic(why)
	}
	c.over = true
	go c.program.Send(brokenMsg(fmt.Sprintf("%v\n\n%s", why, debug.Stack())))
}

// hear takes what the terminal says of itself.
func (c *canvas) hear(msg tea.Msg) {
	c.mu.Lock()
	defer c.mu.Unlock()
	switch msg := msg.(type) {
	case tea.ColorProfileMsg:
		c.painter.setProfile(msg.Profile)
		c.ready, c.stale = true, c.next.h > 0
		c.draw()
	case tea.ModeReportMsg:
		if msg.Mode == ansi.ModeSynchronizedOutput && msg.Value == ansi.ModeReset {
			c.painter.sync = true // as Bubble Tea does
		}
	}
}

// stop ends the drawing.
func (c *canvas) stop() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.over = true
	if c.timer != nil {
		c.timer.Stop()
	}
}

// writer gives the canvas as Bubble Tea wants it: a file where it is one.
func (c *canvas) writer() io.Writer {
	if f, ok := c.out.(term.File); ok {
		return canvasFile{c, f}
	}
	return c
}

// canvasFile is a canvas on a terminal, whose size and modes can be asked for.
type canvasFile struct {
	*canvas
	file term.File
}

func (f canvasFile) Read(b []byte) (int, error) { return f.file.Read(b) }
func (f canvasFile) Close() error               { return f.file.Close() }
func (f canvasFile) Fd() uintptr                { return f.file.Fd() }
