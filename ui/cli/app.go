package cli

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/adrg/xdg"
	"github.com/charmbracelet/colorprofile"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
	"github.com/tokenburn-sentinel/tokenburn/ui/config"
)

// app is one invocation: where it reads and writes, its flags and its settings.
type app struct {
	in       io.Reader
	out, err io.Writer
	env      environment

	flags    flags
	settings config.Settings
	file     string // the settings file that was read, "" for none

	opened openLedger

	failed      error                   // what the command failed with
	endsCleanly map[syscall.Signal]bool // signals that end this command with 0
}

// flags are the global ones.
type flags struct {
	homes    []string
	timezone string
	config   string
	noConfig bool
	ledger   string
	noLedger bool
	color    string
	ascii    bool
	theme    string
	readOnly bool
}

// prepare reads the settings file and checks the global flags.
func (a *app) prepare() error {
	var c config.Color
	if err := c.UnmarshalText([]byte(a.flags.color)); err != nil {
		return usagef("", "--color: %v", err)
	}
	var t config.Theme
	if a.flags.theme != "" {
		if err := t.UnmarshalText([]byte(a.flags.theme)); err != nil {
			return usagef("", "--theme: %v", err)
		}
	}
	if err := a.readSettings(); err != nil {
		return err
	}
	if a.flags.ledger != "" && a.flags.noLedger {
		return usagef("Leave one of them out.", "--ledger and --no-ledger contradict each other")
	}
	for _, h := range a.flags.homes {
		if info, err := os.Stat(h); err != nil || !info.IsDir() {
			return usagef("Name the folder that Codex keeps its sessions in (it holds \"sessions\"), or leave --codex-home out.",
				"--codex-home %s: no such folder", h)
		}
	}
	_, err := a.zone()
	return err
}

func (a *app) readSettings() error {
	if a.flags.noConfig {
		if a.flags.config != "" {
			return usagef("Leave one of them out.", "--config and --no-config contradict each other")
		}
		return nil
	}
	path := a.settingsPath()
	s, err := config.Read(path)
	switch {
	case errors.Is(err, config.ErrMissing) && a.flags.config == "":
		return nil
	case errors.Is(err, config.ErrMissing):
		return usagef("Check the name, or write one: tokenburn config default > FILE", "--config %s: no such file", path)
	case err != nil && !errors.As(err, new(*config.Error)):
		return usagef("Name a settings file, or leave it out: tokenburn --no-config", "%v", err)
	case err != nil:
		return err
	}
	a.settings, a.file = s, path
	return nil
}

// settingsPath is the settings file that is read, whether it exists or not.
func (a *app) settingsPath() string {
	if a.flags.config != "" {
		return a.flags.config
	}
	if found, err := xdg.SearchConfigFile("tokenburn/config.toml"); err == nil {
		return found
	}
	return filepath.Join(xdg.ConfigHome, "tokenburn", "config.toml")
}

// homes gives the CODEX_HOME folders: the flags, else the variable, else the
// settings, else ~/.codex.
func (a *app) homes() []string {
	if len(a.flags.homes) > 0 {
		return a.flags.homes
	}
	if h := a.env.get("CODEX_HOME"); h != "" {
		return []string{h}
	}
	if h := a.settings.Homes(a.file, a.home()); len(h) > 0 {
		return h
	}
	return []string{filepath.Join(a.home(), ".codex")}
}

// usualHome is the home that codex takes in a shell of this user by itself; "" where
// that can't be known: the variable may be set for this program alone.
func (a *app) usualHome() string {
	usual := filepath.Join(a.home(), ".codex")
	if h := a.env.get("CODEX_HOME"); h != "" && filepath.Clean(h) != usual {
		return ""
	}
	return usual
}

// zone gives the zone that days are counted in: the flag, else the settings, else local.
func (a *app) zone() (*time.Location, error) {
	if a.flags.timezone != "" {
		z, err := config.FindZone(a.flags.timezone)
		if err != nil {
			return nil, usagef("", "--timezone: %v", err)
		}
		return z, nil
	}
	if z := a.settings.Timezone.Location(); z != nil {
		return z, nil
	}
	return time.Local, nil
}

// user is who the runs are counted for.
func (a *app) user() string {
	if a.settings.User != "" {
		return a.settings.User
	}
	return a.account()
}

// prices gives the built-in list with the settings' rows before it.
func (a *app) prices() *price.List {
	l, err := price.Default().With(a.settings.Overrides())
	if err != nil { // reading the settings has tried it
		return price.Default()
	}
	return l
}

// withoutLedger are the options of a reading that leaves the ledger alone.
func (a *app) withoutLedger() monitor.Options {
	zone, err := a.zone()
	if err != nil { // prepare has checked it
		zone = time.Local
	}
	return monitor.Options{Homes: a.homes(), UsualHome: a.usualHome(), Zone: zone, Prices: a.prices(), User: a.user(), GateRecord: a.recordPath(),
		ReadOnly: a.readOnly(), StateFolder: a.stateFolder(), Face: "cli", Rested: rested}
}

// readOnly says that nothing may be acted on.
func (a *app) readOnly() bool { return a.flags.readOnly || a.settings.ReadOnly }

// stateFolder is the ledger's folder; "" where it is not known.
func (a *app) stateFolder() string {
	if path := a.ledgerPath(); path != "" {
		return filepath.Dir(path)
	}
	return ""
}

// clock is now, in the zone that days are counted in.
func (a *app) clock() model.Clock {
	zone := a.withoutLedger().Zone
	return model.Clock{Now: time.Now().In(zone), Zone: zone}
}

// look is the terminal that themes are drawn on.
func (a *app) look() themes.Options {
	return themes.Options{ASCII: a.ascii(), NoColor: !a.colored(a.out), Dark: a.dark(), Sixteen: a.profile() == colorprofile.ANSI}
}

// theme is the name of the theme that was asked for, "" for the default one.
func (a *app) theme() string { return firstOf(a.flags.theme, a.settings.Theme.Name) }

// styles gives the theme for what is printed.
func (a *app) styles() themes.Styles {
	s, err := themes.New(a.theme(), a.look())
	if err != nil { // flag and settings were checked when they were read
		s, _ = themes.New("", a.look())
	}
	return s
}

// plain gives a text with no other signs than stdout is to get: names from session
// files and prices' notes hold any.
func (a *app) plain(text string) string {
	if a.ascii() {
		return themes.ASCII().Plain(text)
	}
	return text
}

// print writes styled text to stdout, with as much of its style as stdout takes.
func (a *app) print(text string) error {
	w := &colorprofile.Writer{Forward: a.out, Profile: a.profile()}
	_, err := io.WriteString(w, a.plain(text))
	return err
}
