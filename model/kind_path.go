package model

import (
	"path"
	"strings"
)

// place is what a file is, by its path.
type place uint8

const (
	placeSource    place = iota // product code, build or configuration
	placeTest                   // tests and what they need
	placeDoc                    // prose, API descriptions and what builds them
	placeMigration              // schema and data migrations, codemods
	placePlan                   // plans and task lists
	placeScratch                // outside of the work: thrown away
	placeOutput                 // logs, build results
	placeReport                 // findings written down as a file
)

// kind is what changing such a file is.
func (p place) kind() Kind {
	return [...]Kind{KindEdit, KindTest, KindDocumentation, KindMigration, KindOther, KindResearch, KindOther, KindDocumentation}[p]
}

// placeOf classifies a path; cwd is the folder that it is in where it is absolute.
func placeOf(file, cwd string) place {
	p := strings.ToLower(relative(file, cwd))
	if p == "" {
		return placeSource
	}
	if isScratch(p) {
		return placeScratch
	}
	base := path.Base(p)
	stem, ext := splitExt(base)
	dirs := strings.Split(strings.TrimSuffix(p, base), "/")
	isDoc := isProse(base, stem, ext, dirs)
	switch {
	case isPlan(base, dirs):
		return placePlan
	case isMigrationFile(p, base, stem, ext, dirs):
		return placeMigration
	case isTestFile(base, stem, ext, dirs) && (!isDoc || inAny(dirs, "fixtures", "testdata", "__snapshots__", "__fixtures__")):
		return placeTest
	case isReport(stem, ext, isDoc):
		return placeReport
	case isDoc:
		return placeDoc
	case hasAny(ext, "log", "out", "prof", "pprof", "trace", "cover") || inAny(dirs, "node_modules", "target", "dist", "build", "coverage", ".turbo", "__pycache__"):
		return placeOutput
	}
	return placeSource
}

// relative is a path with slashes, without the folder it is in.
func relative(file, cwd string) string {
	p := strings.ReplaceAll(strings.TrimPrefix(file, "file://"), `\`, "/")
	cwd = strings.TrimSuffix(strings.ReplaceAll(cwd, `\`, "/"), "/")
	if len(cwd) > 1 && len(p) > len(cwd) && strings.EqualFold(p[:len(cwd)], cwd) && p[len(cwd)] == '/' {
		p = p[len(cwd)+1:]
	}
	return strings.TrimPrefix(p, "./")
}

func isScratch(p string) bool {
	for _, s := range [...]string{"/tmp/", "/var/tmp/", "/private/tmp/", "/var/folders/", "/dev/shm/", "tmp/", "temp/", "scratch/", ".scratch/", "c:/temp/", "c:/tmp/", "$/tmp"} {
		if strings.HasPrefix(p, s) {
			return true
		}
	}
	// "$TMPDIR/x", "$(mktemp)": a folder that only the shell knows.
	return p == "$" || strings.HasPrefix(p, "$/") || strings.Contains(p, "/appdata/local/temp/")
}

// splitExt gives a file's name without its last ending, and that without its dot.
func splitExt(base string) (stem, ext string) {
	if i := strings.LastIndexByte(base, '.'); i > 0 {
		return base[:i], base[i+1:]
	}
	return base, ""
}

// segments of a path that hold tests.
const testDirs = "test tests spec specs __tests__ testdata test-data test_data fixtures __fixtures__ __snapshots__ __mocks__ e2e cypress " +
	"integration_test integration-tests integration_tests androidtest unittests unit-tests testcases test-fixtures factories features uitests"

func isTestFile(base, stem, ext string, dirs []string) bool {
	for i, d := range dirs {
		if d == "" || i+1 < len(dirs) && d == "test" && dirs[i+1] == "src" && i > 0 && hasAny(dirs[i-1], "packages", "crates", "libs", "modules") {
			continue // a package of that name is the product's own
		}
		if hasWord(testDirs, d) && d != "spec" || d == "spec" && ext == "rb" || strings.HasSuffix(d, ".tests") || strings.HasSuffix(d, ".test") || strings.HasSuffix(d, ".unittests") || strings.HasSuffix(d, ".integrationtests") {
			return true
		}
	}
	if hasAny(base, "conftest.py", "pytest.ini", "tox.ini", "noxfile.py", ".coveragerc", "codecov.yml", "phpunit.xml", "phpunit.xml.dist", ".rspec", "karma.conf.js", ".nycrc", "tests.rs", "test.rs", "tests.py", "test.py", "nextest.toml") {
		return true
	}
	if hasAny(stem, "jest.config", "vitest.config", "playwright.config", "cypress.config", "vitest.setup", "jest.setup", "vitest.workspace") || strings.HasPrefix(base, ".mocharc") {
		return true
	}
	switch ext {
	case "", "md", "rst", "txt", "yml", "yaml":
		return strings.HasSuffix(stem, ".test") || strings.HasSuffix(stem, ".spec") && ext != "md"
	case "snap", "feature", "bats", "t":
		return true
	case "java", "kt", "scala", "groovy":
		if inAny(dirs, "main") && inAny(dirs, "src") {
			return false
		}
	}
	switch ext {
	case "java", "kt", "kts", "scala", "cs", "fs", "swift", "groovy", "php", "m", "mm", "vb":
		for _, end := range [...]string{"test", "tests", "spec", "specs", "testcase", "testbase", "testutils", "ittest"} {
			if strings.HasSuffix(stem, end) && stem != "latest" && stem != "contest" && stem != "request" {
				return true
			}
		}
	}
	return strings.HasSuffix(stem, "_test") || strings.HasSuffix(stem, "_tests") || strings.HasSuffix(stem, "_spec") || strings.HasSuffix(stem, ".test") ||
		strings.HasSuffix(stem, ".spec") || strings.HasSuffix(stem, ".cy") || strings.HasSuffix(stem, ".e2e") || strings.HasPrefix(stem, "test_") || strings.HasSuffix(stem, "-test") ||
		strings.HasSuffix(stem, ".e2e-spec") || strings.HasSuffix(stem, "_suite_test") || strings.HasSuffix(stem, "unittest")
}

func isProse(base, stem, ext string, dirs []string) bool {
	switch ext {
	case "md", "mdx", "rst", "adoc", "asciidoc", "rdoc", "pod", "textile", "mdown", "markdown", "qmd", "rmd", "typ", "tex", "livemd", "roff", "man", "dox", "docx", "org":
		return !hasAny(base, "requirements.md") || inAny(dirs, "docs")
	}
	if hasAny(stem, "readme", "changelog", "changes", "contributing", "history", "news", "authors", "security", "code_of_conduct", "license", "notice", "copying", "release-notes", "release_notes", "upgrading") &&
		hasAny(ext, "", "txt", "html", "md") {
		return true
	}
	if hasAny(base, "mkdocs.yml", "mkdocs.yaml", "doxyfile", "book.toml", "antora.yml", "typedoc.json", "typedoc.js", ".vale.ini", ".readthedocs.yml", ".readthedocs.yaml", "sidebars.js", "sidebars.ts",
		"doc.go", "llms.txt", "package-info.java", ".markdownlint.json", ".markdownlint.yaml", ".markdownlint.yml", ".markdownlint-cli2.jsonc", "lychee.toml", "cliff.toml", "mint.json", "_toc.yml", "redocly.yaml", ".redocly.yaml", ".spectral.yaml", ".spectral.yml", "jsdoc.json", "_sidebar.md") ||
		strings.HasPrefix(base, "docusaurus.config") || strings.HasPrefix(base, "doxyfile") {
		return true
	}
	if hasAny(ext, "yml", "yaml", "json", "jsonc") {
		if strings.Contains(stem, "openapi") || strings.Contains(stem, "swagger") || strings.Contains(stem, "asyncapi") || inAny(dirs, "openapi", "swagger", "asyncapi", "api-docs", "apidocs") {
			return true
		}
	}
	return inDocs(dirs, ext)
}

// inDocs says that a file is in a folder of documentation: not in one that the
// product's own code has of that name.
func inDocs(dirs []string, ext string) bool {
	for i, d := range dirs {
		switch d {
		case "src", "lib", "internal", "pkg", "app", "cmd", "crates", "core", "server", "client":
			return false // docs inside of these is the product's own
		case "docs", "doc", "documentation", "man", "manual", "docsrc", ".vitepress", "user_guide", "user-guide", "docs-site", "handbook", "godoc", "javadoc", ".changeset", ".changes", "changelog.d", "newsfragments":
			return true
		case "website":
			return i == 0 && len(dirs) <= 2 && ext != "py" && ext != "go" // its settings; docs inside are found by their names
		}
	}
	return false
}

func isPlan(base string, dirs []string) bool {
	return hasAny(base, "plan.md", "todo.md", "todo.txt", "todo", "tasks.md", "task.md", "plans.md", "progress.md", "todo.org", "next_steps.md", "checklist.md", "implementation_plan.md", "handoff.md") || inAny(dirs, ".plan", ".plans", "plans", ".tasks")
}

// isReport says that a prose file holds findings, which are the research or the
// review that they came from.
func isReport(stem, ext string, isDoc bool) bool {
	if !isDoc && ext != "txt" {
		return false
	}
	for _, w := range [...]string{"finding", "report", "analysis", "investigation", "notes", "review", "summary", "audit", "postmortem", "research", "comparison", "evaluation"} {
		if strings.Contains(stem, w) && !strings.Contains(stem, "release") {
			return true
		}
	}
	return false
}

func isMigrationFile(p, base, stem, ext string, dirs []string) bool {
	if inAny(dirs, "test", "tests", "spec", "testdata", "fixtures", "__tests__", "__fixtures__", "e2e") && !inAny(dirs, "migrations") {
		return false
	}
	if inAny(dirs, "testdata", "fixtures", "__fixtures__", "test", "tests", "__tests__") {
		return false
	}
	if hasAny(base, "schema.prisma", "structure.sql", "rewrite.yml", "modelsnapshot.cs") || strings.HasSuffix(p, "db/schema.rb") || strings.HasSuffix(stem, "modelsnapshot") {
		return true
	}
	if strings.Contains(stem, "codemod") || inAny(dirs, "codemods", "jscodeshift") {
		return hasAny(ext, "js", "ts", "mjs", "cjs", "py", "yml", "yaml", "sh", "rb", "mts", "cts")
	}
	if strings.Contains(stem, "db.changelog") || inAny(dirs, "liquibase", "changelogs") && hasAny(ext, "xml", "sql", "yaml", "yml", "json") {
		return true
	}
	if inAny(dirs, "flyway", "liquibase") && ext == "sql" {
		return true
	}
	inside := inAny(dirs, "migrations", "migrate", "migration", "drizzle", "evolutions", "schema_migrations", "versions", "data_migrations", "post_migrate", "backfills", "data-migrations", "db_migrations")
	if inAny(dirs, "versions") && !strings.Contains(p, "alembic/versions/") && !strings.Contains(p, "migrations/versions/") {
		inside = inAny(dirs, "migrations", "migrate")
	}
	if !inside {
		// V3__add_x.sql, 0007_x.up.sql
		return ext == "sql" && (looksVersioned(stem) || strings.HasSuffix(stem, ".up") || strings.HasSuffix(stem, ".down")) || strings.Contains(stem, "migration") && ext == "sql"
	}
	switch ext {
	case "sql", "toml", "prisma":
		return true
	case "py", "rb", "php", "ts", "js", "cs", "exs", "go", "rs", "java", "kt", "xml", "yaml", "yml", "json", "mjs", "cjs", "mts":
		return looksVersioned(stem) || strings.Contains(p, "alembic/versions/") || strings.Contains(p, "migrations/versions/") || strings.HasSuffix(stem, ".designer")
	}
	return false
}

// looksVersioned says that a name begins as migrations' names do: a number, a
// date, V3__, m20220101_.
func looksVersioned(stem string) bool {
	s := strings.TrimLeft(stem, "vrmu_")
	digits := 0
	for digits < len(s) && s[digits] >= '0' && s[digits] <= '9' {
		digits++
	}
	if digits == 0 {
		return false
	}
	if len(stem)-len(s) > 0 && !strings.HasPrefix(stem, "v") && !strings.HasPrefix(stem, "r_") && !strings.HasPrefix(stem, "m") && !strings.HasPrefix(stem, "u") && !strings.HasPrefix(stem, "_") {
		return false
	}
	return digits >= 3 || strings.Contains(s, "_") || strings.Contains(s, "-")
}

func hasAny(s string, of ...string) bool {
	for _, o := range of {
		if s == o {
			return true
		}
	}
	return false
}

func inAny(dirs []string, of ...string) bool {
	for _, d := range dirs {
		if hasAny(d, of...) {
			return true
		}
	}
	return false
}
