package rollout

import "bytes"

// Glued splits a bad line at each place where another line begins inside it: a
// writer that died in the middle of a line leaves its first half, and the next
// writer's line follows without a newline. It returns nil where nothing begins
// inside. In valid JSON these bytes cannot stand inside a string, where every
// quote is escaped, so that quoted session lines are never taken for real ones.
// The pieces are parts of b; the first may be half a line.
func Glued(b []byte) [][]byte {
	begin := []byte(`{"timestamp":"`)
	var pieces [][]byte
	from := 0
	for {
		i := bytes.Index(b[min(from+1, len(b)):], begin)
		if i < 0 {
			break
		}
		next := from + 1 + i
		pieces = append(pieces, b[from:next])
		from = next
	}
	if from == 0 {
		return nil
	}
	return append(pieces, b[from:])
}
