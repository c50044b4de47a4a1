package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// checkGate looks whether what needs the gate has it. Codex itself is asked, since it skips
// hooks that it does not trust without a word.
func (a *app) checkGate(ctx context.Context, c *checkup) {
	const area = "Gate"
	needs, err := a.needsGate(ctx)
	if err != nil {
		return // it is the settings' mistake, which has been told
	}
	states, err := a.askGates(ctx, "")
	switch {
	case errors.Is(err, fs.ErrNotExist) && len(needs) == 0:
		c.add(area, "ok", "", "nothing needs it: no budget has at_limit = \"gate\", and no run is held")
		return // the home that is missing has been told of
	case err != nil:
		level := "note"
		if len(needs) > 0 {
			level = "error"
		}
		c.add(area, level, "", "%v", err)
		return
	}
	for _, s := range states {
		where := a.shortPath(s.Place.Home)
		if s.Place.Project != "" {
			where = a.shortPath(s.Place.Project)
		}
		switch {
		case s.Enforced():
			asked := "Codex says that it asks the gate"
			if !s.Asked {
				asked = "by its files, Codex asks the gate"
			}
			c.add(area, "ok", "", "%s: %s", where, asked)
		case s.Place.Project != "":
			c.add(area, "warning", gateFix(s), "%s: the gate is there, and Codex does not ask it: %s", where, s.Why())
		case len(needs) > 0:
			c.add(area, "error", gateFix(s), "%s: Codex does not ask the gate (%s), so nothing holds %s", where, s.Why(), strings.Join(needs, ", "))
		case s.Installed():
			c.add(area, "warning", gateFix(s), "%s: the gate is there, and Codex does not ask it: %s", where, s.Why())
		}
	}
	if len(needs) == 0 {
		c.add(area, "ok", "", "nothing needs it: no budget has at_limit = \"gate\", and no run is held")
	}
	a.checkGateSeen(ctx, c, area, len(needs) > 0)
}

// checkGateSeen tells when Codex last asked.
func (a *app) checkGateSeen(ctx context.Context, c *checkup, area string, needed bool) {
	if !needed {
		return
	}
	l, err := a.ledger()
	if err != nil || l == nil {
		return
	}
	seen, err := l.GatesSeen(ctx)
	if err != nil {
		c.add(area, "warning", "", "%v", err)
	}
	zone := a.withoutLedger().Zone
	for _, g := range seen {
		text := fmt.Sprintf("%s: last asked %s", a.shortPath(g.Home), g.At.In(zone).Format("2006-01-02 15:04:05"))
		if g.Refused > 0 {
			text += fmt.Sprintf(", refused %s, last %s", plural(g.Refused, "time"), g.Last.In(zone).Format("2006-01-02 15:04:05"))
		}
		c.add(area, "ok", "", "%s", model.Clean(text, 600))
	}
}
