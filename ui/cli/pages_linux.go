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
// cache, 64 KiB at a time. Only what can't be written to is let go of, so that nothing is lost.
func dropProgram() {
	file, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return
	}
	for line := range strings.Lines(string(maps)) {
		from, length, ok := mappedCode(line, file)
		if ok { // where it fails, the pages stay
			_, _, _ = unix.Syscall(unix.SYS_MADVISE, from, length, unix.MADV_DONTNEED)
		}
	}
}

// mappedCode gives the place of a mapping of a file that can't be written to, by its line in
// /proc/PID/maps (proc_pid_maps(5)).
func mappedCode(line, file string) (from, length uintptr, ok bool) {
	place, rest, _ := strings.Cut(line, " ")
	mode, rest, _ := strings.Cut(rest, " ")
	_, path, _ := strings.Cut(rest, "/")
	if "/"+strings.TrimRight(path, "\n") != file || mode != "r-xp" && mode != "r--p" {
		return 0, 0, false
	}
	first, last, _ := strings.Cut(place, "-")
	a, err := strconv.ParseUint(first, 16, strconv.IntSize)
	if err != nil {
		return 0, 0, false
	}
	b, err := strconv.ParseUint(last, 16, strconv.IntSize)
	if err != nil || b <= a {
		return 0, 0, false
	}
	return uintptr(a), uintptr(b - a), true
}
