package demo

import (
	"math/rand/v2"
	"path"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
)

const src = "/home/dev/src/"

func base(p string) string { return path.Base(p) }

// castLive casts the six runs that are live at now, each with a past of its own.
func (f *Fleet) castLive(now time.Time) {
	ago := func(d time.Duration) time.Time { return now.Add(-d) }
	f.add(cast{cwd: src + "api-gateway", branch: "refactor/router", model: at(now, "gpt-6.2-sol"), effort: "medium", source: "cli", hit: 0.97,
		prompts: []string{"Build the routing tree once, at start", "Now the same for the middleware chain", "Remove the old table"}, pause: 9 * time.Second,
		next: refactor}, ago(64*time.Minute), 4)
	f.add(cast{cwd: src + "billing-service", branch: "fix/invoice-rounding", model: at(now, "gpt-6.1-terra"), effort: "low", source: "exec", hit: 0.96,
		prompts: []string{"Make the invoice tests pass", "Go on with the credit notes"}, pause: 14 * time.Second,
		next: fixer}, ago(41*time.Minute), 4)
	f.add(cast{cwd: src + "日本語-docs", branch: "main", model: at(now, "gpt-6-luna"), effort: "medium", source: "cli", hit: 0.95,
		prompts: []string{"日本語のドキュメントを書き直してください", "料金の章も更新してください", "用語をそろえてください"}, pause: 25 * time.Second,
		next: writer}, ago(27*time.Minute), 4)
	f.add(cast{cwd: src + "platform-infra", branch: "migrate-modules", model: at(now, "gpt-6-sol"), effort: "high", source: "exec", hit: 0.95, codeMode: true,
		prompts: []string{"Migrate the Terraform modules, in parallel where you can"}, pause: 20 * time.Second,
		next: conductor}, ago(19*time.Minute), 3)
	idle := f.add(cast{cwd: src + "data-pipeline", branch: "main", model: at(now, "gpt-5.5"), effort: "high", source: "cli", hit: 0.9, window: 950_000,
		prompts: []string{"Explain how the pipelines depend on each other", "And where is the time zone lost?", "Compare with the old ones"}, pause: 50 * time.Second,
		next: reader}, ago(3*time.Hour+12*time.Minute), 15)
	idle.end = ago(13 * time.Minute)
	f.add(cast{cwd: src + "checkout-web", branch: "cart-total", model: at(now, "gpt-6.2-astra"), effort: "high", source: "exec", hit: 0.95,
		prompts: []string{"The cart total is wrong, fix it"}, next: runaway}, ago(23*time.Minute), 2)
}

// castHistory casts about forty runs that ended before now.
func (f *Fleet) castHistory(now time.Time) {
	rng := rand.New(rand.NewPCG(f.seed, 0))
	local := now.In(f.zone)
	for back := 6; back >= 0; back-- {
		morning := time.Date(local.Year(), local.Month(), local.Day()-back, 8, 0, 0, 0, f.zone)
		evening, runs := morning.Add(11*time.Hour), 5+rng.IntN(3)
		if w := morning.Weekday(); w == time.Saturday || w == time.Sunday {
			runs = 2
		}
		if latest := now.Add(-40 * time.Minute); evening.After(latest) {
			evening = latest
			if !evening.After(morning.Add(time.Hour)) { // early in the day: since midnight
				morning = time.Date(local.Year(), local.Month(), local.Day()-back, 0, 0, 0, 0, f.zone)
			}
		}
		if !evening.After(morning.Add(10 * time.Minute)) {
			continue
		}
		for i := range runs {
			span := evening.Sub(morning)
			start := morning.Add(span*time.Duration(i)/time.Duration(runs) + time.Duration(rng.Int64N(int64(span)/int64(runs))))
			f.castPast(rng, start, min(now.Add(-6*time.Minute).Sub(start), time.Duration(15+rng.IntN(70))*time.Minute))
		}
	}
}

// castPast casts one finished run.
func (f *Fleet) castPast(rng *rand.Rand, start time.Time, length time.Duration) {
	plays := []cast{
		{cwd: src + "api-gateway", branch: "main", model: "gpt-6.2-sol", effort: "medium", prompts: []string{"Add a limit for each tenant", "And a test"}, next: refactor},
		{cwd: src + "billing-service", branch: "main", model: "gpt-6.1-terra", prompts: []string{"Why do the invoice tests fail?"}, next: fixer},
		{cwd: src + "日本語-docs", branch: "main", model: "gpt-6-luna", effort: "low", prompts: []string{"誤字を直してください"}, next: writer},
		{cwd: src + "mobile-app", branch: "feature/offline", model: "gpt-6-sol", effort: "high", prompts: []string{"Queue requests while offline"}, next: refactor},
		{cwd: src + "data-pipeline", branch: "backfill", model: "gpt-5.5", effort: "medium", tier: "priority", prompts: []string{"Backfill October"}, next: refactor},
		{cwd: src + "checkout-web", branch: "main", model: "gpt-6.1-sol", prompts: []string{"Speed up the cart page"}, next: fixer},
		{cwd: src + "platform-infra", branch: "main", model: "gpt-6-sol", codeMode: true, prompts: []string{"Pin the provider versions"}, next: conductor},
	}
	endings := []func(*actor) move{
		fault("usage_limit_exceeded", "You've hit your usage limit."), ending(stopTurn), ending(dieThere),
	}
	c := plays[rng.IntN(len(plays))]
	c.model, c.hit, c.pause, c.source = at(start, c.model), 0.9+0.08*rng.Float64(), time.Duration(10+rng.IntN(30))*time.Second, "cli"
	if rng.IntN(3) == 0 {
		c.source = "exec"
	}
	if f.parts%6 == 3 { // one of six ends badly
		c.last, c.bad = endings[f.parts/6%3], true
	}
	f.add(c, start, 5+4*rng.Float64()).end = start.Add(length)
}

// at gives the wanted model, or where it had no price yet the newest one that had.
func at(t time.Time, want string) string {
	for _, m := range []string{want, "gpt-6-sol", "gpt-5.6-sol", "gpt-5.5", "gpt-5.2", "gpt-5"} {
		if _, ok := price.Default().Lookup(m, t); ok {
			return m
		}
	}
	return want
}
