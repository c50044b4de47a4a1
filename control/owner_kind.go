package control

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// deletedMark ends the path of an executable that was removed or replaced while it
// runs, as an update does. The process is the same one, so the mark is left out.
const deletedMark = " (deleted)"

// releaseName is the executable's name in Codex's release archives.
var releaseName = regexp.MustCompile(`^codex-(x86_64|aarch64|arm64)-[a-z0-9_-]+(\.exe)?$`)

// isCodex says that an executable is Codex itself. Its companions, such as
// codex-code-mode-host, are not: they hold no thread.
func isCodex(exe string) bool {
	name := filepath.Base(exe)
	return name == "codex" || name == "codex.exe" || releaseName.MatchString(name)
}

// Flags of codex that take a value in the next argument, and the one that takes several.
var (
	valueFlags = []string{"-c", "--config", "--enable", "--disable", "--remote", "--remote-auth-token-env",
		"-m", "--model", "--local-provider", "-p", "--profile", "-s", "--sandbox", "-C", "--cd", "--add-dir",
		"-a", "--ask-for-approval"}
	listFlags  = []string{"-i", "--image"}
	plainFlags = []string{"--strict-config", "--oss", "--approve-for-me", "--dangerously-bypass-approvals-and-sandbox",
		"--dangerously-bypass-hook-trust", "--worktree", "--search", "--no-alt-screen", "--no-daemon", "--yolo", "--full-auto"}
)

// Commands that write threads but are neither a run of their own nor a window.
var otherServers = []string{"mcp-server", "exec-server", "remote-control", "mcp", "cloud", "debug", "sandbox", "queue"}

// kindOf tells what a Codex process is by its arguments, the program's own name
// first. It is Unproved, with the reason, where the arguments can be read in two ways:
// a server must never be taken for something that may be signalled.
func kindOf(args []string) (Kind, string) {
	if len(args) == 0 {
		return Unproved, "its arguments can't be read"
	}
	command, sure := subcommand(args[1:])
	switch {
	case command == "app-server":
		return Server, ""
	case !sure && slices.Contains(args, "app-server"):
		return Unproved, "its arguments don't tell whether it is a server"
	case command == "exec" || command == "e" || command == "review":
		return Exec, ""
	case slices.Contains(otherServers, command):
		return Unproved, "it is codex " + command + ", which is no run of its own"
	}
	return TUI, ""
}

// subcommand is the first argument that is neither a flag nor a flag's value; it is
// not sure where a flag came before that this version of Codex does not know.
func subcommand(args []string) (command string, sure bool) {
	sure = true
	for i := 0; i < len(args); i++ {
		a := args[i]
		switch {
		case a == "--":
			return "", sure // what follows is a prompt
		case !strings.HasPrefix(a, "-") || a == "-":
			return a, sure
		case slices.Contains(valueFlags, a):
			i++
		case slices.Contains(listFlags, a):
			for i+1 < len(args) && !strings.HasPrefix(args[i+1], "-") {
				i++
			}
		case slices.Contains(plainFlags, a), glued(a):
		default:
			sure = false
		}
	}
	return "", sure
}

// glued says that a flag carries its value with it: --model=x, or -mx.
func glued(a string) bool {
	if strings.HasPrefix(a, "--") {
		return strings.Contains(a, "=")
	}
	return len(a) > 2 && (slices.Contains(valueFlags, a[:2]) || slices.Contains(listFlags, a[:2]))
}
