package main_test

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// rooms says which of our own folders each folder may import, as the table in
// CONTRIBUTING.md does. A folder stands for those inside it; the nearest one counts.
var rooms = map[string][]string{
	".":                 {"ui/cli"},
	"model":             {},
	"budget":            {"model", "budget"},
	"watch":             {"model", "watch"},
	"control":           {"model", "control"},
	"control/codextest": {"model", "control/appserver"},
	"ledger":            {"model", "budget", "ledger"},
	"monitor":           {"model", "budget", "watch", "control", "ledger", "monitor"},
	"themes":            {},
	"scripts/corpus":    {},
	"ui":                {"model", "budget", "watch", "control", "ledger", "monitor", "themes", "ui"},
	"ui/tui":            {"model", "budget", "control", "monitor", "themes"}, // of control its words only: see below
}

// An import that the table does not allow, or a folder that it does not know.
func TestRoomsImportOnlyWhatTheyMay(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-f", `{{.ImportPath}}{{range .Imports}} {{.}}{{end}}`, "./...").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	const module = "github.com/tokenburn-sentinel/tokenburn"
	ours := func(path string) (string, bool) {
		if path == module {
			return ".", true
		}
		return strings.CutPrefix(path, module+"/")
	}
	for _, line := range strings.Split(strings.TrimSpace(string(out)), "\n") {
		words := strings.Fields(line)
		folder, _ := ours(words[0])
		may, known := rooms[room(folder)]
		if !known {
			t.Errorf("%s is in no room of the table", folder)
		}
		for _, path := range words[1:] {
			if p, mine := ours(path); mine && !inOne(p, may) {
				t.Errorf("%s imports %s; it may import %v", folder, p, may)
			}
		}
	}
}

// The screen shows what may be done about a run, and asks the monitor to do it: it
// names control's values and calls none of its functions that act.
func TestTheScreenActsOnNothing(t *testing.T) {
	t.Parallel()
	files, err := filepath.Glob("ui/tui/*.go")
	if err != nil || len(files) == 0 {
		t.Fatalf("no files: %v", err)
	}
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		b, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		for _, no := range []string{"control.New(", "control.Control", "control.Options", "control/appserver"} {
			if strings.Contains(string(b), no) {
				t.Errorf("%s uses %s", path, no)
			}
		}
	}
}

// Test support is for tests alone, and an HTTP client would be a sixth of the program.
func TestTheProgramHoldsOnlyWhatItNeeds(t *testing.T) {
	t.Parallel()
	out, err := exec.Command("go", "list", "-deps", ".").Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	for _, path := range strings.Fields(string(out)) {
		switch path {
		case "testing", "net/http", "crypto/tls", "github.com/coder/websocket":
			t.Errorf("the program holds %s", path)
		}
		if strings.HasSuffix(path, "/control/codextest") {
			t.Errorf("the program holds %s", path)
		}
	}
}

// room is the entry of the table that a folder belongs to.
func room(folder string) string {
	for {
		if _, ok := rooms[folder]; ok {
			return folder
		}
		i := strings.LastIndexByte(folder, '/')
		if i < 0 {
			return folder
		}
		folder = folder[:i]
	}
}

func inOne(folder string, of []string) bool {
	for _, r := range of {
		if folder == r || strings.HasPrefix(folder, r+"/") {
			return true
		}
	}
	return false
}
