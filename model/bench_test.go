package model

import (
	"fmt"
	"testing"
	"time"
)

// BenchmarkFold folds the events of one response with its tool call, as Codex
// 0.169 writes them, into a thread that goes on and on.
func BenchmarkFold(b *testing.B) {
	for _, detail := range []bool{false, true} {
		b.Run(map[bool]string{false: "usage", true: "detail"}[detail], func(b *testing.B) {
			at := time.Date(2026, 11, 23, 10, 0, 0, 0, time.UTC)
			t := NewThread("", Options{Detail: detail, OneFile: !detail})
			t.Apply(&Event{Kind: EventMeta, Type: "session_meta", At: at, Meta: &Meta{ID: "t", CLIVersion: "0.169.0", OwnOrdinal: -1}})
			t.Apply(&Event{Kind: EventTurnStarted, Type: "event_msg.task_started", At: at, TurnID: "u"})
			t.Apply(&Event{Kind: EventTurnContext, Type: "turn_context", At: at, TurnID: "u", Model: "gpt-5.5"})
			use := Usage{Input: 12_000, Cached: 9_000, Output: 300, Reasoning: 100}
			var sum Usage
			b.ReportAllocs()
			for n := 0; b.Loop(); n++ {
				at, sum = at.Add(3*time.Second), sum.Add(use)
				id := fmt.Sprint(n)
				call := Event{Kind: EventToolCall, Type: "response_item.function_call", At: at, Tool: Tool{CallID: id, Name: "exec_command", Command: "rg -n scan src"}}
				out := Event{Kind: EventToolOutput, Type: "response_item.function_call_output", At: at, Tool: Tool{CallID: id, Output: "ok", HasExit: true}}
				if !detail {
					call.Kind, out.Kind = EventOther, EventOther
				}
				t.Apply(&call)
				t.Apply(&out)
				t.Apply(&Event{Kind: EventRecord, Type: "token_usage_record", At: at, ThreadID: "t", TurnID: "u", ResponseID: id, Usage: use, UsageTotal: use.Total(), ThreadTotal: sum})
				t.Apply(&Event{Kind: EventTokenCount, Type: "event_msg.token_count", At: at, HasInfo: true, HasTotal: true, Total: sum, TotalTokens: sum.Total(), HasLast: true, Last: use, LastTokens: use.Total()})
			}
			if t.Decided[Counted] == 0 || t.Decided[MatchedRecord] != t.Decided[Counted] {
				b.Fatalf("decided %v", t.Decided)
			}
		})
	}
}
