// Command tokenburn watches the Codex runs on this machine: what they do, what
// they use and what that costs. See README.md.
package main

import (
	"os"

	"github.com/tokenburn-sentinel/tokenburn/ui/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ()))
}
