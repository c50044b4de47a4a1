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
