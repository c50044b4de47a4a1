package codextest

import (
	"encoding/json"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Script is what the model answers in one turn, request by request. After its
// last step the model says "done", which ends the turn.
type Script []Step

// Step is the answer to one model request. What is set happens in this order:
// Errors and Cuts first, one for each attempt, then Gate, Delay, Stream, the
// answer's items, and its usage. The zero Step answers with no item at all.
type Step struct {
	Errors []int // HTTP statuses that the first attempts get; 429 comes with retry-after
	Cuts   int   // attempts after those whose stream is cut after a first delta

	Gate   <-chan struct{} // waits for this to be closed or sent to, or for the client to go
	Delay  time.Duration   // before the response's headers
	Stream time.Duration   // spread over Deltas text deltas before the items
	Deltas int             // 0 is 20, where Stream is set
	Begun  chan<- struct{} // gets a value when the first delta is out, if it has room

	Reasoning string // a reasoning item with this summary
	WebSearch string // a web search call with this query
	Calls     []Call
	Text      string // an assistant message; a step without calls and with a text ends the turn

	Failed     *Failure // the stream ends with response.failed, which carries no usage
	Incomplete string   // the stream ends with response.incomplete for this reason

	Usage   *model.Usage // exact usage; nil is made up from Input and the thread's count
	Input   model.Tokens // input tokens of the made-up usage; 0 grows with every response
	NoUsage bool         // the response completes and reports no usage

	Loop bool // repeat this step for ever; only for the last one
}

// Failure is the error of a failed response.
type Failure struct{ Code, Message string }

// Call is a tool call. Args is what the tool takes: a value that is marshalled
// for a function, the text itself for a custom tool.
//
// In Args the texts @AGENT and @SESSION stand for the newest agent id and the
// newest shell session that earlier outputs of the thread named.
type Call struct {
	Name      string
	Namespace string
	Custom    bool
	Args      any
}

// Shell calls Codex's shell tool; gpt-5.5 has it.
func Shell(command string) Call {
	return Call{Name: "exec_command", Args: map[string]any{"cmd": command}}
}

// Patch calls apply_patch with a patch's text; gpt-5.5 has it.
func Patch(text string) Call { return Call{Name: "apply_patch", Custom: true, Args: text} }

// Code calls the code-mode tool with JavaScript; every catalogue model but gpt-5.5 has only it.
func Code(script string) Call { return Call{Name: "exec", Custom: true, Args: script} }

// Spawn starts a sub-agent in multi-agent version 1 (gpt-5.5). With fork its
// file begins with a copy of the parent's history.
func Spawn(prompt string, fork bool) Call {
	args := map[string]any{"message": prompt}
	if fork {
		args["fork_context"] = true
	}
	return Call{Name: "spawn_agent", Namespace: "multi_agent_v1", Args: args}
}

// Wait waits for the newest sub-agent in multi-agent version 1.
func Wait() Call {
	return Call{Name: "wait_agent", Namespace: "multi_agent_v1", Args: map[string]any{
		"targets": []string{"@AGENT"}, "timeout_ms": 30_000}}
}

// Collaborate starts a sub-agent in multi-agent version 2 (the code-mode
// models). Turns is "none" or "all", how much of the parent's history it copies.
func Collaborate(task, prompt, turns string) Call {
	return Call{Name: "spawn_agent", Namespace: "collaboration", Args: map[string]any{
		"task_name": task, "message": prompt, "fork_turns": turns}}
}

// Await waits for the sub-agents in multi-agent version 2.
func Await() Call {
	return Call{Name: "wait_agent", Namespace: "collaboration", Args: map[string]any{"timeout_ms": 20_000}}
}

// Prompt is a prompt that chooses a script: its words, then a tag that the
// server looks for in the thread's newest user message.
func Prompt(words, script string) string { return words + " [[script:" + script + "]]" }

// arguments gives Args as the wire wants them.
func (c Call) arguments() (string, error) {
	if text, ok := c.Args.(string); ok && c.Custom {
		return text, nil
	}
	b, err := json.Marshal(c.Args)
	return string(b), err
}

// step gives the answer to the request number n of a turn.
func (s Script) step(n int) Step {
	switch {
	case n < len(s):
		return s[n]
	case len(s) > 0 && s[len(s)-1].Loop:
		return s[len(s)-1]
	}
	return Step{Text: "done"}
}
