package main_test

import (
	"encoding/json"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/control/codextest"
)

// dayReport is what "day --json" says of output, as far as this test asks.
type dayReport struct {
	Usage struct {
		CostUSD string `json:"cost_usd"`
	} `json:"usage"`
	Output struct {
		Files       int     `json:"files"`
		Commits     *int    `json:"commits"`
		Accepted    *int    `json:"accepted"`
		LinkedUSD   *string `json:"linked_usd"`
		Unknown     *string `json:"commits_unknown_because"`
		TestsFixed  int     `json:"tests_fixed"`
		FirstOf     int     `json:"first_test_of"`
		FirstPassed int     `json:"first_test_passed"`
		Links       []struct {
			Subject string `json:"subject"`
			Linked  bool   `json:"linked"`
			State   string `json:"state"`
			Runs    []struct {
				Run    string  `json:"run"`
				Credit float64 `json:"credit"`
			} `json:"runs"`
		} `json:"links"`
	} `json:"output"`
}

func dayOf(t *testing.T, home string) dayReport {
	t.Helper()
	got := run(t, "--codex-home", home, "day", "--json")
	if got.code != 0 {
		t.Fatalf("day --json: exit code %d\n%s", got.code, got.err)
	}
	var r dayReport
	if err := json.Unmarshal([]byte(got.out), &r); err != nil {
		t.Fatalf("day --json: %v\n%s", err, got.out)
	}
	return r
}

// What the real Codex changes, tests and commits is found, by patches and in code
// mode, in a repository and in a worktree of it; what is taken back is too.
func TestDayOfRealCodex(t *testing.T) {
	t.Parallel()
	if testing.Short() {
		t.Skip("runs the real Codex CLI")
	}
	codextest.Codex(t)
	server := codextest.NewServer(t)
	home := codextest.NewHome(t, server)
	shop := home.Work("shop")
	tree := filepath.Join(filepath.Dir(shop), "shop-tree")
	git := func(dir string, args ...string) {
		t.Helper()
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Env = dir, home.Env()
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	git(shop, "worktree", "add", "-q", "-b", "feature", tree)
	server.Set("mend", codextest.Script{
		{Calls: []codextest.Call{codextest.Shell("echo 'test -f mended.txt' > run-tests.sh; bash ./run-tests.sh")}},
		{Calls: []codextest.Call{codextest.Patch("*** Begin Patch\n*** Add File: mended.txt\n+yes\n*** End Patch\n")}},
		{Calls: []codextest.Call{codextest.Shell("bash ./run-tests.sh")}},
		{Calls: []codextest.Call{codextest.Shell("git add mended.txt && git commit -qm 'mend it'")}},
		{Text: "Mended."},
	})
	ids := map[string]string{}
	for subject, c := range map[string]struct{ dir, script, model string }{
		"add p":   {shop, "patch", "gpt-5.5"},
		"mend it": {tree, "mend", "gpt-5.5"},
	} {
		res := home.Exec(c.dir, "-m", c.model, codextest.Prompt("go", c.script))
		if res.ExitCode != 0 {
			t.Fatalf("codex exec %s: %d\n%s", c.script, res.ExitCode, res.Stderr)
		}
		ids[subject] = res.ThreadID
	}
	if res := home.Exec(shop, "-m", "gpt-6-luna", codextest.Prompt("go", "code")); res.ExitCode != 0 {
		t.Fatalf("codex exec code: %d\n%s", res.ExitCode, res.Stderr)
	} else {
		ids["by hand"] = res.ThreadID
	}
	git(shop, "add", "c.txt")
	git(shop, "commit", "-qm", "by hand")
	git(shop, "revert", "--no-edit", "HEAD")

	d := dayOf(t, home.Dir)
	o := d.Output
	if o.Unknown != nil || o.Commits == nil || *o.Commits != 3 || *o.Accepted != 2 || o.Files != 3 || o.TestsFixed != 1 || o.FirstOf != 1 || o.FirstPassed != 1 {
		t.Errorf("%+v", o)
	}
	if o.LinkedUSD == nil || *o.LinkedUSD != d.Usage.CostUSD {
		t.Errorf("linked %v of %s", o.LinkedUSD, d.Usage.CostUSD)
	}
	for _, l := range o.Links {
		state := "kept"
		if l.Subject == "by hand" {
			state = "reverted"
		}
		if !l.Linked || l.State != state || len(l.Runs) != 1 || l.Runs[0].Run != ids[l.Subject] || l.Runs[0].Credit != 1 {
			t.Errorf("%q: %+v, want %s by %s", l.Subject, l, state, ids[l.Subject])
		}
	}
}
