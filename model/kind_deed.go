package model

import "strings"

// deed is what one command of a call does, whatever it is for.
type deed uint8

const (
	doNothing  deed = iota // cd, echo, sleep
	doRead                 // files, listings, searches, queries
	doHistory              // git log, blame, show
	doDiff                 // looks at a change: git diff, gh pr diff
	doStatus               // git status
	doTest                 // runs tests
	doDocTest              // runs the examples of documentation
	doVerify               // build, type check, lint
	doFormat               // formatters, autofix
	doMeasure              // benchmarks, profiles
	doRun                  // runs the product or a script
	doWrite                // changes a file
	doDocs                 // builds or checks documentation
	doMigrate              // migrates a schema or data
	doCodemod              // rewrites code for a new version of something
	doCommit               // git commit
	doVCS                  // other git bookkeeping
	doHouse                // the machine: containers, processes, caches
	doInstall              // dependencies as they are declared
	doDepend               // adds or changes a dependency
	doWeb                  // reads the web
	doCI                   // waits for CI
	doPropose              // opens a pull request, comments on one
	doVerdict              // says a review's result
	doPlan                 // plans, questions to the user
	doPoll                 // waits for a command that still runs
	doAgent                // sub-agents
	doLook                 // looks at an image
	doRemove               // removes files
	doGenerate             // code generators
	doGlance               // asks the shell where and what it is
)

// doing is one deed with what it was done to.
type doing struct {
	deed  deed
	place place  // of doWrite and doRemove, and of what a reader or formatter was given
	path  string // the file, where one is named
	tool  string // the program
	named bool   // place was told by the command
	lines int    // changed lines, where they are told
	add   bool   // doWrite: the file is new, or the write replaces it whole
	traits
}

// traits is Traits, with what only a call as a whole tells.
type traits struct {
	Traits
	major bool   // doDiff, doVCS: somebody's change, not the work at hand; doDepend: a version is named
	text  string // what more is known: git's verb, "inline" for a script in the call, "dml" for changed rows
}

// looker turns a call into what was done.
type looker struct {
	cwd string
}

// commands gives what a command line does.
func (l looker) commands(line string) []doing {
	cmds := parseCommands(line)
	var all []doing
	for i := range cmds {
		c := &cmds[i]
		n := len(all)
		all = append(all, l.command(c)...)
		if c.piped {
			l.listed(all[n:], cmds[:i])
		}
		all = append(all, l.redirected(c, all[n:])...)
	}
	return all
}

// listed places the writes to files that another command lists (rg -l X tests |
// xargs sed -i …): where that command looks for them.
func (l looker) listed(did []doing, before []command) {
	for i := range did {
		if did[i].deed != doWrite || did[i].path != "" {
			continue
		}
		for j := len(before) - 1; j >= 0 && before[j].feeds; j-- {
			for _, a := range before[j].args {
				a = strings.TrimSuffix(strings.TrimPrefix(a, "./"), "/")
				if a == "" || strings.HasPrefix(a, "-") || strings.ContainsAny(a, " \\^$") {
					continue
				}
				if p := placeOf(a, l.cwd); p != placeSource && strings.Contains(a, ".") {
					did[i].place, did[i].named = p, true
				} else if p := placeOf(a+"/x.go", l.cwd); p != placeSource {
					did[i].place, did[i].named = p, true
				}
			}
		}
	}
}

// redirected gives the files that a command's output makes.
func (l looker) redirected(c *command, did []doing) (all []doing) {
	for _, w := range c.writes {
		if isScratch(strings.ToLower(w)) || w == "$" {
			if l.authors(c) {
				all = append(all, doing{deed: doWrite, place: placeScratch, path: w, tool: c.name, named: true, add: true})
			}
			continue
		}
		p := placeOf(w, l.cwd)
		if p == placeOutput || !l.authors(c) && !isAuthored(w) {
			continue
		}
		all = append(all, doing{deed: doWrite, place: p, path: w, tool: c.name, named: true, add: true, traits: traits{Traits: textTraits(w, c.stdin)}})
	}
	return all
}

// authors says that a command writes text that it was given.
func (l looker) authors(c *command) bool {
	return hasAny(c.name, "cat", "echo", "printf", "tee", "") || c.stdin != ""
}

// isAuthored says that a file of this name is source or prose, not a log.
func isAuthored(name string) bool {
	_, ext := splitExt(strings.ToLower(name))
	return !hasAny(ext, "", "txt", "log", "out", "json", "xml", "html", "csv", "tsv", "diff", "patch", "bin", "err", "tmp", "prof", "trace", "lst", "jsonl", "gz", "tar", "zip", "dump", "bak", "orig", "ndjson", "svg", "dot")
}

// textTraits gives the traits of a file that is written whole.
func textTraits(name, text string) Traits {
	r := ReadTraits(name)
	for line := range strings.Lines(text) {
		r.Line('+', []byte(line))
	}
	return r.Traits() &^ TraitComments
}

// reads gives a reading of the files among arguments.
func (l looker) reads(c *command) []doing {
	d := doing{deed: doRead, tool: c.name}
	for _, a := range c.args {
		if !strings.HasPrefix(a, "-") && strings.ContainsAny(a, "./") {
			d.path, d.place, d.named = a, placeOf(a, l.cwd), true
		}
	}
	return []doing{d}
}

func one(d deed, tool string) []doing { return []doing{{deed: d, tool: tool}} }

// written gives one write for each file.
func (l looker) written(tool string, files ...string) (all []doing) {
	for _, f := range files {
		if strings.HasPrefix(f, "$") { // only the running shell knows
			all = append(all, doing{deed: doWrite, tool: tool})
			continue
		}
		all = append(all, doing{deed: doWrite, place: placeOf(f, l.cwd), path: f, tool: tool, named: true})
	}
	return all
}

// onFiles is a deed that its first file argument places.
func (l looker) onFiles(d deed, c *command) []doing {
	r := doing{deed: d, tool: c.name}
	for _, a := range c.args {
		if strings.HasPrefix(a, "-") || !strings.ContainsAny(a, "./") || a == "." || a == "./..." || a == "./" {
			continue
		}
		if p := placeOf(a, l.cwd); !r.named || p != placeSource {
			r.path, r.place, r.named = a, p, true
		}
	}
	return []doing{r}
}

// first gives the first argument that is no option, "" where there is none.
func (c *command) first() string { return c.arg(0) }

// arg gives the n-th argument that is no option.
func (c *command) arg(n int) string {
	for _, a := range c.args {
		if strings.HasPrefix(a, "-") || strings.HasPrefix(a, "+") && len(a) > 1 && len(c.args) > 1 && c.name == "cargo" {
			continue
		}
		if n == 0 {
			return a
		}
		n--
	}
	return ""
}

// has says that an argument is there, exactly.
func (c *command) has(of ...string) bool {
	for _, a := range c.args {
		if hasAny(a, of...) {
			return true
		}
	}
	return false
}

// mentions says that an argument holds a text.
func (c *command) mentions(of ...string) bool {
	for _, a := range c.args {
		for _, o := range of {
			if strings.Contains(a, o) {
				return true
			}
		}
	}
	return false
}

// files gives the arguments that are no options.
func (c *command) files() (files []string) {
	for _, a := range c.args {
		if !strings.HasPrefix(a, "-") {
			files = append(files, a)
		}
	}
	return files
}
