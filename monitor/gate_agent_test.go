package monitor

import (
	"strings"
	"testing"
)

// Codex 0.169 gives a sub-agent's hook the root's id as session_id, and its own as agent_id:
// counted as the root, its tokens were not counted at all.
func TestASubAgentAsksForItself(t *testing.T) {
	for input, want := range map[string][2]string{
		`{"hook_event_name":"PreModelRequest","session_id":"root"}`:                        {"root", "root"},
		`{"hook_event_name":"PreModelRequest","session_id":"root","agent_id":null}`:        {"root", "root"},
		`{"hook_event_name":"PreModelRequest","session_id":"root","agent_id":"kid"}`:       {"kid", "root"},
		`{"agent_id":"kid\u0007","hook_event_name":"PreModelRequest","session_id":"root"}`: {"kid", "root"},
	} {
		q, err := ReadGateQuestion(strings.NewReader(input))
		if err != nil || q.Thread != want[0] || q.Root != want[1] {
			t.Errorf("%s: thread %q of %q (%v), want %q", input, q.Thread, q.Root, err, want)
		}
	}
}
