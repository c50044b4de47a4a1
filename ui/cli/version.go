package cli

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	mango "github.com/muesli/mango-cobra"
	"github.com/muesli/roff"
	"github.com/spf13/cobra"
)

// build is which program this is.
type build struct {
	Schema  int    `json:"schema"`
	Name    string `json:"name"`
	Version string `json:"version"`
	Commit  string `json:"commit"`
	Date    string `json:"date"`
	Go      string `json:"go"`
	OS      string `json:"os"`
	Arch    string `json:"arch"`
}

// String is one line: the version, and the commit where it is known.
func (b build) String() string {
	if len(b.Commit) >= 12 && !strings.Contains(b.Version, b.Commit[:12]) {
		return b.Version + " (" + b.Commit[:12] + ")"
	}
	return b.Version
}

// thisBuild tells what the Go toolchain wrote into the program.
func thisBuild() build {
	b := build{Schema: schema, Name: "tokenburn", Version: "devel", Go: runtime.Version(), OS: runtime.GOOS, Arch: runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return b
	}
	if v := info.Main.Version; v != "" && v != "(devel)" {
		b.Version = v
	}
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			b.Commit = s.Value
		case "vcs.time":
			b.Date = s.Value
		}
	}
	return b
}

// versionFlags are those of "tokenburn version" and "tokenburn --version".
type versionFlags struct{ version, json bool }

func (f *versionFlags) add(root *cobra.Command) {
	root.Flags().BoolVarP(&f.version, "version", "v", false, "print the version")
	root.Flags().BoolVar(&f.json, "json", false, "with --version: print JSON")
	_ = root.Flags().MarkHidden("json")
}

func (a *app) printVersion(f versionFlags) error {
	switch {
	case !f.version:
		return usagef("For the runs as JSON: tokenburn ls --json", "--json goes with --version or with a command")
	case f.json:
		return writeJSON(a.out, thisBuild())
	}
	_, err := fmt.Fprintln(a.out, "tokenburn version "+thisBuild().String())
	return err
}

// version is the command that tells which program this is.
func (a *app) version() *cobra.Command {
	f := versionFlags{version: true}
	c := &cobra.Command{
		Use:   "version",
		Short: "Version of this program",
		Args:  noArgs,
		RunE:  a.bare(func(*cobra.Command, []string) error { return a.printVersion(f) }),
	}
	c.Flags().BoolVar(&f.json, "json", false, "print JSON")
	return c
}

// man is the command that prints the manual page.
func (a *app) man() *cobra.Command {
	return &cobra.Command{
		Use:     "man",
		Short:   "The manual page, for man",
		Example: "tokenburn man > tokenburn.1",
		Args:    noArgs,
		RunE: a.bare(func(cmd *cobra.Command, _ []string) error {
			page, err := mango.NewManPage(1, cmd.Root())
			if err != nil {
				return err
			}
			_, err = fmt.Fprint(a.out, page.Build(roff.NewDocument()))
			return err
		}),
	}
}
