package control

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
)

// GateHook is how the gate's hook of one event stands.
type GateHook struct {
	Event     string
	Installed bool
	File      string // where it stands, "" where it is not installed
	Key       string // Codex's name of it
	Command   string // the line
	Program   string // that it calls
	Hash      string // of its definition, as Codex computes it
	Enabled   bool
	Trusted   bool
	Listed    bool   // Codex itself was asked, and has it
	Runs      bool   // the program exists and may be executed
	Problem   string // why Codex does not ask it; "" where it does
	More      int    // further hooks of the event that call the gate too

	fault string // why it would not hold although Codex runs it
}

// GateState is whether Codex asks the gate, in one configuration.
type GateState struct {
	Place   GatePlace
	Hooks   []GateHook // one of each event
	Problem string     // that concerns all of them; "" none
	Asked   bool       // Codex itself said so, not only its files
}

// Enforced says that Codex asks the gate at every event.
func (s GateState) Enforced() bool {
	for _, h := range s.Hooks {
		if h.Problem != "" {
			return false
		}
	}
	return s.Problem == "" && len(s.Hooks) > 0
}

// Installed says that the gate stands there at some event.
func (s GateState) Installed() bool {
	for _, h := range s.Hooks {
		if h.Installed {
			return true
		}
	}
	return false
}

// Complete says that the gate stands there at every event, with a program that runs.
func (s GateState) Complete() bool {
	for _, h := range s.Hooks {
		if !h.Installed || !h.Runs {
			return false
		}
	}
	return len(s.Hooks) > 0
}

// Why is the first reason why it is not enforced, "" where it is.
func (s GateState) Why() string {
	if s.Problem != "" {
		return s.Problem
	}
	for _, h := range s.Hooks {
		if h.Problem != "" {
			return h.Event + ": " + h.Problem
		}
	}
	return ""
}

// Files are those that the state was read from: it is another one when they change.
func (s GateState) Files() []string {
	files := []string{filepath.Join(s.Place.Home, configName), filepath.Join(s.Place.Folder(), hooksName)}
	if s.Place.Project != "" {
		files = append(files, filepath.Join(s.Place.Folder(), configName))
	}
	for _, h := range s.Hooks {
		if h.Program != "" {
			files = append(files, h.Program)
		}
	}
	return files
}

// ReadGate says from Codex's files alone whether it asks the gate. It is quick, starts nothing,
// and only ever takes what is not certain for not enforced. Record may be nil.
func ReadGate(p GatePlace, record *HookRecord) GateState {
	s := GateState{Place: p}
	user, err := openConf(filepath.Join(p.Home, configName), p.Home, true)
	var c codexConfig
	if err == nil {
		c, err = readTOML(user.data)
	}
	if err != nil {
		s.Problem = "Codex's settings can't be read: " + editError(filepath.Join(p.Home, configName), err).Error()
	}
	switch {
	case s.Problem != "":
	case c.Features["hooks"] == false || c.Features["codex_hooks"] == false:
		s.Problem = "hooks are switched off in " + user.path + " (features.hooks = false)"
	case p.Project != "" && c.Projects[p.Project].Trust != "trusted":
		s.Problem = "Codex does not trust the project " + p.Project + ", and leaves its hooks out"
	}
	found, err := p.find()
	if err != nil && s.Problem == "" {
		s.Problem = err.Error()
	}
	for _, event := range GateEvents() {
		h := found[event]
		h.Event = event
		h.judge(c, record)
		s.Hooks = append(s.Hooks, h)
	}
	return s
}

// find gives the gate's hooks by event, as they stand in the files of a place.
func (p GatePlace) find() (map[string]GateHook, error) {
	found := map[string]GateHook{}
	var errs []error
	for i, name := range []string{hooksName, configName} {
		f, err := openConf(filepath.Join(p.Folder(), name), p.roof(), true)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		err = eachHook(f.data, i == 1, func(event string, group, index int, matcher *string, h handler) {
			if !h.calls() {
				return
			}
			one := found[event]
			if one.Installed {
				one.More++
				found[event] = one
				return
			}
			gate, _ := ParseGate(h.Command)
			found[event] = GateHook{Installed: true, File: f.path, Key: hookKey(f.path, event, group, index), Command: h.Command,
				Program: gate.Program, Hash: h.hash(event, matcher), Enabled: true, fault: weak(event, matcher, h)}
		})
		if err != nil {
			errs = append(errs, editError(f.path, err))
		}
	}
	return found, errors.Join(errs...)
}

// weak says why a hook does not hold although Codex runs it.
func weak(event string, matcher *string, h handler) string {
	switch {
	case h.Async:
		return "it is asynchronous: Codex does not wait for its answer"
	case matcher != nil && *matcher != "" && *matcher != "*" && event != "UserPromptSubmit":
		return fmt.Sprintf("it is asked about %q only", *matcher)
	}
	return ""
}

// judge fills in whether Codex asks the hook.
func (h *GateHook) judge(c codexConfig, record *HookRecord) {
	if !h.Installed {
		h.Problem = "not installed"
		return
	}
	states, _ := c.Hooks["state"].(map[string]any)
	state, _ := states[h.Key].(map[string]any)
	if state["enabled"] == false {
		h.Enabled = false
	}
	trusted, _ := state["trusted_hash"].(string)
	h.Trusted = trusted != "" && (trusted == h.Hash || record != nil && trusted == record.Known[h.Hash])
	if problem := programProblem(h.Program); problem != "" {
		h.fault = problem
	} else {
		h.Runs = true
	}
	h.Problem = h.problem(trusted != "")
}

// problem says why Codex does not ask the hook, or would not heed it.
func (h *GateHook) problem(trustedOnce bool) string {
	switch {
	case h.fault != "":
		return h.fault
	case !h.Enabled:
		return "switched off in Codex (/hooks)"
	case !h.Trusted && trustedOnce:
		return "changed since it was trusted: Codex skips it without a word"
	case !h.Trusted:
		return "not trusted: Codex skips it without a word"
	}
	return ""
}

// programProblem says why a program can't be run, "" where it can.
func programProblem(path string) string {
	if !filepath.IsAbs(path) {
		return path + " is no absolute path: what it finds depends on where Codex runs"
	}
	info, err := os.Stat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return path + " is not there any more"
	case err != nil:
		return err.Error()
	case info.IsDir():
		return path + " is a folder"
	case runtime.GOOS != "windows" && info.Mode()&0o111 == 0:
		return path + " can't be executed"
	}
	return ""
}
