package budget

import (
	"regexp"
	"strings"
	"sync"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// shape is what a call does, as far as the rules have to know. It is coarser than
// the kind of work that it is for.
type shape uint8

const (
	shapeRead   shape = iota // looks at something
	shapeWait                // waits for something or asks whether it is ready
	shapeVerify              // tests, builds, checks or runs something
	shapeWrite               // changes files
	shapeCommit              // records or sends off what was done
	shapePlan                // updates the plan
	shapeAgent               // talks to sub-agents
)

// patterns are what commands are told by. They are tried on a command with quoted
// strings left out, so that what a command searches for is not taken for one.
type patterns struct {
	quoted, temporary, read, search, build *regexp.Regexp
	wait, gitStatus, commit, write, test   guarded
}

// guarded is a pattern of which one of some words stands in every command that fits:
// most commands have none, and words are found ten times as fast.
type guarded struct {
	*regexp.Regexp
	needs []string // a space is any white space
}

// MatchString is that of [regexp.Regexp].
func (g guarded) MatchString(command string) bool {
	return g.may(oneLine(command)) && g.Regexp.MatchString(command)
}

// may says whether a command that was put on one line has what it takes.
func (g guarded) may(line string) bool {
	for _, n := range g.needs {
		if strings.Contains(line, n) {
			return true
		}
	}
	return false
}

// oneLine gives a command with all white space as spaces.
func oneLine(command string) string {
	if !strings.ContainsAny(command, "\t\n\f\r") {
		return command
	}
	return strings.Map(func(r rune) rune {
		switch r {
		case '\t', '\n', '\f', '\r':
			return ' '
		}
		return r
	}, command)
}

// unquoted is a command with its quoted strings left out.
func (p *patterns) unquoted(command string) string {
	if !strings.ContainsAny(command, "'\"") {
		return command
	}
	return p.quoted.ReplaceAllString(command, "Q")
}

// lasting is a command without what it writes to files that don't last.
func (p *patterns) lasting(command string) string {
	if !strings.Contains(command, ">") {
		return command
	}
	return p.temporary.ReplaceAllString(command, "")
}

var shapes = sync.OnceValue(func() *patterns {
	at := `(?:^|[;&|(\n]\s*|\bdo\s+|\bthen\s+|\bsudo\s+|\btime\s+)` // where a command begins
	return &patterns{
		quoted: regexp.MustCompile(`'[^'\n]*'|"[^"\n]*"`),
		wait: guarded{regexp.MustCompile(at + `(?:sleep\s|wait\b|watch\s|until\s|tail\s+-[fF]|gh\s+(?:run|pr|workflow)\s+(?:view|watch|list|checks|status)\b|glab\s+(?:ci|pipeline)\b` +
			`|kubectl\s+(?:get|wait|logs|describe|rollout\s+status)\b|oc\s+(?:get|logs)\b|helm\s+status\b|docker\s+(?:ps|inspect|logs|wait|compose\s+(?:ps|logs))\b|docker-compose\s+(?:ps|logs)\b` +
			`|systemctl\s+(?:status|is-active)\b|squeue\b|sacct\b|qstat\b|pgrep\b|ps\s|jobs\b|ss\s+-|nc\s+-z|lsof\s|buildkite-agent\b|circleci\b|fly(?:ctl)?\s+status\b` +
			`|(?:aws|gcloud|az)\s[^|;&]*(?:describe|wait|get-|list|show|status)|terraform\s+show\b)` +
			`|curl\s[^|;&]*(?:health|ready|status|ping|localhost|127\.0\.0\.1)|/actions/runs/|` + at + `tail\s[^|;&]*\.(?:log|out|txt)\b` +
			`|` + at + `[\w./-]+\s+(?:[\w:-]+\s+)?status\b|\bsleep\s+\d|\s--watch(?:All)?\b`), []string{"sleep", "wait", "watch ", "until ", "tail ", "gh ", "glab ", "kubectl ", "oc ", "status", "docker", "systemctl", "squeue", "sacct", "qstat", "pgrep", "ps ", "jobs", "ss ", "nc ", "lsof ", "buildkite-agent", "circleci", "aws ", "gcloud ", "az ", "terraform ", "curl ", "/actions/runs/", "--watch"}},
		gitStatus: guarded{regexp.MustCompile(at + `(?:git|hg|svn|jj)\s+status\b`), []string{"status"}},
		commit:    guarded{regexp.MustCompile(at + `(?:git\s+(?:-\S+\s+)*(?:commit|push|merge|tag|cherry-pick|rebase)\b|gh\s+pr\s+(?:create|merge|comment|review)\b|gh\s+release\b|glab\s+mr\s+create\b|hg\s+commit\b|jj\s+(?:commit|describe)\b|npm\s+publish\b)`), []string{"commit", "push", "merge", "tag", "cherry-pick", "rebase", "create", "comment", "review", "release", "describe", "publish"}},
		write: guarded{regexp.MustCompile(at + `(?:sed\s+(?:-\w+\s+)*-i|perl\s+-\w*i|tee\s|mv\s|cp\s|rm\s|mkdir\s|touch\s|patch\s|chmod\s|ln\s|rsync\s|unzip\s|git\s+(?:-\S+\s+)*(?:apply|checkout|restore|reset|stash|revert|mv|rm|clean|am|pull|switch)\b` +
			`|gofmt\s+-w|goimports\s+-w|prettier\s[^|;&]*--write|black\s|ruff\s+(?:format|check\s[^|;&]*--fix)|eslint\s[^|;&]*--fix|cargo\s+(?:fmt|fix|add)\b|rustfmt\s|npx\s+jscodeshift|go\s+(?:generate|mod\s+tidy|get|fix)\b|npm\s+(?:i|install|ci|uninstall)\b|pnpm\s+(?:i|install|add)\b|yarn\s+(?:add|install)\b|pip3?\s+install\b|uv\s+(?:add|sync|pip)\b|codemod\b|alembic\s+revision|make\s+(?:generate|docs|fmt)\b|protoc\s|buf\s+generate|terraform\s+(?:apply|destroy)|kubectl\s+(?:apply|create|delete|scale|patch)|helm\s+(?:install|upgrade)|docker\s+(?:build|push)|docker(?:\s+|-)compose\s+(?:up|down|build)|ansible-playbook|psql\s[^|;&]*-f|(?:prisma|knex|sequelize|typeorm)\s[^|;&]*migrate|rails\s+db:|alembic\s+upgrade|goose\s[^|;&]*up|flyway\s+migrate|scp\s)` +
			`|[^<>&0-9-]>{1,2}\s*[\w./~$-]+|\bwrite_text\(|\.write\(|fs\.writeFile`), []string{"sed ", "perl ", "tee ", "mv ", "cp ", "rm ", "mkdir ", "touch ", "patch ", "chmod ", "ln ", "rsync ", "unzip ", "git ", "gofmt", "goimports", "prettier", "black ", "ruff ", "eslint", "cargo ", "rustfmt ", "npx ", "go ", "npm ", "yarn ", "pip ", "pip3 ", "uv ", "codemod", "alembic ", "make ", "protoc ", "buf ", "terraform ", "kubectl ", "helm ", "docker", "ansible-playbook", "psql ", "migrate", "rails ", "goose ", "flyway ", "scp ", ">", "write_text(", ".write(", "fs.writeFile"}},
		temporary: regexp.MustCompile(`>{1,2}\s*(?:/dev/|/tmp/|&|\$TMP)`),
		read: regexp.MustCompile(`^\s*(?:(?:cd|pushd)\s+\S+\s*(?:&&|;)\s*)*(?:cat|ls|ll|find|fd|head|tail|wc|stat|file|tree|less|more|nl|bat|sed\s+(?:-\S+\s+)*-?n?|awk|jq|yq|cut|sort|uniq|diff|cmp|xxd|hexdump|strings|which|type|pwd|echo|printf|env|printenv|date|uname|du|df|whoami|id|command\s+-v` +
			`|rg|grep|egrep|ag|ack|git\s+(?:-\S+\s+)*(?:grep|log|show|diff|status|blame|branch|ls-files|rev-parse|remote|describe|shortlog|reflog|config|cat-file|ls-tree|stash\s+list)|gh\s+(?:issue|api|repo|search)|curl|wget|man|go\s+(?:doc|list|env|version)|cargo\s+(?:tree|metadata)|npm\s+(?:ls|view|outdated)|pip3?\s+(?:show|list|freeze)|python3?\s+--version|node\s+--version)\b`),
		build:  regexp.MustCompile(at + `(?:go\s+(?:build|vet|run)|gofmt\s+-[ld]|golangci-lint|staticcheck|cargo\s+(?:build|check|clippy|run)|rustc|(?:npx\s+)?(?:tsc|eslint|prettier|biome|stylelint|webpack|vite|next)\b|(?:npm|pnpm|yarn|bun)\s+(?:run\s+)?(?:build|lint|check|typecheck|start)|mypy|pyright|ruff|flake8|pylint|black\s+--check|make\b|cmake|ninja|gcc|g\+\+|clang|javac|mvn|(?:\./)?gradlew?|dotnet\s+build|swift\s+build|xcodebuild|mkdocs|sphinx-build|markdownlint|shellcheck|hadolint|echo|true|false|exit)`),
		search: regexp.MustCompile(`^\s*(?:(?:cd|pushd)\s+\S+\s*(?:&&|;)\s*)*(?:rg|grep|egrep|fgrep|ag|ack|git\s+grep|git\s+diff|diff|cmp|test|\[|pgrep|which|command|find|fd|ls)\b`),
		test:   guarded{regexp.MustCompile(`\b(?:go\s+test|gotestsum|cargo\s+(?:test|nextest)|pytest|py\.test|unittest|tox|nox|jest|vitest|mocha|ava|karma|cypress|playwright|rspec|minitest|phpunit|pest|ctest|gtest|bats|mix\s+test|dotnet\s+test|swift\s+test|xcodebuild\s+[^|;&]*test|gradlew?\s+[^|;&]*(?:test|check)|mvn\s+[^|;&]*(?:test|verify)|sbt\s+[^|;&]*test|bazel\s+test|make\s+\S*(?:test|check)|(?:npm|pnpm|yarn|bun|deno)\s+(?:run\s+)?\S*(?:test|spec|e2e)|rake\s+(?:test|spec)|rails\s+test|stack\s+test|cabal\s+test|zig\s+(?:build\s+)?test|busted|prove|runtests?|tests?\.(?:sh|py)|just\s+\S*test|task\s+\S*test)`), []string{"test", "check", "verify", "spec", "e2e", "tox", "nox", "jest", "mocha", "ava", "karma", "cypress", "playwright", "phpunit", "pest", "bats", "busted", "prove"}},
	}
})

// shapeOf tells what a call does.
func shapeOf(c *model.Call) shape {
	name := strings.ToLower(c.Name[strings.LastIndexAny(c.Name, ".")+1:])
	if c.Command == "" {
		return shapeOfTool(name, c)
	}
	p := shapes()
	command := p.unquoted(c.Command)
	heredoc := strings.Contains(c.Command, "<<")
	switch {
	case len(c.Changes) > 0 || strings.Contains(c.Command, "*** Begin Patch"):
		return shapeWrite
	case p.commit.MatchString(command):
		return shapeCommit
	case p.test.MatchString(command) && !p.read.MatchString(command):
		return shapeVerify
	case p.gitStatus.MatchString(command) && !strings.Contains(command, "sleep"):
		return shapeRead
	case p.wait.MatchString(command):
		return shapeWait
	case p.write.MatchString(p.lasting(command)) && !(heredoc && !strings.Contains(command, ">")):
		return shapeWrite
	case p.read.MatchString(command):
		return shapeRead
	}
	return shapeVerify
}

// shapeOfTool is the shape of a call that is no command.
func shapeOfTool(name string, c *model.Call) shape {
	has := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(name, w) {
				return true
			}
		}
		return false
	}
	switch {
	case len(c.Changes) > 0 || has("apply_patch", "edit_file", "write_file", "create_file", "str_replace"):
		return shapeWrite
	case name == "update_plan" || has("todo"):
		return shapePlan
	case name == "write_stdin": // a program that runs is asked how it is
		return shapeWait
	case has("wait", "sleep", "poll", "status"):
		return shapeWait
	case has("spawn_agent", "send_input", "send_message", "close_agent", "list_agents", "subagent", "collab"):
		return shapeAgent
	case has("create_pull_request", "merge_pull", "commit"):
		return shapeCommit
	}
	return shapeRead
}

// mayWrite says that a call runs a program of which nothing is known: it may have
// changed files.
func mayWrite(c *model.Call) bool {
	p := shapes()
	command := p.unquoted(c.Command)
	return c.Command != "" && !p.test.MatchString(command) && !p.build.MatchString(command)
}

// searches says that a command's exit code 1 means that nothing was found.
func searches(c *model.Call) bool {
	return c.ExitCode == 1 && shapes().search.MatchString(c.Command)
}

// tests says that a command runs tests.
func tests(c *model.Call) bool {
	return c.Command != "" && shapes().test.MatchString(shapes().unquoted(c.Command))
}

// verifyKey is what makes two checks comparable: the command without flags and
// without what its output is sent through.
func verifyKey(c *model.Call) string {
	line := c.Command
	if line == "" {
		return c.Name
	}
	for _, sep := range []string{"|", "2>", ">"} {
		line, _, _ = strings.Cut(line, sep)
	}
	var words []string
	for w := range strings.FieldsSeq(line) {
		if !strings.HasPrefix(w, "-") {
			words = append(words, w)
		}
	}
	return strings.Join(words, " ")
}

// failed says that a call did not do what it was to do. A patch that does not
// apply and a command that does not start have no exit code, only a text.
// Source: sessions recorded with Codex 0.169.
func failed(c *model.Call) bool {
	if c.HasExit {
		return c.ExitCode != 0
	}
	if c.Status == "failed" {
		return true
	}
	for _, begin := range []string{"apply_patch verification failed", "exec_command failed", "Script failed", "failed to", "execution error", "Command blocked", "Error:", "err:"} {
		if strings.HasPrefix(c.Output, begin) {
			return true
		}
	}
	return false
}
