package control

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// procfs reads a process file system.
type procfs struct {
	root string
	boot time.Time
	hz   uint64
}

// atClockTicks is AT_CLKTCK: what the kernel tells each process of its clock's ticks a second.
const atClockTicks = 17

func (c *Control) proc() procfs {
	f := procfs{root: c.o.Proc, hz: 100}
	if v, err := unix.Auxv(); err == nil {
		for _, kv := range v {
			if kv[0] == atClockTicks && kv[1] > 0 {
				f.hz = uint64(kv[1])
			}
		}
	}
	f.boot = f.bootTime()
	return f
}

// bootTime is the line btime of /proc/stat; zero where there is none.
func (f procfs) bootTime() time.Time {
	b, err := readFile(filepath.Join(f.root, "stat"))
	if err != nil {
		return time.Time{}
	}
	_, after, ok := bytes.Cut(b, []byte("\nbtime "))
	if !ok {
		return time.Time{}
	}
	line, _, _ := bytes.Cut(after, []byte{'\n'})
	n, err := strconv.ParseInt(strings.TrimSpace(string(line)), 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(n, 0)
}

func (f procfs) path(pid int, name string) string {
	return filepath.Join(f.root, strconv.Itoa(pid), name)
}

// seen is a process and what tells how well it is known.
type seen struct {
	Process
	Args    []string
	Session int  // number of its session's first process
	Halted  bool // stopped by a signal or a debugger, until it is let go on
	Dead    bool // ended, and its parent has not noticed yet
	Front   bool // it is in front on its terminal: what is typed there goes to it
}

// errGone says that there is no process of this number, or none that can be seen.
var errGone = errors.New("no such process")

// process reads one process. What can't be read of another user's stays empty;
// only a process whose start can't be read is an error, [errGone] where it is not there.
func (f procfs) process(pid int) (seen, error) {
	s, err := f.stat(pid)
	if err != nil {
		return seen{}, err
	}
	s.UID = f.uid(pid)
	if exe, err := os.Readlink(f.path(pid, "exe")); err == nil {
		s.Exe = strings.TrimSuffix(exe, deletedMark)
	}
	if cwd, err := os.Readlink(f.path(pid, "cwd")); err == nil {
		s.Cwd = strings.TrimSuffix(cwd, deletedMark)
	}
	if b, err := readFile(f.path(pid, "cmdline")); err == nil && len(b) > 0 {
		s.Args = strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00")
		s.Command = model.Clean(strings.Join(s.Args, " "), commandLimit)
	}
	return s, nil
}

// stat reads what /proc/PID/stat tells. The name in it may hold spaces and
// parentheses: the fields are counted from the last one that closes it.
func (f procfs) stat(pid int) (seen, error) {
	if pid < 1 {
		return seen{}, errGone
	}
	b, err := readFile(f.path(pid, "stat"))
	if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
		return seen{}, errGone
	}
	if err != nil {
		return seen{}, fmt.Errorf("process %d: %w", pid, err)
	}
	open, end := bytes.IndexByte(b, '('), bytes.LastIndexByte(b, ')')
	if open < 0 || end < open {
		return seen{}, fmt.Errorf("process %d: its stat file can't be understood", pid)
	}
	const state, parent, group, session, terminal, front, start = 0, 1, 2, 3, 4, 5, 19 // 3 to 8 and 22 in proc(5)
	fields := strings.Fields(string(b[end+1:]))
	if len(fields) <= start {
		return seen{}, fmt.Errorf("process %d: its stat file is too short", pid)
	}
	ticks, err := strconv.ParseUint(fields[start], 10, 64)
	if err != nil {
		return seen{}, fmt.Errorf("process %d: its start: %w", pid, err)
	}
	s := seen{Process: Process{PID: pid, UID: -1, Ticks: ticks}, Dead: fields[state] == "Z" || fields[state] == "X",
		Halted: fields[state] == "T" || fields[state] == "t"}
	s.PPID, _ = strconv.Atoi(fields[parent])
	s.Session, _ = strconv.Atoi(fields[session])
	if n, err := strconv.ParseInt(fields[terminal], 10, 64); err == nil {
		s.TTY = terminalPath(uint32(n))
	}
	s.Front = fields[group] == fields[front]
	s.Command = model.Clean(string(b[open+1:end]), commandLimit)
	if !f.boot.IsZero() {
		s.Started = f.boot.Add(time.Duration(ticks) * (time.Second / time.Duration(f.hz)))
	}
	return s, nil
}

// terminalPath is the device of a terminal's number; "" where there is none or it
// is of a kind that no Codex runs in.
func terminalPath(n uint32) string {
	major, minor := (n>>8)&0xfff, n&0xff|(n>>12)&0xfff00
	switch {
	case major >= 136 && major <= 143:
		return "/dev/pts/" + strconv.FormatUint(uint64((major-136)<<20|minor), 10)
	case major == 4 && minor < 64:
		return "/dev/tty" + strconv.FormatUint(uint64(minor), 10)
	}
	return ""
}

// uid is the real user of a process, -1 unknown.
func (f procfs) uid(pid int) int {
	b, err := readFile(f.path(pid, "status"))
	if err != nil {
		return -1
	}
	_, after, ok := bytes.Cut(b, []byte("\nUid:"))
	if !ok {
		return -1
	}
	line, _, _ := bytes.Cut(after, []byte{'\n'})
	words := strings.Fields(string(line))
	if len(words) == 0 {
		return -1
	}
	n, err := strconv.Atoi(words[0])
	if err != nil {
		return -1
	}
	return n
}

// locks are the files below a thread-writer-locks folder that a process has open,
// by device and inode. The error is that its files can't be listed.
func (f procfs) locks(pid int) (map[fileID]bool, error) {
	dir := f.path(pid, "fd")
	names, err := readNames(dir)
	if err != nil {
		return nil, err
	}
	open := map[fileID]bool{}
	for _, name := range names {
		path := filepath.Join(dir, name)
		to, err := os.Readlink(path)
		if err != nil || !strings.Contains(to, "/"+locksFolder+"/") {
			continue
		}
		if info, err := os.Stat(path); err == nil {
			if id, ok := idOf(info); ok {
				open[id] = true
			}
		}
	}
	return open, nil
}

// pids are all processes that can be seen.
func (f procfs) pids() ([]int, error) {
	names, err := readNames(f.root)
	if err != nil {
		return nil, fmt.Errorf("the processes: %w", err)
	}
	var pids []int
	for _, name := range names {
		if n, err := strconv.Atoi(name); err == nil {
			pids = append(pids, n)
		}
	}
	return pids, nil
}

// readNames are the names in a folder, in no order, without a look at each of them.
func readNames(dir string) ([]string, error) {
	d, err := os.Open(dir)
	if err != nil {
		return nil, err
	}
	defer d.Close()
	return d.Readdirnames(-1)
}
