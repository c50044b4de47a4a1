package monitor

import (
	"path/filepath"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// CommandLine is a command as a person pastes it into a POSIX shell: in the run's
// folder, and with the CODEX_HOME that it needs. Where one of them is "", or can't be
// told in one line, it is left out. Words that are not clean text are cleaned; a
// command of no words is "".
func CommandLine(home, folder string, args []string) string {
	if len(args) == 0 {
		return ""
	}
	var b strings.Builder
	if folder != "" && model.Clean(folder, len(folder)) == folder {
		b.WriteString("cd " + shellPath(folder) + " && ")
	}
	if home != "" && model.Clean(home, len(home)) == home {
		b.WriteString("CODEX_HOME=" + ShellWord(home) + " ")
	}
	for i, a := range args {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(ShellWord(model.Clean(a, len(a))))
	}
	return b.String()
}

// shellPath is a folder that a command can't take for an option.
func shellPath(path string) string {
	if strings.HasPrefix(path, "-") {
		path = "./" + path
	}
	return ShellWord(path)
}

// ShellWord quotes a word where a POSIX shell would read it otherwise: it may come
// from a file that somebody else wrote.
func ShellWord(s string) string {
	plain := func(r rune) bool {
		return r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("-_./:@%+,", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !plain(r) }) < 0 {
		return s
	}
	return shellQuote(s)
}

func shellQuote(s string) string { return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'" }

// shellHome is what CODEX_HOME has to be for codex to find a home from a shell; ""
// where it finds it by itself.
func (o Options) shellHome(home string) string {
	if home == "" || filepath.Clean(home) == filepath.Clean(o.UsualHome) {
		return ""
	}
	if abs, err := filepath.Abs(home); err == nil {
		return abs // the command begins in another folder
	}
	return home
}
