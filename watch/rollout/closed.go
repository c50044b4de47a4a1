package rollout

import "bytes"

// lineStart is what a line begins with, and maxStart the most bytes up to the end
// of its time.
var lineStart = []byte(`{"timestamp":"20`)

const maxStart = 64

// closed says whether a line that begins well, as far as its payload, ends as a
// whole one. Where a writer died inside a line and the next one was appended to it,
// the end alone looks well: then there is a second start in it. (In valid JSON those
// bytes are never inside a string, for there a quote is escaped; where they are a
// nested object's, the slow path finds out.)
func closed(b []byte, payload int) bool {
	n := len(b)
	return b[n-1] == '}' && b[n-2] == '}' && !hasStart(b[payload:])
}

// hasStart says that a line begins in b. It looks for the Z that ends a line's time:
// text and commands have few of them, where a search for a start's own first bytes
// would stop at every brace of the code that most outputs are. Where there are many
// after all, as in base64, it is braces that are few.
func hasStart(b []byte) bool {
	const few = 256 // bytes for each Z
	at := 0
	for n := 0; n <= 4+at/few; n++ {
		i := bytes.IndexByte(b[at:], 'Z')
		if i < 0 {
			return false
		}
		at += i + 1
		if at < len(b) && b[at] == '"' && endsStart(b[:at]) {
			return true
		}
	}
	return bytes.Contains(b[max(0, at-maxStart):], lineStart)
}

// endsStart says that b ends with a line's start and its time.
func endsStart(b []byte) bool {
	b = b[max(0, len(b)-maxStart):]
	i := bytes.LastIndexByte(b, '{')
	return i >= 0 && bytes.HasPrefix(b[i:], lineStart)
}
