package model

import "strings"

func (l looker) php(c *command) []doing {
	for i, a := range c.args {
		switch {
		case programName(a) == "artisan" || strings.HasSuffix(a, "bin/console"):
			rest := command{name: "artisan", program: a, args: c.args[i+1:]}
			return l.task(&rest, rest.first())
		case a == "-l":
			return one(doVerify, "php -l")
		case a == "-r" && i+1 < len(c.args):
			return l.script("php", c.args[i+1])
		case !strings.HasPrefix(a, "-"):
			inner := command{program: a, name: strings.TrimSuffix(programName(a), ".phar"), args: c.args[i+1:]}
			if _, ok := toolDeeds()[inner.name]; ok || inner.name == "composer" {
				return l.command(&inner)
			}
			return l.runFile(c, a)
		}
	}
	if c.stdin != "" {
		return l.script("php", c.stdin)
	}
	return one(doRun, "php")
}

// interpreter judges a program that runs a script: given on the command line, on
// its input, or as a file.
func (l looker) interpreter(c *command) []doing {
	for i, a := range c.args {
		switch {
		case hasAny(a, "-c", "-e", "--eval", "-E", "-p", "-pe", "-ne", "-le", "-lne", "--print", "-nle", "-Mstrict") && i+1 < len(c.args):
			if c.piped && !hasWriteCall(c.args[i+1]) { // a filter
				return one(doNothing, c.name)
			}
			return l.script(c.name, c.args[i+1])
		case a == "--test" || a == "--test-only":
			return one(doTest, c.name+" --test")
		case a == "--check" && (c.name == "node" || c.name == "nodejs"):
			return one(doVerify, "node --check")
		case a == "-m" || a == "--version" || a == "-V" || a == "-v" && len(c.args) == 1:
			if a == "-m" && i+1 < len(c.args) {
				inner := command{program: c.args[i+1], name: programName(c.args[i+1]), args: c.args[i+2:], stdin: c.stdin}
				return l.command(&inner)
			}
			return one(doNothing, c.name)
		case a == "-" || strings.HasPrefix(a, "-"):
			continue
		default:
			return l.runFile(c, a)
		}
	}
	if c.stdin != "" {
		return l.script(c.name, c.stdin)
	}
	if c.piped {
		return one(doRun, c.name)
	}
	return one(doNothing, c.name)
}

// runFile judges a script that is run from its file.
func (l looker) runFile(c *command, file string) []doing {
	base := programName(file)
	rest := command{name: base, args: c.args}
	switch {
	case base == "manage.py":
		return l.task(&command{name: "manage.py", args: rest.args[min(1, len(rest.args)):]}, rest.arg(1))
	case base == "setup.py":
		if c.has("test") {
			return one(doTest, base)
		}
		return one(doVerify, base)
	case base == "artisan":
		return l.task(&command{name: "artisan", args: rest.args}, rest.arg(1))
	}
	stem, _ := splitExt(base)
	p := placeOf(file, l.cwd)
	if p == placeScratch {
		return []doing{{deed: doRun, place: p, path: file, tool: c.name, named: true}}
	}
	if d, ok := taskWord(stem); ok && d != doRun {
		return []doing{{deed: d, place: p, path: file, tool: base, traits: traits{text: "own"}}}
	}
	if d := toolDeeds()[stem]; d != doNothing && d != doRead && d != doHouse {
		return []doing{{deed: d, path: file, tool: stem}}
	}
	switch p {
	case placeTest:
		return []doing{{deed: doTest, path: file, tool: c.name}}
	case placeMigration:
		return []doing{{deed: doMigrate, path: file, tool: c.name}}
	case placeDoc:
		return []doing{{deed: doDocs, path: file, tool: c.name}}
	}
	return []doing{{deed: doRun, place: p, path: file, tool: c.name, named: true}}
}

// unknown judges a program that no table has: the repository's own, mostly.
func (l looker) unknown(c *command) []doing {
	if strings.ContainsAny(c.program, `/\`) {
		return l.runFile(c, c.program)
	}
	stem, ext := splitExt(c.name)
	if hasAny(ext, "py", "sh", "js", "rb", "ts") {
		return l.runFile(c, c.program)
	}
	if d, ok := taskWord(stem); ok {
		return one(d, c.name)
	}
	return []doing{{deed: doRun, tool: c.name, path: c.program}}
}
