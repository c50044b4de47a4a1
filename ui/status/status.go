// Package status says how all runs stand in one line, for the status bars of
// tmux, Waybar, shells and editors.
package status

import (
	"strings"
	"time"

	"github.com/charmbracelet/x/ansi"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// Format is how a line is written.
type Format string

// The formats. An unknown one is written as Plain.
const (
	Plain  Format = "plain"
	Tmux   Format = "tmux"   // with tmux's own styles
	JSON   Format = "json"   // one object, for programs
	Waybar Format = "waybar" // one object as Waybar's custom modules read it
)

// Formats gives the names of all formats.
func Formats() []string { return []string{string(Plain), string(Tmux), string(JSON), string(Waybar)} }

// Options say how a line looks.
type Options struct {
	Format   Format
	Width    int           // cells at most; 0: no limit. JSON knows none
	HideIdle bool          // the empty line where no run is live and nothing needs attention
	RGB      bool          // Tmux: 24-bit colours; else the nearest of 256
	Styles   themes.Styles // Tmux takes its colours from here; the zero value has none, and Unicode signs
}

// dressed gives styles without colour where none were given.
func (o Options) dressed() Options {
	if o.Styles.Roles == nil {
		o.Styles.Roles = &themes.Roles{Glyphs: themes.Unicode()}
	}
	return o
}

func (o Options) glyphs() themes.Glyphs {
	if o.Styles.Glyphs.Critical == "" {
		return themes.Unicode()
	}
	return o.Styles.Glyphs
}

// recent is how long a run that failed or died asks for attention.
const recent = time.Hour

// Line writes a snapshot as one line without a newline: what needs attention
// first, then the runs, the burn rate and today's spend. Where it is wider than
// allowed, whole parts are left out, the least important first; a number is
// never cut. It is empty where nothing fits, and where [Options.HideIdle] says so.
func Line(s monitor.Snapshot, o Options) string {
	a := attention(s)
	live := live(s)
	o = o.dressed()
	hide := o.HideIdle && live == 0 && len(a) == 0
	switch o.Format {
	case JSON:
		return jsonLine(s, a)
	case Waybar:
		return waybarLine(s, a, o, hide)
	}
	if hide {
		return ""
	}
	return join(fit(parts(s, a, o.glyphs()), o.Width), o)
}

// Lines is what fits where no screen does: the line, and below it the runs that
// burn most, each with its own rate. It has at most height lines of at most width cells.
func Lines(s monitor.Snapshot, o Options, width, height int) []string {
	o = o.dressed()
	o.Width = width
	var lines []string
	if height > 0 {
		lines = append(lines, Line(s, o))
	}
	for _, r := range s.Runs {
		if len(lines) >= height {
			break
		}
		if !r.State.Live() {
			continue
		}
		rate := amount(r.Rate.USDPerHour, r.Rate.Floor, o.glyphs()) + "/h"
		room := width - ansi.StringWidth(rate) - 1
		if room < 1 {
			continue
		}
		name := ansi.Truncate(clean(r.Name), room, "")
		lines = append(lines, name+strings.Repeat(" ", room-ansi.StringWidth(name)+1)+rate)
	}
	return lines
}

func live(s monitor.Snapshot) int {
	n := 0
	for _, r := range s.Runs {
		if r.State.Live() {
			n++
		}
	}
	return n
}
