package budget

import (
	"fmt"
	"slices"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// editing is what EDIT_RETRY remembers of a thread: which files were changed
// since a check failed, and how the checks stand.
type editing struct {
	files   map[string]*fileEdits
	failing map[string]*check
	checks  int             // checks that failed and mended nothing, so far
	counted map[string]bool // calls whose changes were taken
}

// fileEdits is one file that was changed again and again.
type fileEdits struct {
	retries int
	checks  int // editing.checks when it was last changed
	cost    price.Money
	clues   []Clue
}

// check is a command that failed when it was last run.
type check struct {
	least int // the fewest failures it told of; -1 where it told none
	stage stage
	seen  map[identity]bool // how it failed, since something was last mended
}

// maxFiles bounds the files and checks that are remembered of a thread.
const maxFiles = 512

// outcome takes what a call says about the state of the work: commits, files
// written by commands, and whether a check passed or failed.
func (w *Watcher) outcome(tr *track, c *model.Call, s shape) (check outcome) {
	w.calls++
	if s == shapeRead || s == shapeWait || s == shapePlan {
		w.looked++
	}
	if s == shapeWrite && len(c.Changes) > 0 && !tr.edits.counted[c.CallID] {
		w.changed(tr, c) // no line of its own tells that the patch was applied
	}
	switch {
	case s == shapePlan && w.purpose() == purposeResearch:
		w.produced(tr, false)
	case s == shapeCommit && !failed(c):
		w.mended(tr)
		w.produced(tr, true)
		return
	case s == shapeWrite && len(c.Changes) == 0 && !failed(c) && c.Command != "":
		tr.loops.epoch++
		w.edits++
		w.produced(tr, false)
		for _, f := range writtenFiles(c.Command) {
			w.retry(tr, f, c)
		}
		return
	}
	checked := *c
	switch {
	case c.Name == "write_stdin" && tr.loops.background != nil && (c.HasExit || !running(c.Output)):
		checked = *tr.loops.background
		checked.Output, checked.ExitCode, checked.HasExit, checked.Status = c.Output, c.ExitCode, c.HasExit, c.Status
		if c.HasExit {
			tr.loops.background = nil
		}
	case s != shapeVerify || running(c.Output) && !c.HasExit:
		return
	}
	check.bad, check.failures, check.stage = checkFailed(failed(&checked), checked.Output)
	w.checked(tr, &checked, check)
	return check
}

// outcome is what a check said.
type outcome struct {
	bad      bool
	failures int
	stage    stage
}

// checked takes the outcome of a check.
func (w *Watcher) checked(tr *track, c *model.Call, o outcome) {
	e := &tr.edits
	key := verifyKey(c)
	bad, n, at := o.bad, o.failures, o.stage
	was := e.failing[key]
	if !bad {
		if was == nil {
			if tests(c) && len(e.failing) == 0 {
				w.clearRetries(tr)
			}
			return
		}
		delete(e.failing, key)
		w.mended(tr)
		w.produced(tr, true)
		return
	}
	if at == stageUnknown {
		n = -1
	}
	if was != nil && (was.least >= 0 && n >= 0 && n < was.least || was.stage == stageCompile && at == stageTest) {
		was.least, was.stage = n, at
		w.mended(tr)
		w.produced(tr, true)
		return
	}
	if was == nil {
		if e.failing == nil || len(e.failing) > maxFiles {
			e.failing = map[string]*check{}
		}
		was = &check{least: n, stage: at, seen: map[identity]bool{}}
		e.failing[key] = was
	}
	// The same failure once more is no step forward; another one may be.
	how := failureIdentity(c)
	if was.seen[how] || len(was.seen) == 0 {
		e.checks++
	}
	if len(was.seen) < maxFiles {
		was.seen[how] = true
	}
}

// failureIdentity is how a check failed, with all numbers masked.
func failureIdentity(c *model.Call) identity {
	return identify(mask(outputBody(c.Output), true))
}

// mended notes that a failure was mended, in part or whole: what was tried until
// then was no retrying.
func (w *Watcher) mended(tr *track) {
	w.progress = made{w.now, w.cost, w.answers, true}
	tr.loops.mended = w.now
	w.clearRetries(tr)
	for _, k := range w.keys() {
		if k.rule == RuleLoopError && w.episodes[k].Thread == tr.id {
			w.resolve(k.rule, k.key)
		}
	}
}

func (w *Watcher) clearRetries(tr *track) {
	for path := range tr.edits.files {
		w.resolve(RuleEditRetry, tr.id+path)
	}
	tr.edits.files = nil
}

// changed takes a patch that was applied.
func (w *Watcher) changed(tr *track, c *model.Call) {
	if len(c.Changes) == 0 || failed(c) || tr.edits.counted[c.CallID] {
		return
	}
	if c.CallID != "" {
		if tr.edits.counted == nil || len(tr.edits.counted) > maxFiles {
			tr.edits.counted = map[string]bool{}
		}
		tr.edits.counted[c.CallID] = true
	}
	tr.loops.epoch++
	w.edits++
	w.produced(tr, false)
	for _, f := range c.Changes {
		w.retry(tr, f.Path, c)
	}
}

// retry is EDIT_RETRY: a file is changed, a check still fails, and the same file
// is changed again. A check that passes, or fails in fewer places, begins anew.
func (w *Watcher) retry(tr *track, path string, c *model.Call) {
	e := &tr.edits
	if e.files == nil || len(e.files) > maxFiles {
		e.files = map[string]*fileEdits{}
	}
	f := e.files[path]
	if f == nil {
		e.files[path] = &fileEdits{checks: e.checks, cost: tr.cost}
		return
	}
	if e.checks == f.checks || len(e.failing) == 0 {
		return
	}
	f.retries++
	f.checks = e.checks
	name := model.Clean(path, 200)
	f.clues = append(f.clues, Clue{Turn: tr.turn, Line: tr.line, CallID: model.Clean(c.CallID, 100), Text: fmt.Sprintf("retry %d of %s after a failed check", f.retries, name)})
	if len(f.clues) > maxEvidence {
		f.clues = f.clues[1:]
	}
	level, limit, ok := w.t.EditRetry.level(f.retries)
	if !ok {
		return
	}
	w.raise(finding{rule: RuleEditRetry, key: tr.id + path, family: "loop", level: level, tr: tr,
		observed: fmt.Sprintf("%s edited %d times, each after a check that still failed", name, f.retries+1), threshold: fmt.Sprintf("%d retries on one file", limit),
		evidence: slices.Clone(f.clues), waste: tr.cost - f.cost, mending: true, why: causeLoop})
}

// writtenFiles are the files that a command names as those it writes: the target
// of a redirection, or the last word of an editor's command.
func writtenFiles(command string) []string {
	var files []string
	for line := range strings.Lines(command) {
		_, after, ok := strings.Cut(line, ">")
		if !ok {
			continue
		}
		words := strings.Fields(strings.TrimLeft(after, "> "))
		if len(words) > 0 && !strings.HasPrefix(words[0], "/dev/") && !strings.HasPrefix(words[0], "&") {
			files = append(files, strings.Trim(words[0], `'"`))
		}
		break
	}
	if strings.HasPrefix(strings.TrimSpace(command), "sed -i") {
		words := strings.Fields(command)
		files = append(files, strings.Trim(words[len(words)-1], `'"`))
	}
	return files
}
