package monitor_test

import (
	"context"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/control/codextest"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// What the real Codex writes of a run that repeats itself, in both of its ways of
// calling tools, is found at the threshold; what it writes of one that works is not.
func TestRealCodexIsJudged(t *testing.T) {
	codextest.Codex(t)
	same := func(c codextest.Call) (s codextest.Script) {
		for range 7 {
			s = append(s, codextest.Step{Calls: []codextest.Call{c}})
		}
		return append(s, codextest.Step{Text: "I give up."})
	}
	for name, c := range map[string]struct {
		model  string
		script codextest.Script
		rule   string
		at     int
	}{
		"same command":   {"gpt-5.5", same(codextest.Shell("echo loop")), budget.RuleLoopIdentical, 5},
		"same in a code": {"gpt-6-luna", same(codextest.Code(`text((await tools.exec_command({cmd:"cat missing.txt"})).output)`)), budget.RuleLoopIdentical, 5},
		"patch fails":    {"gpt-5.5", same(codextest.Patch("*** Begin Patch\n*** Update File: none.txt\n@@\n-a\n+b\n*** End Patch\n")), budget.RuleLoopIdentical, 5},
		"it works":       {"gpt-5.5", codextest.Scripts()["patch"], "", 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			server := codextest.NewServer(t)
			server.Set("play", c.script)
			home := codextest.NewHome(t, server)
			run := home.Exec(home.Work("w"), "-m", c.model, codextest.Prompt("Fix it", "play"))
			out, err := monitor.Replay(context.Background(), monitor.Options{Homes: []string{home.Dir}, Zone: time.UTC}, monitor.Judgement{})
			if err != nil || len(out.Runs) != 1 {
				t.Fatalf("%v, %d runs\n%s", err, len(out.Runs), run.Stderr)
			}
			for _, e := range out.Exceptions {
				if e.Severity < budget.Critical {
					continue
				}
				if e.Rule != c.rule || e.ResponseIndex != c.at || string(e.Run) != run.ThreadID {
					t.Errorf("%s %s at response %d: %s", e.Severity, e.Rule, e.ResponseIndex, e.Observed)
				}
				c.rule = ""
			}
			if c.rule != "" {
				t.Errorf("%s was not found: %+v", c.rule, out.Exceptions)
			}
		})
	}
}
