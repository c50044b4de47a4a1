package model

import "strings"

// language judges the commands of languages: their own tools and their interpreters.
func (l looker) language(c *command) ([]doing, bool) {
	switch c.name {
	case "go":
		return l.golang(c), true
	case "cargo":
		return l.cargo(c), true
	case "dotnet":
		return dotnet(c), true
	case "mix":
		return l.task(c, c.first()), true
	case "swift", "xcodebuild", "xcrun", "fastlane":
		return swift(c), true
	case "deno":
		return l.deno(c), true
	case "dart", "flutter", "fvm":
		return l.task(c, c.first()), true
	case "php":
		return l.php(c), true
	case "artisan", "rails", "rake", "rails-console", "thor", "spring":
		return l.task(c, c.first()), true
	case "python", "python3", "python2", "py", "pypy3", "ipython", "node", "nodejs", "ts-node", "tsx", "bun", "rscript", "julia", "lua", "luajit", "elixir", "iex", "irb", "php8", "groovy", "scala", "kotlin", "java", "jshell", "ghci", "runghc", "runhaskell", "osascript", "clj", "clojure", "bb", "racket", "guile", "sbcl", "octave", "vite-node", "esno", "zx", "r", "tclsh", "perl6", "raku", "manage.py", "ipython3", "swiftc", "esr":
		if c.name == "bun" {
			return nil, false
		}
		if c.name == "r" && c.has("CMD") {
			return l.task(c, c.arg(1)), true
		}
		return l.interpreter(c), true
	case "zig":
		switch c.first() {
		case "test":
			return one(doTest, c.name), true
		case "build":
			if c.arg(1) != "" && c.arg(1) != "run" {
				return l.task(c, c.arg(1)), true
			}
			return one(doVerify, c.name), true
		case "fmt":
			return l.onFiles(doFormat, c), true
		}
		return one(doVerify, c.name), true
	case "stack", "cabal", "lein", "sbt", "mill", "rebar3", "gleam", "dune", "opam", "elm", "elm-test", "spago", "crystal", "shards", "nimble", "ghcup", "scala-cli", "buck2", "clojure-cli", "forge", "hardhat", "foundry", "truffle", "anchor", "sui", "pod", "carthage", "haxe", "v", "odin", "alr", "gprbuild", "tuist", "pixi", "hatch", "nim-test":
		if c.name == "elm-test" {
			return one(doTest, c.name), true
		}
		return l.task(c, strings.Join(c.files(), " ")), true
	}
	return nil, false
}

func (l looker) golang(c *command) []doing {
	switch verb := c.first(); verb {
	case "test":
		if c.mentions("-bench") && (c.mentions("-run=^$", "-run=NONE", "-run=none", "-run=XXX") || c.has("^$", "NONE", "none", "XXX", "^#")) {
			return one(doMeasure, "go test -bench")
		}
		d := one(doTest, "go test")
		if c.mentions("Example") {
			d[0].deed = doDocTest
		}
		return d
	case "build", "vet", "install":
		return one(doVerify, "go "+verb)
	case "fix":
		return one(doCodemod, "go fix")
	case "fmt":
		return one(doFormat, "go fmt")
	case "doc", "list", "env", "version", "help", "bug":
		return one(doRead, "go "+verb)
	case "generate":
		return one(doGenerate, "go generate")
	case "mod", "work":
		switch c.arg(1) {
		case "tidy", "edit", "vendor", "init":
			return one(doDepend, "go mod "+c.arg(1))
		case "graph", "why":
			return one(doRead, "go mod "+c.arg(1))
		case "verify":
			return one(doVerify, "go mod verify")
		}
		return one(doInstall, "go mod download")
	case "get":
		return depend("go get", c)
	case "tool":
		rest := command{args: c.args}
		if rest.arg(1) == "pprof" || rest.arg(1) == "trace" || rest.arg(1) == "cover" || rest.arg(1) == "objdump" || rest.arg(1) == "nm" {
			return one(doRead, "go tool")
		}
		return l.run(c, rest.arg(1))
	case "run":
		return l.run(c, c.arg(1))
	case "clean":
		return one(doHouse, "go clean")
	}
	return one(doRun, "go")
}

// run is a program of the repository, or a tool that a language's command fetches.
func (l looker) run(c *command, program string) []doing {
	name := programName(program)
	if i := strings.LastIndexByte(name, '@'); i > 0 {
		name = name[:i]
	}
	if d, ok := toolDeeds()[name]; ok && d != doNothing && d != doRead && d != doHouse {
		return []doing{{deed: d, tool: name, traits: traits{text: "own"}}}
	}
	return []doing{{deed: doRun, tool: c.name, path: program, traits: traits{text: program}}}
}

func (l looker) cargo(c *command) []doing {
	switch verb := c.first(); verb {
	case "test", "t", "nextest", "llvm-cov", "tarpaulin", "mutants", "insta", "fuzz", "miri", "hack":
		if c.has("--doc") {
			return one(doDocTest, "cargo test --doc")
		}
		if verb == "miri" && c.arg(1) != "test" {
			return one(doRun, "cargo miri")
		}
		return one(doTest, "cargo "+verb)
	case "build", "b", "check", "c", "clippy", "deny", "audit", "udeps", "machete", "semver-checks", "package":
		d := one(doVerify, "cargo "+verb)
		if c.has("--fix") {
			d[0].deed = doFormat
		}
		return d
	case "fmt":
		if c.has("--check") || c.mentions("--check") {
			return one(doVerify, "cargo fmt --check")
		}
		return one(doFormat, "cargo fmt")
	case "fix":
		if c.mentions("--edition", "--broken-code") {
			return one(doCodemod, "cargo fix --edition")
		}
		return one(doFormat, "cargo fix")
	case "doc", "rustdoc", "readme", "rdme", "deadlinks", "sync-readme":
		return one(doDocs, "cargo "+verb)
	case "bench", "criterion", "flamegraph", "profile", "bloat", "asm", "instruments":
		return one(doMeasure, "cargo "+verb)
	case "add", "remove", "rm", "upgrade", "update":
		return depend("cargo "+verb, c)
	case "tree", "metadata", "search", "info", "expand", "version", "show-asm", "outdated":
		return one(doRead, "cargo "+verb)
	case "sqlx":
		if c.arg(1) == "prepare" {
			return one(doGenerate, "cargo sqlx prepare")
		}
		return one(doMigrate, "cargo sqlx")
	case "run", "r":
		return l.run(c, "")
	case "clean", "install", "fetch", "login":
		return one(doHouse, "cargo "+verb)
	case "xtask", "make":
		return l.task(c, c.arg(1))
	case "generate", "new", "init":
		return one(doGenerate, "cargo "+verb)
	}
	return one(doRun, "cargo")
}

// depend is a change of the dependencies, with whether it names a major version.
func depend(tool string, c *command) []doing {
	d := one(doDepend, tool)
	for _, a := range c.args {
		at := strings.LastIndexAny(a, "@=")
		if at <= 0 || at+1 >= len(a) {
			continue
		}
		v := strings.TrimLeft(a[at+1:], "^~>=v")
		if v == "latest" || v == "next" || v != "" && v[0] >= '1' && v[0] <= '9' {
			d[0].major = true
		}
	}
	return d
}

func dotnet(c *command) []doing {
	switch verb := c.first(); verb {
	case "test", "vstest", "stryker":
		return one(doTest, "dotnet test")
	case "build", "msbuild", "publish", "pack":
		return one(doVerify, "dotnet "+verb)
	case "ef":
		if c.arg(1) == "dbcontext" {
			return one(doRead, "dotnet ef")
		}
		return one(doMigrate, "dotnet ef")
	case "format":
		if c.has("--verify-no-changes") {
			return one(doVerify, "dotnet format")
		}
		return one(doFormat, "dotnet format")
	case "add", "remove":
		return depend("dotnet "+verb, c)
	case "list", "--info", "--version", "nuget":
		return one(doRead, "dotnet "+verb)
	case "restore", "tool", "workload", "clean":
		return one(doInstall, "dotnet "+verb)
	case "new", "sln":
		return one(doGenerate, "dotnet "+verb)
	case "upgrade-assistant", "upgrade":
		return one(doCodemod, "dotnet "+verb)
	case "docfx":
		return one(doDocs, "docfx")
	}
	return one(doRun, "dotnet")
}

func swift(c *command) []doing {
	if c.name == "xcrun" {
		switch c.first() {
		case "simctl":
			if c.arg(1) == "list" {
				return one(doRead, "simctl")
			}
			return one(doRun, "simctl")
		case "xctrace", "xcresulttool", "xccov":
			if c.arg(1) == "record" {
				return one(doMeasure, "xctrace")
			}
			return one(doRead, c.first())
		case "docc":
			return one(doDocs, "docc")
		}
		return one(doVerify, c.name)
	}
	switch {
	case c.has("test", "test-without-building", "scan", "build-for-testing"):
		return one(doTest, c.name+" test")
	case c.has("docbuild") || c.mentions("generate-documentation"):
		return one(doDocs, c.name)
	case c.has("-list", "-showBuildSettings", "-version", "describe"):
		return one(doRead, c.name)
	case c.has("format"):
		return one(doFormat, c.name)
	case c.has("run") || c.name == "swift" && len(c.files()) > 0 && strings.HasSuffix(c.first(), ".swift"):
		return one(doRun, c.name)
	}
	return one(doVerify, c.name)
}

func (l looker) deno(c *command) []doing {
	switch c.first() {
	case "test", "coverage":
		return one(doTest, "deno test")
	case "check", "lint", "compile":
		return one(doVerify, "deno "+c.first())
	case "fmt":
		return l.onFiles(doFormat, c)
	case "doc":
		return one(doDocs, "deno doc")
	case "bench":
		return one(doMeasure, "deno bench")
	case "add", "install", "remove":
		return depend("deno add", c)
	case "task":
		return l.task(c, c.arg(1))
	case "eval":
		return l.script(c.name, c.arg(1))
	}
	if c.stdin != "" {
		return l.script(c.name, c.stdin)
	}
	return one(doRun, c.name)
}
