package budget

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// identity is a hash that two equal things share.
type identity [16]byte

func identify(parts ...string) identity {
	h := sha256.New()
	for _, p := range parts {
		h.Write([]byte(p))
		h.Write([]byte{0})
	}
	return identity(h.Sum(nil)[:16])
}

// callIdentity is what makes two calls the same: the tool, its arguments with
// sorted keys, its command with white space made one, and the folder.
func callIdentity(c *model.Call) identity {
	if c.Command != "" {
		return identify("command", strings.Join(strings.Fields(c.Command), " "), c.Cwd)
	}
	args := c.Args
	if strings.HasPrefix(strings.TrimSpace(args), "{") {
		var v any
		if json.Unmarshal([]byte(args), &v) == nil {
			if sorted, err := json.Marshal(v); err == nil {
				args = string(sorted)
			}
		}
	}
	return identify(c.Name, strings.Join(strings.Fields(args), " "), c.Cwd)
}

// shortOutput is the length up to which an output's numbers are its content: of
// "17" and "42" the difference is all there is.
const shortOutput = 48

// outputIdentity is what makes two outputs the same, with numbers, hex ids,
// timestamps and durations masked. Where light is set, numbers count: the
// progress of what is waited for is told in them.
func outputIdentity(c *model.Call, light bool) identity {
	text := outputBody(c.Output)
	masked := mask(text, !light && len(text) > shortOutput)
	exit := "?"
	if c.HasExit {
		exit = "0"
		if c.ExitCode != 0 {
			exit = "1"
		}
	}
	return identify(masked, exit)
}

// outputBody is an output without the lines that Codex puts before it.
func outputBody(out string) string {
	for rest := out; rest != ""; {
		line, after, _ := strings.Cut(rest, "\n")
		switch {
		case line == "Output:":
			return after
		case strings.HasPrefix(line, "Exit code: "), strings.HasPrefix(line, "Process exited with code "), strings.HasPrefix(line, "Wall time"),
			strings.HasPrefix(line, "Chunk ID: "), strings.HasPrefix(line, "Total output lines: "), strings.HasPrefix(line, "Original token count: "),
			strings.HasPrefix(line, "Process running with session ID "), strings.HasPrefix(line, "Script completed"),
			strings.HasPrefix(line, "Script failed"), strings.HasPrefix(line, "Script running"):
			rest = after
		default:
			return rest
		}
	}
	return ""
}

// running says that a call's program still runs and gave only what it had so far.
func running(out string) bool {
	head := out[:min(len(out), 400)]
	return strings.Contains(head, "Process running with session ID ") || strings.HasPrefix(head, "Script running")
}

// shortHash is a hash that exceptions are named by.
func shortHash(parts ...string) string {
	id := identify(parts...)
	var b bytes.Buffer
	const hex = "0123456789abcdef"
	for _, c := range id[:5] {
		b.WriteByte(hex[c>>4])
		b.WriteByte(hex[c&15])
	}
	return b.String()
}
