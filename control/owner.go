package control

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// locksFolder is where Codex keeps one empty file for each thread that it has
// open for writing, locked for as long (Codex 0.169; older ones have none).
const locksFolder = "thread-writer-locks"

// commandLimit bounds a process's arguments as they are shown, in bytes.
const commandLimit = 300

// lockFile is the file that the writer of a thread holds locked.
func lockFile(home, thread string) string {
	return filepath.Join(home, locksFolder, thread+".lock")
}

// threadOfLock is the thread that a lock file is named after. Codex's own locks of
// other kinds begin with a dot.
func threadOfLock(name string) (string, bool) {
	id, ok := strings.CutSuffix(name, ".lock")
	return id, ok && plainName(id)
}

// plainName says that a name can be a thread's, and nothing that leads elsewhere or
// that a command takes for an option.
func plainName(s string) bool {
	if s == "" || len(s) > 128 || s[0] == '.' || s[0] == '-' {
		return false
	}
	for _, r := range s {
		switch {
		case r >= 'a' && r <= 'z', r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '-', r == '_', r == '.':
		default:
			return false
		}
	}
	return true
}

// nobody is why a thread has no owner, where that is proved.
const nobody = "nothing works on it"

// whyUnlocked says what it is worth that a thread has no lock file. Codex removes it
// when it closes the thread; a home without the folder is one of a Codex that takes no locks.
func whyUnlocked(home string) (why string, proved bool) {
	if _, err := os.Stat(filepath.Join(home, locksFolder)); err != nil {
		return "nothing is known to work on it: the Codex of this home, an older one, takes no locks on threads", false
	}
	return nobody, true
}

// Owners tells for every thread of a home that has a lock file what works on it:
// a thread that is not in the map has none. It is one pass over the lock files and
// what the system tells of locks, cheap enough to be made once a second; nothing is
// kept from one pass to the next, no lock is ever tried, and no program is started,
// so that Pane is always empty. The error is that of a home that cannot be read;
// a home without locks gives an empty map.
func (c *Control) Owners(ctx context.Context, home string) (map[string]Owner, error) {
	owners, err := c.owners(ctx, home)
	if err != nil {
		return nil, fmt.Errorf("who owns the threads of %s: %w", home, err)
	}
	return owners, nil
}

// Owner tells what works on one thread of a home now, with the tmux pane that shows
// it where one can be proved. A thread that nothing holds is of kind None. On systems
// that don't tell who holds a lock, the home's server is asked whether it has the thread.
func (c *Control) Owner(ctx context.Context, home, thread string) (Owner, error) {
	if !plainName(thread) {
		return Owner{}, fmt.Errorf("%w: %q is no thread's name", ErrForbidden, thread)
	}
	owners, err := c.Owners(ctx, home)
	if err != nil {
		return Owner{}, err
	}
	o, ok := owners[thread]
	if !ok {
		o = Owner{Thread: thread, Home: home, Kind: None}
		o.Why, o.Nobody = whyUnlocked(home)
		return o, nil
	}
	if o.Kind == Unproved && !c.locksTold {
		if server, ok := c.serverOwner(ctx, home, thread); ok {
			return server, nil
		}
	}
	if o.Kind == TUI {
		if pane, ok := c.pane(ctx, o.Process); ok {
			o.Pane, o.Tmux = pane.ID, pane.Socket
		}
	}
	return o, nil
}
