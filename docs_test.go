package main_test

import (
	"encoding/json"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// keyed are the fields whose value has names of the data's own, such as models:
// those are not fields.
var keyed = []string{"models", "days", "skipped", "line_kinds", "decided", "states", "codex_versions", "unknown_line_types", "tiers", "unpriced_tokens"}

// Whatever a command prints as JSON is described in docs/json.md, under the command's own head.
func TestJSONIsDescribed(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile("docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	home := history(t, time.Now().UTC(), 2)
	for head, args := range map[string][]string{
		"usage --json":         {"usage", "--json", "--by", "project"},
		"ls --json":            {"ls", "--json", "--all"},
		"status --format json": {"status", "--format", "json"},
		"why RUN --json":       {"why", "1", "--json"},
		"prices --json":        {"prices", "--json"},
		"doctor --json":        {"doctor", "--json"},
		"version --json":       {"version", "--json"},
	} {
		_, section, ok := strings.Cut(string(text), "\n## `"+head+"`\n")
		if !ok {
			t.Errorf("docs/json.md has no part %q", head)
			continue
		}
		section, _, _ = strings.Cut(section, "\n## ")
		if strings.Contains(section, "as in `prices --json`") {
			_, prices, _ := strings.Cut(string(text), "\n## `prices --json`\n")
			section += prices
		}
		got := run(t, append([]string{"--codex-home", home}, args...)...)
		var v any
		if err := json.Unmarshal([]byte(got.out), &v); err != nil {
			t.Fatalf("%s: %v\n%s", head, err, got.out)
		}
		for _, name := range fields(v, nil) {
			if !strings.Contains(section, "`"+name+"`") && !strings.Contains(usagePart(string(text)), "`"+name+"`") {
				t.Errorf("docs/json.md does not describe %s of %s", name, head)
			}
		}
	}
	f := follow(t, home)
	s := newSession(t, home, time.Now().UTC(), "/src/observatory")
	s.begin(time.Now(), "main", "map the sky")
	s.command(time.Now(), "count stars", 1)
	s.edit(time.Now(), "/src/observatory/sky.txt", "one\ntwo\n")
	s.respond(time.Now(), dollar)
	s.end(time.Now(), "mapped")
	f.await("the turn's end", turnEnded(s.id, "done"))
	_, section, _ := strings.Cut(string(text), "\n## `watch --json`\n")
	for _, x := range f.all() {
		var v any
		if err := json.Unmarshal([]byte(x.line), &v); err != nil {
			t.Fatal(err)
		}
		for _, name := range append(fields(v, nil), x.Type) {
			if !strings.Contains(section, "`"+name+"`") && !strings.Contains(usagePart(string(text)), "`"+name+"`") {
				t.Errorf("docs/json.md does not describe %s of watch --json", name)
			}
		}
	}
}

// usagePart is what docs/json.md says of U, which many documents hold.
func usagePart(text string) string {
	_, part, _ := strings.Cut(text, "\n## U: usage\n")
	part, _, _ = strings.Cut(part, "\n## ")
	return part
}

// fields gives the names of all fields in a document.
func fields(v any, into []string) []string {
	switch v := v.(type) {
	case []any:
		for _, x := range v {
			into = fields(x, into)
		}
	case map[string]any:
		for name, x := range v {
			if !slices.Contains(into, name) {
				into = append(into, name)
			}
			inner, isObject := x.(map[string]any)
			if isObject && (slices.Contains(keyed, name) || name == "threads") {
				for _, y := range inner {
					into = fields(y, into)
				}
				continue
			}
			into = fields(x, into)
		}
	}
	return into
}

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
	for _, from := range []string{"README.md", "CONTRIBUTING.md", "SECURITY.md", "docs/accounting.md", "docs/json.md"} {
		text, err := os.ReadFile(from)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range link.FindAllStringSubmatch(string(text), -1) {
			if _, err := os.Stat(m[1]); err != nil {
				t.Errorf("%s links to %s: %v", from, m[1], err)
			}
		}
	}
}
