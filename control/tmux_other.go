//go:build !linux

package control

import "context"

// pane is unknown here: which process works on a thread can't be proved.
func (*Control) pane(context.Context, Process) (tmuxPane, bool) { return tmuxPane{}, false }
