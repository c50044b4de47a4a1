package budget

import (
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// TestRun says whether a call runs tests whose outcome its exit code tells, and
// gives what makes two such runs comparable: the command without options and without
// what only leads up to it. It is false for a command whose exit code is that of something after
// the tests ("go test | tail", "npm test; git status", "pytest || true").
func TestRun(c *model.Call) (key string, ok bool) {
	if !c.Done || !c.HasExit || !mayTest(c.Command) {
		return "", false
	}
	line := strings.TrimSpace(c.Command)
	bare := shapes().quoted.ReplaceAllStringFunc(line, func(q string) string { return strings.Repeat("Q", len(q)) })
	if i := strings.LastIndexAny(bare, ";\n"); i >= 0 {
		line, bare = strings.TrimSpace(line[i+1:]), strings.TrimSpace(bare[i+1:])
	}
	if strings.Contains(bare, "|") || strings.HasSuffix(bare, "&") {
		return "", false
	}
	if i := strings.LastIndex(bare, "&&"); i >= 0 {
		line = strings.TrimSpace(line[i+2:])
	}
	last := model.Call{Tool: model.Tool{Name: c.Name, Command: line}}
	if !tests(&last) || shapeOf(&last) != shapeVerify {
		return "", false
	}
	return verifyKey(&last), true
}

// mayTest is a quick look at whether a command can run tests at all.
func mayTest(command string) bool {
	for _, w := range [...]string{"test", "spec", "check", "verify", "jest", "mocha", "tox", "nox", "ava", "karma", "cypress", "playwright", "pest", "bats", "prove", "busted", "e2e"} {
		if strings.Contains(command, w) {
			return true
		}
	}
	return false
}
