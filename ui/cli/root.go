package cli

import (
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// root builds the whole tree of commands.
func (a *app) root() *cobra.Command {
	var frame frameFlags
	var asked versionFlags
	root := &cobra.Command{
		Use:   "tokenburn",
		Short: "Live monitor of the Codex runs on this machine",
		Long: "TokenBurn Sentinel reads the session files that Codex writes and shows what each run does, uses and costs, " +
			"within a second. It changes and stops nothing unless you say so, and needs no network and no key.",
		Example: "tokenburn\ntokenburn ls\ntokenburn usage --by project --since 7d\ntokenburn why 2\ntokenburn watch --json",
		RunE: a.bare(func(cmd *cobra.Command, _ []string) error {
			if asked.version || asked.json {
				return a.printVersion(asked)
			}
			return a.prepared(func() error { return a.live(cmd.Context(), frame) })
		}),
	}
	frame.add(root)
	asked.add(root)
	a.addGlobal(root)
	root.AddGroup(&cobra.Group{ID: "see", Title: "see"}, &cobra.Group{ID: "act", Title: "act"}, &cobra.Group{ID: "budget", Title: "budgets"}, &cobra.Group{ID: "explain", Title: "explain"}, &cobra.Group{ID: "own", Title: "tokenburn itself"})
	for group, commands := range map[string][]*cobra.Command{
		"see":     {a.ls(), a.usage(), a.day(), a.watch(), a.status(), a.demo()},
		"act":     {a.stop(), a.downgrade(), a.takeover(), a.guard()},
		"budget":  {a.budgets(), a.exceptions(), a.check(), a.enforce(), a.propose()},
		"explain": {a.why(), a.kinds(), a.audit(), a.priceList(), a.doctor()},
		"own":     {a.config(), a.version(), a.man()},
	} {
		for _, c := range commands {
			c.GroupID = group
			root.AddCommand(c)
		}
	}
	root.AddCommand(a.gate()) // for Codex, not for people: help does not list it
	root.SetCompletionCommandGroupID("own")
	root.SetHelpCommandGroupID("own")
	a.refuseUnknown(root)
	return root
}

// refuseUnknown makes the library's own commands refuse what they don't know,
// which they print help for as if all were well.
func (a *app) refuseUnknown(root *cobra.Command) {
	root.InitDefaultHelpCmd()
	root.InitDefaultCompletionCmd("completion")
	for _, c := range root.Commands() {
		switch c.Name() {
		case "help":
			show := c.Run
			c.Run, c.RunE = nil, a.bare(func(cmd *cobra.Command, args []string) error {
				if _, rest, err := root.Find(args); err != nil || len(rest) > 0 {
					return usagef("See: tokenburn --help", "no help for %q: there is no such command", strings.Join(args, " "))
				}
				show(cmd, args)
				return nil
			})
		case "completion":
			c.Args, c.RunE = noArgs, func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		}
	}
}

// addGlobal adds the flags that every command has.
func (a *app) addGlobal(root *cobra.Command) {
	f := root.PersistentFlags()
	f.StringArrayVar(&a.flags.homes, "codex-home", nil, "folder that Codex keeps its sessions in; may be repeated (default: $CODEX_HOME, then ~/.codex)")
	f.StringVar(&a.flags.timezone, "timezone", "", "time zone that days are counted in, such as Europe/Berlin (default: local)")
	f.StringVar(&a.flags.config, "config", "", "settings file (default: see \"tokenburn config path\")")
	f.BoolVar(&a.flags.noConfig, "no-config", false, "read no settings file")
	f.StringVar(&a.flags.ledger, "ledger", "", "file that usage, decisions and the audit trail are kept in (default: tokenburn/ledger.db in the folder for state)")
	f.BoolVar(&a.flags.noLedger, "no-ledger", false, "keep nothing: count what the session files say now")
	f.StringVar(&a.flags.color, "color", "auto", "auto, always or never")
	f.BoolVar(&a.flags.ascii, "ascii", false, "draw with plain ASCII characters only")
	f.BoolVar(&a.flags.readOnly, "read-only", false, "never act: no stop, no downgrade, no take-over, no change of Codex's hooks")
	f.StringVar(&a.flags.theme, "theme", "", "colours: "+strings.Join(themes.Names(), ", "))
	fixed(root, "color", "auto", "always", "never")
	fixed(root, "theme", themes.Names()...)
	_ = root.MarkPersistentFlagDirname("codex-home")
	_ = root.MarkPersistentFlagFilename("config", "toml")
	_ = root.MarkPersistentFlagFilename("ledger", "db")
}

// fixed gives a flag its words for completion.
func fixed(c *cobra.Command, flag string, words ...string) {
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp))
}

// noArgs refuses words after a command that takes none.
func noArgs(cmd *cobra.Command, args []string) error {
	if len(args) > 0 {
		return fmt.Errorf("%q takes no arguments, but there is %q", cmd.CommandPath(), args[0])
	}
	return nil
}
