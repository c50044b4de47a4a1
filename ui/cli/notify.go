package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"path/filepath"

	"github.com/gen2brain/beeep"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/ui/notify"
)

// notifyEffect is what the notice says when nobody can be told.
const notifyEffect = "you may not be told of exceptions outside of this screen"

// notes tells of exceptions among facts as the settings say, until the channel is
// closed. Terminal takes bells; nil: there is none.
func (a *app) notes(ctx context.Context, p *planner, m *monitor.Monitor, facts <-chan monitor.Fact, terminal io.Writer) {
	notify.Run(ctx, notify.Options{
		Settings: p.notify, Zone: p.zone, Encode: noteJSON, Turn: a.turn("notify.lock"), Bell: a.turn("bell.lock"),
		Ways: notify.Ways{Terminal: terminal, InTmux: a.env.get("TMUX") != "", Desktop: desktopNote},
		Failed: func(text string) {
			n := monitor.Notice{Effect: notifyEffect}
			if text != "" {
				n.Text = "notify: " + model.Clean(text, 300)
			}
			m.Send(monitor.Tell{Notice: n})
		},
	}, facts)
}

// turn is a file by whose lock several monitors tell once, in the folder of the ledger that they share.
func (a *app) turn(name string) (t notify.Turn) {
	if folder := a.stateFolder(); folder != "" && !a.flags.noLedger {
		t.Path = filepath.Join(folder, name)
	}
	return t
}

// noteJSON is what a command gets on its stdin: the line of "watch --json".
func noteJSON(f monitor.Fact) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(factJSON(f))
	return b.Bytes(), err
}

func desktopNote(title, text string) error {
	beeep.AppName = "TokenBurn Sentinel"
	return beeep.Notify(title, text, "")
}
