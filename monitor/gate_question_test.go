package monitor

import (
	"fmt"
	"strings"
	"testing"
)

func TestReadGateQuestion(t *testing.T) {
	const whole = `{"session_id":"s","turn_id":"t","cwd":"/w","transcript_path":"/p","model":"gpt-5.5","hook_event_name":"PreModelRequest"}`
	all := GateQuestion{Event: GateRequest, Thread: "s", Root: "s", Turn: "t", Cwd: "/w", Transcript: "/p", Model: "gpt-5.5"}
	for _, c := range []struct {
		name, input string
		want        GateQuestion
		err         string
	}{
		{"whole", whole, all, ""},
		{"with more", strings.Replace(whole, "{", `{"permission_mode":{"a":[1,2,{}]},"tool_input":{"command":"rm"},`, 1), all, ""},
		{"no transcript", `{"session_id":"s","transcript_path":null,"hook_event_name":"UserPromptSubmit"}`, GateQuestion{Event: GatePrompt, Thread: "s", Root: "s"}, ""},
		{"cut", whole[:len(whole)-20], GateQuestion{Thread: "s", Root: "s", Turn: "t", Cwd: "/w", Transcript: "/p", Model: "gpt-5.5"}, "too early"},
		{"empty", "", GateQuestion{}, "too early"},
		{"a list", "[]", GateQuestion{}, "not a JSON object"},
		{"no JSON", "<html>", GateQuestion{}, "invalid character"},
		{"a number for an id", `{"session_id":7,"hook_event_name":"Stop"}`, GateQuestion{}, "not a text"},
		{"no event", `{"session_id":"s"}`, GateQuestion{Thread: "s", Root: "s"}, "no event"},
		{"escapes", `{"session_id":"s\u001b[2J","hook_event_name":"Stop\u0007"}`, GateQuestion{Event: "Stop", Thread: "s", Root: "s"}, ""},
	} {
		got, err := ReadGateQuestion(strings.NewReader(c.input))
		if got != c.want || (err == nil) != (c.err == "") || err != nil && !strings.Contains(err.Error(), c.err) {
			t.Errorf("%s: %+v, %v", c.name, got, err)
		}
	}
}

// Ten megabytes of a prompt are read over; more than sixteen are refused, and what
// stands before them is known.
func TestReadLongGateQuestion(t *testing.T) {
	for size, want := range map[int]string{10 << 20: "", 20 << 20: "longer than 16 MiB"} {
		input := fmt.Sprintf(`{"session_id":"s","hook_event_name":"UserPromptSubmit","prompt":%q,"model":"m"}`, strings.Repeat("x", size))
		q, err := ReadGateQuestion(strings.NewReader(input))
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) || q.Thread != "s" || q.Event != GatePrompt {
			t.Errorf("%d bytes: %+v, %v", size, q, err)
		}
	}
}

// FuzzHookInput looks for input that makes the gate fail in any other way than with an
// error, or lets through what would be shown raw.
func FuzzHookInput(f *testing.F) {
	for _, s := range []string{`{"session_id":"s","hook_event_name":"PreModelRequest","transcript_path":"/a/b"}`, `{"session_id":null}`, `{"a":`, `[{}]`, "\xff\xfe{}",
		`{"session_id":"\ud800","agent_id":"x"}`, `{"hook_event_name":"a","hook_event_name":"b"}`, strings.Repeat(`{"a":`, 100), `{"tool_input":{"x":[[[[1e999]]]]}}`} {
		f.Add([]byte(s))
	}
	homes := []string{f.TempDir()}
	f.Fuzz(func(t *testing.T, input []byte) {
		q, err := ReadGateQuestion(strings.NewReader(string(input)))
		if err == nil && q.Event == "" {
			t.Error("a question without an event")
		}
		for _, text := range []string{q.Event, q.Thread, q.Root, q.Turn, q.Model} {
			if strings.ContainsAny(text, "\x00\x07\x1b\n\r") || len(text) > 200 {
				t.Errorf("not clean: %q", text)
			}
		}
		if at, err := sessionFile(homes, q.Thread, q.Transcript); err == nil && (at.there || at.home != homes[0]) {
			t.Errorf("a file of %q at %+v", q.Thread, at)
		}
	})
}
