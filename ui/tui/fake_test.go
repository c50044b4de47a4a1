package tui

import (
	"fmt"
	"math"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// fakeNow is the instant of every fake snapshot.
var fakeNow = time.Date(2026, 11, 23, 14, 32, 8, 0, time.UTC)

func usd(d float64) price.Money { return price.Money(math.Round(d * float64(price.Dollar))) }

func spark(f func(minute int) float64) []price.Money {
	out := make([]price.Money, 60)
	for i := range out {
		out[i] = usd(max(0, f(i)))
	}
	return out
}

// fakeRuns are six runs of different temper: dear, with a wide name, of a model without a
// price, idle, failed, and one whose texts try to break the screen.
func fakeRuns() []monitor.Run {
	ago := func(d time.Duration) time.Time { return fakeNow.Add(-d) }
	return []monitor.Run{
		{
			ID: "01a2080a-e315-79e2-ba3f-3b671dc9dc65", Number: 1, Name: "api-gateway", Title: "fix flaky retries in gateway",
			Project: "github.com/acme/api-gateway", Cwd: "/home/ann/src/api-gateway", Branch: "main", User: "ann", Home: "/home/ann/.codex",
			Model: "gpt-5.2-codex", Effort: "high", Origin: "exec", CLI: "0.169.0", State: monitor.StateWorking, Pending: "make test",
			Turn: 40, TurnSince: ago(38 * time.Second), StartedAt: ago(41 * time.Minute), LastAt: ago(2 * time.Second),
			Usage: model.Count{Usage: model.Usage{Input: 5_920_000, Cached: 4_736_000, Output: 61_000, Reasoning: 34_000}, Responses: 112},
			Cost:  price.Cost{USD: usd(6.10)}, TodayCost: price.Cost{USD: usd(6.10)}, Split: monitor.Split{Input: usd(3.78), Cached: usd(0.61), Output: usd(1.71)},
			Rate: monitor.Rate{USDPerHour: usd(1.98), TokensPerMinute: 81_000}, Spark: spark(func(i int) float64 { return float64(i) * float64(i) / 60000 }),
			Context: 211_000, Window: 258_400, Percent: 81, Turns: 40, Calls: 131, Failed: 9, Compacted: 1, Files: 3, Added: 120, Removed: 44,
		},
		{
			ID: "01a2080b-0000-7000-8000-000000000002", Number: 2, Name: "日本語ドキュメント-docs", Title: "翻訳を直す",
			Project: "github.com/acme/docs", Cwd: "/home/ann/src/docs", Branch: "main", User: "ann", Model: "gpt-5.2-codex", Origin: "tui",
			State: monitor.StateWorking, Sampling: true, Turn: 22, StartedAt: ago(62 * time.Minute), LastAt: ago(40 * time.Second),
			Cost: price.Cost{USD: usd(3.91)}, TodayCost: price.Cost{USD: usd(3.91)}, Rate: monitor.Rate{USDPerHour: usd(0.84), TokensPerMinute: 40_000},
			Spark: spark(func(i int) float64 { return 0.01 + float64(i)/6000 }), Context: 120_000, Window: 258_400, Percent: 44, Turns: 22, Calls: 80,
		},
		{
			ID: "01a2080c-0000-7000-8000-000000000003", Number: 3, Name: "tests-flaky", Title: "find the flaky test",
			Project: "github.com/acme/api-gateway", Cwd: "/home/ann/src/api-gateway/it", Branch: "flaky", User: "bob", Model: "gpt-9-secret", Origin: "exec",
			State: monitor.StateSilent, Turn: 3, StartedAt: ago(9 * time.Minute), LastAt: ago(3 * time.Minute),
			Cost: price.Cost{USD: usd(0.95), Unpriced: 120_000, Upper: usd(4)}, Rate: monitor.Rate{USDPerHour: usd(0.41), Floor: true, TokensPerMinute: 9000},
			Spark: spark(func(i int) float64 { return float64(i%3) / 300 }), Context: 31_000, Window: 272_000, Percent: 12, Turns: 3, LiveAgents: 2,
		},
		{
			ID: "01a2080d-0000-7000-8000-000000000004", Number: 4, Name: "refactor-auth", Title: "split the auth package",
			Project: "github.com/acme/auth", Cwd: "/home/ann/src/auth", Branch: "refactor", User: "ann", Model: "gpt-5.2", Origin: "tui",
			State: monitor.StateIdle, Turn: 17, StartedAt: ago(184 * time.Minute), LastAt: ago(14 * time.Minute),
			Cost: price.Cost{USD: usd(5.29)}, Rate: monitor.Rate{USDPerHour: usd(0.19)},
			Spark: spark(func(i int) float64 {
				if i > 20 {
					return 0
				}
				return 0.05
			}), Context: 80_000, Window: 258_400, Percent: 28, Turns: 17,
		},
		{
			ID: "01a2080e-0000-7000-8000-000000000005", Number: 5, Name: "lint-sweep", Title: "sweep the linter's findings",
			Project: "github.com/acme/auth", Cwd: "/home/ann/src/auth", User: "ann", Model: "gpt-5.1-codex-mini", Origin: "exec",
			State: monitor.StateFailed, Reason: "usage_limit_exceeded", Turn: 2, StartedAt: ago(5 * time.Hour), LastAt: ago(4 * time.Hour),
			Cost: price.Cost{USD: usd(0.31)}, Percent: 93, Context: 240_000, Window: 258_400, Turns: 2,
		},
		{
			ID: "01a2080f-0000-7000-8000-000000000006", Number: 6, Name: "rm -rf %s ; \u201cquotes\u201d <b>&amp; a very long name that goes on and on",
			Title: "$(reboot) `id` %n%n \\e[31m #{E:@x}", Project: "", Model: model.UnknownModel, Origin: "vscode",
			State: monitor.StateDone, Turn: 1, StartedAt: ago(20 * time.Hour), LastAt: ago(19 * time.Hour),
			Cost: price.Cost{Unpriced: 900_000, Upper: usd(30)}, Percent: -1, Turns: 1, Unknown: true,
		},
	}
}

// fakeSnapshot is a state with every panel filled.
func fakeSnapshot() monitor.Snapshot {
	s := monitor.Snapshot{
		At: fakeNow, Zone: time.UTC, Runs: fakeRuns(),
		Rate:  monitor.Rate{USDPerHour: usd(3.42), TokensPerMinute: 130_000, Floor: true},
		Today: price.Cost{USD: usd(18.40), Unpriced: 120_000}, TodayUsage: model.Count{Usage: model.Usage{Input: 41_200_000, Cached: 36_000_000, Output: 900_000}, Responses: 800},
		Yesterday: price.Cost{USD: usd(22.10)},
		ByProject: []monitor.Share{
			{Name: "github.com/acme/api-gateway", Cost: price.Cost{USD: usd(8.05), Unpriced: 120_000}, Runs: 4},
			{Name: "github.com/acme/auth", Cost: price.Cost{USD: usd(5.60)}, Runs: 2},
			{Name: "github.com/acme/docs", Cost: price.Cost{USD: usd(3.91)}, Runs: 1},
			{Name: "~/lab", Cost: price.Cost{USD: usd(0.84)}, Runs: 3},
		},
		ByModel: []monitor.Share{
			{Name: "gpt-5.2-codex", Cost: price.Cost{USD: usd(11.01)}},
			{Name: "gpt-5.2", Cost: price.Cost{USD: usd(6.44)}},
			{Name: "gpt-9-secret", Cost: price.Cost{Unpriced: 120_000}},
		},
		Limits: []model.Limit{
			{ID: "codex", Minutes: 300, Used: 37, ResetsAt: fakeNow.Add(131 * time.Minute), At: fakeNow, Plan: "pro"},
			{ID: "codex", Minutes: 10080, Used: 76, ResetsAt: fakeNow.Add(66*time.Hour + 28*time.Minute), At: fakeNow, Plan: "pro"},
		},
		Reading: monitor.Reading{Done: true, FilesDone: 3910, FilesTotal: 3910, BytesDone: 5_600_000_000, BytesTotal: 5_600_000_000},
		Source: monitor.Source{
			Homes: []monitor.Home{{Path: "/home/ann/.codex", Sessions: "exists", Archived: "empty"}},
			Live:  true, Files: 3910, Rescan: 30 * time.Second,
		},
		APIPrices: true, PricesAsOf: "2026-11-20",
	}
	for h, v := range map[int]float64{8: 0.90, 9: 2.60, 10: 4.10, 11: 3.20, 12: 0.30, 13: 3.90, 14: 3.40} {
		s.ByHour[h] = price.Cost{USD: usd(v)}
	}
	s.Series.Minute = make([]price.Money, 1440)
	for i := range s.Series.Minute {
		if i > 900 {
			s.Series.Minute[i] = usd(max(0, 0.03+0.03*math.Sin(float64(i)/17)+float64(i%5)/200))
		}
	}
	s.Series.Quarter = make([]price.Money, 672)
	for i := range s.Series.Quarter {
		s.Series.Quarter[i] = usd(max(0, 0.4*math.Sin(float64(i)/15)))
	}
	for i, text := range []string{"turn 40 started", "failed: usage_limit_exceeded", "turn 22 started", "started (exec)", "compacted", "turn 39 ended"} {
		s.Log = append(s.Log, monitor.LogEntry{At: fakeNow.Add(-time.Duration(i*7) * time.Minute), Run: s.Runs[i%5].Name, Text: text})
	}
	return s
}

// manyRuns is a fleet of n runs.
func manyRuns(n int) monitor.Snapshot {
	s := fakeSnapshot()
	six := s.Runs
	s.Runs = nil
	for i := range n {
		r := six[i%len(six)]
		r.ID = model.RunID(fmt.Sprintf("%s-%04d", r.ID, i))
		r.Name = fmt.Sprintf("%s-%d", r.Name, i)
		r.Rate.USDPerHour = max(0, r.Rate.USDPerHour-price.Money(i)*price.Dollar/100)
		s.Runs = append(s.Runs, r)
	}
	return s
}
