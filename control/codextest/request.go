package codextest

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"regexp"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// request is what the server needs to know of one model request.
type request struct {
	Model     string                  `json:"model"`
	Tier      string                  `json:"service_tier"`
	Reasoning struct{ Effort string } `json:"reasoning"`
	Input     []json.RawMessage       `json:"input"`

	thread, session, parent, turn string
	kind                          string
	script                        string
}

// maxRequest bounds a request's body after decompression.
const maxRequest = 256 << 20

func readRequest(r *http.Request) (*request, error) {
	var body io.Reader = r.Body
	if r.Header.Get("Content-Encoding") == "zstd" {
		z, err := zstd.NewReader(r.Body)
		if err != nil {
			return nil, fmt.Errorf("zstd body: %w", err)
		}
		defer z.Close()
		body = z
	}
	req := &request{kind: "turn"}
	if err := json.NewDecoder(io.LimitReader(body, maxRequest)).Decode(req); err != nil {
		return nil, fmt.Errorf("request body: %w", err)
	}
	var meta struct {
		ThreadID    string `json:"thread_id"`
		TurnID      string `json:"turn_id"`
		RequestKind string `json:"request_kind"`
	}
	if h := r.Header.Get("X-Codex-Turn-Metadata"); h != "" {
		if err := json.Unmarshal([]byte(h), &meta); err != nil {
			return nil, fmt.Errorf("x-codex-turn-metadata: %w", err)
		}
	}
	req.thread = first(r.Header.Get("Thread-Id"), meta.ThreadID)
	req.session = r.Header.Get("Session-Id")
	req.parent = r.Header.Get("X-Codex-Parent-Thread-Id")
	req.turn = meta.TurnID
	if meta.RequestKind != "" && meta.RequestKind != "turn" || strings.HasSuffix(r.URL.Path, "/compact") {
		req.kind = "compaction"
	}
	req.script = req.chosenScript()
	return req, nil
}

var scriptTag = regexp.MustCompile(`\[\[script:([\w.-]+)\]\]`)

// chosenScript is the tag of the newest message that has one: the user's, or
// the one that a parent sent to its sub-agent.
func (r *request) chosenScript() string {
	name := ""
	for _, raw := range r.Input {
		var item struct{ Type, Role string }
		if json.Unmarshal(raw, &item) != nil {
			continue
		}
		message := item.Role == "user" && (item.Type == "" || item.Type == "message")
		if !message && item.Type != "agent_message" {
			continue
		}
		if tags := scriptTag.FindAllSubmatch(raw, -1); tags != nil {
			name = string(tags[len(tags)-1][1])
		}
	}
	return name
}

// hasItem says that the input holds an item of this type.
func (r *request) hasItem(kind string) bool {
	for _, raw := range r.Input {
		var item struct{ Type string }
		if json.Unmarshal(raw, &item) == nil && item.Type == kind {
			return true
		}
	}
	return false
}

var (
	agentID   = regexp.MustCompile(`agent_id\\*"\s*:\s*\\*"([0-9a-f-]{36})`)
	sessionID = regexp.MustCompile(`session ID (\d+)`)
)

// fill puts what earlier outputs named in the place of @AGENT and "@SESSION".
func (r *request) fill(args string) string {
	for _, p := range []struct {
		mark string
		in   *regexp.Regexp
	}{{"@AGENT", agentID}, {`"@SESSION"`, sessionID}} {
		if !strings.Contains(args, p.mark) {
			continue
		}
		found := "0"
		for _, raw := range r.Input {
			if m := p.in.FindAllSubmatch(raw, -1); m != nil {
				found = string(m[len(m)-1][1])
			}
		}
		args = strings.ReplaceAll(args, p.mark, found)
	}
	return args
}

func first(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}
