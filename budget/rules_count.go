package budget

import (
	"regexp"
	"strconv"
	"strings"
	"sync"
)

// counters are how test runners, compilers and linters say how many failures
// there were. The first group is a number; a pattern without one counts lines.
type counters struct {
	totals                []counter // the number is told; the largest line's one counts
	passed                *regexp.Regexp
	testTotals, testLines int       // so many of each, the first ones, are of tests that ran
	lines                 []counter // one line a failure
}

// counter is one way of telling failures; need is in every text that it is found in.
type counter struct {
	need string
	re   *regexp.Regexp
}

var failureCounters = sync.OnceValue(func() counters {
	return counters{
		testTotals: 11, testLines: 3,
		totals: []counter{
			{" failed", regexp.MustCompile(`\b(\d+) failed\b`)},                                  // pytest, playwright, cargo nextest
			{"failed", regexp.MustCompile(`(?m)^Tests:?\s+(\d+) failed`)},                        // jest, vitest
			{"FAILED", regexp.MustCompile(`test result: FAILED\. \d+ passed; (\d+) failed`)},     // cargo test
			{"failing", regexp.MustCompile(`(?m)^\s*(\d+) failing\b`)},                           // mocha
			{"failure", regexp.MustCompile(`\d+ (?:examples?|runs|tests?), .*?(\d+) failures?`)}, // rspec, minitest, exunit
			{"Failures: ", regexp.MustCompile(`Failures: (\d+)`)},                                // junit, phpunit, surefire
			{"Failed:", regexp.MustCompile(`Failed:\s+(\d+)`)},                                   // dotnet
			{"FAILED (", regexp.MustCompile(`FAILED \((?:failures=(\d+))?`)},                     // unittest
			{"failed out of", regexp.MustCompile(`(\d+) tests? failed out of`)},                  // ctest
			{"# fail", regexp.MustCompile(`(?m)^# fail (\d+)`)},                                  // node --test, tap
			{"FAIL! --", regexp.MustCompile(`(?m)^FAIL! -- \d+ Passed \| (\d+) Failed`)},         // ginkgo
			{"Found ", regexp.MustCompile(`Found (\d+) errors?`)},                                // mypy, tsc, ruff
			{"problem", regexp.MustCompile(`(\d+) problems? \(`)},                                // eslint
			{"generated", regexp.MustCompile(`(?m)^(\d+) errors? generated`)},                    // clang
			{"previous error", regexp.MustCompile(`due to (\d+) previous errors?`)},              // rustc
			{"could not compile", regexp.MustCompile(`could not compile .* due to (\d+)`)},
			{"[ERROR]", regexp.MustCompile(`(?m)^\[ERROR\] .*?(\d+) errors?\b`)},
			{"warning", regexp.MustCompile(`(\d+) errors?\b[,.]? (?:and )?\d+ warnings?`)},
		},
		passed: regexp.MustCompile(`(?m)\b0 (?:failed|failures|errors|problems|failing)\b|^OK\b|^ok\s|\bPASS\b|test result: ok|\bBUILD SUCCESS|\ball (?:tests|checks) pass`),
		lines: []counter{
			{"--- FAIL: ", regexp.MustCompile(`(?m)^\s*--- FAIL: `)},               // go test
			{"FAILED ", regexp.MustCompile(`(?m)^FAILED `)},                        // pytest's summary
			{" ", regexp.MustCompile(`(?m)^\s+(?:✕|✗|×|not ok)\s|^not ok\b`)},      // jest, tap
			{"error", regexp.MustCompile(`(?m)^\S+?:\d+:\d+: (?:fatal )?error\b`)}, // gcc, clang, swift
			{"): error ", regexp.MustCompile(`(?m)^\S+\(\d+,\d+\): error `)},       // tsc, msbuild
			{" - error ", regexp.MustCompile(`(?m)^\S+:\d+:\d+ - error `)},         // tsc pretty
			{"error", regexp.MustCompile(`(?m)^error(?:\[E\d+\])?: `)},             // rustc
			{".go:", regexp.MustCompile(`(?m)^\S+\.go:\d+:\d+: `)},                 // go build, vet
			{".java:", regexp.MustCompile(`(?m)^\S+\.java:\d+: error: `)},          // javac
			{"e: ", regexp.MustCompile(`(?m)^e: `)},                                // kotlinc
			{": ", regexp.MustCompile(`(?m)^\s*\w*(?:Error|Exception): .{1,200}`)}, // a traceback's last line
		},
	}
})

// stage is how far a check came before it failed.
type stage uint8

const (
	stageUnknown stage = iota
	stageCompile       // it did not compile, or a linter complained
	stageTest          // tests ran
)

// failures is how many failures a check's output tells of, and how far it came;
// stageUnknown where it tells nothing of them. An output that was cut tells of
// those that are left.
func failures(out string) (int, stage) {
	p := failureCounters()
	most, at := 0, stageUnknown
	for i, c := range p.totals {
		if !strings.Contains(out, c.need) {
			continue
		}
		for _, m := range c.re.FindAllStringSubmatch(out, 64) {
			n, err := strconv.Atoi(m[1])
			if err != nil {
				continue
			}
			most = max(most, n)
			if i < p.testTotals {
				at = stageTest
			}
			at = max(at, stageCompile)
		}
	}
	if at != stageUnknown {
		return most, at
	}
	for i, c := range p.lines {
		if !strings.Contains(out, c.need) {
			continue
		}
		if n := len(c.re.FindAllStringIndex(out, 1000)); n > most {
			most, at = n, stageCompile
			if i < p.testLines {
				at = stageTest
			}
		}
	}
	if at == stageUnknown && p.passed.MatchString(out) {
		at = stageTest
	}
	return most, at
}

// checkFailed says that a check did not pass, by its exit code and, since a pipe
// hides that, by what it said.
func checkFailed(failedExit bool, out string) (bad bool, n int, at stage) {
	n, at = failures(outputBody(out))
	if failedExit {
		if n == 0 {
			at = stageUnknown
		}
		return true, n, at
	}
	return n > 0 && at == stageTest, n, at
}
