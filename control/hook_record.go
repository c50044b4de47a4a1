package control

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// HookRecord remembers what files were before the gate was put into them, so that they
// can be made so again byte for byte, and what Codex said of our hooks. It is a file of ours.
type HookRecord struct {
	Files map[string]hookFile `json:"files"`
	// Known are hashes that Codex itself gave for definitions of ours, by our own hash of
	// them: they differ only where another Codex computes them otherwise.
	Known map[string]string `json:"known,omitempty"`

	path string
}

// hookFile is what is remembered of one file.
type hookFile struct {
	Made       bool   `json:"made,omitempty"`        // it was not there before
	MadeFolder bool   `json:"made_folder,omitempty"` // nor was its folder
	Before     []byte `json:"before,omitempty"`
	After      string `json:"after"` // digest of what was written
}

// ReadHookRecord reads a record. One that is missing or can't be understood is empty:
// then files are edited by what stands in them.
func ReadHookRecord(path string) (*HookRecord, error) {
	r := &HookRecord{}
	b, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	if err != nil || json.Unmarshal(b, r) != nil {
		r = &HookRecord{}
	}
	if r.path = path; r.Files == nil {
		r.Files = map[string]hookFile{}
	}
	if r.Known == nil {
		r.Known = map[string]string{}
	}
	return r, nil
}

// Save writes the record, whole or not at all, for the user alone. One that would say
// nothing is deleted.
func (r *HookRecord) Save() error {
	if len(r.Files)+len(r.Known) == 0 {
		if err := os.Remove(r.path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
		return nil
	}
	b, err := json.MarshalIndent(r, "", " ")
	if err != nil {
		return err
	}
	dir := filepath.Dir(r.path)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	t, err := os.CreateTemp(dir, ".enforce-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.Remove(t.Name()) }() // gone already where all went well
	_, err = t.Write(append(b, '\n'))
	if err = errors.Join(err, t.Chmod(0o600), t.Sync(), t.Close()); err != nil {
		return err
	}
	return os.Rename(t.Name(), r.path)
}

func digest(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
