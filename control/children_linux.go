package control

import (
	"maps"
	"slices"
)

// family is what processes started, as it was at one moment.
type family struct {
	proc procfs
	all  map[int]seen
	kids map[int][]int
}

// family reads who started whom among all processes that can be seen.
func (c *Control) family() family {
	f := family{proc: c.proc(), all: map[int]seen{}, kids: map[int][]int{}}
	pids, err := f.proc.pids()
	if err != nil {
		return f
	}
	for _, pid := range pids {
		s, err := f.proc.stat(pid)
		if err != nil {
			continue
		}
		f.all[pid] = s
		f.kids[s.PPID] = append(f.kids[s.PPID], pid)
	}
	return f
}

// below are the processes that one started, and those that they started, outermost
// first. They are found by who started whom: the commands of a run are sessions and
// process groups of their own. Left out is what stands for itself: a Codex that holds
// threads, or is a server, with all that it started; and what has ended.
func (f family) below(pid int) []Process {
	var found []Process
	seen := map[int]bool{pid: true}
	for level := []int{pid}; len(level) > 0; {
		var next []int
		for _, p := range level {
			for _, kid := range f.kids[p] {
				if seen[kid] || f.all[kid].Dead {
					continue
				}
				seen[kid] = true
				s, err := f.proc.process(kid)
				if err != nil || s.Dead || s.Ticks != f.all[kid].Ticks || f.standsAlone(s) {
					continue
				}
				next = append(next, kid)
				found = append(found, s.Process)
			}
		}
		slices.Sort(next)
		level = next
	}
	return found
}

// standsAlone says that a process is a Codex with runs of its own.
func (f family) standsAlone(s seen) bool {
	if !isCodex(s.Exe) {
		return false
	}
	if kind, _ := kindOf(s.Args); kind == Server || kind == Unproved {
		return true
	}
	open, err := f.proc.locks(s.PID)
	return err != nil || len(open) > 0
}

// descendants are what a process started and what lives.
func (c *Control) descendants(pid int) []Process { return c.family().below(pid) }

// survivors are those of some processes that still live, with what they started since.
// Where their Codex lives on, its own companions (the code-mode host, MCP servers) stay
// with it: only what is a session of its own, as commands are, was left behind.
func (c *Control) survivors(owner Process, before []Process) []Process {
	f := c.family()
	session, ownerLives := f.all[owner.PID].Session, c.lives(owner)
	alive := map[int]Process{}
	for _, p := range before {
		if !c.lives(p) {
			continue
		}
		if s, err := f.proc.process(p.PID); err == nil && s.Ticks == p.Ticks {
			p = s.Process // a shell may have become its command since
		}
		alive[p.PID] = p
		for _, q := range f.below(p.PID) {
			alive[q.PID] = q
		}
	}
	var left []Process
	for _, pid := range slices.Sorted(maps.Keys(alive)) {
		if !ownerLives || f.all[pid].Session != session {
			left = append(left, alive[pid])
		}
	}
	return left
}
