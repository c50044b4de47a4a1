//go:build !linux

package control

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/shirou/gopsutil/v4/process"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// owners tells here only what may work on a thread: no interface of this system
// says who holds a file's lock. A lock file that is there may be held or left over,
// so every thread is Unproved, and no deed is offered. The best guess is named: the
// process, if there is exactly one Codex.
func (c *Control) owners(ctx context.Context, home string) (map[string]Owner, error) {
	entries, err := os.ReadDir(filepath.Join(home, locksFolder))
	if errors.Is(err, fs.ErrNotExist) {
		return map[string]Owner{}, nil
	}
	if err != nil {
		return nil, err
	}
	running, err := codexes(ctx)
	owners := map[string]Owner{}
	for _, e := range entries {
		if thread, ok := threadOfLock(e.Name()); ok {
			owners[thread] = guess(home, thread, running, err)
		}
	}
	return owners, nil
}

// tellsLocks says that this system tells who holds a file's lock.
const tellsLocks = false

// describe reads a process; false where there is none.
func (c *Control) describe(ctx context.Context, pid int) (Process, bool) {
	if pid < 1 {
		return Process{}, false
	}
	p, err := process.NewProcessWithContext(ctx, int32(pid))
	if err != nil {
		return Process{}, false
	}
	exe, err := p.ExeWithContext(ctx)
	if err != nil {
		return Process{}, false
	}
	return described(ctx, p, exe), true
}

func guess(home, thread string, running []Process, err error) Owner {
	o := Owner{Thread: thread, Home: home, Kind: Unproved}
	switch {
	case err != nil:
		o.Why = "this system's processes can't be read"
	case len(running) == 0:
		o.Kind, o.Why = None, "no Codex of this user runs"
	case len(running) == 1:
		o.Process = running[0]
		o.Why = fmt.Sprintf("this system doesn't tell who holds a thread; it is probably process %d, the only Codex that runs", o.Process.PID)
	default:
		o.Why = fmt.Sprintf("this system doesn't tell who holds a thread; it is one of %d Codex processes", len(running))
	}
	return o
}

// codexes are the processes of Codex that can be seen, without the wrapper that
// npm installs (its executable is node's).
func codexes(ctx context.Context) ([]Process, error) {
	all, err := process.ProcessesWithContext(ctx)
	if err != nil {
		return nil, fmt.Errorf("the processes: %w", err)
	}
	var found []Process
	for _, p := range all {
		exe, err := p.ExeWithContext(ctx)
		if err != nil || !isCodex(exe) {
			continue
		}
		found = append(found, described(ctx, p, exe))
	}
	return found, nil
}

func described(ctx context.Context, p *process.Process, exe string) Process {
	d := Process{PID: int(p.Pid), UID: -1, Exe: exe}
	if ms, err := p.CreateTimeWithContext(ctx); err == nil {
		d.Started = time.UnixMilli(ms)
	}
	if n, err := p.PpidWithContext(ctx); err == nil {
		d.PPID = int(n)
	}
	if ids, err := p.UidsWithContext(ctx); err == nil && len(ids) > 0 {
		d.UID = int(ids[0])
	}
	if s, err := p.CmdlineWithContext(ctx); err == nil {
		d.Command = model.Clean(s, commandLimit)
	}
	if s, err := p.CwdWithContext(ctx); err == nil {
		d.Cwd = s
	}
	if s, err := p.TerminalWithContext(ctx); err == nil {
		d.TTY = s
	}
	return d
}
