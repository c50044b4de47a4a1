package notify

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/ui/config"
)

// message is one note, ready to be told in every way that was chosen.
type message struct {
	settings    config.Notify
	title, text string
	json        [][]byte // of each exception, worst first, for a command
	err         error
}

// newMessage makes one note of several exceptions: it names the worst and counts the others.
func newMessage(s config.Notify, facts []monitor.Fact, encode func(monitor.Fact) ([]byte, error)) message {
	worst := facts[0]
	e := worst.Exception
	m := message{settings: s, title: "tokenburn: " + e.Severity.String()}
	name := e.Budget
	if name == "" {
		name = nameOf(worst, s.Prompts)
	}
	if e.State != "" && e.State != "open" {
		m.title += ", " + strings.ReplaceAll(string(e.State), "_", " ")
	}
	m.text = words(": ", name, e.Rule, e.Observed)
	if a := e.Advice.Action; a != "" && a != "none" {
		m.text += ". Recommended: " + strings.ReplaceAll(a, "_", " ")
	}
	if more := len(facts) - 1; more > 0 {
		m.text += fmt.Sprintf(" (and %d more)", more)
	}
	m.title, m.text = model.Clean(m.title, 100), model.Clean(m.text, 400)
	if len(s.Command) > 0 && encode != nil {
		for _, f := range facts {
			f.Name = nameOf(f, s.Prompts)
			b, err := encode(f)
			if err != nil {
				m.err = errors.Join(m.err, err)
				continue
			}
			m.json = append(m.json, b)
		}
	}
	return m
}

// nameOf is a run's name. Where the prompt is all there is to name it by, that is
// only told where it was allowed.
func nameOf(f monitor.Fact, prompts bool) string {
	if f.NamedByPrompt && !prompts {
		return "run " + model.Clean(string(f.Run), 8)
	}
	return f.Name
}

// send tells the message in every way that was chosen; the errors are joined.
func (m message) send(ctx context.Context, w Ways) error {
	s := m.settings
	errs := []error{m.err}
	if s.Bell {
		errs = append(errs, w.bell())
	}
	if s.Terminal.Sequence != "" {
		errs = append(errs, w.terminal(s.Terminal.Sequence, m.title, m.text))
	}
	if s.Tmux {
		errs = append(errs, w.tmux(ctx, m.title+": "+m.text))
	}
	if s.Desktop {
		errs = append(errs, w.desktop(ctx, m.title, m.text))
	}
	for _, b := range m.json {
		errs = append(errs, w.command(ctx, s.Command, b))
	}
	return errors.Join(errs...)
}
