package budget

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// scene gives a watcher the steps of a run, and keeps what it says.
type scene struct {
	w       *Watcher
	now     time.Time
	thread  string
	turn    int
	context model.Tokens
	bucket  model.Bucket
	effort  string
	calls   int
	all     []Exception // every change, in order
}

func newScene(s Subject) *scene {
	s.Run = "root"
	sc := &scene{w: NewWatcher(s), now: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC), thread: "root", turn: 1, context: 20_000, bucket: model.Bucket{Model: "gpt-5.5"}}
	sc.step(Step{Kind: StepThread})
	sc.step(Step{Kind: StepTurn})
	return sc
}

func (s *scene) step(st Step) {
	st.At, st.Thread, st.Turn = s.now, s.thread, s.turn
	s.all = append(s.all, s.w.Apply(st)...)
}

func (s *scene) wait(d time.Duration) {
	s.now = s.now.Add(d)
	s.all = append(s.all, s.w.Tick(s.now)...)
}

func (s *scene) ask(text string) { s.step(Step{Kind: StepAsked, Text: text}) }

// respond is one response whose input came from the cache by a share.
func (s *scene) respond(cached float64) {
	s.now = s.now.Add(10 * time.Second)
	b := s.bucket
	b.Quarter, b.Long = s.now.Unix()/model.QuarterSeconds, s.context > model.LongContextTokens
	s.step(Step{Kind: StepResponse, Response: &model.Response{At: s.now, Turn: s.turn - 1, Bucket: b, Effort: s.effort, Context: s.context, Window: 258_400,
		Usage: model.Usage{Input: s.context, Cached: model.Tokens(cached * float64(s.context)), Output: 400}}})
}

func (s *scene) call(c model.Call) {
	s.respond(0.95)
	s.calls++
	c.CallID, c.Done, c.At, c.Ended = fmt.Sprint("call", s.calls), true, s.now, s.now
	if len(c.Changes) > 0 {
		s.step(Step{Kind: StepChanged, Call: &c})
	}
	s.step(Step{Kind: StepCallDone, Call: &c})
}

func (s *scene) run(command, output string, exit int) {
	s.call(model.Call{Tool: model.Tool{Name: "exec_command", Command: command, Output: output, HasExit: true, ExitCode: exit}})
}

func (s *scene) patch(file, text string) {
	s.call(model.Call{Tool: model.Tool{Name: "apply_patch", Args: text, Output: "Success."}, Changes: []model.FileChange{{Path: file, Kind: "update", Added: 1}}})
}

func (s *scene) poll(output string) {
	s.call(model.Call{Tool: model.Tool{Name: "write_stdin", Args: `{"session_id":1,"chars":""}`, Output: output}})
}

// worst is the most severe that was said of a rule; "" nothing.
func (s *scene) worst(rule string) string {
	word, most := "", -1
	for _, e := range s.all {
		if e.Rule == rule && int(e.Severity) > most {
			word, most = e.Severity.String(), int(e.Severity)
		}
	}
	return word
}

func times(n int, f func(i int)) {
	for i := range n {
		f(i)
	}
}

const stack = "panic: runtime error: index out of range [3]\n\ngoroutine 1 [running]:\nmain.main()\n\t/x/main.go:17"

// Each rule below its limits, at the first, at the second, and what it exempts.
func TestRules(t *testing.T) {
	for name, c := range map[string]struct {
		rule, want string
		subject    Subject
		play       func(s *scene)
	}{
		"two alike":      {RuleLoopIdentical, "", Subject{}, func(s *scene) { times(2, func(int) { s.run("cat a", "text", 0) }) }},
		"three alike":    {RuleLoopIdentical, "warn", Subject{}, func(s *scene) { times(3, func(int) { s.run("cat a", "text", 0) }) }},
		"four alike":     {RuleLoopIdentical, "warn", Subject{}, func(s *scene) { times(4, func(int) { s.run("cat  a", "text", 0) }) }},
		"five alike":     {RuleLoopIdentical, "page", Subject{}, func(s *scene) { times(5, func(int) { s.run("cat a", "text", 0) }) }},
		"another output": {RuleLoopIdentical, "", Subject{}, func(s *scene) { times(9, func(i int) { s.run("cat a", "line "+strings.Repeat("x", i), 0) }) }},
		"another folder": {RuleLoopIdentical, "", Subject{}, func(s *scene) {
			times(9, func(i int) {
				s.call(model.Call{Tool: model.Tool{Name: "exec_command", Command: "ls", Cwd: fmt.Sprint("/d", i)}})
			})
		}},
		"numbers masked": {RuleLoopIdentical, "page", Subject{}, func(s *scene) {
			times(5, func(i int) {
				s.run("./x", fmt.Sprintf("%s\nafter %d.2s at 2026-11-20T09:00:0%dZ id 0x%x", stack, i, i, i), 2)
			})
		}},
		"keys in any order": {RuleLoopIdentical, "page", Subject{}, func(s *scene) {
			times(5, func(i int) {
				s.call(model.Call{Tool: model.Tool{Name: "mcp.find", Args: []string{`{"a":1,"b":2}`, `{"b":2, "a":1}`}[i%2], Output: "none"}})
			})
		}},
		"polling, nine":      {RuleLoopIdentical, "", Subject{}, func(s *scene) { times(9, func(int) { s.poll("still") }) }},
		"polling, ten":       {RuleLoopIdentical, "warn", Subject{}, func(s *scene) { times(10, func(int) { s.poll("still") }) }},
		"patient polling":    {RuleLoopIdentical, "warn", Subject{}, func(s *scene) { times(60, func(int) { s.poll("still"); s.wait(20 * time.Second) }) }},
		"progress is none":   {RuleLoopIdentical, "", Subject{}, func(s *scene) { times(60, func(i int) { s.poll(fmt.Sprintf("[%d/900] cc", i)) }) }},
		"git status is none": {RuleLoopIdentical, "page", Subject{}, func(s *scene) { times(5, func(int) { s.run("git status", "clean", 0) }) }},
		"passing test again": {RuleLoopIdentical, "", Subject{}, func(s *scene) { times(5, func(int) { s.run("go test ./...", "ok  \tx\t0.1s", 0) }) }},
		"flaky test": {RuleLoopIdentical, "", Subject{}, func(s *scene) {
			s.run("go test ./x", "FAIL", 1)
			times(9, func(int) { s.run("go test ./x", "ok x 0.1s", 0) })
		}},
		"turned off":          {RuleLoopIdentical, "", Subject{Thresholds: Thresholds{Off: []string{RuleLoopIdentical}}}, func(s *scene) { times(9, func(int) { s.run("cat a", "text", 0) }) }},
		"other thresholds":    {RuleLoopIdentical, "page", Subject{Thresholds: Thresholds{LoopIdentical: Levels{2, 3}}}, func(s *scene) { times(3, func(int) { s.run("cat a", "text", 0) }) }},
		"critical turned off": {RuleLoopIdentical, "warn", Subject{Thresholds: Thresholds{LoopIdentical: Levels{0, -1}}}, func(s *scene) { times(9, func(int) { s.run("cat a", "text", 0) }) }},

		"four among others": {RuleLoopRepeat, "warn", Subject{}, func(s *scene) {
			times(4, func(i int) { s.run("cat a", "text", 0); s.run(fmt.Sprint("cat b", i), fmt.Sprint("b", i), 0) })
		}},
		"six among others": {RuleLoopRepeat, "page", Subject{}, func(s *scene) {
			times(6, func(i int) { s.run("cat a", "text", 0); s.run(fmt.Sprint("cat b", i), fmt.Sprint("b", i), 0) })
		}},
		"files change": {RuleLoopRepeat, "", Subject{}, func(s *scene) { times(9, func(i int) { s.run("cat a", "text", 0); s.patch("b", fmt.Sprint(i)) }) }},
		"files written": {RuleLoopRepeat, "", Subject{}, func(s *scene) {
			times(9, func(i int) { s.run("cat a", "text", 0); s.run(fmt.Sprintf("echo %d >> b", i), "", 0) })
		}},
		"three in turn": {RuleLoopRepeat, "page", Subject{}, func(s *scene) {
			times(6, func(int) { s.run("cat a", "a", 0); s.run("cat b", "b", 0); s.run("cat c", "c", 0) })
		}},
		"two in turn, twice": {RulePingPong, "", Subject{}, func(s *scene) { times(2, func(int) { s.run("cat a", "a", 0); s.run("cat b", "b", 0) }) }},
		"two in turn, three": {RulePingPong, "warn", Subject{}, func(s *scene) { times(3, func(int) { s.run("cat a", "a", 0); s.run("cat b", "b", 0) }) }},
		"two in turn, six":   {RulePingPong, "page", Subject{}, func(s *scene) { times(6, func(int) { s.run("cat a", "a", 0); s.run("cat b", "b", 0) }) }},
		"undoing a patch":    {RulePingPong, "page", Subject{}, func(s *scene) { times(6, func(int) { s.patch("a", "there"); s.patch("a", "back") }) }},
		"sleep and look": {RulePingPong, "", Subject{}, func(s *scene) {
			times(9, func(int) { s.run("sleep 30", "", 0); s.run("gh run view 1", "in_progress", 0) })
		}},

		"three errors":  {RuleLoopError, "warn", Subject{}, func(s *scene) { times(3, func(i int) { s.run(fmt.Sprint("./run --try ", i), stack, 2) }) }},
		"five errors":   {RuleLoopError, "page", Subject{}, func(s *scene) { times(5, func(i int) { s.run(fmt.Sprint("./run --try ", i), stack, 2) }) }},
		"nothing found": {RuleLoopError, "", Subject{}, func(s *scene) { times(9, func(i int) { s.run(fmt.Sprint("rg word", i), "", 1) }) }},
		"patches that fail": {RuleLoopError, "page", Subject{}, func(s *scene) {
			times(5, func(i int) {
				s.call(model.Call{Tool: model.Tool{Name: "apply_patch", Args: fmt.Sprint(i), Output: "apply_patch verification failed: Failed to find expected lines in /x/a.go"}})
			})
		}},
		"another error": {RuleLoopError, "", Subject{}, func(s *scene) { times(9, func(i int) { s.run("./run", "error "+strings.Repeat("x", i), 2) }) }},
		"files change between": {RuleLoopError, "", Subject{}, func(s *scene) {
			times(5, func(i int) { s.run(fmt.Sprint("./run ", i), stack, 2); s.patch(fmt.Sprint("f", i), "x") })
		}},

		"three retries": {RuleEditRetry, "warn", Subject{}, func(s *scene) { retries(s, 3, func(int) string { return "--- FAIL: TestA (0.00s)\nFAIL" }) }},
		"six retries":   {RuleEditRetry, "page", Subject{}, func(s *scene) { retries(s, 6, func(int) string { return "--- FAIL: TestA (0.00s)\nFAIL" }) }},
		"fewer failures": {RuleEditRetry, "", Subject{}, func(s *scene) {
			retries(s, 9, func(i int) string { return fmt.Sprintf("%d failed, 3 passed in 0.2s", 20-i) })
		}},
		"other files": {RuleEditRetry, "", Subject{}, func(s *scene) {
			times(9, func(i int) { s.patch(fmt.Sprint("f", i), "x"); s.run("go test ./...", "--- FAIL: TestA", 1) })
		}},
		"red, green": {RuleEditRetry, "", Subject{}, func(s *scene) {
			times(9, func(i int) {
				s.patch("a", fmt.Sprint(i))
				s.run("go test ./...", "--- FAIL: TestA", 1)
				s.patch("a", fmt.Sprint("b", i))
				s.run("go test ./...", "ok x", 0)
			})
		}},
		"other errors": {RuleEditRetry, "", Subject{}, func(s *scene) { retries(s, 5, func(i int) string { return "broken " + strings.Repeat("x", i+1) }) }},
		"it compiles now": {RuleEditRetry, "", Subject{}, func(s *scene) {
			retries(s, 2, func(i int) string { return []string{"./a.go:3:4: undefined: x", "--- FAIL: TestA"}[i] })
		}},
		"only looked at it": {RuleEditRetry, "", Subject{}, func(s *scene) { times(9, func(i int) { s.patch("a", fmt.Sprint(i)); s.run("cat a", "text", 0) }) }},
	} {
		s := newScene(c.subject)
		c.play(s)
		if got := s.worst(c.rule); got != c.want {
			t.Errorf("%s: %s is %q, want %q", name, c.rule, got, c.want)
		}
	}
}

// retries edits one file again after each of n failing checks.
func retries(s *scene, n int, output func(i int) string) {
	s.patch("a.go", "first")
	times(n, func(i int) {
		s.run("go test ./...", output(i), 1)
		s.patch("a.go", fmt.Sprint("try ", i))
	})
}

// dear spends about sixty cents n times, and learns something new each time.
func dear(s *scene, n int) {
	s.context = 100_000
	times(n, func(i int) { s.run(fmt.Sprint("cat file", i), fmt.Sprint("text ", i), 0); s.respond(0) })
}

func TestRulesOfSpending(t *testing.T) {
	runs := func(n int, m price.Money) (all []Earlier) {
		for i := range n {
			c := m + price.Money(i)*price.Dollar/100
			all = append(all, Earlier{SameProject: true, Cost: c, Gap: c, Made: true})
		}
		return all
	}
	for name, c := range map[string]struct {
		rule, want string
		subject    Subject
		play       func(s *scene)
	}{
		"dear but few":   {RuleNoArtifact, "", Subject{}, func(s *scene) { s.ask("Fix it"); dear(s, 9) }},
		"$5 and nothing": {RuleNoArtifact, "page", Subject{}, func(s *scene) { s.ask("Fix it"); dear(s, 13) }},
		"a patch":        {RuleNoArtifact, "", Subject{}, func(s *scene) { s.ask("Fix it"); dear(s, 9); s.patch("a", "x"); dear(s, 9) }},
		"a commit":       {RuleNoArtifact, "", Subject{}, func(s *scene) { s.ask("Fix it"); dear(s, 9); s.run("git commit -qm x", "", 0); dear(s, 9) }},
		"a check that passes": {RuleNoArtifact, "", Subject{}, func(s *scene) {
			s.ask("Fix it")
			s.run("go test", "--- FAIL: TestA", 1)
			dear(s, 9)
			s.run("go test", "ok x", 0)
			dear(s, 9)
		}},
		"research":      {RuleNoArtifact, "", Subject{}, func(s *scene) { s.ask("Investigate why it is slow and propose a fix"); dear(s, 11) }},
		"much research": {RuleNoArtifact, "warn", Subject{}, func(s *scene) { s.ask("Investigate why it is slow"); dear(s, 60) }},
		"research in a circle": {RuleNoArtifact, "page", Subject{}, func(s *scene) {
			s.ask("Investigate why it is slow")
			dear(s, 12)
			s.context = 100_000
			times(40, func(int) { s.run("cat a", "text", 0); s.respond(0) })
		}},
		"a plan, for research": {RuleNoArtifact, "", Subject{}, func(s *scene) {
			s.ask("Compare them")
			dear(s, 11)
			s.call(model.Call{Tool: model.Tool{Name: "update_plan", Args: "{}"}})
			dear(s, 9)
		}},
		"earlier runs spent more": {RuleNoArtifact, "warn", Subject{Earlier: runs(20, 9*price.Dollar)}, func(s *scene) { s.ask("Fix it"); dear(s, 9); s.wait(20 * time.Minute); s.respond(0) }},
		"an outlier in trouble":   {RuleOutlier, "critical", Subject{Earlier: runs(9, price.Dollar/2)}, func(s *scene) { s.ask("Fix it"); dear(s, 13); s.wait(time.Hour); s.respond(0) }},
		"an outlier that works":   {RuleOutlier, "notice", Subject{Earlier: runs(9, price.Dollar/2)}, func(s *scene) { s.ask("Fix it"); times(9, func(i int) { dear(s, 2); s.patch("a", fmt.Sprint(i)) }) }},
		"too few to compare":      {RuleOutlier, "", Subject{Earlier: runs(7, price.Dollar/2)}, func(s *scene) { s.ask("Fix it"); dear(s, 13) }},
		"like the others":         {RuleOutlier, "", Subject{Earlier: runs(9, 4*price.Dollar)}, func(s *scene) { s.ask("Fix it"); dear(s, 13) }},
		"context below 60 %":      {RuleContextGrowth, "", Subject{}, func(s *scene) { s.context = 150_000; s.respond(0.9) }},
		"context above 60 %":      {RuleContextGrowth, "warn", Subject{}, func(s *scene) { s.context = 156_000; s.respond(0.9) }},
		"context above 85 %":      {RuleContextGrowth, "page", Subject{}, func(s *scene) { s.ask("Fix it"); s.context = 221_000; s.respond(0.9) }},
		"context and output": {RuleContextGrowth, "warn", Subject{}, func(s *scene) {
			s.ask("Fix it")
			s.context = 160_000
			s.respond(0.9)
			s.patch("a", "x")
			s.context = 221_000
			s.respond(0.9)
		}},
		"reading little by little": {RuleContextGrowth, "warn", Subject{}, func(s *scene) {
			s.ask("Explain it")
			times(60, func(i int) { s.context += 3400; s.wait(time.Minute); s.respond(0.9) })
		}},
		"dumping":         {RuleContextGrowth, "page", Subject{}, func(s *scene) { s.ask("Explain it"); times(10, func(i int) { s.context += 22_000; s.respond(0.9) }) }},
		"a miss too dear": {RuleContextGrowth, "page", Subject{RunBudget: 5 * price.Dollar}, func(s *scene) { s.ask("Fix it"); s.context = 110_000; s.respond(0.9) }},
		"one cheap miss":  {RuleCacheMiss, "", Subject{}, func(s *scene) { s.context = 40_000; times(5, func(int) { s.respond(0.9) }); s.respond(0) }},
		"one dear miss":   {RuleCacheMiss, "warn", Subject{}, func(s *scene) { s.context = 90_000; times(5, func(int) { s.respond(0.9) }); s.respond(0) }},
		"three of five": {RuleCacheMiss, "page", Subject{}, func(s *scene) {
			s.context = 90_000
			times(5, func(int) { s.respond(0.9) })
			s.respond(0)
			s.respond(0.9)
			s.respond(0.1)
			s.respond(0)
		}},
		"after a pause": {RuleCacheMiss, "warn", Subject{}, func(s *scene) {
			s.context = 90_000
			times(5, func(int) { s.respond(0.9) })
			times(3, func(int) { s.wait(time.Hour); s.respond(0) })
		}},
		"after a compaction": {RuleCacheMiss, "notice", Subject{}, func(s *scene) {
			s.context = 31_000
			times(5, func(int) { s.respond(0.9) })
			s.step(Step{Kind: StepCompacted})
			s.respond(0)
		}},
		"small requests": {RuleCacheMiss, "", Subject{}, func(s *scene) {
			s.context = 29_000
			times(5, func(int) { s.respond(0.9) })
			times(5, func(int) { s.respond(0) })
		}},
		"never cached":         {RuleCacheMiss, "", Subject{}, func(s *scene) { s.context = 90_000; times(9, func(int) { s.respond(0) }) }},
		"two failed requests":  {RuleRetryStorm, "", Subject{}, func(s *scene) { attempts(s, 2, time.Second) }},
		"three in two minutes": {RuleRetryStorm, "warn", Subject{}, func(s *scene) { attempts(s, 3, 50*time.Second) }},
		"three in ten minutes": {RuleRetryStorm, "", Subject{}, func(s *scene) { attempts(s, 3, 4*time.Minute) }},
		"six in five minutes":  {RuleRetryStorm, "page", Subject{}, func(s *scene) { attempts(s, 6, 50*time.Second) }},
		"cheaper, asked for":   {RuleModelDrift, "notice", Subject{}, func(s *scene) { s.respond(0); s.ask("go on"); s.bucket.Model = "gpt-6-luna"; s.respond(0) }},
		"cheaper, its effort named": {RuleModelDrift, "notice", Subject{}, func(s *scene) {
			s.respond(0)
			s.ask("go on")
			s.bucket.Model, s.effort = "gpt-6-luna", "medium"
			s.respond(0)
		}},
		"much cheaper, more effort": {RuleModelDrift, "notice", Subject{}, func(s *scene) {
			s.respond(0)
			s.ask("go on")
			s.bucket.Model, s.effort = "gpt-6-luna", "high"
			s.respond(0)
		}},
		"more effort, asked for": {RuleModelDrift, "warn", Subject{}, func(s *scene) { s.respond(0); s.ask("go on"); s.effort = "high"; s.respond(0) }},
		"its own effort, named":  {RuleModelDrift, "notice", Subject{}, func(s *scene) { s.respond(0); s.ask("go on"); s.effort = "medium"; s.respond(0) }},
		"dearer, asked for":      {RuleModelDrift, "warn", Subject{}, func(s *scene) { s.respond(0); s.ask("go on"); s.bucket.Model = "gpt-6-astra"; s.respond(0) }},
		"dearer, for long": {RuleModelDrift, "page", Subject{}, func(s *scene) {
			s.context = 80_000
			s.ask("Fix it")
			s.respond(0)
			s.ask("fix it")
			s.bucket.Model = "gpt-6-astra"
			times(10, func(int) { s.respond(0) })
		}},
		"dearer, and working": {RuleModelDrift, "warn", Subject{}, func(s *scene) {
			s.context = 80_000
			s.ask("Fix it")
			s.respond(0)
			s.ask("fix it")
			s.bucket.Model = "gpt-6-astra"
			times(10, func(i int) { s.patch("a", fmt.Sprint(i)) })
		}},
		"dearer, by itself":       {RuleModelDrift, "page", Subject{}, func(s *scene) { s.respond(0); s.bucket.Model = "gpt-6-astra"; s.respond(0) }},
		"cheaper, by itself":      {RuleModelDrift, "warn", Subject{}, func(s *scene) { s.respond(0); s.bucket.Model = "gpt-6-luna"; s.respond(0) }},
		"within the policy":       {RuleModelDrift, "", Subject{Policy: Policy{Models: []string{"gpt-5*"}}}, func(s *scene) { s.respond(0); s.bucket.Model = "gpt-5.4"; s.respond(0) }},
		"against the policy":      {RuleModelDrift, "page", Subject{Policy: Policy{Models: []string{"gpt-6-luna"}}}, func(s *scene) { s.respond(0) }},
		"cheaper than the policy": {RuleModelDrift, "warn", Subject{Policy: Policy{Models: []string{"gpt-6-astra"}}}, func(s *scene) { s.respond(0) }},
		"fast against the policy": {RuleModelDrift, "page", Subject{Policy: Policy{Tiers: []string{"default"}}}, func(s *scene) { s.bucket.Tier = "priority"; s.respond(0) }},
		"a tier policy leaves the model to the beginning": {RuleModelDrift, "page", Subject{Policy: Policy{Tiers: []string{"default"}}}, func(s *scene) {
			s.respond(0)
			s.bucket.Model = "gpt-6-astra"
			s.respond(0)
		}},
		"a model policy leaves the tier to the beginning": {RuleModelDrift, "page", Subject{Policy: Policy{Models: []string{"gpt-5*"}}}, func(s *scene) {
			s.respond(0)
			s.bucket.Tier = "priority"
			s.respond(0)
		}},
		"the service says so": {RuleModelDrift, "warn", Subject{}, func(s *scene) { s.step(Step{Kind: StepReroute}) }},
		"four sub-agents":     {RuleFanout, "", Subject{}, func(s *scene) { spawn(s, 4, 1, 30*time.Second) }},
		"five sub-agents":     {RuleFanout, "warn", Subject{}, func(s *scene) { spawn(s, 5, 1, 30*time.Second) }},
		"nine sub-agents":     {RuleFanout, "page", Subject{}, func(s *scene) { spawn(s, 9, 1, 30*time.Second) }},
		"one after the other": {RuleFanout, "", Subject{}, func(s *scene) {
			times(20, func(i int) {
				spawn(s, 1, 1, time.Minute)
				s.thread = fmt.Sprint("agent1-", s.calls)
				s.step(Step{Kind: StepTurnEnded, Text: "done"})
			})
		}},
		"deep":                 {RuleFanout, "page", Subject{}, func(s *scene) { spawn(s, 1, 4, time.Minute) }},
		"silent ones are gone": {RuleFanout, "", Subject{}, func(s *scene) { spawn(s, 4, 1, time.Second); s.wait(11 * time.Minute); spawn(s, 4, 1, time.Second) }},
		"no price":             {RuleUnpriced, "warn", Subject{}, func(s *scene) { s.bucket.Model = "acme-9"; s.respond(0) }},
		"an unknown line":      {RuleUnknownType, "notice", Subject{}, func(s *scene) { s.step(Step{Kind: StepUnknown, Text: "event_msg.zap"}) }},
		"sums that disagree":   {RuleChecksum, "warn", Subject{}, func(s *scene) { s.step(Step{Kind: StepSum, Text: "grew by 5"}) }},
	} {
		s := newScene(c.subject)
		c.play(s)
		if got := s.worst(c.rule); got != c.want {
			t.Errorf("%s: %s is %q, want %q", name, c.rule, got, c.want)
		}
	}
}

func attempts(s *scene, n int, every time.Duration) {
	s.respond(0)
	times(n, func(int) { s.wait(every); s.step(Step{Kind: StepAttempt}) })
}

func spawn(s *scene, n, depth int, every time.Duration) {
	times(n, func(int) {
		s.calls++
		s.wait(every)
		s.thread = fmt.Sprint("agent", depth, "-", s.calls)
		s.step(Step{Kind: StepThread, Agent: "thread_spawn", Parent: "root", Depth: depth})
		s.thread = "root"
	})
}

// Once an episode is raised it stays one; when it is over it is resolved, and the
// next one has another name.
func TestEpisodes(t *testing.T) {
	s := newScene(Subject{})
	times(7, func(int) { s.run("cat a", "text", 0) })
	s.patch("b", "other")
	times(3, func(int) { s.run("cat a", "text", 0) })
	var said []string
	ids := map[string]bool{}
	for _, e := range s.all {
		said = append(said, fmt.Sprintf("%s %s %d", e.Severity, e.State, e.ResponseIndex))
		ids[e.ID] = true
	}
	if want := []string{"warn open 3", "page open 5", "page resolved 5", "warn open 11"}; !slices.Equal(said, want) || len(ids) != 2 {
		t.Errorf("said %q with %d names, want %q with 2", said, len(ids), want)
	}
	if open := s.w.Open(); len(open) != 1 || open[0].Severity != Warn {
		t.Errorf("open: %+v", open)
	}
}

// The same steps give the same names, whoever judges them.
func TestNamesAreStable(t *testing.T) {
	names := func() (ids []string) {
		s := newScene(Subject{})
		times(5, func(int) { s.run("cat a", "text", 0) })
		for _, e := range s.all {
			ids = append(ids, e.ID)
		}
		return ids
	}
	if a, b := names(), names(); !slices.Equal(a, b) || len(a) == 0 || a[0] != a[len(a)-1] {
		t.Errorf("%q and %q", a, b)
	}
}

// Two warnings of different families within ten minutes are a page, unless
// something came of the run; facts are no such warnings.
func TestTwoFamiliesAreAPage(t *testing.T) {
	for name, c := range map[string]struct {
		between func(s *scene)
		want    bool
	}{
		"at once":         {func(*scene) {}, true},
		"much later":      {func(s *scene) { s.wait(11 * time.Minute) }, false},
		"with a patch":    {func(s *scene) { s.patch("a", "x") }, false},
		"a fact is none":  {nil, false},
		"the same family": {func(s *scene) {}, true},
	} {
		s := newScene(Subject{})
		s.ask("Fix it")
		if c.between == nil {
			s.context = 160_000
			s.respond(0.9)
			attempts(s, 3, time.Second)
		} else {
			times(3, func(int) { s.run("cat a", "text", 0) })
			c.between(s)
			attempts(s, 3, time.Second)
		}
		if got := s.worst(RuleRetryStorm) == "page"; got != c.want {
			t.Errorf("%s: page %v, want %v", name, got, c.want)
		}
	}
}

func TestEveryExceptionSaysWhatToDo(t *testing.T) {
	s := newScene(Subject{})
	s.ask("Fix it")
	s.context = 160_000
	times(6, func(int) { s.run("cat a", "text", 0) })
	attempts(s, 6, time.Second)
	s.bucket.Model = "gpt-6-astra"
	s.respond(0)
	if len(s.all) < 4 {
		t.Fatalf("only %d exceptions", len(s.all))
	}
	for _, e := range s.all {
		if e.Advice.Action == "" || e.Advice.Detail == "" || e.Observed == "" || e.Threshold == "" || len(e.Evidence) == 0 {
			t.Errorf("%s lacks something: %+v", e.Rule, e)
		}
		if e.Severity == Page && e.Rule == RuleLoopIdentical && (e.Advice.Action != ActTakeOver || e.Advice.Saving <= 0 || e.Waste <= 0) {
			t.Errorf("%+v", e)
		}
	}
}
