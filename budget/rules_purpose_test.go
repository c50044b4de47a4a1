package budget

import "testing"

// What was asked first decides; where the words do not tell, what is done does.
func TestPurpose(t *testing.T) {
	for text, want := range map[string]purpose{
		"Fix the login test":                                            purposeChange,
		"Implement the rate limiter and explain it":                     purposeChange,
		"Refactor how settings are read":                                purposeChange,
		"Rename Widget to Gadget":                                       purposeChange,
		"Research message brokers and build a comparison":               purposeResearch,
		"Create a comparison report of A and B":                         purposeResearch,
		"Write a summary of the incident":                               purposeResearch,
		"Please prepare an overview of the modules":                     purposeResearch,
		"Investigate the timeouts in the build pipeline, propose a fix": purposeResearch,
		"Why does the import fail?":                                     purposeResearch,
		"Add a review page":                                             purposeChange,
		"Do not change anything; explain the cache":                     purposeResearch,
		"Review the branch":                                             purposeResearch,
	} {
		s := newScene(Subject{})
		s.ask(text)
		if s.w.kind != want {
			t.Errorf("%q: %d, want %d", text, s.w.kind, want)
		}
	}
	s := newScene(Subject{})
	s.ask("go on")
	if s.w.purpose() != purposeResearch {
		t.Error("nothing was done, and it is a change")
	}
	s.patch("a", "x")
	if s.w.purpose() != purposeChange {
		t.Error("files were changed, and it is research")
	}
}
