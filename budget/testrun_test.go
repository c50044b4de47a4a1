package budget

import (
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

func TestTestRunsAreToldByTheirOwnExitCode(t *testing.T) {
	for command, want := range map[string]string{
		"go test ./...":                    "go test ./...",
		"go test -race -count=1 ./...":     "go test ./...",
		"cd cart && go test ./...":         "go test ./...",
		"export A=1; pytest tests/x.py -q": "pytest tests/x.py",
		"npm run test:unit":                "npm run test:unit",
		"cargo test cart":                  "cargo test cart",
		"go test ./... | tail -5":          "", // the exit code is tail's
		"go test ./... || true":            "",
		"pytest; git status":               "",
		"pytest &":                         "",
		"go test ./... 2>&1":               "go test ./...",
		"grep -rn test .":                  "",
		"cat test.sh":                      "",
		"echo 'go test ./...'":             "",
		"git commit -m 'go test'":          "",
		"ls":                               "",
		"":                                 "",
	} {
		key, ok := TestRun(&model.Call{Tool: model.Tool{Name: "exec_command", Command: command, HasExit: true}, Done: true})
		if key != want || ok != (want != "") {
			t.Errorf("%q: %q, %v; want %q", command, key, ok, want)
		}
	}
	if _, ok := TestRun(&model.Call{Tool: model.Tool{Command: "go test"}, Done: true}); ok {
		t.Error("without an exit code nothing is known")
	}
}
