package control

import (
	"context"
	"fmt"
)

// serverChoices fills in what can be done about a run in an app-server.
func (*Control) serverChoices(_ context.Context, p *Plan) error {
	p.Why = "it runs in the app-server, which can't be asked yet"
	return nil
}

// serverAct refuses: a server is never signalled.
func (*Control) serverAct(_ context.Context, p Plan, _ Way, _ func(Step)) (Outcome, error) {
	return Outcome{}, fmt.Errorf("%w: it runs in the app-server with process %d", ErrForbidden, p.Owner.Process.PID)
}
