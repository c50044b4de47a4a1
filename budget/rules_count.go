package budget

import (
	"regexp"
	"strconv"
	"sync"
)

// counters are how test runners, compilers and linters say how many failures
// there were. The first group is a number; a pattern without one counts lines.
type counters struct {
	totals                []*regexp.Regexp // the number is told; the largest line's one counts
	passed                *regexp.Regexp
	testTotals, testLines int              // so many of each, the first ones, are of tests that ran
	lines                 []*regexp.Regexp // one line a failure
}

var failureCounters = sync.OnceValue(func() counters {
	return counters{
		testTotals: 11, testLines: 3,
		totals: []*regexp.Regexp{
			regexp.MustCompile(`(?m)^=*\s*.*?\b(\d+) failed\b.*(?:passed|in \d|error|$)`), // pytest, playwright, cargo nextest
			regexp.MustCompile(`(?m)^Tests:?\s+(\d+) failed`),                             // jest, vitest
			regexp.MustCompile(`test result: FAILED\. \d+ passed; (\d+) failed`),          // cargo test
			regexp.MustCompile(`(?m)^\s*(\d+) failing\b`),                                 // mocha
			regexp.MustCompile(`\d+ (?:examples?|runs|tests?), .*?(\d+) failures?`),       // rspec, minitest, exunit
			regexp.MustCompile(`Failures: (\d+)`),                                         // junit, phpunit, surefire
			regexp.MustCompile(`Failed:\s+(\d+)`),                                         // dotnet
			regexp.MustCompile(`FAILED \((?:failures=(\d+))?`),                            // unittest
			regexp.MustCompile(`(\d+) tests? failed out of`),                              // ctest
			regexp.MustCompile(`(?m)^# fail (\d+)`),                                       // node --test, tap
			regexp.MustCompile(`(?m)^FAIL! -- \d+ Passed \| (\d+) Failed`),                // ginkgo
			regexp.MustCompile(`Found (\d+) errors?`),                                     // mypy, tsc, ruff
			regexp.MustCompile(`(\d+) problems? \(`),                                      // eslint
			regexp.MustCompile(`(?m)^(\d+) errors? generated`),                            // clang
			regexp.MustCompile(`due to (\d+) previous errors?`),                           // rustc
			regexp.MustCompile(`could not compile .* due to (\d+)`),
			regexp.MustCompile(`(?m)^\[ERROR\] .*?(\d+) errors?\b`),
			regexp.MustCompile(`(\d+) errors?\b[,.]? (?:and )?\d+ warnings?`),
		},
		passed: regexp.MustCompile(`(?m)\b0 (?:failed|failures|errors|problems|failing)\b|^OK\b|^ok\s|\bPASS\b|test result: ok|\bBUILD SUCCESS|\ball (?:tests|checks) pass`),
		lines: []*regexp.Regexp{
			regexp.MustCompile(`(?m)^\s*--- FAIL: `),                       // go test
			regexp.MustCompile(`(?m)^FAILED `),                             // pytest's summary
			regexp.MustCompile(`(?m)^\S+?:\d+:\d+: (?:fatal )?error\b`),    // gcc, clang, swift
			regexp.MustCompile(`(?m)^\S+\(\d+,\d+\): error `),              // tsc, msbuild
			regexp.MustCompile(`(?m)^\S+:\d+:\d+ - error `),                // tsc pretty
			regexp.MustCompile(`(?m)^error(?:\[E\d+\])?: `),                // rustc
			regexp.MustCompile(`(?m)^\S+\.go:\d+:\d+: `),                   // go build, vet
			regexp.MustCompile(`(?m)^\S+\.java:\d+: error: |^e: `),         // javac, kotlinc
			regexp.MustCompile(`(?m)^\s+(?:✕|✗|×|not ok)\s|^not ok\b`),     // jest, tap
			regexp.MustCompile(`(?m)^\s*\w*(?:Error|Exception): .{1,200}`), // a traceback's last line
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
	for i, re := range p.totals {
		for _, m := range re.FindAllStringSubmatch(out, 64) {
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
	for i, re := range p.lines {
		if n := len(re.FindAllStringIndex(out, 1000)); n > most {
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
