package budget

import (
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Levels are the two limits of a rule: at Warn it is worth a look, at Critical a
// careful lead would want to be interrupted. 0 is the rule's default; a negative
// one turns that level off.
type Levels struct {
	Warn     int `toml:"warn"`
	Critical int `toml:"critical"`
}

// MoneyLevels are [Levels] in pico-dollars.
type MoneyLevels struct {
	Warn     price.Money `toml:"warn"`
	Critical price.Money `toml:"critical"`
}

// ShareLevels are [Levels] as a share, or any other number with a fraction.
type ShareLevels struct {
	Warn     float64 `toml:"warn"`
	Critical float64 `toml:"critical"`
}

// Thresholds are the limits of the rules; the zero value of a field is its
// default, which the comment beside it names. See docs/exceptions.md for what
// each rule counts. Off names rules that are not judged at all.
type Thresholds struct {
	LoopIdentical Levels `toml:"loop_identical"` // 3, 5 calls in a row with one output
	LoopPolling   Levels `toml:"loop_polling"`   // 10, 30: the same of calls that wait for something
	LoopRepeat    Levels `toml:"loop_repeat"`    // 4, 6 times within the last 20 calls, no file change between
	LoopError     Levels `toml:"loop_error"`     // 3, 5 failures of one tool with one error
	PingPong      Levels `toml:"pingpong"`       // 3, 6 rounds of the same calls in turn
	EditRetry     Levels `toml:"edit_retry"`     // 3, 6 edits of one file, each after a check that still failed

	NoArtifact      MoneyLevels   `toml:"no_artifact"`          // $2, $5 since the last thing that came of it
	NoArtifactTime  time.Duration `toml:"no_artifact_time"`     // 15 min …
	NoArtifactCalls int           `toml:"no_artifact_requests"` // … or 25 requests, before it counts
	ResearchTimes   int           `toml:"research_times"`       // 3: research and review may spend so many times as much

	Context       ShareLevels  `toml:"context"`        // 0.60, 0.85 of the model's window
	ContextTurns  int          `toml:"context_turns"`  // 3: warn when the long-context price is at most so many requests away
	ContextGrowth float64      `toml:"context_growth"` // 0.03 of the window a request: research that grows slower is not interrupted
	MissShare     float64      `toml:"miss_share"`     // 0.10: critical where one cache miss costs so much of the run's budget
	LongContext   model.Tokens `toml:"-"`              // model.LongContextTokens

	CacheMiss   Levels        `toml:"cache_miss"`       // 1, 3 of the last 5 requests
	CacheWaste  price.Money   `toml:"cache_miss_waste"` // $0.25: a single miss that costs less is not mentioned
	CacheInput  model.Tokens  `toml:"cache_miss_input"` // 30,000: smaller requests are not looked at
	CachePause  time.Duration `toml:"cache_pause"`      // 5 min: after a longer pause a cache may well have expired
	Retry       Levels        `toml:"retry_storm"`      // 3 within 2 min, 6 within 5 min
	Fanout      Levels        `toml:"fanout"`           // more than 4, more than 8 live sub-agents
	FanoutDepth Levels        `toml:"fanout_depth"`     // more than 2, more than 3 levels deep
	FanoutBirth Levels        `toml:"fanout_births"`    // more than 6, more than 12 sub-agents born within a minute
	FanoutShare float64       `toml:"fanout_share"`     // 0.60 of the run's cost is spent by sub-agents, with nothing to show for it
	Outlier     ShareLevels   `toml:"outlier"`          // 3.5, 5 robust z of the run's logarithmic cost

	Verdict time.Duration `toml:"verdict_window"` // 10 min: two warnings of different families within it are a page
	Off     []string      `toml:"off"`            // rules that are not judged
}

// Defaults gives the thresholds that hold where nothing is set.
func (t Thresholds) Defaults() Thresholds {
	levels := func(l *Levels, warn, crit int) {
		l.Warn, l.Critical = orDefault(l.Warn, warn), orDefault(l.Critical, crit)
	}
	levels(&t.LoopIdentical, 3, 5)
	levels(&t.LoopPolling, 10, 30)
	levels(&t.LoopRepeat, 4, 6)
	levels(&t.LoopError, 3, 5)
	levels(&t.PingPong, 3, 6)
	levels(&t.EditRetry, 3, 6)
	levels(&t.CacheMiss, 1, 3)
	levels(&t.Retry, 3, 6)
	levels(&t.Fanout, 4, 8)
	levels(&t.FanoutDepth, 2, 3)
	levels(&t.FanoutBirth, 6, 12)
	t.NoArtifact.Warn, t.NoArtifact.Critical = orDefault(t.NoArtifact.Warn, 2*price.Dollar), orDefault(t.NoArtifact.Critical, 5*price.Dollar)
	t.NoArtifactTime = orDefault(t.NoArtifactTime, 15*time.Minute)
	t.NoArtifactCalls = orDefault(t.NoArtifactCalls, 25)
	t.ResearchTimes = orDefault(t.ResearchTimes, 3)
	t.Context.Warn, t.Context.Critical = orDefault(t.Context.Warn, 0.60), orDefault(t.Context.Critical, 0.85)
	t.ContextTurns = orDefault(t.ContextTurns, 3)
	t.ContextGrowth = orDefault(t.ContextGrowth, 0.03)
	t.MissShare = orDefault(t.MissShare, 0.10)
	t.LongContext = orDefault(t.LongContext, model.LongContextTokens)
	t.CacheWaste = orDefault(t.CacheWaste, price.Dollar/4)
	t.CacheInput = orDefault(t.CacheInput, 30_000)
	t.CachePause = orDefault(t.CachePause, 5*time.Minute)
	t.FanoutShare = orDefault(t.FanoutShare, 0.60)
	t.Outlier.Warn, t.Outlier.Critical = orDefault(t.Outlier.Warn, 3.5), orDefault(t.Outlier.Critical, 5)
	t.Verdict = orDefault(t.Verdict, 10*time.Minute)
	return t
}

func orDefault[T comparable](v, def T) T {
	var zero T
	if v == zero {
		return def
	}
	return v
}

// level gives the level that n reaches.
func (l Levels) level(n int) (Severity, int, bool) {
	switch {
	case l.Critical >= 0 && n >= l.Critical:
		return Critical, l.Critical, true
	case l.Warn >= 0 && n >= l.Warn:
		return Warn, l.Warn, true
	}
	return Notice, l.Warn, false
}
