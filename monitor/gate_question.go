package monitor

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// The events of Codex's hooks that the gate is asked at. At all others it lets go on.
const (
	GateRequest = "PreModelRequest"  // before a request to the model leaves
	GatePrompt  = "UserPromptSubmit" // before a turn begins
	GateTool    = "PreToolUse"       // before a tool is run
)

// GateQuestion is what Codex asks: the JSON that it gives a hook on stdin. Nothing of
// it is to be trusted.
type GateQuestion struct {
	Event      string
	Thread     string // that asks: a sub-agent's own
	Root       string // of its run: Codex's session_id, which sub-agents share
	Turn       string
	Transcript string // path of the session file, "" where there is none
	Cwd        string
	Model      string
}

// maxQuestion is the most of a question that is read. A prompt or the input of a tool
// may be megabytes; what is asked about stands before them.
const maxQuestion = 16 << 20

// ReadGateQuestion reads one question. Where the input is no JSON object, ends too
// early or is too long, the error says so, and what could be read of it is given still.
func ReadGateQuestion(r io.Reader) (GateQuestion, error) {
	var q GateQuestion
	limited := &io.LimitedReader{R: r, N: maxQuestion}
	err := q.read(json.NewDecoder(limited))
	if limited.N <= 0 {
		err = fmt.Errorf("longer than %d MiB", maxQuestion>>20)
	}
	q.clean()
	switch {
	case err != nil:
		return q, fmt.Errorf("the hook's input: %w", err)
	case q.Event == "":
		return q, errors.New("the hook's input names no event")
	}
	return q, nil
}

// read takes the fields that are known, in whatever order they come.
func (q *GateQuestion) read(d *json.Decoder) error {
	t, err := d.Token()
	if err != nil {
		return wholeError(err)
	}
	if t != json.Delim('{') {
		return errors.New("not a JSON object")
	}
	for d.More() {
		t, err := d.Token()
		if err != nil {
			return wholeError(err)
		}
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return wholeError(err)
		}
		name, _ := t.(string)
		if into := q.field(name); into != nil {
			var text *string // null is as good as missing
			if err := json.Unmarshal(value, &text); err != nil {
				return fmt.Errorf("%s is not a text", name)
			}
			*into = ""
			if text != nil {
				*into = *text
			}
		}
	}
	_, err = d.Token()
	return wholeError(err)
}

// wholeError says that an input ended too early in words.
func wholeError(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("it ends too early")
	}
	return err
}

func (q *GateQuestion) field(name string) *string {
	switch name {
	case "hook_event_name":
		return &q.Event
	case "session_id":
		return &q.Root
	case "agent_id": // of a sub-agent only, as Codex 0.169 gives it
		return &q.Thread
	case "turn_id":
		return &q.Turn
	case "transcript_path":
		return &q.Transcript
	case "cwd":
		return &q.Cwd
	case "model":
		return &q.Model
	}
	return nil
}

// clean makes what is shown and kept fit for it. Paths are left as they are: a
// cleaned one would be another.
func (q *GateQuestion) clean() {
	q.Event, q.Turn = model.Clean(q.Event, 40), model.Clean(q.Turn, 100)
	q.Thread, q.Root = model.Clean(q.Thread, 100), model.Clean(q.Root, 100)
	if q.Thread == "" {
		q.Thread = q.Root
	}
	q.Model = model.Clean(q.Model, 100)
}
