package tui

import (
	"fmt"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// ownerText says who works on a run: "exec, pid 13073 since 13:51"; "" where that was not looked for.
func ownerText(r monitor.Run, s monitor.Snapshot) string {
	o := r.Owner
	if !o.Known {
		return ""
	}
	switch o.Kind {
	case control.None:
		return "no process works on it"
	case control.Unproved:
		text := "owner not proved"
		if why := safe(o.Why); why != "" {
			text += ": " + why
		}
		return text
	}
	text := safe(string(o.Kind))
	if o.PID > 0 {
		text += fmt.Sprintf(", pid %d", o.PID)
	}
	if !o.Started.IsZero() {
		text += " since " + dayTime(o.Started, s)
	}
	if o.Kind == control.Server && o.Shared > 0 {
		text += ", shared with " + count(o.Shared, "other run")
	}
	if o.Pane != "" {
		text += ", pane " + safe(o.Pane)
	}
	return text
}
