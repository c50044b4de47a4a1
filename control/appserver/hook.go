package appserver

import (
	"context"
)

// Trust is whether Codex runs a hook. Only a trusted or managed one runs; the
// others are skipped without a word.
type Trust string

// The trusts.
const (
	Trusted   Trust = "trusted"
	Untrusted Trust = "untrusted"
	Modified  Trust = "modified" // trusted once, and changed since
	Managed   Trust = "managed"  // by whoever manages this machine
)

// Hook is a hook that Codex knows. Its texts are as configured: clean them
// before they are shown.
type Hook struct {
	Key     string // such as "/home/u/.codex/config.toml:pre_model_request:0:0"
	Event   string // such as "preModelRequest"
	Handler string // "command", or another kind, which has no Command
	Command string
	Matcher string // "" any
	Enabled bool
	Hash    string // of its definition as it is now, such as "sha256:…"
	Trust   Trust
	Source  string // "user", "project", "plugin" and others
	Path    string // of the file that configures it
	Timeout int    // seconds
}

// Runs says that Codex runs the hook.
func (h Hook) Runs() bool { return h.Enabled && (h.Trust == Trusted || h.Trust == Managed) }

// Hooks are what Codex finds for one folder.
type Hooks struct {
	Cwd      string
	Hooks    []Hook
	Warnings []string
	Errors   []string // each with the path of the file that it is about
}

// Hooks asks which hooks apply in folders; none named is the server's own folder.
func (c *Conn) Hooks(ctx context.Context, cwds []string) ([]Hooks, error) {
	type hook struct {
		Key         string  `json:"key"`
		EventName   string  `json:"eventName"`
		HandlerType string  `json:"handlerType"`
		Command     string  `json:"command"`
		Matcher     *string `json:"matcher"`
		Enabled     bool    `json:"enabled"`
		CurrentHash string  `json:"currentHash"`
		TrustStatus Trust   `json:"trustStatus"`
		Source      string  `json:"source"`
		SourcePath  string  `json:"sourcePath"`
		TimeoutSec  int     `json:"timeoutSec"`
	}
	var got struct {
		Data []struct {
			Cwd      string   `json:"cwd"`
			Hooks    []hook   `json:"hooks"`
			Warnings []string `json:"warnings"`
			Errors   []struct {
				Message string `json:"message"`
				Path    string `json:"path"`
			} `json:"errors"`
		} `json:"data"`
	}
	params := map[string]any{}
	if len(cwds) > 0 {
		params["cwds"] = cwds
	}
	if err := c.Call(ctx, "hooks/list", params, &got); err != nil {
		return nil, err
	}
	var all []Hooks
	for _, d := range got.Data {
		f := Hooks{Cwd: d.Cwd, Warnings: d.Warnings}
		for _, e := range d.Errors {
			f.Errors = append(f.Errors, e.Path+": "+e.Message)
		}
		for _, h := range d.Hooks {
			f.Hooks = append(f.Hooks, Hook{
				Key: h.Key, Event: h.EventName, Handler: h.HandlerType, Command: h.Command, Matcher: text(h.Matcher),
				Enabled: h.Enabled, Hash: h.CurrentHash, Trust: h.TrustStatus, Source: h.Source, Path: h.SourcePath, Timeout: h.TimeoutSec,
			})
		}
		all = append(all, f)
	}
	return all, nil
}

// Edit is one change of Codex's config.
type Edit struct {
	Key   string // path of keys with dots, such as "hooks.state"
	Value any
	// Replace puts Value in the place of what is there; otherwise tables are merged.
	Replace bool
}

// Written is what came of edits.
type Written struct {
	Path       string // of the config file
	Version    string
	Overridden bool // another layer of config decides in spite of it
}

// Write changes the user's config.toml by Codex's own hand, and makes running
// threads of this server take it up. Path "" is the user's; version "" any.
func (c *Conn) Write(ctx context.Context, path, version string, edits ...Edit) (Written, error) {
	type edit struct {
		KeyPath  string `json:"keyPath"`
		Value    any    `json:"value"`
		Strategy string `json:"mergeStrategy"`
	}
	params := map[string]any{"reloadUserConfig": true}
	var wire []edit
	for _, e := range edits {
		strategy := "upsert"
		if e.Replace {
			strategy = "replace"
		}
		wire = append(wire, edit{e.Key, e.Value, strategy})
	}
	params["edits"] = wire
	if path != "" {
		params["filePath"] = path
	}
	if version != "" {
		params["expectedVersion"] = version
	}
	var got struct {
		FilePath string `json:"filePath"`
		Version  string `json:"version"`
		Status   string `json:"status"`
	}
	if err := c.Call(ctx, "config/batchWrite", params, &got); err != nil {
		return Written{}, err
	}
	return Written{Path: got.FilePath, Version: got.Version, Overridden: got.Status == "okOverridden"}, nil
}

// TrustHooks makes Codex run hooks as they are now: by key and hash, as
// [Conn.Hooks] told them. It is the user's decision: ask before.
func (c *Conn) TrustHooks(ctx context.Context, hooks ...Hook) (Written, error) {
	state := map[string]map[string]string{}
	for _, h := range hooks {
		state[h.Key] = map[string]string{"trusted_hash": h.Hash}
	}
	return c.Write(ctx, "", "", Edit{Key: "hooks.state", Value: state})
}
