package appserver

import (
	"encoding/json"
	"fmt"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// maxFrame bounds one message. Codex's own limit is the same, see its header
// x-codex-websocket-max-unfragmented-message-bytes.
const maxFrame = 16 << 20

// maxText bounds, in bytes, a text of the server that is shown.
const maxText = 400

// request is what we send. Codex wants no "jsonrpc" field.
type request struct {
	ID     int64  `json:"id"`
	Method string `json:"method"`
	Params any    `json:"params"`
}

type notification struct {
	Method string `json:"method"`
}

// reply is an answer to one of our requests.
type reply struct {
	id     int64
	result json.RawMessage
	code   int
	failed string // message of an error; only with isError
	isErr  bool
}

// decode reads one frame. ok is false for what is no answer to us: a
// notification, or a request of the server. An error means that the other side
// does not speak the protocol.
func decode(frame []byte) (r reply, ok bool, err error) {
	var m struct {
		ID     json.RawMessage `json:"id"`
		Method *string         `json:"method"`
		Result json.RawMessage `json:"result"`
		Error  *struct {
			Code    json.RawMessage `json:"code"`
			Message string          `json:"message"`
		} `json:"error"`
	}
	if err := json.Unmarshal(frame, &m); err != nil {
		return reply{}, false, fmt.Errorf("%w: %v", ErrProtocol, err)
	}
	if m.Method != nil {
		return reply{}, false, nil
	}
	if json.Unmarshal(m.ID, &r.id) != nil || r.id <= 0 {
		return reply{}, false, nil // an id that can't be ours
	}
	if m.Error != nil {
		if json.Unmarshal(m.Error.Code, &r.code) != nil {
			r.code = 0 // what is no integer tells nothing
		}
		r.isErr, r.failed = true, model.Clean(m.Error.Message, maxText)
		return r, true, nil
	}
	r.result = m.Result
	return r, true, nil
}
