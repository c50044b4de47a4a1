package control

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// GatePlace is one configuration of Codex that the gate is put into.
type GatePlace struct {
	Home    string // CODEX_HOME, its real path
	Project string // the repository's main folder, real; "" for the user's own configuration
}

// UserPlace is the configuration of a CODEX_HOME.
func UserPlace(home string) (GatePlace, error) {
	real, err := realFolder(home)
	return GatePlace{Home: real}, err
}

// ProjectPlace is the configuration of the repository that a folder is in. Codex reads it for a
// project that is trusted in that home. A worktree counts as its main repository, as Codex does.
func ProjectPlace(home, dir string) (GatePlace, error) {
	p, err := UserPlace(home)
	if err != nil {
		return p, err
	}
	if dir, err = realFolder(dir); err != nil {
		return p, err
	}
	for at := dir; ; at = filepath.Dir(at) {
		git := filepath.Join(at, ".git")
		info, err := os.Stat(git)
		if err == nil && info.IsDir() {
			_, err = os.Stat(filepath.Join(git, "HEAD")) // an empty folder is no repository
		}
		if err == nil {
			if p.Project = at; !info.IsDir() {
				p.Project = mainFolder(git, at)
			}
			return p, nil
		}
		if at == filepath.Dir(at) {
			return p, fmt.Errorf("%s is in no git repository", dir)
		}
	}
}

// mainFolder is the main repository's folder of a worktree, whose .git is a file.
func mainFolder(git, at string) string {
	b, err := os.ReadFile(git)
	to, ok := strings.CutPrefix(strings.TrimSpace(string(b)), "gitdir: ")
	if err != nil || !ok {
		return at
	}
	if !filepath.IsAbs(to) {
		to = filepath.Join(at, to)
	}
	if i := strings.LastIndex(filepath.ToSlash(to), "/.git/worktrees/"); i > 0 {
		if real, err := realFolder(to[:i]); err == nil {
			return real
		}
	}
	return at // a submodule: it is a repository of its own
}

func realFolder(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	real, err := filepath.EvalSymlinks(dir)
	if err != nil {
		return "", err
	}
	if info, err := os.Stat(real); err != nil {
		return "", err
	} else if !info.IsDir() {
		return "", fmt.Errorf("%s is no folder", dir)
	}
	return real, nil
}

// Folder is where its hooks.json and config.toml are.
func (p GatePlace) Folder() string {
	if p.Project != "" {
		return filepath.Join(p.Project, ".codex")
	}
	return p.Home
}

// roof is the folder that its files may not lead out of.
func (p GatePlace) roof() string {
	if p.Project != "" {
		return p.Project
	}
	return p.Home
}

const (
	hooksName  = "hooks.json"
	configName = "config.toml"
)

// HookChange is a change of one file that was not made yet.
type HookChange struct {
	File          string // as Codex names it
	Real          string // where it is, where that is another place
	Before, After []byte
	Creates       bool // the file is not there yet
	Deletes       bool // the file is to go: it was made for the gate, and holds nothing else
	// Moves is how many of the user's own hooks get another place by it: Codex keeps trust by
	// place, and wants to have them reviewed again.
	Moves int
	Notes []string // worth knowing before it is made

	conf  confFile
	entry *hookFile // what is to be remembered of it; nil forgets it
}

// Install gives the changes that put the gate there: none where it is there just so.
// It goes into hooks.json, but into config.toml where hooks are kept there and only
// there, since Codex complains in every run of a configuration that has both.
func (p GatePlace) Install(line string, record *HookRecord, follow bool) ([]HookChange, error) {
	hooks, conf, err := p.open(follow)
	if err != nil {
		return nil, err
	}
	inTOML, notes, err := p.wants(hooks, conf)
	if err != nil {
		return nil, err
	}
	f, add, take := hooks, addJSON, removeJSON
	if inTOML {
		f, add, take = conf, addTOML, removeTOML
	}
	after, err := add(f.data, line)
	if err != nil {
		return nil, editError(f.path, err)
	}
	if bytes.Equal(after, f.data) && f.exists {
		return nil, nil
	}
	entry := &hookFile{Made: !f.exists, After: digest(after), Before: f.data}
	if _, err := os.Stat(filepath.Dir(f.path)); errors.Is(err, fs.ErrNotExist) {
		entry.MadeFolder = true
	}
	if old, ok := record.Files[f.path]; ok && f.exists {
		if entry.Made, entry.MadeFolder = old.Made, old.MadeFolder; old.After == digest(f.data) {
			entry.Before = old.Before
		}
	}
	if digest(entry.Before) == digest(f.data) && f.exists { // as it is without the gate
		if entry.Before, err = take(f.data); err != nil {
			return nil, editError(f.path, err)
		}
	}
	return []HookChange{p.change(f, after, entry, inTOML, notes)}, nil
}

func (p GatePlace) change(f confFile, after []byte, entry *hookFile, inTOML bool, notes []string) HookChange {
	c := HookChange{File: f.path, Before: f.data, After: after, Creates: !f.exists, Notes: notes, conf: f, entry: entry}
	if f.real != f.path {
		c.Real = f.real
		c.Notes = append(c.Notes, f.path+" is a symlink: "+f.real+" is what changes")
	}
	c.Moves = moved(others(f.data, inTOML), others(after, inTOML))
	return c
}

// Remove gives the changes that take the gate out again: none where it is not there.
func (p GatePlace) Remove(record *HookRecord, follow bool) ([]HookChange, error) {
	hooks, conf, err := p.open(follow)
	if err != nil {
		return nil, err
	}
	var list []HookChange
	for i, f := range []confFile{hooks, conf} {
		take := removeJSON
		if i == 1 {
			take = removeTOML
		}
		if !f.exists || !bytes.Contains(f.data, []byte("gate")) {
			continue // nothing of ours, whatever else is wrong with it
		}
		after, err := take(f.data)
		if err != nil {
			return nil, editError(f.path, err)
		}
		if bytes.Equal(after, f.data) {
			continue
		}
		old, known := record.Files[f.path]
		same := known && old.After == digest(f.data)
		if same && !old.Made {
			after = old.Before
		}
		c := p.change(f, after, nil, i == 1, nil)
		c.Deletes = known && old.Made && (same || i == 0 && holdsNothing(after))
		list = append(list, c)
	}
	return list, nil
}

// open reads both files of a place.
func (p GatePlace) open(follow bool) (hooks, conf confFile, err error) {
	if hooks, err = openConf(filepath.Join(p.Folder(), hooksName), p.roof(), follow); err != nil {
		return hooks, conf, err
	}
	conf, err = openConf(filepath.Join(p.Folder(), configName), p.roof(), follow)
	return hooks, conf, err
}

// wants says which of the two files the gate goes into.
func (p GatePlace) wants(hooks, conf confFile) (inTOML bool, notes []string, err error) {
	c, err := readTOML(conf.data)
	if err != nil {
		return false, nil, editError(conf.path, err)
	}
	some, ours := c.events()
	switch {
	case !some:
		return false, nil, nil
	case len(others(hooks.data, false)) == 0 && !bytes.Contains(hooks.data, []byte("gate")):
		if _, err := addTOML(conf.data, "exec /usr/bin/tokenburn gate"); err == nil || ours {
			return true, nil, nil
		}
		return false, []string{"hooks are kept in " + conf.path + " in a way that can't be added to: with hooks.json beside them, Codex says in each run that there are both"}, nil
	}
	return ours, nil, nil
}

// others gives all hooks of the gate's events that are not the gate, by place.
func others(doc []byte, inTOML bool) map[string]string {
	all := map[string]string{}
	_ = eachHook(doc, inTOML, func(event string, group, index int, matcher *string, h handler) {
		if !h.calls() {
			all[hookKey("", event, group, index)] = h.hash(event, matcher)
		}
	}) // what can't be read is told of by whoever edits it
	return all
}

// moved counts hooks that are not at their place any more.
func moved(before, after map[string]string) (n int) {
	for key, hash := range before {
		if after[key] != hash {
			n++
		}
	}
	return n
}

// eachHook calls f for each hook of the gate's events in a file.
func eachHook(doc []byte, inTOML bool, f func(event string, group, index int, matcher *string, h handler)) error {
	of := func(string) ([]hookGroup, error) { return nil, nil }
	if inTOML {
		c, err := readTOML(doc)
		if err != nil {
			return err
		}
		of = c.groups
	} else if len(doc) > 0 {
		root, err := readJSONHooks(doc)
		if err != nil {
			return err
		}
		of = func(event string) ([]hookGroup, error) { return groupsOf(doc, root, event) }
	}
	for _, event := range GateEvents() {
		groups, err := of(event)
		if err != nil {
			return err
		}
		for i, g := range groups {
			for k, h := range g.Hooks {
				f(event, i, k, g.Matcher, h)
			}
		}
	}
	return nil
}

// holdsNothing says that a hooks file has no hooks and no description.
func holdsNothing(doc []byte) bool {
	root, err := readJSONHooks(doc)
	if err != nil {
		return false
	}
	hooks, _ := root.member("hooks")
	return len(hooks.parts) == 0 && !slices.ContainsFunc(root.parts, func(s span) bool { return s.name != "hooks" })
}

// EditError says why a file can't be edited. Where it names a place in the file,
// the text begins with line and column.
type EditError struct {
	File string
	Err  error
}

// Error gives file and reason.
func (e *EditError) Error() string {
	text := e.Err.Error()
	if text != "" && text[0] >= '0' && text[0] <= '9' {
		return e.File + ":" + text
	}
	return e.File + ": " + text
}

// Unwrap gives the reason.
func (e *EditError) Unwrap() error { return e.Err }

func editError(file string, err error) error { return &EditError{file, err} }

// Apply makes the change, whole or not at all, and remembers it. A file that is not
// what was read any more is not touched: [ErrRaced].
func (c HookChange) Apply(record *HookRecord) error {
	var err error
	old := record.Files[c.File]
	if c.entry != nil { // first: what is not remembered could not be taken back
		record.Files[c.File] = *c.entry
		if err := record.Save(); err != nil {
			return err
		}
	}
	if c.Deletes {
		if err = c.conf.remove(); err == nil && old.MadeFolder {
			_ = os.Remove(filepath.Dir(c.File)) // only where nothing else is in it
		}
	} else {
		err = c.conf.replace(c.After)
	}
	if err != nil || c.entry != nil {
		return err
	}
	delete(record.Files, c.File)
	return record.Save()
}
