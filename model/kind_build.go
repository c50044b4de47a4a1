package model

import "strings"

// taskWords tells by the words in a task's name (an npm script, a make target, a
// rake task, a gradle task) what it does; the first group that has one of them counts.
var taskWords = [...]struct {
	deed  deed
	words string
}{
	{doDocTest, "doctest doctests"},
	{doCodemod, "codemod codemods rewriterun rewritedryrun rewrite:run upgrade-dependencies"},
	{doDocs, "docs doc documentation javadoc typedoc dokkahtml dokka linkcheck docs-build docs-lint builddocs apidoc apidocs docusaurus mkdocs sphinx storybook:docs changelog asciidoctor haddock readme rustdoc hex.docs markdownlint mdlint openapi swagger yard scribe"},
	{doMigrate, "migrate migration migrations migrateup migratedown makemigrations sqlmigrate db:migrate db:rollback db:schema db:setup db:push migrate:run flywaymigrate liquibaseupdate ecto.migrate ecto.rollback ecto.gen.migration make:migration schema:load rollback backfill flywayclean flywayinfo flywayvalidate showmigrations"},
	{doFormat, "fmt format formatting spotlessapply prettier lint:fix lint-fix fix autofix ktlintformat style:fix format:write scalafmt pint"},
	{doTest, "test tests spec specs e2e unit units integration coverage cover check jacocotestreport tdd jest vitest mocha cypress playwright pytest phpunit rspec testonly it verify connectedcheck connectedandroidtest integrationtest ctest smoke regression acceptance bdd snapshot race testquick junit test-unit eunit pitest proptest ct dusk parallel make:test testrace testall unittest fuzz test-all mutation pest"},
	{doMeasure, "bench benchmark benchmarks perf jmh profile loadtest"},
	{doVerify, "lint typecheck type-check types tsc build compile checkstyle detekt spotlesscheck spotbugs vet assemble bundle package validate credo dialyzer analyze analyse clippy all classes testclasses prettier:check lint:check format:check compilejava static staticcheck phpstan psalm quality assembledebug buildenvironment"},
	{doGenerate, "generate gen codegen proto protos protobuf generated graphql sqlc make:model make:controller scaffold gen.schema make"},
	{doHouse, "clean install setup bootstrap release publish deploy cache up down stop logs login db:create db:drop db:seed db:reset seed purge prune dist docker image push version bump tag ecto.create ecto.drop reset optimize deps deps.get deps.compile hex local.hex archive config:clear cache:clear key:generate storage:link"},
	{doRun, "start dev serve run watch preview server shell console tinker runner"},
	{doRead, "routes about stats notes dependencies tasks projects properties help list tree outdated audit why info explain show route:list db:show db:table model:show xref.graph phx.routes environment"},
}

// taskWord gives what a task of this name does. Names are cut into words at
// punctuation; whole names are looked for first.
func taskWord(name string) (deed, bool) {
	camel := camelWords(name)
	name = strings.ToLower(strings.TrimLeft(name, ":-"))
	if name == "" {
		return doNothing, false
	}
	for _, g := range taskWords {
		if hasWord(g.words, name) {
			return g.deed, true
		}
	}
	if name != camel && strings.Count(camel, " ") < 6 {
		name = camel
	}
	words := strings.FieldsFunc(name, func(r rune) bool { return strings.ContainsRune(":-_./ ", r) })
	if len(words) > 6 {
		words = words[:6]
	}
	if len(words) > 1 && (words[len(words)-1] == "check" || words[len(words)-1] == "lint") && hasAny(words[0], "format", "fmt", "prettier", "style", "types", "type", "lint", "code") {
		return doVerify, true
	}
	for _, g := range taskWords {
		for _, w := range words {
			if w != "make" && hasWord(g.words, w) {
				return g.deed, true
			}
		}
	}
	return doNothing, false
}

// task judges a runner of named tasks.
func (l looker) task(c *command, name string) []doing {
	if name == "test" && c.mentions("--doc") {
		return one(doDocTest, c.name)
	}
	if c.mentions("--check", "--check-formatted", "--verify") {
		if d, ok := taskWord(name); ok && d == doFormat {
			return one(doVerify, c.name+" "+name)
		}
	}
	if hasAny(c.name, "rails") && hasAny(name, "generate", "g") {
		if c.mentions("migration", "model", "scaffold") {
			return one(doMigrate, "rails generate migration")
		}
		if c.mentions("test", "spec", "rspec") {
			return []doing{{deed: doWrite, place: placeTest, tool: "rails generate", named: true}}
		}
		return []doing{{deed: doWrite, tool: "rails generate"}}
	}
	if hasAny(c.name, "rails", "artisan", "manage.py", "mix") && hasAny(name, "runner", "console", "c", "dbconsole", "tinker", "run", "shell", "eval", "shell_plus", "r") {
		for i, a := range c.args {
			if i > 0 && !strings.HasPrefix(a, "-") && a != name {
				return l.script("ruby", a)
			}
		}
		if c.stdin != "" {
			return l.script(c.name, c.stdin)
		}
		return []doing{{deed: doRun, tool: c.name}}
	}
	if c.name == "mix" && name == "format" {
		return l.onFiles(doFormat, c)
	}
	if d, ok := taskWord(name); ok {
		r := doing{deed: d, tool: c.name + " " + name}
		if d == doHouse && hasAny(name, "install", "deps.get", "deps") {
			r.deed = doInstall
		}
		return []doing{r}
	}
	return []doing{{deed: doRun, tool: c.name, path: name}}
}

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
		if d := toolDeeds[programName(inner)]; c.name == "bun" && strings.ContainsAny(inner, "./") {
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

// builder judges build tools whose targets tell what is done.
func (l looker) builder(c *command) ([]doing, bool) {
	switch c.name {
	case "make", "gmake", "nmake", "mingw32-make", "just", "task", "invoke", "inv", "doit", "mage", "earthly", "tusk", "ninja", "duty", "poe", "nox", "hatch", "rushx", "tilt", "bake", "mvnd", "waf":
		if c.name == "nox" || c.name == "ninja" && len(c.files()) == 0 {
			return l.nox(c), true
		}
		return l.targets(c), true
	case "gradle", "gradlew", "mvn", "mvnw", "ant", "sbt":
		return l.jvm(c), true
	case "bazel", "bazelisk", "buck", "buck2", "pants", "please", "plz":
		switch c.first() {
		case "query", "cquery", "aquery", "info", "deps", "dependencies":
			return one(doRead, c.name), true
		case "coverage":
			return one(doTest, c.name), true
		case "run":
			if d, ok := taskWord(c.arg(1)[strings.LastIndexAny(c.arg(1), ":/")+1:]); ok {
				return one(d, c.name+" run"), true
			}
			return one(doRun, c.name), true
		}
		return l.task(c, c.first()), true
	case "cmake":
		for i, a := range c.args {
			if (a == "--target" || a == "-t") && i+1 < len(c.args) {
				return l.task(c, c.args[i+1]), true
			}
		}
		return one(doVerify, c.name), true
	case "tox":
		for i, a := range c.args {
			if a == "-e" && i+1 < len(c.args) {
				if d, ok := taskWord(c.args[i+1]); ok {
					return one(d, "tox -e "+c.args[i+1]), true
				}
			}
		}
		return one(doTest, c.name), true
	}
	return nil, false
}

func (l looker) nox(c *command) []doing {
	if c.name == "ninja" {
		return one(doVerify, c.name)
	}
	for i, a := range c.args {
		if (a == "-s" || a == "-e" || a == "--session") && i+1 < len(c.args) {
			if d, ok := taskWord(c.args[i+1]); ok {
				return one(d, "nox -s "+c.args[i+1])
			}
		}
	}
	return one(doTest, c.name)
}

// targets judges make and its like by the targets they are given.
func (l looker) targets(c *command) []doing {
	rest := command{name: c.name, args: c.args}
	inDocs := false
	var did []doing
	for i := 0; i < len(rest.args); i++ {
		a := rest.args[i]
		switch {
		case a == "-C" || a == "-f" || a == "--directory" || a == "-d" || a == "--justfile":
			if i+1 < len(rest.args) {
				inDocs = inDocs || placeOf(rest.args[i+1]+"/x", l.cwd) == placeDoc
			}
			i++
		case strings.HasPrefix(a, "-C"):
			inDocs = inDocs || placeOf(a[2:]+"/x", l.cwd) == placeDoc
		case strings.HasPrefix(a, "-") || isAssignment(a):
		default:
			if hasAny(a, "html", "linkcheck", "man", "latexpdf", "dirhtml") {
				inDocs = true
			}
			did = append(did, l.task(&command{name: c.name}, a)...)
		}
	}
	switch {
	case inDocs:
		return one(doDocs, c.name)
	case len(did) == 0:
		return one(doVerify, c.name)
	}
	return did
}

// jvm judges gradle, maven and sbt: the strongest of their goals counts.
func (l looker) jvm(c *command) []doing {
	var did []doing
	for _, a := range c.args {
		if strings.HasPrefix(a, "-") || strings.HasPrefix(a, "*") || strings.Contains(a, "=") {
			continue
		}
		name := a[strings.LastIndexByte(a, ':')+1:]
		switch {
		case strings.Contains(a, "flyway") || strings.Contains(a, "liquibase"):
			did = append(did, doing{deed: doMigrate, tool: c.name + " " + a})
			continue
		case strings.Contains(a, "rewrite"):
			did = append(did, doing{deed: doCodemod, tool: c.name + " " + a})
			continue
		case strings.Contains(a, "asciidoctor") || strings.Contains(a, "javadoc"):
			did = append(did, doing{deed: doDocs, tool: c.name + " " + a})
			continue
		case strings.Contains(a, "fmt:format"), strings.Contains(a, "spotless:apply"):
			did = append(did, doing{deed: doFormat, tool: c.name + " " + a})
			continue
		case strings.Contains(a, "dependency:") || name == "help:effective-pom":
			did = append(did, doing{deed: doRead, tool: c.name + " " + a})
			continue
		}
		camel := camelWords(name)
		if d, ok := taskWord(name); ok {
			if name == "install" || name == "package" || name == "verify" {
				if d = doVerify; !c.mentions("skipTests", "maven.test.skip") && name != "package" {
					d = doTest
				}
			}
			did = append(did, doing{deed: d, tool: c.name + " " + name})
		} else if d, ok := taskWord(camel); ok {
			did = append(did, doing{deed: d, tool: c.name + " " + name})
		}
	}
	// clean is never what it is for
	var kept []doing
	for _, d := range did {
		if d.deed != doHouse {
			kept = append(kept, d)
		}
	}
	switch {
	case c.has("--tests") || c.mentions("-Dtest=", "-Dit.test="):
		return one(doTest, c.name+" test")
	case len(kept) > 0:
		return kept
	case len(did) > 0:
		return did
	}
	return one(doVerify, c.name)
}

// camelWords cuts integrationTest into "integration test".
func camelWords(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r >= 'A' && r <= 'Z' {
			b.WriteByte(' ')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}
