package codextest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// Has says that below the server runs a process for each command, given as its
// arguments joined by spaces.
func (s *AppServer) Has(t testing.TB, commands ...string) bool {
	t.Helper()
	running := below(s.PID)
	for _, c := range commands {
		if !running[c] {
			return false
		}
	}
	return true
}

// below are the arguments of all processes that a process started, and those started.
// One whose parent died in between is not found: it belongs to the first process then.
func below(pid int) map[string]bool {
	parents, commands := map[int]int{}, map[int]string{}
	dirs, _ := filepath.Glob("/proc/[0-9]*") // the pattern is well formed
	for _, dir := range dirs {
		n, _ := strconv.Atoi(filepath.Base(dir))
		stat, err := os.ReadFile(filepath.Join(dir, "stat"))
		args, err2 := os.ReadFile(filepath.Join(dir, "cmdline"))
		if err != nil || err2 != nil {
			continue // it ended
		}
		fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
		parents[n], _ = strconv.Atoi(fields[1])
		commands[n] = strings.ReplaceAll(strings.TrimRight(string(args), "\x00"), "\x00", " ")
	}
	found := map[string]bool{}
	for n, command := range commands {
		for at, hops := n, 0; at > 1 && hops < 1000; at, hops = parents[at], hops+1 {
			if at == pid && n != pid {
				found[command] = true
			}
		}
	}
	return found
}
