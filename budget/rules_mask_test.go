package budget

import (
	"strings"
	"testing"
)

func TestMask(t *testing.T) {
	for _, c := range []struct{ in, light, all string }{
		{"done in 3.21s", "done in #", "done in #"},
		{"12 of 40 files", "12 of 40 files", "# of # files"},
		{"at 2026-11-23T10:20:30.5Z: x", "at # x", "at # x"},
		{"2026-11-23 10:20", "# #", "# #"},
		{"pid 0x1f2e a1b2c3d4e5 cafe", "pid # # cafe", "pid # # cafe"},
		{"01a207fd-6958-7523-a2fa-3894102456d3 x", "# x", "# x"},
		{"Wall time: 980 ms\n\n  next", "Wall time: # next", "Wall time: # next"},
		{"test_3a and v1.2.3", "test_3a and v1.2.3", "test_#a and v#.#"},
		{"5 mice", "5 mice", "# mice"},
		{"[12/90] cc a.c", "[12/90] cc a.c", "[#/#] cc a.c"},
		{"", "", ""},
		{"  \n", "", ""},
		{"häuser 7", "häuser 7", "häuser #"},
	} {
		if got := mask(c.in, false); got != c.light {
			t.Errorf("%q light: %q, want %q", c.in, got, c.light)
		}
		if got := mask(c.in, true); got != c.all {
			t.Errorf("%q: %q, want %q", c.in, got, c.all)
		}
	}
}

// Masking never fails, never grows a text, and leaves no digit where all go.
func FuzzMask(f *testing.F) {
	for _, s := range []string{"", "1:2.3,4 ms", "0x", "\xff9", "12345678-", strings.Repeat("a1", 40)} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if got := mask(s, true); len(got) > len(s) || strings.ContainsAny(got, "0123456789") {
			t.Errorf("%q: %q", s, got)
		}
		if got := mask(s, false); len(got) > len(s) {
			t.Errorf("%q: %q", s, got)
		}
	})
}
