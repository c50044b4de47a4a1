package cli

import (
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// dropProgram lets go of the pages of the program's own file that are mapped: reading
// history, filling the ledger and drawing the first frame touched nearly all of its 20 MB, and
// a screen at rest needs a third of them. What is needed again comes back out of the page
// cache, 64 KiB at a time. Only what can't be written to and is as the file has it is let go
// of, so that nothing is lost: the loader of a program that can lie anywhere in memory (-buildmode=pie)
// writes addresses into pages that are locked afterwards, and a debugger its breakpoints.
func dropProgram() {
	file, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return
	}
	for _, m := range mappedCode(string(maps), file) { // where it fails, the pages stay
		_, _, _ = unix.Syscall(unix.SYS_MADVISE, m.from, m.length, unix.MADV_DONTNEED)
	}
}

// mapping is a stretch of the address space, in bytes.
type mapping struct{ from, length uintptr }

// mappedCode gives the mappings of a file that can't be written to and have no page of their
// own, out of /proc/PID/smaps (proc_pid_smaps(5)).
func mappedCode(smaps, file string) []mapping {
	var out []mapping
	var at mapping
	for line := range strings.Lines(smaps) {
		name, rest, _ := strings.Cut(strings.TrimRight(line, "\n"), " ")
		switch {
		case name == "Anonymous:":
			if at.length > 0 && strings.TrimSpace(rest) == "0 kB" {
				out = append(out, at)
			}
			at = mapping{}
		case !strings.HasSuffix(name, ":"):
			at = readOnly(name, rest, file)
		}
	}
	return out
}

// readOnly gives the mapping of a line with a place, where it is one of the file that can't be written to.
func readOnly(place, rest, file string) mapping {
	mode, rest, _ := strings.Cut(rest, " ")
	_, path, _ := strings.Cut(rest, "/")
	if "/"+path != file || mode != "r-xp" && mode != "r--p" {
		return mapping{}
	}
	first, last, _ := strings.Cut(place, "-")
	from, err := strconv.ParseUint(first, 16, strconv.IntSize)
	if err != nil {
		return mapping{}
	}
	to, err := strconv.ParseUint(last, 16, strconv.IntSize)
	if err != nil || to <= from {
		return mapping{}
	}
	return mapping{uintptr(from), uintptr(to - from)}
}
