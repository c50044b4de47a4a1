package budget

import (
	"math"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
)

// Of earlier runs only those of the kind are compared with: of the project where
// there are eight, else of any; and only what something came of says how long that takes.
func TestEarlierRunsOfItsKind(t *testing.T) {
	many := func(n int, e Earlier) []Earlier {
		var all []Earlier
		for i := range n {
			one := e
			one.Cost += price.Money(i) * price.Dollar / 100
			all = append(all, one)
		}
		return all
	}
	d := price.Dollar
	change, research := Earlier{SameProject: true, Cost: d, Gap: 3 * d, Made: true}, Earlier{SameProject: true, Research: true, Cost: 9 * d, Gap: 8 * d, Made: true}
	elsewhere := Earlier{Cost: 2 * d}
	for name, c := range map[string]struct {
		earlier     []Earlier
		costs, gaps int
		basis       string
		median      float64
		warn, crit  float64 // of a change
		research    float64 // the warning of a run of research
	}{
		"none":                  {nil, 0, 0, "runs of the same kind of any project (only 0 of the same project)", 0, 2, 5, 6},
		"seven of its kind":     {many(7, change), 7, 7, "runs of the same kind of any project (only 7 of the same project)", 1.03, 2, 5, 6},
		"eight of its kind":     {many(8, change), 8, 8, "runs of the same project and kind", 1.035, 3, 5, 6},
		"the other kind":        {append(many(9, change), many(9, research)...), 9, 9, "runs of the same project and kind", 1.04, 3, 5, 8},
		"only the other kind":   {many(9, research), 0, 0, "runs of the same kind of any project (only 0 of the same project)", 0, 2, 5, 8},
		"of any project":        {append(many(3, change), many(9, elsewhere)...), 12, 3, "runs of the same kind of any project (only 3 of the same project)", 2.025, 2, 5, 6},
		"nothing came of them":  {many(9, Earlier{SameProject: true, Cost: d, Gap: 9 * d}), 9, 0, "runs of the same project and kind", 1.04, 2, 5, 6},
		"without a price":       {many(9, Earlier{SameProject: true, Cost: -d})[:1], 0, 0, "runs of the same kind of any project (only 0 of the same project)", 0, 2, 5, 6},
		"not without end":       {many(9, Earlier{SameProject: true, Cost: d, Gap: 90 * d, Made: true}), 9, 9, "runs of the same project and kind", 1.04, 4, 10, 6},
		"one runaway among all": {append(many(40, change), Earlier{SameProject: true, Cost: 80 * d, Gap: 80 * d, Made: true}), 41, 41, "runs of the same project and kind", 1.2, 3, 5, 6},
	} {
		w := NewWatcher(Subject{Earlier: c.earlier})
		w.kind = purposeChange
		p := w.peers()
		if p.costs != c.costs || p.gaps != c.gaps || p.basis != c.basis || math.Abs(p.median.Dollars()-c.median) > 0.011 {
			t.Errorf("%s: %+v", name, p)
		}
		if warn, crit, _ := w.artifactLimits(); warn.Dollars() != c.warn || crit.Dollars() != c.crit {
			t.Errorf("%s: limits %v and %v, want %v and %v", name, warn.Dollars(), crit.Dollars(), c.warn, c.crit)
		}
		w.kind = purposeResearch
		if warn, _, _ := w.artifactLimits(); warn.Dollars() != c.research {
			t.Errorf("%s: research from %v, want %v", name, warn.Dollars(), c.research)
		}
	}
}

// What a run tells to later ones: the dearest stretch that something came of.
func TestEarlierOfARun(t *testing.T) {
	for name, c := range map[string]struct {
		play     func(s *scene)
		made     bool
		research bool
		gap      float64
	}{
		"nothing came of it": {func(s *scene) { s.ask("Fix it"); dear(s, 9) }, false, false, 0},
		"a patch":            {func(s *scene) { s.ask("Fix it"); dear(s, 3); s.patch("a", "x") }, true, false, 1.8},
		"the end counts not": {func(s *scene) { s.ask("Fix it"); dear(s, 1); s.patch("a", "x"); dear(s, 9) }, true, false, 0.6},
		"an answer":          {func(s *scene) { s.ask("Explain it"); dear(s, 2); s.step(Step{Kind: StepTurnEnded, Text: "done"}) }, true, true, 1.2},
	} {
		s := newScene(Subject{})
		c.play(s)
		if e := s.w.Earlier(); e.Made != c.made || e.Research != c.research || math.Abs(e.Gap.Dollars()-c.gap) > 0.2 || e.Cost != s.w.Cost() {
			t.Errorf("%s: %+v", name, e)
		}
	}
}
