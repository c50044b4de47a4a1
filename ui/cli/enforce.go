package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// enforceFlags are those of "enforce" and what is below it.
type enforceFlags struct {
	scope  string
	yes    bool
	json   bool
	trust  bool
	follow bool
}

// enforce is the command that has Codex itself obey budgets.
func (a *app) enforce() *cobra.Command {
	c := &cobra.Command{
		Use:   "enforce",
		Short: "Have Codex itself obey budgets",
		Long: "Puts \"tokenburn gate\" into Codex's hooks, so that budgets with at_limit = \"gate\" hold without anyone watching: Codex asks before each request, " +
			"before each prompt and before each tool. It shows the exact change first. See docs/enforcement.md.",
		Example: "tokenburn enforce status\ntokenburn enforce install\ntokenburn enforce remove",
		Args:    noArgs,
		RunE:    func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	c.AddCommand(a.enforceInstall(), a.enforceStatus(), a.enforceRemove())
	return c
}

func (f *enforceFlags) add(c *cobra.Command, scope, said string) {
	c.Flags().StringVar(&f.scope, "scope", scope, said)
	c.Flags().BoolVar(&f.json, "json", false, "print JSON (docs/json.md)")
	fixed(c, "scope", "user", "project")
}

func (f *enforceFlags) addEdit(c *cobra.Command) {
	f.add(c, "user", "user: all runs of this account; project: the runs of the repository that this folder is in")
	c.Flags().BoolVar(&f.yes, "yes", false, "make the change without asking")
	c.Flags().BoolVar(&f.follow, "follow", false, "also change a file that a symlink leads to, outside of its folder")
}

func (a *app) enforceInstall() *cobra.Command {
	var f enforceFlags
	c := &cobra.Command{
		Use:   "install",
		Short: "Put the gate into Codex's hooks",
		Long: "Shows what would change in Codex's configuration, and changes it after a yes. What else stands there stays as it is, byte for byte. " +
			"Codex runs a new hook only after it was reviewed; until then it is skipped without a word, so the state is asked for and told afterwards.",
		Example: "tokenburn enforce install\ntokenburn enforce install --yes --trust\ntokenburn enforce install --scope project",
		Args:    noArgs,
		RunE:    a.do(func(cmd *cobra.Command, _ []string) error { return a.installGate(cmd.Context(), f) }),
	}
	f.addEdit(c)
	c.Flags().BoolVar(&f.trust, "trust", false, "have Codex trust our hooks too, in place of your review in Codex; asks on its own account")
	return c
}

func (a *app) enforceRemove() *cobra.Command {
	var f enforceFlags
	c := &cobra.Command{
		Use:   "remove",
		Short: "Take the gate out of Codex's hooks again",
		Long:  "Takes exactly the gate's hooks out of Codex's configuration and leaves the rest byte for byte; a file that was made for them goes too.",
		Args:  noArgs,
		RunE:  a.do(func(cmd *cobra.Command, _ []string) error { return a.removeGate(cmd.Context(), f) }),
	}
	f.addEdit(c)
	return c
}

func (a *app) enforceStatus() *cobra.Command {
	var f enforceFlags
	c := &cobra.Command{
		Use:   "status",
		Short: "Whether Codex asks the gate, and why not",
		Long: "Asks Codex itself whether the gate's hooks are listed, enabled and trusted, in each home. Exit code 1 where a budget with at_limit = \"gate\", or a hold, " +
			"needs the gate and Codex does not ask it.",
		Args: noArgs,
		RunE: a.do(func(cmd *cobra.Command, _ []string) error { return a.gateStatus(cmd.Context(), f) }),
	}
	f.add(c, "", "user or project (default: the user's, and the project's where the gate stands there)")
	return c
}

// places are the configurations that a scope means: one for each home.
func (a *app) places(scope string) ([]control.GatePlace, error) {
	var list []control.GatePlace
	for _, home := range a.homes() {
		var p control.GatePlace
		var err error
		switch scope {
		case "user":
			if p, err = control.UserPlace(home); err != nil {
				return nil, &failure{err, "Run codex once, or name the folder that it keeps its settings in with --codex-home."}
			}
		case "project":
			cwd, werr := os.Getwd()
			if p, err = control.ProjectPlace(home, cwd); errors.Join(werr, err) != nil {
				return nil, &failure{errors.Join(werr, err), "Go into the repository, or use --scope user."}
			}
		default:
			return nil, usagef("", "--scope is user or project, not %q", scope)
		}
		if !slices.Contains(list, p) {
			list = append(list, p)
		}
	}
	return list, nil
}

// hookRecord is what is remembered of files that were changed; it lies beside the ledger.
func (a *app) hookRecord() (*control.HookRecord, error) {
	path := a.recordPath()
	if path == "" {
		return nil, &failure{errors.New("neither HOME nor XDG_STATE_HOME says where to remember what was changed"), "Set HOME, or name a ledger with --ledger."}
	}
	return control.ReadHookRecord(path)
}

func (a *app) recordPath() string {
	if path := a.ledgerPath(); path != "" {
		return filepath.Join(filepath.Dir(path), "enforce.json")
	}
	return ""
}

// controller acts on Codex's settings.
func (a *app) controller() *control.Control { return control.New(control.Options{Env: a.env}) }

// gateCommand is how Codex is to call the gate: by a path that outlasts this moment, and
// with the settings and the ledger that this invocation has, where they are not the usual ones.
func (a *app) gateCommand() (control.GateCommand, error) {
	if a.flags.noLedger {
		return control.GateCommand{}, usagef("The gate counts what was spent by the ledger.", "the gate and --no-ledger contradict each other")
	}
	program, err := a.program()
	if err != nil {
		return control.GateCommand{}, err
	}
	c := control.GateCommand{Program: program}
	add := func(flag, path string) {
		if full, err := filepath.Abs(path); err == nil {
			path = full
		}
		c.Args = append(c.Args, flag, path)
	}
	switch {
	case a.flags.noConfig:
		c.Args = append(c.Args, "--no-config")
	case a.file != "" && (a.flags.config != "" || a.env.get("XDG_CONFIG_HOME") != "" || a.env.get("XDG_CONFIG_DIRS") != ""):
		add("--config", a.file)
	}
	if a.flags.ledger != "" || a.env.get("XDG_STATE_HOME") != "" {
		add("--ledger", a.ledgerPath())
	}
	for _, h := range a.flags.homes {
		add("--codex-home", h)
	}
	if a.flags.timezone != "" {
		c.Args = append(c.Args, "--timezone", a.flags.timezone)
	}
	return c, nil
}

// program is the path that Codex is to call this program by: the one that it is found by on
// PATH, which stays when the program is replaced, else where it is.
func (a *app) program() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	if found, err := exec.LookPath("tokenburn"); err == nil {
		if found, err = filepath.Abs(found); err == nil && sameFile(found, self) {
			return found, nil
		}
	}
	const install = "Install it first, for example: go install github.com/tokenburn-sentinel/tokenburn@latest"
	if strings.Contains(filepath.ToSlash(self), "/go-build") {
		return "", &failure{fmt.Errorf("%s was built for this moment only (go run), and Codex could not call it later", self), install}
	}
	if _, ok := control.ParseGate(mustLine(self)); !ok {
		return "", &failure{fmt.Errorf("the program is called %s", filepath.Base(self)), "Codex is to call it as tokenburn: rename it, or " + install}
	}
	if _, err := os.Stat(self); err != nil {
		return "", &failure{fmt.Errorf("the program is not there any more: %w", err), install}
	}
	return self, nil
}

func mustLine(program string) string {
	line, err := control.GateCommand{Program: program}.Line()
	if err != nil {
		return ""
	}
	return line
}

func sameFile(a, b string) bool {
	x, err := os.Stat(a)
	if err != nil {
		return false
	}
	y, err := os.Stat(b)
	return err == nil && os.SameFile(x, y)
}

// needsGate names what only the gate can hold: budgets, and orders to refuse new turns.
func (a *app) needsGate(ctx context.Context) (names []string, err error) {
	plan, err := a.settings.Plan(a.clock().Zone, a.home())
	if err != nil {
		return nil, err
	}
	for _, b := range plan.Budgets {
		if b.AtLimit == budget.Gate {
			names = append(names, fmt.Sprintf("budget %q", model.Clean(b.Name, 60)))
		}
	}
	if _, err := os.Stat(a.ledgerPath()); err != nil || a.flags.noLedger {
		return names, nil
	}
	l, err := a.ledger()
	if err != nil {
		return names, nil // "doctor" tells of it
	}
	orders, err := l.Orders(ctx)
	for _, o := range orders {
		if o.Kind == "hold" && o.Holds(time.Now()) {
			names = append(names, "hold of run "+model.Clean(string(o.Run), 36))
		}
	}
	return names, err
}

// sure asks before something is done: on a terminal, where only a "y" is a yes.
// Elsewhere it has to be said by --yes.
func (a *app) sure(f enforceFlags, question string) (bool, error) {
	if f.yes {
		return true, nil
	}
	if !a.isTerminal(a.in) || !a.isTerminal(a.out) {
		return false, usagef("To do it without being asked: --yes", "nothing was changed: there is no terminal to ask on")
	}
	return a.ask(a.out, question)
}

// auditGate writes what was done to Codex's settings into the trail. A ledger that can't be had
// stops nothing: it is told of.
func (a *app) auditGate(ctx context.Context, action, subject, before, after string) {
	l, err := a.ledger()
	if err == nil && l != nil {
		err = l.Audit(ctx, ledger.Entry{At: time.Now().UTC(), Actor: cmp.Or(a.user(), "unknown"), Action: action, Subject: subject, Before: before, After: after})
	}
	if err != nil {
		fmt.Fprintf(a.err, "tokenburn: not in the audit trail: %s\n", model.Clean(err.Error(), 300))
	}
}
