package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The table of commands in README.md is that of the help.
func TestReadmeListsTheCommands(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(string(text), "\n## Commands\n")
	table, _, _ = strings.Cut(table, "\n## ")
	own := []string{"completion", "help", "man", "version"} // what every program has
	help := run(t, "--help").out
	for _, m := range regexp.MustCompile(`(?m)^    ([a-z]+) [A-Z\[]*.*  \S`).FindAllStringSubmatch(help, -1) {
		if !slices.Contains(own, m[1]) && m[1] != "tokenburn" && !strings.Contains(table, "`tokenburn "+m[1]+"`") {
			t.Errorf("README.md does not list %s:\n%s", m[1], help)
		}
	}
	for _, m := range regexp.MustCompile("(?m)^\\| `tokenburn ([a-z]+)`").FindAllStringSubmatch(table, -1) {
		if got := run(t, m[1], "--help"); got.code != 0 {
			t.Errorf("README.md lists %s: exit code %d\n%s", m[1], got.code, got.err)
		}
	}
}

// What README.md and docs link to is there.
func TestLinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	link := regexp.MustCompile(`\]\(([^)#:]+)(#[^)]*)?\)`)
	docs, err := filepath.Glob("docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, from := range append(docs, "README.md", "CONTRIBUTING.md", "SECURITY.md") {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(filepath.Join(filepath.Dir(from), m[1])); err != nil {
				t.Errorf("%s links to %s: %v", from, m[1], err)
			}
		}
	}
}

// The tests that SECURITY.md names are there.
func TestSecurityNamesItsTests(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("SECURITY.md")
	if err != nil {
		t.Fatal(err)
	}
	have := map[string]bool{}
	err = filepath.WalkDir(".", func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		b, err := os.ReadFile(path)
		for _, m := range regexp.MustCompile(`(?m)^func ((?:Test|Fuzz)\w+)`).FindAllSubmatch(b, -1) {
			have[string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	named := regexp.MustCompile("`((?:Test|Fuzz)[A-Z]\\w*)`").FindAllSubmatch(text, -1)
	if len(named) < 20 {
		t.Errorf("%d tests are named", len(named))
	}
	for _, m := range named {
		if !have[string(m[1])] {
			t.Errorf("SECURITY.md names %s, which is not there", m[1])
		}
	}
}
