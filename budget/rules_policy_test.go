package budget

import (
	"slices"
	"strings"
	"testing"
)

// What breaks the policy is over when the run does what is allowed, and the advice
// names what is.
func TestPolicyEpisodes(t *testing.T) {
	policy := Policy{Models: []string{"gpt-6-luna", "gpt-5*"}, Efforts: []string{"low", "medium"}, Tiers: []string{"default"}}
	for name, c := range map[string]struct {
		play   func(s *scene)
		open   int
		advice string // part of that of the newest that is open
	}{
		"allowed":            {func(s *scene) { s.effort = "low"; s.respond(0) }, 0, ""},
		"the default effort": {func(s *scene) { s.respond(0) }, 0, ""},
		"another model":      {func(s *scene) { s.bucket.Model = "gpt-6-astra"; s.respond(0) }, 1, "--model gpt-6-luna"},
		"another effort":     {func(s *scene) { s.effort = "xhigh"; s.respond(0) }, 1, "--model gpt-5.5 --effort low"},
		"another tier":       {func(s *scene) { s.bucket.Tier = "priority"; s.respond(0) }, 1, "--disable fast_mode"},
		"one after the other": {func(s *scene) {
			s.bucket.Model = "gpt-6-astra"
			s.respond(0)
			s.bucket.Model = "gpt-6.2-sol"
			s.respond(0)
		}, 1, "--model gpt-6-luna"},
		"back again": {func(s *scene) {
			s.bucket.Model = "gpt-6-astra"
			s.respond(0)
			s.bucket.Model = "gpt-6-luna"
			s.respond(0)
		}, 0, ""},
		"from one that is allowed to another": {func(s *scene) {
			s.respond(0)
			s.bucket.Model, s.effort = "gpt-6-luna", "medium"
			s.respond(0)
		}, 0, ""},
	} {
		s := newScene(Subject{Policy: policy})
		c.play(s)
		open := slices.DeleteFunc(s.w.Open(), func(e Exception) bool { return e.Rule != RuleModelDrift })
		if len(open) != c.open {
			t.Errorf("%s: %d open, want %d: %+v", name, len(open), c.open, open)
			continue
		}
		if c.open > 0 && (!strings.Contains(open[0].Advice.Detail, c.advice) || !strings.Contains(open[0].Threshold, "gpt-6-luna or gpt-5*")) {
			t.Errorf("%s: advice %q, threshold %q, want %q", name, open[0].Advice.Detail, open[0].Threshold, c.advice)
		}
	}
}
