package model

import "strings"

// Traits say what a change to a file is made of, where its lines tell.
type Traits uint8

// The traits of a change.
const (
	TraitComments Traits = 1 << iota // nothing but comments, doc comments and docstrings
	TraitTests                       // little else than tests inside of a source file
	TraitDDL                         // statements that change a database's schema
)

// A TraitReader finds the traits of a change from its lines. The zero value is
// not ready; use [ReadTraits].
type TraitReader struct {
	ext            string
	lines          int
	comment, other int
	inDoc, inTests bool
	tests, code    int
	ddl            bool
}

// maxTraitLines is how many lines of a change are looked at.
const maxTraitLines = 4000

// ReadTraits gives a reader for a change to the file at path.
func ReadTraits(path string) TraitReader {
	_, ext := splitExt(strings.ToLower(path[strings.LastIndexAny(path, `/\`)+1:]))
	return TraitReader{ext: ext}
}

// Line takes one line of the change: sign is '+', '-' or ' ' for a line that
// stays, and '@' for what a hunk's head says of the place.
func (r *TraitReader) Line(sign byte, text []byte) {
	if r.lines++; r.lines > maxTraitLines || sign != '+' && sign != '-' && sign != ' ' && sign != '@' {
		return
	}
	line := strings.TrimSpace(string(text[:min(len(text), 400)]))
	if strings.Contains(line, "mod tests") || strings.Contains(line, "#[cfg(test)]") || strings.Contains(line, "import.meta.vitest") {
		r.inTests = true
	}
	quotes := strings.Count(line, `"""`) + strings.Count(line, "'''")
	isDoc := r.inDoc || r.isComment(line, quotes)
	if quotes%2 == 1 && (sign != '-' || r.inDoc) && (r.ext == "py" || r.ext == "ex" || r.ext == "exs" || r.ext == "pyi") {
		r.inDoc = !r.inDoc
	}
	if sign == '@' || sign == ' ' || line == "" {
		return
	}
	if isDoc {
		r.comment++
	} else {
		r.other++
	}
	if sign == '+' && isTestLine(line) {
		r.tests++
		r.inTests = true
	}
	if !r.inTests && !isDoc {
		r.code++
	}
	if sign == '+' && r.ext == "sql" {
		r.ddl = r.ddl || isDDL(line)
	}
}

// Traits gives what was found.
func (r *TraitReader) Traits() (t Traits) {
	if r.comment > 0 && r.other == 0 {
		t |= TraitComments
	}
	if (r.tests > 0 || r.inTests) && r.code <= 2 && r.other > 0 {
		t |= TraitTests
	}
	if r.ddl {
		t |= TraitDDL
	}
	return t
}

// isComment says that a line is nothing but a comment in the file's language.
func (r *TraitReader) isComment(line string, quotes int) bool {
	switch r.ext {
	case "py", "pyi", "rb", "sh", "bash", "yml", "yaml", "toml", "ex", "exs", "r", "jl", "pl", "pm", "tf", "nix", "cmake", "gd", "coffee", "cr":
		if strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "#!") && !strings.HasPrefix(line, "#{") {
			return true
		}
		if r.ext == "py" || r.ext == "pyi" {
			return quotes > 0 && strings.IndexAny(line, `"'`) <= 1 || isDocstringProse(line)
		}
		return (r.ext == "ex" || r.ext == "exs") && (strings.HasPrefix(line, "@doc") || strings.HasPrefix(line, "@moduledoc") || strings.HasPrefix(line, "@typedoc"))
	case "sql", "lua", "hs", "elm", "adb", "ads", "vhd", "purs":
		return strings.HasPrefix(line, "--")
	case "clj", "cljs", "lisp", "el", "scm":
		return strings.HasPrefix(line, ";")
	case "erl", "hrl", "m", "tex":
		return strings.HasPrefix(line, "%") || strings.HasPrefix(line, "//")
	case "html", "xml", "vue", "svelte":
		return strings.HasPrefix(line, "<!--") || strings.HasPrefix(line, "//") || strings.HasPrefix(line, "*") || strings.HasPrefix(line, "/*")
	case "vb":
		return strings.HasPrefix(line, "'")
	case "md", "rst", "txt", "json", "":
		return false
	}
	return strings.HasPrefix(line, "//") && !strings.HasPrefix(line, "//go:") || strings.HasPrefix(line, "/*") || line == "*" || strings.HasPrefix(line, "* ") || strings.HasPrefix(line, "*/") ||
		strings.HasPrefix(line, "#[doc") || r.ext == "php" && strings.HasPrefix(line, "#") && !strings.HasPrefix(line, "#[")
}

// isDocstringProse takes a line of Python for a docstring's by what it is like,
// where the quotes that open it are outside of the hunk.
func isDocstringProse(line string) bool {
	for _, p := range [...]string{">>> ", "... ", ":param", ":return", ":raises", ":type", ":rtype", "Args:", "Returns:", "Raises:", "Yields:", "Example:", "Examples:", ".. "} {
		if strings.HasPrefix(line, p) {
			return true
		}
	}
	return strings.Count(line, " ") >= 3 && !strings.ContainsAny(line, "=(){}[]") && !strings.HasSuffix(line, ":") && strings.HasSuffix(line, ".")
}

func isTestLine(line string) bool {
	for _, p := range [...]string{"#[test]", "#[tokio::test", "#[rstest", "#[cfg(test)]", "def test_", "func Test", "func Benchmark", "func Fuzz", "@Test", "describe(", "it(", "test(", "TEST(", "TEST_F(", "TEST_CASE(", "proptest!", "test \"", "#[wasm_bindgen_test", "[Fact]", "[Theory]", "[Test]"} {
		if strings.HasPrefix(line, p) {
			return true
		}
	}
	return false
}

// isDDL says that a line of SQL changes a schema.
func isDDL(line string) bool {
	l := strings.ToLower(line)
	for _, w := range [...]string{"create table", "alter table", "drop table", "create index", "create unique index", "drop index", "add column", "drop column", "create type", "alter type", "create materialized", "add constraint", "rename column", "create view", "create extension"} {
		if strings.Contains(l, w) {
			return true
		}
	}
	return false
}
