package control

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// GateEvents are the moments at which Codex asks the gate, by the names that it
// gives them: before a model request leaves, when a prompt is submitted, and before a
// tool is run.
func GateEvents() []string { return []string{"PreModelRequest", "UserPromptSubmit", "PreToolUse"} }

// GateTimeout is how many seconds Codex waits for the gate, which answers in a few
// hundredths of one. A hook that takes longer is ended, and what it was asked goes ahead.
const GateTimeout = 10

// codexTimeout is what Codex waits for a hook that names no time.
const codexTimeout = 600

// GateCommand is how the gate is called.
type GateCommand struct {
	Program string   // absolute path
	Args    []string // after the word gate
}

// Line is the command as it stands in Codex's configuration. Codex gives it to the
// user's shell as one line ($SHELL -lc LINE; cmd /C on Windows), so that words are
// quoted. "exec" puts the gate in the shell's place, so that a hook that is ended
// leaves no process behind. A word that no shell can be told (one with a NUL byte) is an error.
func (c GateCommand) Line() (string, error) {
	words := append([]string{c.Program, "gate"}, c.Args...)
	if runtime.GOOS == "windows" {
		return cmdLine(words)
	}
	for i, w := range words {
		q, err := syntax.Quote(w, syntax.LangPOSIX)
		if err != nil {
			return "", fmt.Errorf("%q can't be written as a word of a command line: %w", w, err)
		}
		words[i] = q
	}
	return "exec " + strings.Join(words, " "), nil
}

// ParseGate takes a hook's command line apart, and says whether it calls the gate of
// this program, and nothing else: a line that does more is somebody's own.
func ParseGate(line string) (GateCommand, bool) {
	words, ok := plainWords(line)
	if ok && len(words) > 0 && words[0] == "exec" {
		words = words[1:]
	}
	if !ok || len(words) < 2 || words[1] != "gate" {
		return GateCommand{}, false
	}
	name := strings.TrimSuffix(strings.ToLower(filepath.Base(words[0])), ".exe")
	if name != "tokenburn" && !strings.HasPrefix(name, "tokenburn-") {
		return GateCommand{}, false
	}
	return GateCommand{Program: words[0], Args: words[2:]}, true
}

// plainWords gives the words of a line that is one command without expansions.
func plainWords(line string) ([]string, bool) {
	if runtime.GOOS == "windows" {
		return cmdWords(line)
	}
	f, err := syntax.NewParser(syntax.Variant(syntax.LangPOSIX)).Parse(strings.NewReader(line), "")
	if err != nil || len(f.Stmts) != 1 {
		return nil, false
	}
	s := f.Stmts[0]
	call, ok := s.Cmd.(*syntax.CallExpr)
	if !ok || s.Negated || s.Background || len(s.Redirs) > 0 || len(call.Assigns) > 0 {
		return nil, false
	}
	var words []string
	for _, w := range call.Args {
		text, ok := plainParts(w.Parts)
		if !ok {
			return nil, false
		}
		words = append(words, text)
	}
	return words, true
}

func plainParts(parts []syntax.WordPart) (string, bool) {
	var b strings.Builder
	for _, part := range parts {
		switch p := part.(type) {
		case *syntax.Lit:
			b.WriteString(unescape(p.Value, ""))
		case *syntax.SglQuoted:
			b.WriteString(p.Value)
		case *syntax.DblQuoted:
			for _, inner := range p.Parts {
				lit, ok := inner.(*syntax.Lit)
				if !ok {
					return "", false
				}
				b.WriteString(unescape(lit.Value, "$`\"\\\n"))
			}
		default:
			return "", false
		}
	}
	return b.String(), true
}

// unescape takes a backslash away before any of those signs; "" is before every sign.
func unescape(s, before string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && (before == "" || strings.IndexByte(before, s[i+1]) >= 0) {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// handler is one hook as it is written down.
type handler struct {
	Type    string `json:"type" toml:"type"`
	Command string `json:"command" toml:"command"`
	Timeout *int64 `json:"timeout,omitempty" toml:"timeout,omitempty"`
	Async   bool   `json:"async,omitempty" toml:"async,omitempty"`
	Status  string `json:"statusMessage,omitempty" toml:"statusMessage,omitempty"`
}

// hookGroup is some hooks of one event.
type hookGroup struct {
	Matcher *string   `json:"matcher,omitempty" toml:"matcher,omitempty"`
	Hooks   []handler `json:"hooks" toml:"hooks"`
}

// calls says that a hook is a command that calls the gate.
func (h handler) calls() bool {
	if h.Type != "command" {
		return false
	}
	_, ok := ParseGate(h.Command)
	return ok
}

// is says that a hook is just what would be put down for a line.
func (h handler) is(line string) bool {
	return h.Type == "command" && h.Command == line && !h.Async && h.Timeout != nil && *h.Timeout == GateTimeout
}

func gateHandler(line string) handler {
	seconds := int64(GateTimeout)
	return handler{Type: "command", Command: line, Timeout: &seconds}
}

// hash is what Codex knows a hook's definition by, and what it keeps of one that was
// trusted: SHA-256 of the event, the matcher and the hook as JSON, keys in order.
// Found out by comparing with what Codex 0.169's hooks/list reports.
func (h handler) hash(event string, matcher *string) string {
	timeout := int64(codexTimeout)
	if h.Timeout != nil {
		timeout = max(1, *h.Timeout)
	}
	one := map[string]any{"type": "command", "command": h.Command, "timeout": timeout, "async": h.Async}
	if h.Status != "" {
		one["statusMessage"] = h.Status
	}
	all := map[string]any{"event_name": eventKey(event), "hooks": []any{one}}
	if matcher != nil && event != "UserPromptSubmit" {
		all["matcher"] = *matcher
	}
	sum := sha256.Sum256([]byte(compactJSON(all)))
	return "sha256:" + hex.EncodeToString(sum[:])
}

// hookKey names a hook by its place, as Codex does in hooks.state.
func hookKey(file, event string, group, index int) string {
	return fmt.Sprintf("%s:%s:%d:%d", file, eventKey(event), group, index)
}

// eventKey writes an event's name as Codex's keys do: pre_model_request.
func eventKey(event string) string {
	var b strings.Builder
	for i, r := range event {
		if r >= 'A' && r <= 'Z' {
			if i > 0 {
				b.WriteByte('_')
			}
			r += 'a' - 'A'
		}
		b.WriteRune(r)
	}
	return b.String()
}

// compactJSON writes a value on one line, keys of maps in order, and no sign escaped
// that needs not be.
func compactJSON(v any) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return ""
	}
	s := strings.TrimSuffix(b.String(), "\n")
	return strings.NewReplacer(`\u2028`, "\u2028", `\u2029`, "\u2029").Replace(s)
}

// isGateEvent says that the gate is asked at an event.
func isGateEvent(event string) bool { return slices.Contains(GateEvents(), event) }
