package cli

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestMappedCode(t *testing.T) {
	const file = "/usr/local/bin/token burn"
	for line, want := range map[string][2]uintptr{
		"00400000-00d92000 r-xp 00000000 fe:00 1234 /usr/local/bin/token burn\n":                 {0x400000, 0x992000},
		"00d92000-0164a000 r--p 00992000 fe:00 1234                 /usr/local/bin/token burn\n": {0xd92000, 0x8b8000},
		"0164a000-01714000 rw-p 0124a000 fe:00 1234 /usr/local/bin/token burn\n":                 {},
		"7f6f65a10000-7f6f66300000 r--p 00000000 00:00 0 \n":                                     {},
		"7ffe3c04a000-7ffe3c04c000 r-xp 00000000 00:00 0 [vdso]\n":                               {},
		"00400000-00d92000 r-xp 00000000 fe:00 1234 /usr/local/bin/other\n":                      {},
		"x-y r-xp 00000000 fe:00 1234 /usr/local/bin/token burn\n":                               {},
		"": {},
	} {
		from, length, ok := mappedCode(line, file)
		if from != want[0] || length != want[1] || ok != (want[1] > 0) {
			t.Errorf("%q: %x, %x, %v", line, from, length, ok)
		}
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
