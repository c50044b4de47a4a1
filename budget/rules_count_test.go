package budget

import "testing"

// What runners and compilers say of failures, as they print it.
func TestFailures(t *testing.T) {
	for name, c := range map[string]struct {
		out  string
		n    int
		want stage
	}{
		"pytest":        {"FAILED tests/a.py::x - assert\n=== 2 failed, 8 passed in 0.42s ===", 2, stageTest},
		"pytest, green": {"==== 10 passed in 0.42s ====", 0, stageUnknown},
		"jest":          {"Tests:       3 failed, 9 passed, 12 total", 3, stageTest},
		"vitest":        {" Tests  1 failed | 4 passed (5)", 1, stageTest},
		"cargo test":    {"test result: FAILED. 4 passed; 2 failed; 0 ignored", 2, stageTest},
		"cargo, green":  {"test result: ok. 4 passed; 0 failed; 0 ignored", 0, stageTest},
		"mocha":         {"  12 passing (30ms)\n  4 failing", 4, stageTest},
		"rspec":         {"9 examples, 1 failure", 1, stageTest},
		"rspec, green":  {"9 examples, 0 failures", 0, stageTest},
		"junit":         {"Tests run: 5, Failures: 2, Errors: 0", 2, stageTest},
		"dotnet":        {"Failed!  - Failed:     2, Passed:     8", 2, stageTest},
		"unittest":      {"FAILED (failures=3)", 3, stageTest},
		"ctest":         {"2 tests failed out of 9", 2, stageTest},
		"go test":       {"--- FAIL: TestA (0.00s)\n    --- FAIL: TestA/b (0.00s)\nFAIL", 2, stageTest},
		"go test, ok":   {"ok  \texample.com/x\t0.01s", 0, stageTest},
		"go build":      {"# x\n./a.go:3:4: undefined: y\n./b.go:3:4: undefined: z", 2, stageCompile},
		"tsc":           {"src/a.ts(1,2): error TS1: no\nsrc/b.ts(1,2): error TS1: no\nFound 2 errors.", 2, stageCompile},
		"eslint":        {"✖ 5 problems (4 errors, 1 warning)", 5, stageCompile},
		"mypy":          {"Found 7 errors in 2 files", 7, stageCompile},
		"rustc":         {"error[E0425]: x\nerror: could not compile `x` (lib) due to 3 previous errors", 3, stageCompile},
		"gcc":           {"a.c:3:4: error: x\na.c:9:4: error: y\n", 2, stageCompile},
		"traceback":     {"Traceback (most recent call last):\nValueError: no", 1, stageCompile},
		"tap":           {"not ok 1 - a\nnot ok 2 - b\nok 3", 2, stageTest},
		"anything else": {"hello", 0, stageUnknown},
		"nothing":       {"", 0, stageUnknown},
	} {
		if n, at := failures(c.out); n != c.n || at != c.want {
			t.Errorf("%s: %d at %d, want %d at %d", name, n, at, c.n, c.want)
		}
	}
}

// A failure that a pipe hides is seen in what the tests say.
func TestAPipeHidesNoFailure(t *testing.T) {
	for out, want := range map[string]bool{"--- FAIL: TestA\nFAIL": true, "ok x 0.1s": false, "2 failed, 1 passed": true, "a.c:1:2: error: in a log": false} {
		if bad, _, _ := checkFailed(false, out); bad != want {
			t.Errorf("%q: %v, want %v", out, bad, want)
		}
	}
}
