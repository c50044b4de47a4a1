package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/ui/config"
)

// config is the command about the settings file.
func (a *app) config() *cobra.Command {
	c := &cobra.Command{
		Use:   "config",
		Short: "The settings file: where it is, whether it is right, what it can hold",
		Args:  noArgs,
		RunE:  a.bare(func(cmd *cobra.Command, _ []string) error { return cmd.Help() }),
	}
	c.AddCommand(
		&cobra.Command{
			Use: "path", Short: "Where the settings file is, or would be", Args: noArgs,
			RunE: a.bare(func(*cobra.Command, []string) error {
				_, err := fmt.Fprintln(a.out, a.settingsPath())
				return err
			}),
		},
		&cobra.Command{
			Use: "check", Short: "Check the settings file", Args: noArgs,
			RunE: a.bare(func(*cobra.Command, []string) error { return a.checkConfig() }),
		},
		&cobra.Command{
			Use: "default", Short: "A settings file in which all is said and nothing is set", Args: noArgs,
			Example: "tokenburn config default > ~/.config/tokenburn/config.toml",
			RunE: a.bare(func(*cobra.Command, []string) error {
				_, err := fmt.Fprint(a.out, config.Default())
				return err
			}),
		},
		&cobra.Command{
			Use: "edit", Short: "Edit the settings file, and check it afterwards", Args: noArgs,
			Long: "Opens the settings file in $VISUAL, else $EDITOR, else vi. Where there is none it begins with that of " +
				"\"tokenburn config default\". A monitor that runs takes the change at once; a mistake is shown here, and keeps the settings as they were there.",
			RunE: a.bare(func(cmd *cobra.Command, _ []string) error { return a.editConfig(cmd.Context()) }),
		},
	)
	return c
}

func (a *app) checkConfig() error {
	path := a.settingsPath()
	_, err := config.Read(path)
	switch {
	case errors.Is(err, config.ErrMissing) && a.flags.config == "":
		_, err = fmt.Fprintf(a.out, "%s: there is none, so all is at its default\n", a.shortPath(path))
	case errors.Is(err, config.ErrMissing):
		return &notFoundError{fmt.Sprintf("--config %s: no such file", path), ""}
	case err == nil:
		_, err = fmt.Fprintf(a.out, "%s: fine\n", a.shortPath(path))
	}
	return err
}
