package model

import "strings"

// packages judges package managers.
func (l looker) packages(c *command) ([]doing, bool) {
	switch c.name {
	case "npm", "pnpm", "yarn", "bun":
		return l.node(c), true
	case "nx", "turbo", "lerna", "ng", "next", "nuxt", "rush", "wireit", "moon", "expo", "react-native", "ember", "gatsby", "astro", "remix", "wp-scripts", "react-scripts", "craco", "vue-cli-service", "svelte-kit", "svelte-check", "run-s", "run-p", "npm-run-all", "concurrently", "nitro", "strapi", "gulp", "grunt":
		return l.frontend(c), true
	case "pip", "pip3", "uv", "poetry", "pdm", "pipenv", "conda", "mamba", "rye", "micromamba", "pipx", "pip-compile", "easy_install":
		return python(c), true
	case "gem", "bundle", "bundler":
		if hasAny(c.first(), "add", "update", "remove") {
			return depend(c.name+" "+c.first(), c), true
		}
		if hasAny(c.first(), "list", "show", "info", "outdated", "contents", "which", "search", "open") {
			return one(doRead, c.name), true
		}
		return one(doInstall, c.name), true
	case "composer":
		switch v := c.first(); v {
		case "require", "remove", "update", "bump":
			return depend("composer "+v, c), true
		case "install", "dump-autoload", "dumpautoload", "clear-cache", "config", "self-update", "global":
			return one(doInstall, "composer "+v), true
		case "show", "why", "outdated", "why-not", "depends", "prohibits", "info", "audit":
			return one(doRead, "composer "+v), true
		case "validate":
			return one(doVerify, "composer validate"), true
		case "run", "run-script", "exec":
			return l.task(c, c.arg(1)), true
		default:
			return l.task(c, v), true
		}
	}
	return nil, false
}

func (l looker) node(c *command) []doing {
	rest := command{name: c.name, args: c.args, stdin: c.stdin}
	rest.args = rest.args[rest.options("-C --dir -w --workspace --filter -F --prefix --cwd"):]
	verb := rest.first()
	if c.name == "yarn" && verb == "workspace" && rest.arg(2) != "" {
		verb = rest.arg(2)
	}
	switch verb {
	case "":
		return one(doInstall, c.name+" install")
	case "ci", "link", "rebuild", "dedupe", "cache", "config", "init", "login", "store", "fetch", "import", "create", "set", "prune", "setup", "self-update", "env":
		return one(doInstall, c.name+" "+verb)
	case "install", "i":
		if rest.arg(1) == "" {
			return one(doInstall, c.name+" install")
		}
		return depend(c.name+" install", c)
	case "add", "remove", "uninstall", "rm", "update", "up", "upgrade":
		return depend(c.name+" "+verb, c)
	case "pkg":
		if rest.arg(1) == "set" || rest.arg(1) == "delete" {
			return l.written(c.name, "package.json")
		}
		return one(doRead, c.name+" pkg")
	case "ls", "list", "view", "info", "show", "why", "outdated", "audit", "explain", "search", "root", "bin", "prefix", "query", "licenses":
		return one(doRead, c.name+" "+verb)
	case "t", "tst", "test":
		return one(doTest, c.name+" test")
	case "run", "run-script", "exec", "dlx", "x":
		inner := rest.arg(1)
		if verb != "run" && verb != "run-script" {
			return l.script1(&rest, inner)
		}
		if d := toolDeeds()[programName(inner)]; c.name == "bun" && strings.ContainsAny(inner, "./") {
			return l.runFile(&rest, inner)
		} else if _, ok := taskWord(inner); !ok && d != doNothing {
			return one(d, inner)
		} else if !ok {
			return l.script1(&rest, inner)
		}
		return l.task(&rest, inner)
	case "version", "publish", "pack", "whoami", "deprecate", "dist-tag":
		return one(doHouse, c.name+" "+verb)
	}
	// pnpm vitest, yarn lint, bun script.ts
	if c.name == "bun" && (strings.ContainsAny(verb, "./")) {
		return l.runFile(&rest, verb)
	}
	if d, ok := l.tool(&rest, verb); ok {
		return d
	}
	return l.task(&rest, verb)
}

// tool judges a known program that a package manager starts.
func (l looker) tool(rest *command, name string) ([]doing, bool) {
	for i, a := range rest.args {
		if a != name {
			continue
		}
		inner := command{program: a, name: programName(a), args: rest.args[i+1:]}
		if did := l.command(&inner); len(did) > 0 && did[0].deed != doRun && !isKnownNothing(inner.name) {
			return did, true
		}
		break
	}
	return nil, false
}

func (l looker) script1(rest *command, name string) []doing {
	if d, ok := l.tool(rest, name); ok {
		return d
	}
	return l.task(rest, name)
}

func (l looker) frontend(c *command) []doing {
	verb := c.first()
	switch {
	case c.name == "ng" && verb == "update":
		return one(doCodemod, "ng update")
	case c.name == "nx" && verb == "migrate", c.name == "expo" && (verb == "upgrade" || c.has("--fix")):
		return one(doCodemod, c.name+" "+verb)
	case c.name == "svelte-check", c.name == "ember" && verb == "":
		return one(doVerify, c.name)
	case c.name == "ng" && (verb == "generate" || verb == "g"), c.name == "nx" && (verb == "g" || verb == "generate"):
		return []doing{{deed: doWrite, tool: c.name + " generate"}}
	case c.name == "next" && verb == "lint":
		return one(doVerify, "next lint")
	case hasAny(verb, "run", "affected", "run-many", "exec"):
		for _, a := range c.args {
			if t, ok := strings.CutPrefix(a, "--target="); ok {
				return l.task(c, t)
			}
			if t, ok := strings.CutPrefix(a, "--targets="); ok {
				return l.task(c, t)
			}
		}
		name := c.arg(1)
		if i := strings.LastIndexByte(name, ':'); i > 0 && c.name == "nx" {
			name = name[i+1:]
		}
		if name == "" || c.has("-t") {
			for i, a := range c.args {
				if a == "-t" && i+1 < len(c.args) {
					name = c.args[i+1]
				}
			}
		}
		return l.task(c, name)
	}
	return l.task(c, verb)
}

func python(c *command) []doing {
	verb := c.first()
	if c.name == "uv" && verb == "pip" {
		verb = c.arg(1)
	}
	switch verb {
	case "add", "remove", "lock", "update", "upgrade", "uninstall":
		return depend(c.name+" "+verb, c)
	case "install", "sync", "download":
		if verb == "install" && hasAny(c.name, "pip", "pip3", "uv") && c.mentions("==") {
			return depend(c.name+" install", c)
		}
		return one(doInstall, c.name+" "+verb)
	case "show", "list", "freeze", "tree", "index", "search", "check", "info":
		return one(doRead, c.name+" "+verb)
	case "build":
		return one(doVerify, c.name+" build")
	}
	return one(doInstall, c.name)
}
