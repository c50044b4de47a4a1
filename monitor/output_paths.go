package monitor

import (
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// runPaths is what one run changed in one repository.
type runPaths struct {
	run      model.RunID
	from, to time.Time
	paths    map[string]*pathWork
}

type pathWork struct {
	first time.Time // when the run first changed it
	added int
}

// changedPaths gives, by repository, the paths that each run changed, as seen
// from the repository's top.
func changedPaths(works []Work, c Commits) map[string][]*runPaths {
	type key struct {
		repo string
		run  model.RunID
	}
	found := map[key]*runPaths{}
	spans := spansOf(works)
	byProject := projectRepos(works, c)
	for i := range works {
		w := &works[i]
		for _, e := range w.Edits {
			place := c.Places[filepath.Dir(e.Path)]
			if place.Repo == "" { // its working tree is gone: the project's repository may be known
				place = Place{Tree: w.Cwd, Repo: byProject[w.Project]}
			}
			if place.Repo == "" {
				continue
			}
			k := key{place.Repo, w.Run}
			r := found[k]
			if r == nil {
				r = &runPaths{run: w.Run, from: spans[w.Run][0], to: spans[w.Run][1], paths: map[string]*pathWork{}}
				found[k] = r
			}
			r.add(place, e)
		}
	}
	out := map[string][]*runPaths{}
	for k, r := range found {
		out[k.repo] = append(out[k.repo], r)
	}
	for _, list := range out {
		slices.SortFunc(list, func(a, b *runPaths) int { return strings.Compare(string(a.run), string(b.run)) })
	}
	return out
}

func (r *runPaths) add(place Place, e Edit) {
	for _, full := range []string{e.Path, e.Old} {
		rel, ok := within(place.Tree, full)
		if full == "" || !ok {
			continue
		}
		p := r.paths[rel]
		if p == nil {
			p = &pathWork{first: e.At}
			r.paths[rel] = p
		}
		if e.At.Before(p.first) {
			p.first = e.At
		}
		p.added += max(0, e.Added)
	}
}

// spansOf gives the first and last instant of each run.
func spansOf(works []Work) map[model.RunID][2]time.Time {
	spans := map[model.RunID][2]time.Time{}
	for _, w := range works {
		s, ok := spans[w.Run]
		if !ok || w.From.Before(s[0]) {
			s[0] = w.From
		}
		if w.To.After(s[1]) {
			s[1] = w.To
		}
		spans[w.Run] = s
	}
	return spans
}

// projectRepos gives the repository of each project that is known to lie in exactly one.
func projectRepos(works []Work, c Commits) map[string]string {
	repos := map[string]string{}
	for _, w := range works {
		p := c.Places[w.Cwd]
		if w.Project == "" || p.Repo == "" {
			continue
		}
		if have, ok := repos[w.Project]; ok && have != p.Repo {
			p.Repo = ""
		}
		repos[w.Project] = p.Repo
	}
	return repos
}

// within gives a path as seen from a folder, with slashes, in the form that paths
// of commits are compared in; false where it lies elsewhere.
func within(folder, path string) (string, bool) {
	rel, err := filepath.Rel(folder, path)
	if err != nil || rel == ".." || strings.HasPrefix(rel, ".."+string(filepath.Separator)) {
		return "", false
	}
	return plainPath(filepath.ToSlash(rel)), true
}

// plainPath is a path as it can be compared: a session file has no bytes that
// are no text, and stands one replacement character in for one or several of them.
func plainPath(p string) string { return strings.ToValidUTF8(squeeze(p), "\ufffd") }

func squeeze(p string) string {
	for strings.Contains(p, "\ufffd\ufffd") {
		p = strings.ReplaceAll(p, "\ufffd\ufffd", "\ufffd")
	}
	return p
}

// made gives what the run did to a file of a commit before the commit was made,
// nil where nothing.
func (r *runPaths) made(p CommitPath, c *Commit) *pathWork {
	made := c.Committed
	if made.Before(c.Author) {
		made = c.Author
	}
	for _, name := range [...]string{p.Path, p.Old} {
		if w := r.paths[plainPath(name)]; name != "" && w != nil && !w.first.Truncate(time.Second).After(made) {
			return w
		}
	}
	return nil
}
