package tui

import (
	"fmt"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// runAt is the instant of all screens of this file's run.
var runAt = time.Date(2026, 11, 23, 14, 32, 8, 0, time.UTC)

const (
	runRoot  = "01a2080a-e315-79e2-ba3f-3b671dc9dc65"
	runChild = "01a2080b-0c11-7b40-9d1c-8f1f2a9b7e01"
)

// cents is an amount of hundredths of a dollar.
func cents(n int) price.Money { return price.Money(n) * price.Dollar / 100 }

func runStyles(t *testing.T, o themes.Options) themes.Styles {
	t.Helper()
	st, err := themes.New("auto", o)
	if err != nil {
		t.Fatal(err)
	}
	return st
}

// runWhats are what the fixture's turns did; texts of other languages and widths among them.
var runWhats = []string{
	"make test", "edit internal/retry.go", "cat internal/retry.go", "rg \"Retry-After\" --type go", "日本語のドキュメントを書く (全角)",
	"go test ./internal/retry/... -run TestBackoff -count 20 -race -timeout 5m", "git diff --stat",
}

// runTurns makes 45 turns, newest first: the newest runs, one failed, one was
// aborted, turn 14 was compacted, and some belong to a sub-agent.
func runTurns() []monitor.TurnView {
	var ts []monitor.TurnView
	start := runAt.Add(-41 * time.Minute)
	used := model.Tokens(18_000)
	for n := 1; n <= 45; n++ {
		used += model.Tokens(1_600 + 1_900*(n%5))
		if n == 14 {
			used = 41_000
		}
		in := used * 2
		t := monitor.TurnView{Number: n, Thread: runRoot, Percent: model.ContextPercent(used, 258_000), Cost: price.Cost{USD: cents(4 + n*n%37)}}
		t.ID, t.State, t.Started, t.Ended = fmt.Sprintf("t%d", n), model.TurnDone, start.Add(time.Duration(n)*52*time.Second), start.Add(time.Duration(n)*52*time.Second+time.Duration(9+n%41)*time.Second)
		t.Model, t.Effort, t.Prompt, t.LastTool = "gpt-5.2-codex", "high", "fix flaky retries in the gateway", runWhats[n%len(runWhats)]
		t.Usage = model.Count{Usage: model.Usage{Input: in, Cached: in * 4 / 5, Output: model.Tokens(700 + 61*n), Reasoning: model.Tokens(300 + 40*n)}, Responses: int64(2 + n%3)}
		t.Context, t.Calls = used, 1+n%4
		switch n {
		case 14:
			t.Compacted = 1
		case 31:
			t.State, t.Reason, t.Failed = model.TurnFailed, "usage_limit_reached", 2
		case 36:
			t.State, t.Reason = model.TurnAborted, "interrupted"
		case 38:
			t.Cost, t.Unmetered = price.Cost{USD: cents(11), Unpriced: 12_400, Upper: cents(40)}, 3
		case 40:
			t.Thread, t.Agent, t.Number, t.Files, t.Added, t.Removed = runChild, "explorer", 2, 2, 48, 7
		case 45:
			t.State, t.Ended, t.Usage, t.Cost, t.LastTool = model.TurnRunning, time.Time{}, model.Count{}, price.Cost{}, "make test"
			t.Started = runAt.Add(-38 * time.Second)
		}
		ts = append([]monitor.TurnView{t}, ts...)
	}
	return ts
}

// runCalls makes the newest tool calls: one is pending, some failed.
func runCalls(ts []monitor.TurnView) []monitor.CallView {
	var cs []monitor.CallView
	for i, t := range ts {
		for j := range t.Calls {
			c := monitor.CallView{
				At: t.Started.Add(time.Duration(30-7*j) * time.Second), Turn: t.Number, Thread: t.Thread, Agent: t.Agent, Name: "exec_command", Text: runWhats[(i+j)%len(runWhats)],
				HasExit: true, Done: true, Status: "completed", Duration: time.Duration(90+700*j*i) * time.Millisecond, Output: int64(311 + 9173*i*j),
			}
			switch {
			case i == 0 && j == 0:
				c.At, c.Done, c.HasExit, c.Status, c.Duration, c.Output, c.Text = runAt.Add(-12*time.Second), false, false, "", 0, 0, "make test"
			case i%6 == 3 && j == 0:
				c.ExitCode = 1
			case i%5 == 2 && j == 0:
				c.Name, c.Text, c.HasExit, c.Files, c.Added, c.Removed = "apply_patch", "internal/retry.go", false, 1, 12, 3
			case i%9 == 4:
				c.Name, c.HasExit, c.Status = "mcp tickets.search", false, "failed"
			}
			cs = append(cs, c)
		}
	}
	return cs
}

// runSnapshot is a run with 45 turns and a sub-agent, a floor for its cost,
// inherited and unmetered usage, and one response without a model.
func runSnapshot() monitor.Snapshot {
	ts := runTurns()
	var used model.Count
	var spent price.Cost
	for _, t := range ts {
		used, spent = used.Plus(t.Usage), spent.Add(t.Cost)
	}
	r := monitor.Run{
		ID: runRoot, Number: 1, Name: "api-gateway", Title: "fix flaky retries in the gateway and 日本語の説明を書く", Project: "github.com/acme/api-gateway",
		Cwd: "/home/ada/src/api-gateway", Branch: "main", User: "ada", Home: "/home/ada/.codex", Model: "gpt-5.2-codex", Effort: "high", Origin: "codex_exec", CLI: "0.169.0",
		State: monitor.StateWorking, Pending: "make test", Turn: 45, TurnSince: runAt.Add(-38 * time.Second), StartedAt: runAt.Add(-41 * time.Minute), LastAt: runAt.Add(-3 * time.Second),
		Usage:     used,
		Inherited: model.Count{Usage: model.Usage{Input: 33_000, Output: 1_000}, Responses: 4},
		Cost:      spent, Split: monitor.Split{Input: spent.USD * 62 / 100, Cached: spent.USD * 10 / 100, Output: spent.USD - spent.USD*62/100 - spent.USD*10/100},
		TodayCost: spent, Rate: monitor.Rate{USDPerHour: cents(198), TokensPerMinute: 144_000, Floor: true},
		Context: ts[0].Context, Window: 258_000, Percent: ts[0].Percent,
		Turns: 45, Calls: 112, Failed: 8, Compacted: 1, Unmetered: 3, Files: 6, Added: 148, Removed: 37, LiveAgents: 1, Unknown: true,
		Threads: []monitor.ThreadView{
			{ID: runRoot, Name: "root", Model: "gpt-5.2-codex", State: monitor.StateWorking, Usage: model.Count{Usage: model.Usage{Input: 5_100_000, Cached: 4_200_000, Output: 52_000, Reasoning: 30_000}, Responses: 110}, Cost: price.Cost{USD: cents(938)}, Percent: ts[0].Percent, LastAt: runAt.Add(-3 * time.Second)},
			{ID: runChild, Parent: runRoot, Name: "explorer", Model: "gpt-5.1-codex-mini", State: monitor.StateIdle, Usage: model.Count{Usage: model.Usage{Input: 700_000, Cached: 500_000, Output: 9_000, Reasoning: 4_000}, Responses: 20}, Cost: price.Cost{USD: cents(13)}, Percent: 31, LastAt: runAt.Add(-6 * time.Minute)},
			{ID: "01a2080c", Parent: runChild, Name: "査読者", Model: "unknown", State: monitor.StateFailed, Usage: model.Count{Usage: model.Usage{Input: 12_000, Output: 400}, Responses: 1}, Cost: price.Cost{Unpriced: 12_400}, Percent: -1, LastAt: runAt.Add(-9 * time.Minute)},
			{ID: "01a2080d", Parent: runRoot, Name: "reviewer", State: monitor.StateDone, Percent: -1, LastAt: runAt.Add(-12 * time.Minute)},
		},
	}
	d := &monitor.RunDetail{ID: runRoot, Turns: ts, Calls: runCalls(ts), Skipped: 0}
	for i := len(ts) - 1; i >= 0; i-- {
		if t := ts[i]; t.Agent == "" && t.State != model.TurnRunning {
			for k := range int(t.Usage.Responses) {
				d.Context = append(d.Context, monitor.ContextPoint{
					At: t.Started.Add(time.Duration(k) * 9 * time.Second), Turn: t.Number, Tokens: t.Context - model.Tokens(1500*(int(t.Usage.Responses)-1-k)),
					Cost: t.Cost.USD / price.Money(t.Usage.Responses), Compacted: t.Compacted > 0 && k == 0,
				})
			}
		}
	}
	return monitor.Snapshot{At: runAt, Zone: time.UTC, Runs: []monitor.Run{r}, Detail: d, APIPrices: true, PricesAsOf: "2026-11-20"}
}
