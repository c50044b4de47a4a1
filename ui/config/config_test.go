package config

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
)

func TestParse(t *testing.T) {
	s, err := Parse("c.toml", []byte(`
timezone = "Europe/Berlin"
codex_home = ["~/.codex", "work", "/srv/codex"]
user = "ada"
theme = "cvd"
color = "never"
ascii = true
[[price]]
model = "my-model"
from = "2026-01-01"
input = 1.25
cached = "0.125"
output = 10
tiers = { fast = { input = 2.5, output = 20 } }
`))
	if err != nil {
		t.Fatal(err)
	}
	if s.Timezone.Location().String() != "Europe/Berlin" || s.User != "ada" || s.Theme.Name != "cvd" || s.Color.When != "never" || !s.ASCII {
		t.Errorf("%+v", s)
	}
	homes := s.Homes("/etc/tokenburn/config.toml", "/home/ada")
	if got := strings.Join(homes, " "); got != "/home/ada/.codex /etc/tokenburn/work /srv/codex" {
		t.Errorf("homes %s", got)
	}
	list, err := price.Default().With(s.Overrides())
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range list.Rows() {
		if r.Model == "my-model" {
			if r.Rates.Input != 1_250_000 || r.Rates.Cached != 125_000 || r.Rates.Output != 10_000_000 || r.Tiers["fast"].Output != 20_000_000 {
				t.Errorf("%+v", r)
			}
			return
		}
	}
	t.Error("the price is not in the list")
}

// Each mistake is told with its place and with what would be right.
func TestMistakes(t *testing.T) {
	for _, c := range []struct{ text, message, excerpt string }{
		{"user = \"ada\"\ntimezone = \"Mars/Base\"\n", `c.toml:2:12: invalid time zone "Mars/Base"`,
			"    1 | user = \"ada\"\n    2 | timezone = \"Mars/Base\"\n      |            ^^^^^^^^^^^ want a name such as \"Europe/Berlin\", \"UTC\" or \"local\""},
		{"theme = \"pink\"", `c.toml:1:9: invalid theme "pink"`, "^^^^^^ want one of auto, dark,"},
		{"color = \"red\"", `c.toml:1:9: invalid color "red"`, "want auto, always or never"},
		{"colour = \"red\"", `c.toml:1:1: unknown setting "colour"`, "^^^^^^ want one of timezone, codex_home,"},
		{"ascii = 1", `c.toml:1:9: invalid value`, "want true or false, not an integer"},
		{"codex_home = \"~/.codex\"", `c.toml:1:14: invalid value`, `want a list such as ["~/.codex"], not a string`},
		{"user = 3", `c.toml:1:8: invalid value`, "want text in quotes, not an integer"},
		{"user = ", `c.toml:1:7: expected value`, "^"},
		{"user = \"a\"\nuser = \"b\"", `c.toml:2:1: key user is already defined`, "^^^^"},
		{"[[price]]\nmodel = \"m\"\ninput = \"5 dollars\"\noutput = 1", `c.toml:3:9: invalid amount "5 dollars"`, "^^^^^^^^^^^ want dollars per million tokens, such as 1.25"},
		{"[[price]]\nmodel = \"m\"\ninput = -5\noutput = 1", `c.toml:3:9: invalid amount "-5"`, "^^"},
		{"[[price]]\nmodel = \"m\"\ninput = 5\noutput = 1\nfrom = \"May\"", `c.toml:5:8: invalid date "May"`, "want one such as 2026-11-23"},
		{"[[price]]\nmodel = \"m\"\ninput = 5\noutput = 1\nfrom = 2026-01-01", `c.toml:5:8: invalid value`, "want a date in quotes, such as \"2026-11-23\", not a local date"},
		{"[[price]]\nmodel = \"m\"\ninput = 5\nprize = 1", `c.toml:4:1: unknown setting "price.prize"`, "want one of model, from,"},
		{"[[price]]\nmodel = \"a\"\ninput = 1\noutput = 1\n\n[[price]]\nmodel = \"m\"\ninput = 5\n", `c.toml:6:1: invalid price`, "output: is missing"},
		{"x\x1b[2J = 1", `c.toml:1:`, "    1 | x [2J = 1"},
	} {
		_, err := Parse("c.toml", []byte(c.text))
		var mistake *Error
		if !errors.As(err, &mistake) {
			t.Errorf("%q: %v", c.text, err)
			continue
		}
		if !strings.HasPrefix(err.Error(), c.message) {
			t.Errorf("%q: %s, want %s", c.text, err, c.message)
		}
		if !strings.Contains(mistake.Excerpt, c.excerpt) {
			t.Errorf("%q:\n%s\nwant\n%s", c.text, mistake.Excerpt, c.excerpt)
		}
		if strings.ContainsRune(mistake.Excerpt+err.Error(), 0x1b) {
			t.Errorf("%q: an escape sequence got out", c.text)
		}
	}
}

func TestRead(t *testing.T) {
	dir := t.TempDir()
	if _, err := Read(filepath.Join(dir, "none.toml")); !errors.Is(err, ErrMissing) {
		t.Errorf("no file: %v", err)
	}
	if _, err := Read(dir); err == nil || errors.Is(err, ErrMissing) {
		t.Errorf("a folder: %v", err)
	}
	file := filepath.Join(dir, "c.toml")
	if err := os.WriteFile(file, []byte(Default()), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err := Read(file); err != nil || s.User != "" || len(s.Prices) != 0 {
		t.Errorf("the default file sets something: %+v, %v", s, err)
	}
}

// What the default file shows behind # is right, too.
func TestDefaultExamplesAreValid(t *testing.T) {
	var lines []string
	for line := range strings.SplitSeq(Default(), "\n") {
		if bare, ok := strings.CutPrefix(line, "#"); ok && bare != "" && bare[0] != ' ' {
			line = bare
		}
		lines = append(lines, line)
	}
	s, err := Parse("default.toml", []byte(strings.Join(lines, "\n")))
	if err != nil {
		t.Fatal(err)
	}
	if s.User != "ada" || len(s.Prices) != 1 || s.Timezone.Location() == nil {
		t.Errorf("%+v", s)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(Default()))
	f.Add([]byte("[[price]]\nmodel = \"m\"\ninput = 5\noutput = 1\ntiers = { \"\" = {} }"))
	f.Add([]byte("x = \"\x1b[2J\""))
	f.Add([]byte("user = \"\"\"\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		_, err := Parse("c.toml", text)
		var mistake *Error
		if err != nil && !errors.As(err, &mistake) {
			t.Fatalf("%T: %v", err, err)
		}
		if mistake != nil && (mistake.Line < 1 || mistake.Col < 1 || strings.ContainsRune(mistake.Excerpt, 0x1b)) {
			t.Fatalf("%+v", mistake)
		}
	})
}
