package control

import (
	"slices"
	"strings"
	"testing"
)

// What is written for cmd.exe is what it and the C runtime read.
func TestCmdLine(t *testing.T) {
	for _, c := range []struct {
		words []string
		want  string
	}{
		{[]string{`C:\bin\tokenburn.exe`, "gate"}, `C:\bin\tokenburn.exe gate`},
		{[]string{`C:\Program Files\tokenburn.exe`, "gate", "--ledger", `D:\my state\l.db`}, `"C:\Program Files\tokenburn.exe" gate --ledger "D:\my state\l.db"`},
		{[]string{`C:\a&b\tokenburn.exe`, "gate", "--codex-home", `C:\my home\`}, `"C:\a&b\tokenburn.exe" gate --codex-home "C:\my home\\"`},
		{[]string{`C:\ann's\tokenburn.exe`, "gate", "--config", ""}, `"C:\ann's\tokenburn.exe" gate --config ""`},
		{[]string{`C:\größe\tokenburn.exe`, "gate", "--config", `C:\x\`}, `C:\größe\tokenburn.exe gate --config C:\x\`},
	} {
		got, err := cmdLine(c.words)
		if err != nil || got != c.want {
			t.Errorf("%q: %s, %v\nwant %s", c.words, got, err, c.want)
		}
		if back, ok := cmdWords(got); !ok || !slices.Equal(back, c.words) {
			t.Errorf("%s is read as %q, %v", got, back, ok)
		}
	}
	for _, w := range []string{`C:\%TEMP%\tokenburn.exe`, `C:\"x"\tokenburn.exe`, "C:\\a\nb", "a\x00b"} {
		if line, err := cmdLine([]string{w, "gate"}); err == nil {
			t.Errorf("%q can be written: %s", w, line)
		}
	}
}

// A line that does more than to call one command is somebody's own.
func TestOnlyOneCommandOfCmd(t *testing.T) {
	for _, line := range []string{"", " ", `tokenburn gate & del x`, `tokenburn gate|more`, `tokenburn gate > x`, `"C:\a b\tokenburn.exe"gate`, `"C:\a b\tokenburn.exe`,
		`tokenburn gate "a\" & del x"`, `tokenburn gate %X%`, `tokenburn "gate %X%"`, "tokenburn gate\r\ndel x", `tokenburn ga"te`, `(tokenburn gate)`, `tokenburn gate ^& x`} {
		if words, ok := cmdWords(line); ok {
			t.Errorf("%q is read as %q", line, words)
		}
	}
}

func FuzzCmdWords(f *testing.F) {
	f.Add(`"C:\a b\\" gate`)
	f.Fuzz(func(t *testing.T, line string) {
		words, ok := cmdWords(line)
		if !ok {
			return
		}
		again, err := cmdLine(words)
		if back, ok := cmdWords(again); err != nil || !ok || !slices.Equal(back, words) || strings.ContainsAny(again, "%\n") {
			t.Errorf("%q is %q, which is %q, which is %q (%v)", line, words, again, back, err)
		}
	})
}
