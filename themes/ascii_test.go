package themes

import "testing"

func TestPlain(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                       "plain",
		"日本語-docs":                    "??????-docs",
		"\x1b[1m日本\x1b[m · e\u0301\n": "\x1b[1m????\x1b[m ? e\n",
		"x\u0903y":                    "xy",
		"a\u200bb":                    "ab",
	} {
		if got := ASCII().Plain(in); got != want {
			t.Errorf("%q becomes %q, want %q", in, got, want)
		}
		if got := (Glyphs{}).Plain(in); got != in {
			t.Errorf("%q is changed for a terminal that can show it: %q", in, got)
		}
	}
}
