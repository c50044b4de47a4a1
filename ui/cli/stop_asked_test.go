package cli

import (
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/control"
)

// A request to wrap up that was put is no stop that failed.
func TestAskedToWrapUp(t *testing.T) {
	put := []control.Step{{State: control.StepDone}, {State: control.StepNote}}
	for name, c := range map[string]struct {
		o    control.Outcome
		want bool
	}{
		"put":       {control.Outcome{Way: control.WrapUp, Steps: put}, true},
		"not taken": {control.Outcome{Way: control.WrapUp, Steps: append(put, control.Step{State: control.StepFailed})}, false},
		"a stop":    {control.Outcome{Way: control.Interrupt, Steps: put}, false},
	} {
		if got := wasAsked(c.o); got != c.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
