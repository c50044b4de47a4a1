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
	totals []*regexp.Regexp // the number is told; the largest line's one counts
	passed *regexp.Regexp
	lines  []*regexp.Regexp // one line a failure
}

var failureCounters = sync.OnceValue(func() counters {
	return counters{
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

// failures is how many failures a check's output tells of; false where it tells
// nothing of them. An output that was cut tells of those that are left.
func failures(out string) (int, bool) {
	p := failureCounters()
	most, known := 0, false
	for _, re := range p.totals {
		for _, m := range re.FindAllStringSubmatch(out, 64) {
			if n, err := strconv.Atoi(m[1]); err == nil {
				most, known = max(most, n), true
			}
		}
	}
	if known {
		return most, true
	}
	for _, re := range p.lines {
		most = max(most, len(re.FindAllStringIndex(out, 1000)))
	}
	if most > 0 {
		return most, true
	}
	return 0, p.passed.MatchString(out)
}

// checkFailed says that a check did not pass, by its exit code and, since a pipe
// hides that, by what it said.
func checkFailed(failedExit bool, out string) (failed bool, n int, known bool) {
	n, known = failures(outputBody(out))
	if failedExit {
		if known && n == 0 {
			known = false
		}
		return true, n, known
	}
	if known && n > 0 && !strings.Contains(out, "0 failed") {
		return true, n, true
	}
	return false, 0, known
}
