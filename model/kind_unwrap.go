package model

import "strings"

// wrappers run the command that follows their own options: the options that take
// a value of their own are named.
var wrappers = map[string]string{
	"sudo": "-u -g -h -p -C", "doas": "-u", "env": "-u -C -S", "time": "-f -o", "nice": "-n", "ionice": "-c -n", "nohup": "", "command": "",
	"exec": "-a", "stdbuf": "-i -o -e", "setsid": "", "xargs": "-n -P -I -L -d -s -a", "unbuffer": "", "xvfb-run": "-s -a", "cross-env": "",
	"dotenv": "-e -f", "busybox": "", "chronic": "", "rtk": "", "caffeinate": "", "then": "", "builtin": "", "direnv": "", "watch": "-n", "parallel": "-j",
	"npx": "-p --package -w", "bunx": "-p", "pnpx": "", "uvx": "--from --with -p", "pipx": "--spec",
}

// runners run what follows one of these words of theirs.
var runners = map[string]string{
	"npm": "exec x", "pnpm": "exec dlx", "yarn": "exec dlx", "bun": "x", "uv": "run", "poetry": "run", "pipenv": "run", "pdm": "run", "hatch": "run",
	"rye": "run", "bundle": "exec", "mise": "exec x", "asdf": "exec", "direnv": "exec", "devbox": "run", "pixi": "run", "conda": "run", "mamba": "run",
	"doppler": "run", "rbenv": "exec", "pyenv": "exec", "nvm": "exec", "volta": "run", "fvm": "exec", "opam": "exec", "pipx": "run", "symfony": "console",
}

// unwrap takes one wrapper off a command. It gives a text where the wrapper runs
// a whole line, else whether c is now what was inside.
func unwrap(c *command) (inner bool, text string) {
	switch c.name {
	case "bash", "sh", "zsh", "dash", "ksh", "fish", "ash", "pwsh", "powershell", "cmd":
		return unwrapShell(c)
	case "timeout", "gtimeout":
		return c.shift(c.options("-s -k --signal --kill-after") + 1), ""
	case "docker", "podman", "docker-compose", "kubectl", "nerdctl":
		return unwrapContainer(c), ""
	case "nix", "nix-shell":
		for i, a := range c.args {
			if (a == "-c" || a == "--command" || a == "--run") && i+1 < len(c.args) {
				return false, strings.Join(c.args[i+1:], " ")
			}
		}
		return false, ""
	case "eval":
		return false, strings.Join(c.args, " ")
	case "python", "python3", "python2", "py":
		return unwrapModule(c), ""
	case "corepack":
		return c.shift(0), ""
	case "ssh":
		if n := c.options("-p -i -l -o -F -J"); n+1 < len(c.args) {
			return false, strings.Join(c.args[n+1:], " ")
		}
		return false, ""
	}
	if words, ok := runners[c.name]; ok {
		n := c.options("-C --dir -w --workspace --filter -F --prefix --cwd --directory -n -p --project --package --with --extra --group --env-file -e --from --python")
		if n < len(c.args) && hasWord(words, c.args[n]) {
			c.args = c.args[n+1:]
			return c.shift(c.options("-p --package --with --extra --group --env-file -e --from --python -n --python-version")), ""
		}
	}
	if values, ok := wrappers[c.name]; ok {
		n := c.options(values)
		for n < len(c.args) && isAssignment(c.args[n]) {
			n++
		}
		return c.shift(n), ""
	}
	return false, ""
}

// shift makes the command that begins at an argument the command.
func (c *command) shift(n int) bool {
	if n >= len(c.args) || c.args[n] == "" {
		return false
	}
	c.program, c.args = c.args[n], c.args[n+1:]
	// npx codemod@latest
	if i := strings.LastIndexByte(c.program, '@'); i > 0 {
		c.program = c.program[:i]
	}
	return true
}

// options counts the leading arguments that are options, with the values of
// those that are named.
func (c *command) options(withValue string) int {
	n := 0
	for n < len(c.args) && strings.HasPrefix(c.args[n], "-") {
		if c.args[n] == "--" {
			return n + 1
		}
		if hasWord(withValue, c.args[n]) {
			n++
		}
		n++
	}
	return min(n, len(c.args))
}

func hasWord(words, w string) bool {
	for s := range strings.FieldsSeq(words) {
		if s == w {
			return true
		}
	}
	return false
}

func isAssignment(s string) bool {
	name, _, ok := strings.Cut(s, "=")
	return ok && name != "" && !strings.HasPrefix(name, "-") && !strings.ContainsAny(name, "/. ")
}

func unwrapShell(c *command) (bool, string) {
	for i, a := range c.args {
		switch {
		case (strings.HasPrefix(a, "-") && strings.HasSuffix(a, "c") && !strings.HasPrefix(a, "--") || strings.EqualFold(a, "-Command") || strings.EqualFold(a, "/c")) && i+1 < len(c.args):
			if c.name == "pwsh" || c.name == "powershell" || c.name == "cmd" {
				return false, strings.Join(c.args[i+1:], " ")
			}
			return false, c.args[i+1]
		case !strings.HasPrefix(a, "-"):
			return c.shift(i), "" // bash script.sh ARGS
		}
	}
	if c.stdin != "" { // bash <<'EOF'
		return false, c.stdin
	}
	return false, ""
}

// unwrapContainer finds the command that runs in a container.
func unwrapContainer(c *command) bool {
	const values = "-e -u -w -v -p -n -c -f -l --user --env --workdir --volume --name --network --entrypoint --namespace --container --file --env-file --rm=false -m --platform --mount"
	args := c.args
	at := 0
	if c.name == "docker" && len(args) > 0 && args[0] == "compose" {
		at = 1
	}
	rest := command{args: args[at:]}
	at += rest.options(values)
	if at >= len(args) || args[at] != "exec" && args[at] != "run" {
		return false
	}
	sub := command{args: args[at+1:]}
	n := sub.options(values)
	return c.shift(at + 1 + n + 1 + dashes(sub.args, n+1))
}

// dashes is 1 where the arguments from n on begin with "--".
func dashes(args []string, n int) int {
	if n < len(args) && args[n] == "--" {
		return 1
	}
	return 0
}

// unwrapModule makes "python -m pytest" pytest.
func unwrapModule(c *command) bool {
	for i, a := range c.args {
		if a == "-m" && i+1 < len(c.args) {
			return c.shift(i + 1)
		}
		if !strings.HasPrefix(a, "-") || a == "-c" || a == "-" {
			return false
		}
	}
	return false
}
