package cli

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/ui/config"
)

type gateFlags struct {
	explain, json bool
	first         string
}

// gate answers Codex's hooks. It is not for people, so help does not list it.
func (a *app) gate() *cobra.Command {
	var f gateFlags
	c := &cobra.Command{
		Use:   "gate",
		Short: "Answer Codex, which asks before it sends a request (a hook)",
		Long: "Codex asks the gate before each request, prompt and tool call, with JSON on stdin. The gate refuses what no budget with " +
			"at_limit = \"gate\" or \"stop\" has room for: no new turn begins, and a running turn ends before the request leaves. " +
			"\"tokenburn enforce install\" puts it into Codex's hooks; docs/gate.md says how it decides.",
		Example: `tokenburn gate --explain < hook.json`,
		Hidden:  true,
		Args:    noArgs,
		RunE: a.bare(func(cmd *cobra.Command, _ []string) error {
			return a.answer(cmd.Context(), f)
		}),
	}
	c.Flags().BoolVar(&f.explain, "explain", false, "say what would be decided, and why; do and write nothing")
	c.Flags().BoolVar(&f.json, "json", false, "with --explain: as JSON (docs/json.md)")
	c.Flags().StringVar(&f.first, "first", "13k", "tokens that the first request of a thread is expected to use")
	return c
}

// answer decides one question. Whatever goes wrong, Codex is told nothing that it
// would take for a refusal.
func (a *app) answer(ctx context.Context, f gateFlags) error {
	if f.json && !f.explain {
		return misuse("--json is for --explain")
	}
	first, err := budget.ParseLimit(f.first + " tokens")
	if err != nil {
		return misuse("--first " + f.first + ": want a number of tokens such as 13k")
	}
	began := time.Now()
	c := control.New(control.Options{Env: a.env})
	o := a.gateOptions(c, f)
	if n := model.Tokens(first.Amount); n > 0 {
		o.First = model.Usage{Input: n - n/13, Output: n / 13}
	}
	q, err := monitor.ReadGateQuestion(a.in)
	if err != nil {
		if f.explain {
			return &failure{err, "Give it what Codex gives a hook: docs/gate.md."}
		}
		monitor.NoteGateFailure(ctx, q, o, err.Error(), false)
		if q.Event == "" || q.Thread == "" {
			return nil
		}
	}
	d := a.decideGate(ctx, q, o)
	if f.explain {
		return a.explainGate(q, d, f)
	}
	if d.Allow {
		return nil
	}
	return a.refuse(ctx, c, q, o, d, began)
}

// decideGate decides. A fault of this program would end it with the exit code that
// Codex takes for a refusal: so it is a failure like any other.
func (a *app) decideGate(ctx context.Context, q monitor.GateQuestion, o monitor.GateOptions) (d monitor.GateAnswer) {
	defer func() {
		if r := recover(); r != nil {
			problem := fmt.Sprintf("a fault of tokenburn: %v", r)
			d = monitor.GateAnswer{Allow: true, Problem: model.Clean(problem, 300)}
			if !o.Try {
				monitor.NoteGateFailure(ctx, q, o, problem, false)
			}
		}
	}()
	return monitor.Decide(ctx, q, o)
}

// gateCode is the exit code where a command line failed: Codex takes 2 from a hook
// for a refusal, so the gate never ends with it.
func gateCode(args []string, code int) int {
	if len(args) > 0 && args[0] == "gate" && code == exitUsage {
		return exitFailed
	}
	return code
}

// misuse is a mistake in the command line.
func misuse(text string) error {
	return &failure{errors.New(text), "See: tokenburn gate --help"}
}

// gateOptions are those of a decision. Settings that can't be read fail the plan.
func (a *app) gateOptions(c *control.Control, f gateFlags) monitor.GateOptions {
	broken := a.readSettings()
	o := monitor.GateOptions{Homes: a.gateHomes(), Ledger: a.ledgerPath(), User: a.user(), Prices: func() *price.List { return a.prices() },
		Alive: c.Alive, Try: f.explain, Last: !f.explain}
	if p, ok := c.Caller(); ok && !f.explain {
		o.PID, o.Ticks = p.PID, p.Ticks
	}
	o.Plan = func(project, repository string) (budget.Plan, error) {
		if broken != nil {
			return budget.Plan{}, fmt.Errorf("the settings can't be read: %w", broken)
		}
		zone, err := a.zone()
		if err != nil {
			return budget.Plan{}, err
		}
		plan, err := a.settings.Plan(zone, a.home())
		if err != nil || project == "" || repository == "" || a.flags.noConfig {
			return plan, err
		}
		// A repository's own file may come from anybody: one with a mistake is left out.
		with, err := config.ReadProject(filepath.Join(repository, config.ProjectFile), project, plan)
		if err != nil {
			return plan, nil
		}
		return with, nil
	}
	return o
}

// gateHomes are the homes that budgets count, and the one of the Codex that asks.
func (a *app) gateHomes() []string {
	homes := slices.Clone(a.flags.homes)
	if len(homes) == 0 {
		homes = a.settings.Homes(a.file, a.home())
	}
	if own := a.env.get("CODEX_HOME"); own != "" && !slices.Contains(homes, own) {
		homes = append(homes, own)
	}
	if len(homes) == 0 {
		homes = []string{filepath.Join(a.home(), ".codex")}
	}
	return homes
}

// refuse tells Codex and the user, and sees to it that a request does not leave.
func (a *app) refuse(ctx context.Context, c *control.Control, q monitor.GateQuestion, o monitor.GateOptions, d monitor.GateAnswer, began time.Time) error {
	reason := model.Clean(d.Reason, 1500)
	fmt.Fprintln(a.err, "tokenburn: "+reason)
	if q.Event != monitor.GateTool { // the model is told of a tool
		c.TellCaller("tokenburn: " + reason)
	}
	switch q.Event {
	case monitor.GatePrompt:
		return a.hookJSON(map[string]any{"decision": "block", "reason": "tokenburn: " + reason})
	case monitor.GateTool:
		return a.hookJSON(map[string]any{"hookSpecificOutput": map[string]string{"hookEventName": q.Event,
			"permissionDecision": "deny", "permissionDecisionReason": "tokenburn: " + reason}})
	}
	home := cmp.Or(d.Home, a.env.get("CODEX_HOME"))
	if home == "" {
		home = o.Homes[0]
	}
	_, err := c.InterruptCaller(ctx, home, q.Thread, q.Turn, d.Closed)
	if err != nil {
		monitor.NoteGateFailure(ctx, q, o, "the request could not be held back: "+err.Error(), false)
		return nil
	}
	waitInHook(ctx, began, c)
	return a.hookJSON(map[string]any{"systemMessage": "tokenburn: " + reason})
}

// hookJSON is what Codex reads from a hook.
func (a *app) hookJSON(v any) error { return json.NewEncoder(a.out).Encode(v) }

// waitInHook waits for the end of the turn that was interrupted: Codex ends this
// program then. As long as it runs, the request does not leave.
func waitInHook(ctx context.Context, began time.Time, c *control.Control) {
	left := control.GateTimeout*time.Second - time.Since(began) - time.Second
	end := time.NewTimer(max(0, left))
	defer end.Stop()
	look := time.NewTicker(100 * time.Millisecond)
	defer look.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-end.C:
			return
		case <-look.C:
			if _, ok := c.Caller(); !ok {
				return
			}
		}
	}
}

// explainGate prints a decision.
func (a *app) explainGate(q monitor.GateQuestion, d monitor.GateAnswer, f gateFlags) error {
	if f.json {
		return writeJSON(a.out, toGateJSON(q, d))
	}
	var b strings.Builder
	word := "lets it go on"
	if !d.Allow {
		word = "refuses: " + model.Clean(d.Reason, 1500)
	}
	fmt.Fprintf(&b, "%s: the gate %s\n", model.Clean(q.Event, 40), word)
	if d.Problem != "" {
		fmt.Fprintf(&b, "It could not decide: %s\n", d.Problem)
	}
	if d.Next != (model.Usage{}) {
		fmt.Fprintf(&b, "The next request is expected to use about %s tokens in (%s cached) and %s out.\n", tokens(d.Next.Input), tokens(d.Next.Cached), tokens(d.Next.Output))
	}
	for _, s := range d.Checked {
		u := s.Budget.Limit.Unit
		fmt.Fprintf(&b, "%s: %s of %s used, %s awaited by others, %s for this\n", strconv.Quote(model.Clean(s.Budget.Name, 60)),
			u.Format(s.Upper), u.Format(s.Limit), u.Format(s.Awaited), u.Format(s.Next))
	}
	if len(d.Checked) == 0 && len(d.Refusals) == 0 {
		b.WriteString("No budget that holds by itself counts it, and no order is given.\n")
	}
	return a.print(b.String())
}
