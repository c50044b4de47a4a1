package cli

import (
	"io"
	"os"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/charmbracelet/colorprofile"
	"github.com/charmbracelet/x/term"
)

// environment is the process's variables as they were given to [Main].
type environment []string

// get gives a variable's value, "" where it is not set.
func (e environment) get(name string) string {
	v, _ := e.lookup(name)
	return v
}

// lookup gives a variable's value and whether it is set; the last one counts.
func (e environment) lookup(name string) (string, bool) {
	for i := len(e) - 1; i >= 0; i-- {
		if k, v, ok := strings.Cut(e[i], "="); ok && k == name {
			return v, true
		}
	}
	return "", false
}

// isTerminal says that w is a terminal that understands more than plain lines.
func (a *app) isTerminal(w any) bool {
	f, ok := w.(term.File)
	return ok && term.IsTerminal(f.Fd()) && a.env.get("TERM") != "dumb"
}

// width gives how many cells a line of stdout may have: COLUMNS, else the
// terminal's width, else 0 for no limit.
func (a *app) width() int {
	if n, err := strconv.Atoi(a.env.get("COLUMNS")); err == nil && n > 0 {
		return n
	}
	if f, ok := a.out.(term.File); ok {
		if w, _, err := term.GetSize(f.Fd()); err == nil && w > 0 {
			return w
		}
	}
	return 0
}

// height gives the terminal's lines, 0 where stdout is no terminal.
func (a *app) height() int {
	if f, ok := a.out.(term.File); ok {
		if _, h, err := term.GetSize(f.Fd()); err == nil {
			return h
		}
	}
	return 0
}

// ascii says that only ASCII may be drawn: asked for, or the locale names
// another encoding than UTF-8. No locale at all says nothing and gets Unicode.
func (a *app) ascii() bool {
	if a.flags.ascii || a.settings.ASCII {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} {
		if v := strings.ToLower(a.env.get(name)); v != "" {
			return !strings.Contains(v, "utf-8") && !strings.Contains(v, "utf8")
		}
	}
	return a.env.get("TERM") == "linux"
}

// colored decides whether w gets colours: the flag goes before the settings,
// then NO_COLOR, then FORCE_COLOR and CLICOLOR_FORCE, then what w is.
func (a *app) colored(w io.Writer) bool {
	switch choice := firstOf(a.flags.color, a.settings.Color.When); {
	case choice == "always":
		return true
	case choice == "never":
		return false
	case a.env.get("NO_COLOR") != "":
		return false
	case forces(a.env.get("FORCE_COLOR")), forces(a.env.get("CLICOLOR_FORCE")):
		return true
	}
	return a.isTerminal(w)
}

// profile is how many colours stdout gets: none and no other styles either where
// it is no terminal, none but bold and the like where colours are off.
func (a *app) profile() colorprofile.Profile {
	switch {
	case !a.colored(a.out) && a.isTerminal(a.out):
		return colorprofile.ASCII
	case !a.colored(a.out):
		return colorprofile.NoTTY
	}
	asked := slices.DeleteFunc(slices.Clone(a.env), func(v string) bool { return strings.HasPrefix(v, "NO_COLOR=") })
	return max(colorprofile.Env(asked), colorprofile.ANSI)
}

// dark says whether the terminal's background is dark, nil where that is
// unknown: by COLORFGBG, which some terminals set to "foreground;background".
func (a *app) dark() *bool {
	_, bg, ok := strings.Cut(a.env.get("COLORFGBG"), ";")
	if i := strings.LastIndexByte(bg, ';'); i >= 0 { // "15;default;0" of rxvt
		bg = bg[i+1:]
	}
	n, err := strconv.Atoi(bg)
	if !ok || err != nil || n < 0 || n > 15 {
		return nil
	}
	dark := n <= 6 || n == 8
	return &dark
}

func forces(v string) bool { return v != "" && v != "0" && v != "false" }

// plainHelp says that help is to be without colours, before flags are parsed.
func (a *app) plainHelp(args []string) bool {
	for i, arg := range args {
		if arg == "--color=never" || arg == "--color" && i+1 < len(args) && args[i+1] == "never" {
			return true
		}
	}
	return false
}

// firstOf gives the first of its arguments that is not empty and not "auto".
func firstOf(words ...string) string {
	for _, w := range words {
		if w != "" && w != "auto" {
			return w
		}
	}
	return ""
}

// home is the user's home folder, "" where there is none.
func (a *app) home() string {
	if h := a.env.get("HOME"); h != "" {
		return h
	}
	h, err := os.UserHomeDir()
	if err != nil {
		return ""
	}
	return h
}

// shortPath writes the home folder as ~.
func (a *app) shortPath(p string) string {
	h := a.home()
	if h == "" || h == "/" {
		return p
	}
	if rel, ok := strings.CutPrefix(p, h+string(filepath.Separator)); ok {
		return "~" + string(filepath.Separator) + rel
	}
	return p
}

// account is the name of the machine's account.
func (a *app) account() string {
	if u, err := user.Current(); err == nil && u.Username != "" {
		return u.Username
	}
	return firstOf(a.env.get("USER"), a.env.get("USERNAME"))
}
