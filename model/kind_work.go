package model

import "strings"

// asksForWork finds what the pattern beside it in phrases does: a verb of work at
// a sentence's beginning, or after what leads to one.
func asksForWork(h *heard) bool {
	s := h.plain
	for i := 0; i < len(s); i++ {
		if s[i]-'a' >= 26 || !beginsWord(s, i) {
			continue
		}
		end := i + 1
		for end < len(s) && isWord(s[end]) {
			end++
		}
		if isWorkVerb(s[i:end], s[end:]) && leadsTo(s[:i]) {
			return true
		}
		i = end
	}
	return false
}

// isWorkVerb says that a word, with what follows it, is a verb of work.
func isWorkVerb(word, rest string) bool {
	switch word {
	case "fix", "repair", "implement", "add", "refactor", "rename", "remove", "delete", "make", "change", "build", "create", "correct", "solve",
		"resolve", "handle", "support", "extract", "optimise", "optimize", "introduce", "apply", "address", "enable", "disable", "replace", "wire",
		"use", "adjust", "allow", "let", "stop", "prevent", "bump", "set", "revert", "clean", "simplify", "restore", "cache", "reduce", "improve",
		"finish", "patch", "integrate", "expose", "redesign", "style", "show":
		return true
	case "speed":
		return strings.HasPrefix(rest, " up") && endsWord(rest, 3)
	}
	return false
}

// leadsTo says that what stands before a verb makes it what is asked for.
func leadsTo(before string) bool {
	if before == "" {
		return true
	}
	for _, w := range [...]string{"please ", "and ", "then ", "so ", "can you ", "could you ", "to "} {
		if strings.HasSuffix(before, w) && beginsWord(before, len(before)-len(w)) {
			return true
		}
	}
	end := strings.TrimRight(before, " \t\n\f\r")
	return end != "" && strings.IndexByte(".!?,:;-", end[len(end)-1]) >= 0 || strings.HasSuffix(end, "–")
}

// dealsWithTools finds what asProduct does: a word of documentation, tests or
// migrations, and behind it one for what a program is.
func (h *heard) dealsWithTools() bool {
	if h.odd {
		return asProduct.MatchString(h.text)
	}
	s := h.plain
	for i := 0; i < len(s); i++ {
		if s[i]-'a' < 26 && beginsWord(s, i) && (isToolAbout(s[i:]) || isNamedTool(s[i:])) {
			return true
		}
	}
	return false
}

// isToolAbout says that a text begins with "test runner", "docs-generator" and the like.
func isToolAbout(s string) bool {
	var about []string
	switch s[0] {
	case 'd':
		about = []string{"docs", "doc", "documentation"}
	case 't':
		about = []string{"test", "typedoc"}
	case 's':
		about = []string{"schema", "sphinx", "swagger"}
	case 'm':
		about = []string{"migrations", "migration", "migrator", "mkdocs", "markdown"}
	case 'c':
		about = []string{"changelog", "codemod", "code review", "code-review", "codereview"}
	case 'r':
		about = []string{"review", "readme", "rspec"}
	case 'j':
		about = []string{"jest", "junit", "javadoc"}
	case 'o':
		about = []string{"openapi"}
	case 'p':
		about = []string{"pytest"}
	case 'v':
		about = []string{"vitest"}
	case 'u':
		about = []string{"upgrade"}
	case 'l':
		about = []string{"lint"}
	}
	for _, a := range about {
		if rest, ok := strings.CutPrefix(s, a); ok && (isTool(rest) || rest != "" && (rest[0] == ' ' || rest[0] == '-') && isTool(rest[1:])) {
			return true
		}
	}
	return false
}

// isTool says that a text begins with a word for what a program is.
func isTool(s string) bool {
	for _, w := range [...]string{"generator", "builder", "tool", "plugin", "engine", "runner", "renderer", "parser", "service", "bot", "command",
		"framework", "reporter", "extension", "compiler", "library", "linter", "app", "cli", "site generator", "extractor", "pipeline", "server",
		"planner", "assistant", "loader", "ui", "dashboard", "page", "button"} {
		if strings.HasPrefix(s, w) && endsWord(s, len(w)) {
			return true
		}
	}
	return false
}

// isNamedTool says that a text begins with what asProduct has besides.
func isNamedTool(s string) bool {
	for _, w := range [...]string{"dokumentationsgenerator", "migrationswerkzeug", "testplugin", "test-plugin"} {
		if strings.HasPrefix(s, w) {
			return true
		}
	}
	rest, ok := strings.CutPrefix(s, "in our ")
	if !ok {
		if rest, ok = strings.CutPrefix(s, "in the "); !ok {
			return false
		}
	}
	for _, about := range [...]string{"documentation ", "docs ", "migration ", "test "} {
		if of, ok := strings.CutPrefix(rest, about); ok {
			return strings.HasPrefix(of, "generator") || strings.HasPrefix(of, "tool") || strings.HasPrefix(of, "runner") || strings.HasPrefix(of, "plugin")
		}
	}
	return false
}
