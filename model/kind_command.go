package model

import "strings"

// command gives what one command does.
func (l looker) command(c *command) []doing {
	if c.name == "" {
		return nil
	}
	if did, ok := l.versionControl(c); ok {
		return did
	}
	if did, ok := l.language(c); ok {
		return did
	}
	if did, ok := l.packages(c); ok {
		return did
	}
	if did, ok := l.builder(c); ok {
		return did
	}
	if did, ok := l.database(c); ok {
		return did
	}
	if did, ok := l.files(c); ok {
		return did
	}
	if did, ok := l.checker(c); ok {
		return did
	}
	switch d := toolDeeds()[c.name]; {
	case d == doTest && len(c.args) == 1 && hasAny(c.args[0], "--version", "--help", "-h"):
		return one(doGlance, c.name)
	case d == doRead:
		if c.piped && len(c.writes) == 0 && !c.has("-f") { // a filter of what another command gave
			return one(doNothing, c.name)
		}
		return l.reads(c)
	case d == doDocs, d == doCodemod, d == doMigrate:
		return l.onFiles(d, c)
	case d != doNothing:
		return one(d, c.name)
	}
	if hasAny(c.name, "which", "type", "whereis", "pwd", "uname", "whoami", "id", "date", "hostname", "get-command", "get-location") || len(c.args) == 1 && hasAny(c.args[0], "--version", "-v", "-V", "version", "--help", "-h") {
		return one(doGlance, c.name)
	}
	if isKnownNothing(c.name) {
		return one(doNothing, c.name)
	}
	return l.unknown(c)
}

func isKnownNothing(name string) bool {
	d, ok := toolDeeds()[name]
	return ok && d == doNothing
}

// versionControl judges git, the forges' tools and the like.
func (l looker) versionControl(c *command) ([]doing, bool) {
	switch c.name {
	case "git", "jj", "hg", "svn", "sl":
		return l.git(c), true
	case "gh", "glab", "hub", "tea":
		return forge(c), true
	case "delta", "difft", "diffstat", "tig", "lazygit":
		return one(doDiff, c.name), true
	}
	return nil, false
}

func (l looker) git(c *command) []doing {
	sub := command{name: c.name, args: c.args}
	sub.args = sub.args[sub.options("-C -c --git-dir --work-tree --namespace -R"):]
	if len(sub.args) == 0 {
		return one(doStatus, "git")
	}
	verb := sub.args[0]
	sub.args = sub.args[1:]
	switch verb {
	case "log", "blame", "annotate", "shortlog", "describe", "reflog", "rev-list", "whatchanged", "cherry", "name-rev", "grep", "ls-files", "ls-tree", "cat-file", "bisect", "show-ref", "ls-remote", "rev-parse", "file", "for-each-ref":
		d := one(doHistory, "git")
		d[0].text = verb
		if verb == "grep" || verb == "ls-files" || verb == "ls-tree" {
			d[0].deed = doRead
		}
		return d
	case "show":
		d := one(doHistory, "git")
		d[0].text = "show"
		return d
	case "diff", "difftool", "range-diff", "merge-base", "format-patch", "interdiff", "diff-tree", "diff-index", "diff-files":
		d := one(doDiff, "git")
		for _, a := range sub.args {
			if !strings.HasPrefix(a, "-") && (strings.Contains(a, "..") || strings.HasPrefix(a, "origin/") || verb == "merge-base") {
				d[0].major = true // a range: somebody's change, not the work at hand
			}
		}
		if sub.has("--check") {
			d[0].deed = doVerify
		}
		return d
	case "status":
		return one(doStatus, "git")
	case "commit":
		return one(doCommit, "git")
	case "cliff":
		return one(doDocs, "git cliff")
	case "apply", "am":
		return []doing{{deed: doWrite, tool: "git apply"}}
	case "mv":
		if f := sub.files(); len(f) > 0 {
			return l.written("git mv", f[len(f)-1])
		}
	case "rm":
		if f := sub.files(); len(f) > 0 && !sub.has("--cached") {
			return l.written("git rm", f[0])
		}
	case "fetch", "worktree", "checkout", "switch":
		d := one(doVCS, "git")
		d[0].text = verb
		d[0].major = sub.mentions("pull/", "merge-requests/", "refs/pull", "/head", "pr-", "review")
		return d
	}
	d := one(doVCS, "git")
	d[0].text = verb
	return d
}

// forge judges gh and its like.
func forge(c *command) []doing {
	what, verb := c.arg(0), c.arg(1)
	switch what {
	case "pr", "mr":
		switch verb {
		case "diff":
			d := one(doDiff, c.name)
			d[0].major = true
			return d
		case "view", "list", "status", "show":
			d := one(doHistory, c.name)
			d[0].text = "pr"
			return d
		case "checks":
			return one(doCI, c.name)
		case "review", "approve", "note":
			return one(doVerdict, c.name)
		case "comment":
			return one(doPropose, c.name)
		case "checkout":
			d := one(doVCS, c.name)
			d[0].major = true
			return d
		}
		return one(doVCS, c.name)
	case "run", "workflow", "ci", "pipeline", "job":
		switch verb {
		case "watch", "rerun", "run", "trace":
			return one(doCI, c.name)
		case "view", "list", "status":
			if what == "run" && !c.mentions("--log") {
				return one(doCI, c.name)
			}
		}
		return one(doRead, c.name)
	case "issue", "release", "repo", "search", "browse", "project", "label":
		if hasAny(verb, "create", "close", "edit", "comment", "delete", "upload", "clone", "fork", "reopen") {
			return one(doVCS, c.name)
		}
		return one(doRead, c.name)
	case "api":
		if c.mentions("/comments", "/reviews") && c.mentions("POST", "body=") {
			return one(doVerdict, c.name)
		}
		if c.mentions("POST", "PATCH", "PUT", "DELETE") {
			return one(doVCS, c.name)
		}
		d := one(doHistory, c.name)
		d[0].text = "pr"
		return d
	}
	return one(doVCS, c.name)
}
