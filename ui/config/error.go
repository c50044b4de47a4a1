package config

import (
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/pelletier/go-toml/v2"
)

// Error is a mistake in a settings file. Error() is its one-line form.
type Error struct {
	Path      string
	Line, Col int    // from 1; Col counts characters
	Text      string // what is wrong
	Want      string // what would be right, "" where Text says all
	Excerpt   string // the line, the one before it, and a row of carets under the mistake
}

// Error gives path:line:column: text.
func (e *Error) Error() string { return fmt.Sprintf("%s:%d:%d: %s", e.Path, e.Line, e.Col, e.Text) }

var (
	markers = regexp.MustCompile(`(?m)^ *\| *(~+)`)
	quotes  = regexp.MustCompile(`"([^"]+)"`)
	decode  = regexp.MustCompile(`^cannot decode TOML (\w[\w ]*) into .* of type (\S+)$`)
)

// place turns the decoder's error into one of ours.
func place(path string, text []byte, err error) error {
	var missing *toml.StrictMissingError
	var at *toml.DecodeError
	switch {
	case errors.As(err, &missing) && len(missing.Errors) > 0:
		first := missing.Errors[0]
		line, col := first.Position()
		key := inScope(first.Key(), text, line)
		return excerpt(path, text, line, col, width(first.String()), fmt.Sprintf("unknown setting %s", quoted(strings.Join(key, "."))), "want one of "+known(key))
	case errors.As(err, &at):
		line, col := at.Position()
		what, want, _ := strings.Cut(strings.TrimPrefix(at.Error(), "toml: "), ": want ")
		if m := decode.FindStringSubmatch(what); m != nil {
			what, want = "invalid value", kind(m[2])+", not "+article(m[1])
		}
		if want != "" {
			want = "want " + want
		}
		return excerpt(path, text, line, col, width(at.String()), what, want)
	}
	line, col, n := find(text, err.Error())
	what, want, ok := strings.Cut(strings.TrimPrefix(err.Error(), "toml: "), ": want ")
	if ok {
		want = "want " + want
	}
	return excerpt(path, text, line, col, n, what, want)
}

// find looks for the place of an error that the decoder gives none for, which are
// those about numbers: by the value that the error quotes.
func find(text []byte, message string) (line, col, width int) {
	if m := quotes.FindStringSubmatch(message); m != nil {
		for i, l := range strings.Split(string(text), "\n") {
			_, value, ok := strings.Cut(l, "=")
			if at := strings.Index(value, m[1]); ok && at >= 0 {
				return i + 1, utf8.RuneCountInString(l[:len(l)-len(value)+at]) + 1, utf8.RuneCountInString(m[1])
			}
		}
	}
	return 1, 1, 1
}

// inScope puts a scope's name into a key where the decoder leaves it out: inside
// of an inline table.
func inScope(key []string, text []byte, line int) []string {
	lines := strings.Split(string(text), "\n")
	if len(key) == 2 && key[0] == "budget" && line >= 1 && line <= len(lines) && strings.HasPrefix(strings.TrimSpace(lines[line-1]), "scope") {
		return []string{"budget", "scope", key[1]}
	}
	return key
}

// known lists the settings at the level of a key.
func known(key []string) string {
	if len(key) > 2 && key[0] == "budget" && key[1] == "scope" {
		return "project, user, model, client, task, kind"
	}
	if len(key) > 1 {
		switch key[0] {
		case "price":
			return "model, from, input, cached, cache_write, output, long_context, tiers"
		case "budget":
			return "name, scope, period, limit, parent, share, warn_at, at_limit, on_failure, approver"
		case "client":
			return "name, projects"
		case "task":
			return "pattern"
		case "policy":
			return "models, efforts, tiers"
		case "notify":
			return "bell, terminal, tmux, desktop, command, from, every, quiet, prompts"
		}
	}
	return "timezone, codex_home, user, theme, color, ascii, approver, unpriced, [[price]], [[client]], [task], [[budget]], [thresholds], [policy], [notify]"
}

// kind says a Go type in the words of a settings file.
func kind(goType string) string {
	switch {
	case goType == "bool":
		return "true or false"
	case strings.HasSuffix(goType, ".Day"):
		return `a date in quotes, such as "2026-11-23"`
	case strings.HasPrefix(goType, "[]string"):
		return `a list such as ["~/.codex"]`
	case strings.HasSuffix(goType, ".ModelNames"):
		return `a list such as ["gpt-6-luna"]`
	case strings.HasSuffix(goType, ".Effort"):
		return `a list such as ["low", "medium"]`
	case strings.HasPrefix(goType, "[]") && strings.HasSuffix(goType, ".Tier"):
		return `a list such as ["default"]`
	case strings.HasPrefix(goType, "[]int"):
		return "a list such as [50, 80, 100]"
	case goType == "int" || goType == "float64":
		return "a number"
	case strings.HasPrefix(goType, "[]"):
		return "tables, written [[" + strings.ToLower(goType[strings.LastIndexByte(goType, '.')+1:]) + "]]"
	case strings.HasSuffix(goType, ".Scope"), strings.HasSuffix(goType, ".TaskRule"), strings.HasSuffix(goType, ".Notify"), strings.HasSuffix(goType, ".Policy"), strings.HasPrefix(goType, "map["):
		return "a table"
	default:
		return "text in quotes"
	}
}

func article(tomlKind string) string {
	if strings.ContainsRune("aeiou", rune(tomlKind[0])) {
		return "an " + tomlKind
	}
	return "a " + tomlKind
}

// width is how many characters the decoder marked.
func width(report string) int {
	if m := markers.FindStringSubmatch(report); m != nil {
		return len(m[1])
	}
	return 1
}

// excerpt shows the line before and the line of a mistake with carets under it.
func excerpt(path string, text []byte, line, col, width int, what, want string) error {
	lines := strings.Split(string(text), "\n")
	var b strings.Builder
	for n := max(1, line-1); n <= line && n <= len(lines); n++ {
		fmt.Fprintf(&b, "%5d | %s\n", n, printable(lines[n-1]))
	}
	fmt.Fprintf(&b, "%5s | %s%s", "", strings.Repeat(" ", max(0, col-1)), strings.Repeat("^", max(1, width)))
	if want != "" {
		b.WriteString(" " + want)
	}
	return &Error{Path: path, Line: line, Col: col, Text: what, Want: want, Excerpt: b.String()}
}

// printable keeps the columns of a line: each control character becomes one space.
func printable(line string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, strings.TrimSuffix(line, "\r"))
}
