package model

import "strings"

// checker judges tools that check or, with an option, change; and those that
// handle machines.
func (l looker) checker(c *command) ([]doing, bool) {
	switch c.name {
	case "eslint", "rubocop", "ruff", "oxlint", "stylelint", "swiftlint", "golangci-lint", "tslint", "xo", "standard", "pylint", "ktlint", "detekt", "biome", "clang-tidy", "markdownlint", "markdownlint-cli2", "phpcs", "ansible-lint", "djlint", "sqlfluff", "remark", "textlint", "codespell", "typos":
		d := l.onFiles(doVerify, c)
		if c.has("--fix", "-a", "-A", "--autocorrect", "--auto-correct", "--autocorrect-all", "--write", "--apply", "-fix", "--fix-errors", "-w", "-F", "--format-fix", "fix", "--write-changes") || c.name == "ruff" && c.first() == "format" && !c.has("--check", "--diff") {
			d[0].deed = doFormat
		}
		if hasAny(c.name, "markdownlint", "markdownlint-cli2", "remark", "textlint", "codespell", "typos") {
			d[0].deed = doDocs
		}
		if c.mentions(".md", "docs/") && !c.mentions(".ts", ".js", ".py") {
			d[0].place, d[0].named = placeDoc, true
		}
		return d, true
	case "prettier", "black", "isort", "gofmt", "goimports", "gofumpt", "rustfmt", "clang-format", "yapf", "autopep8", "shfmt", "stylua", "dprint", "php-cs-fixer", "pint", "csharpier", "scalafmt", "nixpkgs-fmt", "alejandra", "mdformat", "ormolu", "taplo", "google-java-format", "swiftformat", "docformatter":
		d := l.onFiles(doFormat, c)
		if c.has("--check", "-c", "-l", "-d", "--diff", "--list-different", "--dry-run", "--test", "-n", "--check-only", "--lint") && !c.has("-w", "--write", "-i") {
			d[0].deed = doVerify
		}
		if c.name == "mdformat" || c.mentions(".md") && !c.mentions(".ts", ".js") {
			d[0].place, d[0].named = placeDoc, true
		}
		return d, true
	case "playwright", "cypress":
		if hasAny(c.first(), "install", "install-deps", "verify", "cache", "info") {
			return one(doInstall, c.name), true
		}
		return one(doTest, c.name), true
	case "pytest", "py.test":
		if c.has("--doctest-modules") || c.mentions("--doctest-glob", "--doctest-modules") {
			return one(doDocTest, "pytest --doctest"), true
		}
		if c.has("--collect-only", "--co", "--fixtures") {
			return one(doTest, c.name), true
		}
		return one(doTest, c.name), true
	case "doctest":
		return one(doDocTest, c.name), true
	case "json.tool", "http.server", "venv", "ensurepip", "pip", "zipfile", "site", "sysconfig", "timeit", "cprofile", "compileall", "py_compile", "ast", "tokenize", "dis":
		switch c.name {
		case "timeit", "cprofile":
			return one(doMeasure, c.name), true
		case "compileall", "py_compile":
			return one(doVerify, c.name), true
		case "http.server":
			return one(doRun, c.name), true
		case "json.tool":
			return one(doRead, c.name), true
		}
		return one(doInstall, c.name), true
	case "terraform", "tofu", "terragrunt":
		switch c.first() {
		case "fmt":
			if c.has("-check") {
				return one(doVerify, "terraform fmt"), true
			}
			return one(doFormat, "terraform fmt"), true
		case "validate", "plan":
			return one(doVerify, "terraform "+c.first()), true
		case "show", "output", "state", "providers", "graph":
			return one(doRead, "terraform "+c.first()), true
		case "test":
			return one(doTest, "terraform test"), true
		}
		return one(doHouse, c.name), true
	case "docker", "podman", "docker-compose", "nerdctl":
		return container(c), true
	case "kubectl", "k9s", "oc", "helm", "kustomize":
		if c.has("get", "describe", "logs", "top", "explain", "status", "template", "show", "list", "history") {
			return one(doRead, c.name), true
		}
		if c.has("lint", "diff") || c.mentions("dry-run") {
			return one(doVerify, c.name), true
		}
		return one(doHouse, c.name), true
	case "migrate":
		return one(doMigrate, c.name), true
	case "buf":
		if hasAny(c.first(), "lint", "breaking", "build") {
			return one(doVerify, "buf "+c.first()), true
		}
		return one(doGenerate, c.name), true
	case "atlas":
		if c.first() == "version" {
			return one(doRead, c.name), true
		}
		return one(doMigrate, c.name), true
	case "hugo", "jekyll":
		return one(doDocs, c.name), true
	case "openapi-generator-cli", "openapi-generator":
		if c.first() == "validate" {
			return one(doDocs, c.name), true
		}
		return one(doGenerate, c.name), true
	case "pandoc":
		return one(doDocs, c.name), true
	case "sg", "ast-grep", "comby", "semgrep":
		if c.has("-U", "--update-all", "-i", "-in-place", "--autofix", "--interactive", "--rewrite", "-r") {
			return one(doCodemod, c.name), true
		}
		return one(doRead, c.name), true
	case "adb":
		switch {
		case c.mentions("instrument"):
			return one(doTest, "adb instrument"), true
		case c.mentions("logcat", "dumpsys", "getprop", "devices"):
			return one(doRead, "adb"), true
		}
		return one(doRun, "adb"), true
	case "r":
		if c.has("CMD") && c.has("check") {
			return one(doTest, "R CMD check"), true
		}
	case "changeset", "changesets":
		return []doing{{deed: doWrite, place: placeDoc, tool: c.name, named: true}}, true
	case "pyupgrade", "2to3", "django-upgrade", "flynt":
		return l.onFiles(doCodemod, c), true
	case "ncu", "npm-check-updates":
		if c.has("-u", "--upgrade") {
			d := one(doDepend, c.name)
			d[0].major = true
			return d, true
		}
		return one(doRead, c.name), true
	case "rector":
		return one(doCodemod, c.name), true
	case "cmp", "diff":
		if c.piped {
			return one(doNothing, c.name), true
		}
	}
	return nil, false
}

func container(c *command) []doing {
	sub := c.first()
	if sub == "compose" {
		sub = c.arg(1)
	}
	switch sub {
	case "logs", "inspect", "images", "history", "port", "stats":
		return one(doRead, c.name+" "+sub)
	case "build", "buildx", "bake":
		return one(doVerify, c.name+" build")
	}
	return one(doHouse, c.name+" "+sub)
}

// toolWords cuts a name into the words that a tool's name may be among.
func toolWords(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return strings.ContainsRune("-_./: ", r) })
}
