package control

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control/appserver"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// hookPatience is how long Codex may take to tell of its hooks.
const hookPatience = 20 * time.Second

// listed is a hook as Codex's hooks/list tells it.
type listed struct {
	Key         string `json:"key"`
	Command     string `json:"command"`
	CurrentHash string `json:"currentHash"`
	Trust       string `json:"trustStatus"`
	Enabled     bool   `json:"enabled"`
	Managed     bool   `json:"isManaged"`
}

type listedHooks struct {
	Data []struct {
		Hooks    []listed `json:"hooks"`
		Warnings []string `json:"warnings"`
		Errors   []struct {
			Message string `json:"message"`
		} `json:"errors"`
	} `json:"data"`
}

// AskGate asks Codex itself whether it would run the gate: the server of the home, or
// one that is started for the question and ended again. What Codex says goes before
// what its files say, and is written into the record, which is not saved. An error wraps [ErrNoCodex]
// where there is no Codex to ask; the state is that of [ReadGate] then.
func (c *Control) AskGate(ctx context.Context, p GatePlace, record *HookRecord) (GateState, error) {
	s := ReadGate(p, record)
	if !s.Installed() {
		return s, nil // there is nothing to ask about
	}
	ctx, cancel := context.WithTimeout(ctx, hookPatience)
	defer cancel()
	conn, err := c.configServer(ctx, p.Home)
	if err != nil {
		return s, err
	}
	answer, err := listHooks(ctx, conn, p)
	if err = errors.Join(err, conn.Close()); err != nil {
		return s, fmt.Errorf("ask Codex for its hooks: %w", err)
	}
	s.hear(answer, record)
	return s, nil
}

// configServer gives a server that can tell of a home's settings and change them.
func (c *Control) configServer(ctx context.Context, home string) (*appserver.Conn, error) {
	conn, err := appserver.Dial(ctx, home)
	if err == nil {
		return conn, nil
	}
	codex, err := c.codex()
	if err != nil {
		return nil, err
	}
	return appserver.Spawn(ctx, codex, home, c.o.Env)
}

func listHooks(ctx context.Context, conn *appserver.Conn, p GatePlace) (listedHooks, error) {
	cwd := p.Home
	if p.Project != "" {
		cwd = p.Project
	}
	var answer listedHooks
	err := conn.Call(ctx, "hooks/list", map[string]any{"cwds": []string{cwd}}, &answer)
	return answer, err
}

// hear takes what Codex said of its hooks.
func (s *GateState) hear(answer listedHooks, record *HookRecord) {
	s.Asked = true
	var all []listed
	for _, d := range answer.Data {
		all = append(all, d.Hooks...)
		for _, e := range d.Errors {
			s.Problem = "Codex says: " + model.Clean(e.Message, 300)
		}
	}
	for i := range s.Hooks {
		h := &s.Hooks[i]
		if !h.Installed {
			continue
		}
		at := slices.IndexFunc(all, func(l listed) bool { return l.Key == h.Key })
		if at < 0 {
			h.Trusted = false
			if h.Problem = "Codex does not list it"; s.Problem == "" && len(answer.Data) > 0 && len(answer.Data[0].Warnings) > 0 {
				h.Problem += ": " + model.Clean(answer.Data[0].Warnings[0], 300)
			}
			continue
		}
		h.take(all[at], record)
	}
}

// take puts what Codex says in the place of what was worked out.
func (h *GateHook) take(l listed, record *HookRecord) {
	if l.Command != h.Command {
		h.Trusted, h.Problem = false, "Codex has another command there; it was changed this moment, or Codex was not started anew"
		return
	}
	if record != nil && l.CurrentHash != "" && l.CurrentHash != h.Hash {
		record.Known[h.Hash] = l.CurrentHash
	}
	h.Listed, h.Hash, h.Enabled = true, l.CurrentHash, l.Enabled
	h.Trusted = l.Trust == "trusted" || l.Trust == "managed" || l.Managed
	h.Problem = h.problem(l.Trust == "modified")
}

// TrustGate writes into Codex's settings, by Codex itself, that our hooks of a place are
// trusted: only those whose definition is what the files say right now, and no other hook. It
// gives how they stand afterwards.
func (c *Control) TrustGate(ctx context.Context, p GatePlace, record *HookRecord) (GateState, error) {
	s := ReadGate(p, record)
	ctx, cancel := context.WithTimeout(ctx, hookPatience)
	defer cancel()
	conn, err := c.configServer(ctx, p.Home)
	if err != nil {
		return s, err
	}
	answer, err := listHooks(ctx, conn, p)
	if err == nil {
		s.hear(answer, record)
		if edits := s.toTrust(); len(edits) > 0 {
			err = writeHookState(ctx, conn, edits, "upsert")
		}
	}
	if err == nil {
		s = ReadGate(p, record)
		if answer, err = listHooks(ctx, conn, p); err == nil {
			s.hear(answer, record)
		}
	}
	if err = errors.Join(err, conn.Close()); err != nil {
		return s, fmt.Errorf("have Codex trust the gate: %w", err)
	}
	return s, nil
}

// toTrust gives the hooks that Codex lists and does not trust yet, with their hashes.
func (s GateState) toTrust() map[string]any {
	edits := map[string]any{}
	for _, h := range s.Hooks {
		if h.Listed && !h.Trusted && h.Runs {
			edits[h.Key] = map[string]any{"trusted_hash": h.Hash}
		}
	}
	return edits
}

// writeHookState writes into hooks.state of the user's settings.
func writeHookState(ctx context.Context, conn *appserver.Conn, edits map[string]any, merge string) error {
	return conn.Call(ctx, "config/batchWrite", map[string]any{
		"edits":            []any{map[string]any{"keyPath": "hooks.state", "value": edits, "mergeStrategy": merge}},
		"reloadUserConfig": true,
	}, nil)
}

// ForgetGate takes the trust of hooks that are gone, or about to go, out of Codex's settings, by
// Codex itself. Keys are those of hooks that are the gate's; tables that hold nothing else go too.
func (c *Control) ForgetGate(ctx context.Context, p GatePlace, keys []string) error {
	if len(keys) == 0 {
		return nil
	}
	ctx, cancel := context.WithTimeout(ctx, hookPatience)
	defer cancel()
	conn, err := c.configServer(ctx, p.Home)
	if err != nil {
		return err
	}
	var edits []any
	for _, path := range p.forgetPaths(keys) {
		edits = append(edits, map[string]any{"keyPath": path, "value": nil, "mergeStrategy": "replace"})
	}
	err = conn.Call(ctx, "config/batchWrite", map[string]any{"edits": edits, "reloadUserConfig": true}, nil)
	if err = errors.Join(err, conn.Close()); err != nil {
		return fmt.Errorf("have Codex forget the gate: %w", err)
	}
	return nil
}

// forgetPaths are the paths in config.toml to take out, so that keys are gone from hooks.state.
func (p GatePlace) forgetPaths(keys []string) []string {
	var paths []string
	for _, k := range keys {
		paths = append(paths, "hooks.state."+compactJSON(k))
	}
	f, err := openConf(filepath.Join(p.Home, configName), p.Home, true)
	if err != nil {
		return paths
	}
	c, err := readTOML(f.data)
	states, _ := c.Hooks["state"].(map[string]any)
	for k := range states {
		if !slices.Contains(keys, k) {
			return paths
		}
	}
	switch {
	case err != nil || len(states) == 0:
		return paths
	case len(c.Hooks) == 1:
		return []string{"hooks"}
	}
	return []string{"hooks.state"}
}
