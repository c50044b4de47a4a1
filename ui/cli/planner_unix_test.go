//go:build unix

package cli

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

func TestPlanner(t *testing.T) {
	dir := t.TempDir()
	file, repo := filepath.Join(dir, "config.toml"), filepath.Join(dir, "shop")
	if err := os.MkdirAll(repo, 0o755); err != nil {
		t.Fatal(err)
	}
	own := filepath.Join(repo, ".tokenburn.toml")
	write := func(path, text string) {
		t.Helper()
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	const day = "[[budget]]\nname = \"day\"\nperiod = \"day\"\nlimit = \"$5\"\n"
	write(file, day)
	a := &app{env: environment{"HOME=" + dir}, flags: flags{config: file, noLedger: true, color: "auto"}}
	if err := a.prepare(); err != nil {
		t.Fatal(err)
	}
	p := a.planner()
	repos := monitor.Repositories{"github.com/acme/shop": repo}
	load := func(budgets []string, problem string) {
		t.Helper()
		got := p.load(repos)
		var names []string
		for _, b := range got.Plan.Budgets {
			names = append(names, b.Name)
		}
		text := ""
		for _, n := range got.Problems {
			text += n.Text + "\n"
		}
		if !slices.Equal(names, budgets) || problem == "" && text != "" || !strings.Contains(text, problem) {
			t.Errorf("budgets %q, want %q; problems %q, want %q in them", names, budgets, text, problem)
		}
		if !slices.Equal(got.Files, []string{file, own}) {
			t.Errorf("files %q", got.Files)
		}
	}
	load([]string{"day"}, "")
	write(own, "[[budget]]\nname = \"run\"\nperiod = \"run\"\nlimit = \"$1\"\n")
	load([]string{"day", "shop: run"}, "")
	write(file, day+"nonsense = 1\n")
	load([]string{"day", "shop: run"}, "config.toml:5:1: unknown setting")
	write(file, day+"at_limit = \"gate\"\n[notify]\nbell = true\n")
	load([]string{"day", "shop: run"}, "")
	if !p.notify().Bell {
		t.Error("the settings about telling are as before")
	}
	write(own, "[[budget]]\nname = \"run\"\nperiod = \"run\"\nlimit = \"$1\"\nat_limit = \"stop\"\n")
	load([]string{"day", "shop: run"}, "may not stop runs")
	if err := os.Remove(own); err != nil {
		t.Fatal(err)
	}
	if err := syscall.Mkfifo(own, 0o644); err == nil {
		load([]string{"day", "shop: run"}, "is not a file") // and is not waited for
		os.Remove(own)
	}
	load([]string{"day"}, "")
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	load([]string{"day"}, "no such file") // it was asked for by name
}
