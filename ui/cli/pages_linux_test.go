package cli

import (
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

func TestMappedCode(t *testing.T) {
	const smaps = `00400000-00d92000 r-xp 00000000 fe:00 1234 /usr/local/bin/token burn
Size:               9800 kB
Anonymous:             0 kB
VmFlags: rd ex mr mw me
00d92000-0164a000 r--p 00992000 fe:00 1234                 /usr/local/bin/token burn
Rss:                4000 kB
Anonymous:             0 kB
0164a000-0170a000 r--p 0124a000 fe:00 1234                 /usr/local/bin/token burn
Anonymous:           768 kB
0170a000-01714000 rw-p 0130a000 fe:00 1234 /usr/local/bin/token burn
Anonymous:             0 kB
01714000-01715000 r-xp 00000000 fe:00 1234 /usr/local/bin/other
Anonymous:             0 kB
7f6f65a10000-7f6f66300000 r--p 00000000 00:00 0 
Anonymous:             0 kB
x-y r-xp 00000000 fe:00 1234 /usr/local/bin/token burn
Anonymous:             0 kB
02000000-02001000 r-xp 00000000 fe:00 1234 /usr/local/bin/token burn
7ffe3c04a000-7ffe3c04c000 r-xp 00000000 00:00 0 [vdso]
Anonymous:             0 kB
`
	want := []mapping{{0x400000, 0x992000}, {0xd92000, 0x8b8000}}
	if got := mappedCode(smaps, "/usr/local/bin/token burn"); !slices.Equal(got, want) {
		t.Errorf("%x, want %x", got, want)
	}
}

// The program goes on after its pages were let go of, with fewer of them.
func TestDropProgram(t *testing.T) {
	before := mappedKiB(t)
	dropProgram()
	if after := mappedKiB(t); after >= before {
		t.Errorf("%d KiB of files are mapped, before it were %d", after, before)
	}
}

func mappedKiB(t *testing.T) int {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Skip(err)
	}
	_, rest, _ := strings.Cut(string(status), "RssFile:")
	n, err := strconv.Atoi(strings.TrimSpace(rest[:strings.Index(rest, "kB")]))
	if err != nil {
		t.Fatal(err)
	}
	return n
}
