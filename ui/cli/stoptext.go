package cli

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/ui/report"
)

// maxCommand bounds a command to copy, which may hold a sandbox's whole rules.
const maxCommand = 64 << 10

// planText says who works on the run, and what will happen to whom.
func (s stopping) planText(d monitor.Deed, way control.Way) string {
	var b strings.Builder
	p := d.Plan
	fmt.Fprintf(&b, "%s  %s\n", report.Label(d.Name), whoText(p.Owner))
	fmt.Fprintf(&b, "  session   %s\n", report.Label(string(d.Run)))
	if cwd := model.Clean(p.Target.Cwd, 1000); cwd != "" {
		fmt.Fprintf(&b, "  folder    %s\n", s.a.shortPath(cwd))
	}
	if t, ok := p.Turns[string(d.Run)]; ok && t.Number > 0 {
		fmt.Fprintf(&b, "  turn      %d, %s\n", t.Number, t.State)
	}
	fmt.Fprintf(&b, "  cost      %s\n", money(d.Cost, true, s.a.styles().Glyphs))
	if n := len(p.Children); n > 0 {
		fmt.Fprintf(&b, "  started   %s\n", processWords(p.Children))
	}
	if n := len(p.Others); n > 0 {
		fmt.Fprintf(&b, "  beside    %s in the same process\n", plural(int64(n), "other thread"))
	}
	text := s.wrapped(b.String()) + resumeText(d)
	for _, c := range p.Choices {
		if c.Way == way {
			text += s.choiceText(c)
		}
	}
	return text
}

// choiceText is a deed with what it does.
func (s stopping) choiceText(c control.Choice) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s:\n", model.Clean(c.Label, 200))
	for _, e := range c.Effects {
		fmt.Fprintf(&b, "  - %s\n", model.Clean(e, 400))
	}
	return s.wrapped(b.String())
}

func (s stopping) orderText(d monitor.Deed, o monitor.Order) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s  %s\n", report.Label(d.Name), whoText(d.Plan.Owner))
	for _, x := range d.Orders {
		if x.Kind != o.Kind {
			continue
		}
		fmt.Fprintf(&b, "%s:\n", x.Label)
		for _, e := range x.Effects {
			fmt.Fprintf(&b, "  - %s\n", e)
		}
	}
	return s.wrapped(b.String())
}

// wrapped wraps each line of a text.
func (s stopping) wrapped(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString(wrapIndent(strings.TrimRight(line, "\n"), s.a.width()) + "\n")
	}
	return b.String()
}

// whoText is who works on a run, with since when.
func whoText(o control.Owner) string {
	text := ownerText(o)
	if o.Kind == control.Unproved {
		return "who works on it can't be proved"
	}
	if !o.Process.Started.IsZero() {
		text += ", since " + o.Process.Started.Local().Format("2006-01-02 15:04:05")
	}
	if o.Pane != "" {
		text += ", tmux pane " + model.Clean(o.Pane, 20)
	}
	return text
}

// processWords lists processes, outermost first.
func processWords(ps []control.Process) string {
	const most = 5
	var all []string
	for i, p := range ps {
		if i == most {
			all = append(all, fmt.Sprintf("%d more", len(ps)-most))
			break
		}
		all = append(all, fmt.Sprintf("%s (pid %d)", cmp.Or(model.Clean(p.Program(), 80), "?"), p.PID))
	}
	return strings.Join(all, ", ")
}

// none says why the way that was asked for is not offered. A window that waits for
// its user has nothing to stop, which is no failure, unless it was to be ended too.
func (s stopping) none(d monitor.Deed) error {
	p := d.Plan
	if !s.f.asJSON && (s.f.dry || len(p.Choices) > 0) {
		text := s.planText(d, "")
		for _, c := range p.Choices {
			text += s.choiceText(c)
		}
		if err := s.a.print(text); err != nil {
			return err
		}
	}
	waits := p.Owner.Kind == control.TUI || p.Owner.Kind == control.Server
	if waits && len(p.Choices) == 0 && idle(p) && !s.f.run {
		d.Why = p.Why
		return s.end(d, "nothing_runs")
	}
	return s.nothing(d)
}

// nothing says that there is nothing to stop, or that it can't be done.
func (s stopping) nothing(d monitor.Deed) error {
	p := d.Plan
	d.Why = cmp.Or(p.Why, p.Owner.Why)
	if p.Owner.Nobody || p.Owner.Kind == control.None && idle(p) {
		d.Why = "" // else something may, and can't be seen from here
		return s.end(d, "nothing_runs")
	}
	if len(p.Choices) > 0 {
		var ways []string
		for _, c := range p.Choices {
			ways = append(ways, string(c.Way))
		}
		d.Why, d.Command = "this is not offered for it now; what is: --way "+strings.Join(ways, ", --way "), ""
	} else if d.Why == "" {
		return s.end(d, "nothing_runs")
	}
	return s.end(d, "refused")
}

// idle says that no turn of the run goes on, as far as its files tell, and that they do.
func idle(p control.Plan) bool {
	for _, t := range p.Turns {
		if t.Number > 0 && t.State == model.TurnRunning {
			return false
		}
	}
	_, known := p.Turns[string(p.Target.Run)]
	return known
}

// cannot says why an order is not offered.
func (s stopping) cannot(d monitor.Deed, o monitor.Order) error {
	switch {
	case len(d.Plan.Choices) == 0:
		return s.nothing(d)
	case o.Kind == monitor.OrderHold:
		d.Why, d.Command = "Codex does not ask the gate, so that nothing would refuse its turns: tokenburn enforce install", ""
	case d.Plan.Owner.Kind == control.Exec:
		d.Why, d.Command = "codex exec ends with its turn by itself", ""
	default:
		d.Why, d.Command = "no turn of it runs", ""
	}
	return s.end(d, "refused")
}

// end prints how it came out, and gives the exit code's error.
func (s stopping) end(d monitor.Deed, state string) error {
	if state == "refused" && strings.Contains(d.Why, control.ErrEnded.Error()) {
		state = "nothing_runs"
	}
	if s.f.asJSON {
		if err := writeJSON(s.a.out, toStopJSON(d, state)); err != nil {
			return err
		}
	} else if err := s.a.print(s.endText(d, state)); err != nil {
		return err
	}
	switch state {
	case "refused":
		return refused(d)
	case "stopped":
		if s.f.run && d.Plan.Owner.Kind == control.TUI && !d.Outcome.Gone {
			return &failure{errors.New("its turn ended, and its process goes on: the window waits for its user"), "Quit Codex in its window."}
		}
	case "not_stopped":
		return &failure{errors.New("it was not seen to stop"), hintNext(d)}
	}
	return nil
}

func hintNext(d monitor.Deed) string {
	for _, c := range d.Outcome.Next {
		if c.Way != control.Children {
			return "A harder step: tokenburn stop " + report.Label(string(d.Run)) + " --hard"
		}
	}
	return "See how it stands: tokenburn ls"
}

// endText sums up what was observed.
func (s stopping) endText(d monitor.Deed, state string) string {
	var b strings.Builder
	switch state {
	case "nothing_runs":
		fmt.Fprintf(&b, "%s: nothing runs that could be stopped.\n", report.Label(d.Name))
	case "planned":
		b.WriteString("Nothing was done: this is what would be.\n")
		return b.String()
	case "refused":
		return ""
	case "ordered":
		return ""
	case "stopped":
		fmt.Fprintf(&b, "%s stopped.\n", report.Label(d.Name))
	}
	if n := len(d.Outcome.Survivors); n > 0 {
		fmt.Fprintf(&b, "  running   still: %s\n", processWords(d.Outcome.Survivors))
	}
	if state != "nothing_runs" {
		fmt.Fprintf(&b, "  cost      %s; all runs %s/h now, %s/h before\n", money(d.Cost, true, s.a.styles().Glyphs), usd(d.RateNow), usd(d.Rate))
	}
	return s.wrapped(b.String()) + resumeText(d)
}

// resumeText is the command that goes on with a run, in one line: it is to be copied.
func resumeText(d monitor.Deed) string {
	if d.Command == "" {
		return ""
	}
	return "  resume    " + model.Clean(d.Command, maxCommand) + "\n"
}

// stopJSON is what "stop --json" prints.
type stopJSON struct {
	Schema    int           `json:"schema"`
	Run       string        `json:"run"`
	Name      string        `json:"name"`
	State     string        `json:"state"`
	Why       *string       `json:"why"`
	Owner     string        `json:"owner"`
	PID       *int          `json:"pid"`
	Started   *string       `json:"started_at"`
	Turn      *int          `json:"turn"`
	Cost      *string       `json:"cost_usd"`
	CostFloor bool          `json:"cost_is_floor"`
	Choices   []choiceJSON  `json:"choices"`
	Way       *string       `json:"way"`
	Steps     []stepJSON    `json:"steps"`
	Aborted   []string      `json:"aborted"`
	Gone      *bool         `json:"process_gone"`
	Survivors []processJSON `json:"survivors"`
	Next      []choiceJSON  `json:"next"`
	Resume    *string       `json:"resume"`
}

// choiceJSON is one deed that is offered.
type choiceJSON struct {
	Way     string   `json:"way"`
	Label   string   `json:"label"`
	Effects []string `json:"effects"`
}

// processJSON is one process.
type processJSON struct {
	PID     int     `json:"pid"`
	Started *string `json:"started_at"`
	Command string  `json:"command"`
}

func toStopJSON(d monitor.Deed, state string) stopJSON {
	p, o := d.Plan, d.Outcome
	usd := d.Cost.USD.String()
	j := stopJSON{Schema: schema, Run: report.Label(string(d.Run)), Name: report.Label(d.Name), State: state, Why: word(cmp.Or(d.Why, p.Why)),
		Owner: cmp.Or(string(p.Owner.Kind), string(control.None)), Started: instant(p.Owner.Process.Started), Cost: &usd, CostFloor: d.Cost.Floor(), Choices: toChoices(p.Choices), Way: word(string(o.Way)),
		Steps: toStepsJSON(d.Steps), Aborted: []string{}, Survivors: []processJSON{}, Next: toChoices(o.Next), Resume: word(d.Command)}
	j.PID = positive(p.Owner.Process.PID)
	if t, ok := p.Turns[string(d.Run)]; ok {
		j.Turn = positive(t.Number)
	}
	for _, id := range o.Aborted {
		j.Aborted = append(j.Aborted, report.Label(id))
	}
	if o.Way != "" && p.Owner.Kind != control.Server {
		j.Gone = &o.Gone
	}
	for _, c := range o.Survivors {
		j.Survivors = append(j.Survivors, processJSON{c.PID, instant(c.Started), model.Clean(c.Command, 300)})
	}
	return j
}

func toChoices(cs []control.Choice) []choiceJSON {
	all := []choiceJSON{}
	for _, c := range cs {
		one := choiceJSON{string(c.Way), model.Clean(c.Label, 200), []string{}}
		for _, e := range c.Effects {
			one.Effects = append(one.Effects, model.Clean(e, 400))
		}
		all = append(all, one)
	}
	return all
}

func positive(n int) *int {
	if n <= 0 {
		return nil
	}
	return &n
}
