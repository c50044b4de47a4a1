package tui

import (
	"fmt"
	"strings"
	"testing"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

var goldenSizes = [][2]int{{18, 2}, {40, 30}, {80, 24}, {120, 40}, {200, 50}}

// mustFit fails where a line is wider than w cells or there are more than h lines.
func mustFit(t *testing.T, out string, w, h int) {
	t.Helper()
	lines := strings.Split(out, "\n")
	if len(lines) > h {
		t.Errorf("%d lines on a screen of %d", len(lines), h)
	}
	for i, l := range lines {
		if n := ansi.StringWidth(l); n > w {
			t.Errorf("line %d is %d cells wide on a screen of %d: %q", i, n, w, ansi.Strip(l))
		}
	}
}

// screenCase is one part of the screen in one state.
type screenCase struct {
	name string
	draw func(w, h int, st themes.Styles) string
}

func runCases() []screenCase {
	s := runSnapshot()
	loading := runSnapshot()
	loading.Detail = nil
	sampling := runSnapshot()
	sampling.Runs[0].Sampling, sampling.Runs[0].Pending = true, ""
	sampling.Detail.Calls = sampling.Detail.Calls[1:]
	failed := runSnapshot()
	failed.Runs[0].State, failed.Runs[0].Reason = monitor.StateFailed, "usage_limit_reached"
	at := func(s monitor.Snapshot, ui runState) func(int, int, themes.Styles) string {
		ui.id = runRoot
		return func(w, h int, st themes.Styles) string { return runScreen(s, ui, w, h, st) }
	}
	return []screenCase{
		{"turns", at(s, runState{})},
		{"turns dearest", at(s, runState{dearest: true, turn: turnKey{runRoot, 22}})},
		{"turns of agent", at(s, runState{only: runChild})},
		{"turn", at(s, runState{opened: true, turn: turnKey{runRoot, 38}})},
		{"turn running", at(sampling, runState{opened: true, turn: turnKey{runRoot, 45}})},
		{"turn failed", at(failed, runState{opened: true, turn: turnKey{runRoot, 31}})},
		{"tools", at(s, runState{view: viewTools})},
		{"tools sampling", at(sampling, runState{view: viewTools, filter: "retry", typing: true})},
		{"context", at(s, runState{view: viewContext})},
		{"context costs", at(s, runState{view: viewContext, costs: true})},
		{"agents", at(s, runState{view: viewAgents})},
		{"cost", at(s, runState{view: viewCost})},
		{"loading", at(loading, runState{})},
		{"failed", at(failed, runState{})},
		{"gone", func(w, h int, st themes.Styles) string { return runScreen(s, newRunState("other"), w, h, st) }},
	}
}

func TestRunScreen(t *testing.T) {
	st := runStyles(t, themes.Options{})
	for _, c := range runCases() {
		for _, size := range goldenSizes {
			t.Run(fmt.Sprintf("%s %dx%d", c.name, size[0], size[1]), func(t *testing.T) {
				out := c.draw(size[0], size[1], st)
				mustFit(t, out, size[0], size[1])
				golden.RequireEqual(t, []byte(ansi.Strip(out)+"\n"))
			})
		}
	}
}
