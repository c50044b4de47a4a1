package control

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// sandboxPolicy is a turn's sandbox_policy. Older versions name its type "mode".
type sandboxPolicy struct {
	Type            string   `json:"type"`
	Mode            string   `json:"mode"`
	WritableRoots   []string `json:"writable_roots"`
	NetworkAccess   bool     `json:"network_access"`
	ExcludeTmpdir   bool     `json:"exclude_tmpdir_env_var"`
	ExcludeSlashTmp bool     `json:"exclude_slash_tmp"`
}

// The sandboxes that codex exec resume can be told.
const (
	sandboxReadOnly = "read-only"
	sandboxWorkdir  = "workspace-write"
	sandboxNone     = "danger-full-access"
)

// readSandbox reads a recorded policy; one that says more than is known here is
// refused, as what it forbids could not be passed on.
func readSandbox(s Settings) (sandboxPolicy, error) {
	var p sandboxPolicy
	if len(s.Sandbox) == 0 {
		return p, fmt.Errorf("its session file doesn't tell its sandbox")
	}
	if json.Unmarshal(s.Sandbox, &p.Type) != nil { // older versions have the name alone
		d := json.NewDecoder(bytes.NewReader(s.Sandbox))
		d.DisallowUnknownFields()
		if err := d.Decode(&p); err != nil {
			return p, fmt.Errorf("its sandbox has a rule that is not known here")
		}
	}
	if p.Type == "" {
		p.Type = p.Mode
	}
	switch p.Type {
	case sandboxWorkdir:
	case sandboxReadOnly, sandboxNone:
		if p.NetworkAccess || len(p.WritableRoots) > 0 {
			return p, fmt.Errorf("its sandbox has a rule that codex exec resume can't be told")
		}
	default:
		return p, fmt.Errorf("its sandbox is of a kind that codex exec resume can't be told")
	}
	for _, r := range p.WritableRoots {
		if !plainPath(r) {
			return p, fmt.Errorf("one of its sandbox's folders has a name that can't be passed on")
		}
	}
	return p, p.covers(s)
}

// covers checks that the recorded profile forbids nothing that the policy alone
// would permit. A named profile of the user's own can.
func (p sandboxPolicy) covers(s Settings) error {
	if len(s.Profile) == 0 {
		return nil // recorded by a version that had none
	}
	q, err := readProfile(s.Profile)
	if err != nil {
		return err
	}
	if p.Type == sandboxNone {
		if q.Type != "disabled" {
			return errStricter
		}
		return nil
	}
	if q.Type != "managed" || q.Files.Type != "restricted" || (q.Network == "enabled") != p.NetworkAccess {
		return errStricter
	}
	return p.sameFiles(q, s.Cwd)
}

var errStricter = fmt.Errorf("its permissions have rules that codex exec resume can't be told")

// permissionProfile is a turn's permission_profile, as far as a sandbox policy can say it too.
type permissionProfile struct {
	Type    string `json:"type"`
	Network string `json:"network"`
	Files   struct {
		Type    string         `json:"type"`
		Entries []profileEntry `json:"entries"`
	} `json:"file_system"`
}

type profileEntry struct {
	Path struct {
		Type  string          `json:"type"`
		Path  string          `json:"path"`
		Value json.RawMessage `json:"value"`
	} `json:"path"`
	Access  string `json:"access"`
	Missing string `json:"missing_path_behavior"`
}

func readProfile(raw json.RawMessage) (q permissionProfile, err error) {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.DisallowUnknownFields()
	if d.Decode(&q) != nil {
		return q, errStricter
	}
	return q, nil
}

// special is the place that an entry names by a word, such as root; "" none.
func (e profileEntry) special() string {
	if e.Path.Type != "special" {
		return ""
	}
	d := json.NewDecoder(bytes.NewReader(e.Path.Value))
	d.DisallowUnknownFields()
	var v struct {
		Kind string `json:"kind"`
	}
	if d.Decode(&v) != nil {
		return ""
	}
	return v.Kind
}

// guarded are the folders inside a writable one that Codex itself keeps from writing.
var guarded = []string{".git", ".agents", ".codex", ".aws"}

// sameFiles checks that the profile's files are what Codex makes of the policy.
func (p sandboxPolicy) sameFiles(q permissionProfile, cwd string) error {
	roots := append([]string{cwd}, p.WritableRoots...)
	wrote, read := map[string]bool{}, false
	for _, e := range q.Files.Entries {
		kind := e.special()
		switch {
		case kind == "root" && e.Access == "read":
			read = true
		case e.Access == "write" && (kind == "slash_tmp" || kind == "tmpdir"):
			wrote[kind] = true
		case e.Path.Type == "path" && e.Access == "write":
			wrote[e.Path.Path] = true
		case e.Path.Type == "path" && e.Access == "read" && slices.Contains(guarded, filepath.Base(e.Path.Path)) &&
			slices.Contains(roots, filepath.Dir(e.Path.Path)):
		default:
			return errStricter
		}
	}
	want := map[string]bool{}
	if p.Type == sandboxWorkdir {
		for _, r := range roots {
			want[r] = true
		}
		want["slash_tmp"], want["tmpdir"] = !p.ExcludeSlashTmp, !p.ExcludeTmpdir
	}
	for path, writes := range want {
		if writes && !wrote[path] {
			return errStricter
		}
	}
	for path := range wrote {
		if !want[path] {
			return errStricter
		}
	}
	if !read {
		return errStricter
	}
	return nil
}

// equal says that both permit the same.
func (p sandboxPolicy) equal(q sandboxPolicy) bool {
	a, b := slices.Sorted(slices.Values(p.WritableRoots)), slices.Sorted(slices.Values(q.WritableRoots))
	return p.Type == q.Type && slices.Equal(slices.Compact(a), slices.Compact(b)) && p.NetworkAccess == q.NetworkAccess &&
		p.ExcludeTmpdir == q.ExcludeTmpdir && p.ExcludeSlashTmp == q.ExcludeSlashTmp
}

// flags are the policy as options of codex. Every one is said, so that none is
// taken from the settings file.
func (p sandboxPolicy) flags() []string {
	f := []string{"-c", "sandbox_mode=" + tomlString(p.Type)}
	if p.Type != sandboxWorkdir {
		return f
	}
	var roots []string
	for _, r := range p.WritableRoots {
		roots = append(roots, tomlString(r))
	}
	const table = "sandbox_workspace_write."
	return append(f, "-c", table+"writable_roots=["+strings.Join(roots, ",")+"]",
		"-c", fmt.Sprint(table, "network_access=", p.NetworkAccess),
		"-c", fmt.Sprint(table, "exclude_tmpdir_env_var=", p.ExcludeTmpdir),
		"-c", fmt.Sprint(table, "exclude_slash_tmp=", p.ExcludeSlashTmp))
}

// approvalFlags are who is asked before a command. codex exec knows two: nobody,
// where what the sandbox forbids fails; and its own reviewer.
func approvalFlags(s Settings) ([]string, error) {
	switch {
	case s.Approval == "never":
		return []string{"-c", `approval_policy="never"`}, nil
	case s.Approval == "on-request" && s.Reviewer == "auto_review":
		return []string{"-c", `approval_policy="on-request"`, "-c", `approvals_reviewer="auto_review"`}, nil
	case s.Approval == "":
		return nil, fmt.Errorf("its session file doesn't tell who approves its commands")
	}
	return nil, fmt.Errorf("a person approves its commands, and codex exec asks nobody")
}

// tomlString is a text as a TOML string. JSON's form is one of TOML's.
func tomlString(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		return `""`
	}
	return string(b)
}

// plainPath says that a path can be passed on and shown as it is.
func plainPath(s string) bool {
	return filepath.IsAbs(s) && utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// plainWord says that a word from a session file or a catalogue is no more than a name.
func plainWord(s string) bool {
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', strings.ContainsRune("-_.:/", r):
		default:
			return false
		}
	}
	return s != "" && len(s) <= 100 && s[0] != '-'
}

// inRepository says that a folder is inside a git repository, outside of which
// Codex wants to be told that this is meant.
func inRepository(dir string) bool {
	for {
		if _, err := os.Lstat(filepath.Join(dir, ".git")); err == nil {
			return true
		}
		up := filepath.Dir(dir)
		if up == dir {
			return false
		}
		dir = up
	}
}
