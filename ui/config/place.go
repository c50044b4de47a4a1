package config

import (
	"strings"
	"unicode/utf8"
)

// tableLine finds the line of the n-th [[name]], from 1; n counts from 0.
func tableLine(text []byte, name string, n int) int {
	for i, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(strings.ReplaceAll(strings.TrimSpace(line), " ", ""), "[["+name+"]]") {
			if n == 0 {
				return i + 1
			}
			n--
		}
	}
	return 1
}

// sectionLine finds the line of [name], 0 where there is none.
func sectionLine(text []byte, name string) int {
	for i, line := range strings.Split(string(text), "\n") {
		if strings.HasPrefix(strings.ReplaceAll(strings.TrimSpace(line), " ", ""), "["+name+"]") {
			return i + 1
		}
	}
	return 0
}

// fieldPlace finds where a setting's value stands in the table that begins at a
// line; where it is not said there, the table's own line. Line 0 is the file's beginning.
func fieldPlace(text []byte, line int, field string) (row, col, width int) {
	lines := strings.Split(string(text), "\n")
	for i := max(0, line); i < len(lines); i++ {
		trimmed := strings.TrimSpace(lines[i])
		if strings.HasPrefix(trimmed, "[") && line > 0 && !strings.HasPrefix(trimmed, "[budget.") && !strings.HasPrefix(trimmed, "[thresholds.") {
			break
		}
		key, value, ok := strings.Cut(lines[i], "=")
		if !ok || strings.Trim(strings.TrimSpace(key), `"'`) != field {
			continue
		}
		shown := strings.TrimSpace(value)
		at := len(key) + 1 + strings.Index(value, shown)
		if before, _, comment := strings.Cut(shown, " #"); comment {
			shown = strings.TrimSpace(before)
		}
		return i + 1, utf8.RuneCountInString(lines[i][:at]) + 1, max(1, utf8.RuneCountInString(shown))
	}
	if line < 1 || line > len(lines) {
		return 1, 1, 1
	}
	head := lines[line-1]
	shown := strings.TrimSpace(head)
	return line, utf8.RuneCountInString(head[:strings.Index(head, shown)]) + 1, max(1, utf8.RuneCountInString(shown))
}
