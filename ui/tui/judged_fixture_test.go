package tui

import (
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// fakeBudgets are a day, a month with a part of it, tokens of a model, and runs.
func fakeBudgets() []budget.Standing {
	day := budget.Midnight(2026, 11, 23, time.UTC)
	usdLimit := func(d float64) budget.Limit { return budget.Limit{Unit: budget.USD, Amount: int64(usd(d))} }
	standing := func(name, period string, limit, spent float64) budget.Standing {
		b := budget.Standing{Budget: budget.Budget{Name: name, Period: budget.Period{Name: period}, Limit: usdLimit(limit), WarnAt: []int{50, 80, 100}, Line: 9}, Limit: int64(usd(limit)), Spent: int64(usd(spent)), Upper: int64(usd(spent))}
		b.Used = 100 * spent / limit
		return b
	}
	d := standing("day", budget.Day, 25, 18.40)
	d.From, d.To, d.Plan = day, day.AddDate(0, 0, 1), int64(usd(14.10))
	d.Forecast = budget.Forecast{Known: true, P10: int64(usd(22.10)), P50: int64(usd(26.84)), P90: int64(usd(31.20))}
	d.Exhausts, d.Floor, d.Unpriced, d.Upper = fakeNow.Add(116*time.Minute), true, 120_000, int64(usd(22.40))
	d.Budget.AtLimit = budget.Ask
	d.Alerts = []budget.Alert{{Budget: "day", Tier: budget.PageFast, Since: fakeNow.Add(-12 * time.Minute), Text: "$3.10 in 1 hour, $2.60 more than planned (page at $2.50 more)", TopRuns: []budget.Part{{Run: fakeRuns()[0].ID, Amount: int64(usd(2))}}}}
	month := standing("acme month", budget.Month, 400, 212.75)
	month.Budget.Scope.Client, month.Plan, month.Budget.AtLimit = "acme", int64(usd(290)), budget.Gate
	month.Forecast = budget.Forecast{Known: true, P10: int64(usd(260)), P50: int64(usd(290.20)), P90: int64(usd(330))}
	beta := standing("beta", "", 240, 31.10)
	beta.Budget.Parent, beta.Budget.Share, beta.Budget.Scope.Client = "acme month", 0.6, "acme"
	beta.Budget.Period = budget.Period{From: budget.Midnight(2026, 11, 1, time.UTC), To: budget.Midnight(2026, 12, 16, time.UTC)}
	beta.Forecast.Why = "fewer than 3 active days"
	mini := budget.Standing{Budget: budget.Budget{Name: "ミニ model", Period: budget.Period{Name: budget.Week}, Scope: budget.Scope{Model: "gpt-5.1-codex-mini"}, Limit: budget.Limit{Unit: budget.TokenUnit, Amount: 40_000_000}, AtLimit: budget.Stop}, Limit: 40_000_000, Enforced: budget.NoData}
	run := standing("run", budget.Run, 5, 6.10)
	run.Key, run.Exhausts, run.Granted = string(fakeRuns()[0].ID), fakeNow.Add(-13*time.Minute), 0
	run.Alerts = []budget.Alert{{Budget: "run", Key: run.Key, Tier: budget.Hard, Percent: 100, Since: fakeNow.Add(-13 * time.Minute), Text: "$6.10 of $5.00 spent: the limit is reached"}}
	second := standing("run", budget.Run, 5, 3.91)
	second.Key = string(fakeRuns()[1].ID)
	return []budget.Standing{d, month, beta, mini, run, second}
}

// fakeExceptions are a page, two warnings, one acknowledged, and one whose texts try to break the screen.
func fakeExceptions() []budget.Exception {
	runs := fakeRuns()
	ago := func(m int) time.Time { return fakeNow.Add(-time.Duration(m) * time.Minute) }
	return []budget.Exception{
		{
			ID: "BUDGET_HARD/run/1", Rule: "BUDGET_HARD", Severity: budget.Page, Run: runs[0].ID, Thread: string(runs[0].ID), Turn: 38, ResponseIndex: 104, At: ago(13), Budget: "run",
			Observed: "$6.10 of $5.00 spent: the limit is reached", Threshold: "$5.00 for a run", Waste: usd(1.10), State: budget.Open, Owner: "ann",
			Advice: budget.Advice{Action: "downgrade", Model: "gpt-5.1-codex-mini", Effort: "medium", Saving: usd(1.45),
				Detail: "the same tokens at the price of gpt-5.1-codex-mini; its window fits the 211K context", Caution: "a smaller model may need retries, and the first turn after a switch pays for the whole context again"},
			Evidence: []budget.Clue{
				{Turn: 31, Line: 1204, CallID: "c31", Text: "exec_command make test, output 140 KB, +34,812 tokens, $0.41"},
				{Turn: 34, Line: 1391, Text: "read internal/retry.go for the 9th time, +2,104 tokens, $0.22"},
				{Turn: 38, Line: 1502, Text: "the limit of the run was passed"},
			},
		},
		{
			ID: "LOOP_IDENTICAL/2", Rule: "LOOP_IDENTICAL", Severity: budget.Warn, Run: runs[1].ID, Thread: string(runs[1].ID), Turn: 22, At: ago(4),
			Observed: "4 times in a row: cat docs/日本語.md, same output", Threshold: "3 in a row", Waste: usd(0.18), State: budget.Open,
			Advice:   budget.Advice{Action: "human_takeover", Detail: "look at turn 22: the same file was read 4 times", Saving: usd(0.84)},
			Evidence: []budget.Clue{{Turn: 22, Line: 88, Text: "cat docs/日本語.md"}},
		},
		{
			ID: "CONTEXT_GROWTH/4", Rule: "CONTEXT_GROWTH", Severity: budget.Warn, Run: runs[3].ID, Turn: 17, At: ago(200), Changed: ago(100),
			Observed: "context 80K, the next turn costs about $0.44", Threshold: "60% of the window", State: budget.Acknowledged, Advice: budget.Advice{Action: "compact", Detail: "/compact before the next turn", Saving: usd(0.05)},
		},
		{
			ID: "BUDGET_TICKET/acme", Rule: "BUDGET_TICKET", Severity: budget.Notice, At: ago(26 * 60), Budget: "day", State: budget.Reopened,
			Observed: "expected to end at $26.84 ($22.10 to $31.20) of $25.00", Advice: budget.Advice{Action: "extend"},
		},
		{
			ID: "x\x1b[2J", Rule: "NEW_RULE\x1b[31m", Severity: budget.Critical, Run: runs[5].ID, At: ago(60), Observed: "a\nb\x1b]0;x\x07 %s", Threshold: "\u202e7", State: "odd_state",
			Advice: budget.Advice{Action: "do_\x1b[1mthis", Detail: "x\ty", Caution: "\x9b31m"}, Evidence: []budget.Clue{{Text: "\x1b[5mblink", Turn: 1}},
		},
	}
}

// judgedSnapshot is a state with budgets, exceptions and a day.
func judgedSnapshot() monitor.Snapshot {
	s := fakeSnapshot()
	s.Budgets, s.Exceptions, s.PlanFile = fakeBudgets(), fakeExceptions(), "~/.config/tokenburn/config.toml"
	quiet := s.Exceptions[2]
	quiet.ID, quiet.State, quiet.Until, quiet.Run = "CONTEXT_GROWTH/5", budget.Snoozed, fakeNow.Add(28*time.Minute), s.Runs[4].ID
	s.Snoozed = []budget.Exception{quiet}
	for i, used := range []float64{122, 78.2, -1, 37, 6, -1} {
		s.Runs[i].BudgetUsed = used
	}
	s.Runs[0].Worst, s.Runs[0].Open, s.Runs[0].Client, s.Runs[0].Task = budget.Page, 1, "acme", "ACME-77"
	s.Runs[1].Worst, s.Runs[1].Open = budget.Warn, 1
	s.Runs[0].Kinds = []monitor.Share{{Name: "test", Cost: price.Cost{USD: usd(3.05)}}, {Name: "edit", Cost: price.Cost{USD: usd(1.83)}}, {Name: "research", Cost: price.Cost{USD: usd(1.22)}}}
	s.Day = fakeDay(s)
	return s
}

// fakeDay is the account of the snapshot's day.
func fakeDay(s monitor.Snapshot) *monitor.Day {
	d := &monitor.Day{
		Date: budget.Midnight(2026, 11, 23, time.UTC), Cost: s.Today, Usage: s.TodayUsage, Previous: s.Yesterday, Median: usd(19.70), Budget: &s.Budgets[0], Runs: 10, Turns: 214, Active: 372 * time.Minute, Hours: 24,
		ByProject: s.ByProject, ByModel: s.ByModel,
		ByClient: []monitor.Share{{Name: "acme", Cost: price.Cost{USD: usd(17.56)}, Runs: 7}, {Name: "", Cost: price.Cost{USD: usd(0.84)}, Runs: 3}},
		ByKind:   []monitor.Share{{Name: "edit", Cost: price.Cost{USD: usd(8.12)}}, {Name: "test", Cost: price.Cost{USD: usd(6.20)}}, {Name: "research", Cost: price.Cost{USD: usd(4.08)}}},
		Output:   monitor.Output{Files: 41, Added: 1210, Removed: 402, TestsFixed: 3, Commits: 6, Ambiguous: 1, Reverted: 1, Linked: usd(11.20), RevertedCost: usd(1.30), PerChange: usd(3.07), Reports: 2, PullRequests: -1},
		Alive:    s.Runs[:4], Headroom: s.Budgets[:2],
		Notes: []string{"api-gateway went $1.10 over its run budget; 62% was uncached input", "3 runs sat idle with more than 200K context: compact before the next turn", "suggested run budget for api-gateway: $7.00 (90th percentile of 14 days)\x1b[31m"},
	}
	d.PerRun = []monitor.DayRun{
		{ID: s.Runs[0].ID, Name: "fix flaky retries in gateway", Cost: s.Runs[0].Cost, Files: 3, Added: 120, Removed: 44, ChangedAt: fakeNow.Add(-20 * time.Minute), SinceChange: price.Cost{USD: usd(4.10)}},
		{ID: s.Runs[3].ID, Name: "split the auth package", Cost: s.Runs[3].Cost, Added: 12, Removed: 3, Files: 2, ChangedAt: fakeNow},
		{ID: s.Runs[1].ID, Name: "翻訳を直す\x1b[31m", Cost: s.Runs[1].Cost},
	}
	d.Output.OneShot, d.Output.OneShotOf, d.Output.Accepted = 3, 4, 5
	copy(d.ByHour[:], s.ByHour[:])
	d.Exceptions = append(d.Exceptions, s.Exceptions...)
	d.Exceptions[1].State, d.Exceptions[1].Reason = budget.DismissedFP, "it waits for the CI"
	return d
}
