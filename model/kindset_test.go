package model_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// This file turns the scripts in testdata/kinds (see README.md there) into session
// files in the layouts that Codex writes, and their labels.

// labelled is one session of the set.
type labelled struct {
	name, style, cwd, branch, source string
	id                               string
	lines                            [][]byte
	labels                           []label

	now      time.Time
	ordinal  int
	turn     string
	turns    int
	calls    int
	tokens   int64
	session  string // the newest command's session id, for polling
	batch    []item // calls of the script of code mode that is open
	inScript bool
	last     *item
}

// label is what a call is, by hand; the first kind is the likelier one.
type label struct {
	id, text string
	kinds    []model.Kind
}

// item is one call of the script.
type item struct {
	what, text string
	exit       int
	output     string
	label      string
}

var letters = map[string]model.Kind{"R": model.KindResearch, "E": model.KindEdit, "T": model.KindTest, "V": model.KindReview,
	"M": model.KindMigration, "D": model.KindDocumentation, "O": model.KindOther}

// readSet reads one half of the set.
func readSet(t testing.TB, name string) (set []*labelled) {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("..", "testdata", "kinds", name+".txt"))
	if err != nil {
		t.Fatal(err)
	}
	in := bufio.NewScanner(bytes.NewReader(text))
	in.Buffer(nil, 1<<20)
	var s *labelled
	var open *item // a command or patch of several lines
	var body []string
	for n := 1; in.Scan(); n++ {
		line := in.Text()
		switch {
		case open != nil && line == ".":
			open.text = strings.Join(body, "\n")
			s.add(*open)
			open, body = nil, nil
		case open != nil:
			body = append(body, line)
		case strings.HasPrefix(line, "@session "):
			if s != nil {
				s.finish()
			}
			s = newLabelled(name, len(set), strings.Fields(line)[1:])
			set = append(set, s)
		case line == "" || strings.HasPrefix(line, "#"):
		case strings.HasPrefix(line, "> "):
			s.prompt(line[2:])
		case strings.HasPrefix(line, "= "):
			s.answer(line[2:])
		case strings.HasPrefix(line, "| "):
			s.last.output += line[2:] + "\n"
		case line == "{":
			s.flush()
			s.inScript = true
		case line == "}":
			s.flush()
			s.inScript = false
		default:
			it, more := parseItem(t, name, n, line)
			if more {
				open = &it
			} else {
				s.add(it)
			}
		}
	}
	s.finish()
	return set
}

func parseItem(t testing.TB, name string, n int, line string) (it item, more bool) {
	t.Helper()
	lab, rest, _ := strings.Cut(line, " ")
	it.label = lab
	if strings.HasPrefix(rest, "!") {
		code, after, _ := strings.Cut(rest[1:], " ")
		fmt.Sscan(code, &it.exit)
		rest = after
	}
	it.what, it.text, _ = strings.Cut(rest, " ")
	for _, l := range strings.Split(lab, "/") {
		if _, ok := letters[l]; !ok {
			t.Fatalf("%s.txt:%d: label %q", name, n, lab)
		}
	}
	switch it.what {
	case "$$":
		it.what = "$"
		return it, true
	case "%":
		return it, true
	case "$", "?", "@", "plan", "image", "stdin":
		return it, false
	}
	t.Fatalf("%s.txt:%d: %q", name, n, it.what)
	return it, false
}

func newLabelled(half string, number int, words []string) *labelled {
	s := &labelled{name: words[0], style: "169", branch: "main", source: "cli"}
	for _, w := range words[1:] {
		k, v, _ := strings.Cut(w, "=")
		switch k {
		case "style":
			s.style = v
		case "cwd":
			s.cwd = v
		case "branch":
			s.branch = v
		case "source":
			s.source = v
		}
	}
	s.now = time.Date(2026, 10, 1+number, 9, 0, 0, 0, time.UTC)
	if s.old() {
		s.now = s.now.AddDate(-1, 0, 0)
	}
	kind := byte('a')
	if half == "heldout" {
		kind = 'b'
	}
	s.id = fmt.Sprintf("%08x-%04x-7%03x-8%03x-%c%011d", s.now.UnixMilli()>>16, s.now.UnixMilli()&0xffff, number, number, kind, number)
	s.begin()
	return s
}

// old says that the session is of a version without usage records.
func (s *labelled) old() bool { return s.style == "shell" || s.style == "legacy" }

func (s *labelled) version() string {
	switch s.style {
	case "legacy":
		return "0.45.0"
	case "shell":
		return "0.60.1"
	}
	return "0.169.0"
}

// line writes one line of the session file.
func (s *labelled) line(typ string, payload any) {
	s.now = s.now.Add(700 * time.Millisecond)
	row := struct {
		Timestamp string `json:"timestamp"`
		Ordinal   *int   `json:"ordinal,omitempty"`
		Type      string `json:"type"`
		Payload   any    `json:"payload"`
	}{s.now.Format("2006-01-02T15:04:05.000Z"), nil, typ, payload}
	if !s.old() {
		n := s.ordinal
		row.Ordinal = &n
		s.ordinal++
	}
	b, err := json.Marshal(row)
	if err != nil {
		panic(err)
	}
	s.lines = append(s.lines, b)
}

type object map[string]any

func (s *labelled) begin() {
	meta := object{"id": s.id, "timestamp": s.now.Format(time.RFC3339), "cwd": s.cwd, "originator": "codex_cli_rs", "cli_version": s.version(), "source": "cli",
		"git": object{"commit_hash": "0000000000000000000000000000000000000000", "branch": s.branch, "repository_url": "https://github.com/example/" + s.cwd[strings.LastIndexAny(s.cwd, `/\`)+1:] + ".git"}}
	if !s.old() {
		meta["session_id"], meta["history_mode"], meta["thread_source"] = s.id, "paginated", "user"
	}
	if s.source == "review" {
		meta["source"], meta["thread_source"] = object{"subagent": "review"}, "subagent"
	}
	s.line("session_meta", meta)
}

func (s *labelled) prompt(text string) {
	s.turns++
	s.turn = fmt.Sprintf("%s-t%d", s.id[:13], s.turns)
	message := object{"type": "message", "role": "user", "content": []object{{"type": "input_text", "text": text}}}
	context := object{"cwd": s.cwd, "approval_policy": "on-request", "sandbox_policy": object{"mode": "workspace-write"}, "model": s.model(), "effort": "medium", "summary": "auto"}
	if s.old() {
		s.line("response_item", message)
		s.line("event_msg", object{"type": "user_message", "message": text, "kind": "plain"})
		s.line("turn_context", context)
		return
	}
	s.line("event_msg", object{"type": "task_started", "turn_id": s.turn, "root_turn_id": s.turn, "started_at": s.now.Unix(), "model_context_window": 258400})
	context["turn_id"] = s.turn
	s.line("turn_context", context)
	s.line("response_item", message)
	s.completed(object{"type": "UserMessage", "id": s.turn + "-u", "content": []object{{"type": "text", "text": text}}})
}

func (s *labelled) model() string {
	switch s.style {
	case "codemode":
		return "gpt-6-sol"
	case "169":
		return "gpt-5.5"
	}
	return "gpt-5-codex"
}

func (s *labelled) completed(it object) {
	s.line("event_msg", object{"type": "item_completed", "thread_id": s.id, "turn_id": s.turn, "item": it, "completed_at_ms": s.now.UnixMilli()})
}

// usage writes what the newest response cost: a record and a token_count, or the
// token_count alone.
func (s *labelled) usage() func() {
	in, out := 9000+310*int64(s.calls), int64(150+13*s.calls%400)
	one := func(i, o int64) object {
		return object{"input_tokens": i, "cached_input_tokens": i * 7 / 10, "output_tokens": o, "reasoning_output_tokens": o / 3, "total_tokens": i + o}
	}
	s.tokens += in + out
	if !s.old() {
		s.line("token_usage_record", object{"thread_id": s.id, "turn_id": s.turn, "session_id": s.id, "root_turn_id": s.turn, "response_id": fmt.Sprintf("resp_%s_%d", s.id[24:], s.ordinal),
			"usage": one(in, out), "turn_token_usage": one(in, out), "thread_token_usage": one(s.tokens, out)})
		return func() {}
	}
	total := s.tokens
	return func() {
		u := one(total-out, out) // totals that grow by exactly the last
		u["cached_input_tokens"], u["reasoning_output_tokens"] = 0, 0
		l := one(in, out)
		l["cached_input_tokens"], l["reasoning_output_tokens"] = 0, 0
		s.line("event_msg", object{"type": "token_count", "info": object{"last_token_usage": l, "model_context_window": 272000}, "rate_limits": nil})
	}
}

// add takes one call of the script; it is written when the next one comes, for
// its output follows it.
func (s *labelled) add(it item) {
	if !s.inScript {
		s.flush()
	}
	s.batch = append(s.batch, it)
	s.last = &s.batch[len(s.batch)-1]
}

// flush writes the calls that are waiting.
func (s *labelled) flush() {
	batch := s.batch
	s.batch, s.last = nil, nil
	if len(batch) == 0 {
		return
	}
	if s.style == "codemode" && !hasTopLevelTool(batch[0].what) {
		s.script(batch)
		return
	}
	after := make([]func(), 0, len(batch))
	for i := range batch {
		after = append(after, s.call(&batch[i]))
	}
	count := s.usage()
	for _, f := range after {
		f()
	}
	count()
}

func hasTopLevelTool(what string) bool {
	return what == "plan" || what == "?" || what == "image" || what == "stdin"
}

func (s *labelled) nextID(prefix string) string {
	s.calls++
	return fmt.Sprintf("%s_%s_%03d", prefix, s.id[24:], s.calls)
}

func (s *labelled) note(id, text, lab string) {
	l := label{id: id, text: strings.ReplaceAll(strings.ReplaceAll(text, "\n", "⏎"), "\t", " ")}
	for _, w := range strings.Split(lab, "/") {
		l.kinds = append(l.kinds, letters[w])
	}
	s.labels = append(s.labels, l)
}

// call writes a call of its own and gives what writes its end.
func (s *labelled) call(it *item) func() {
	id := s.nextID("call")
	s.note(id, it.what+" "+it.text, it.label)
	switch it.what {
	case "?":
		s.completed(object{"type": "WebSearch", "id": id, "query": it.text, "action": object{"type": "search", "query": it.text}})
		s.line("response_item", object{"type": "web_search_call", "id": id, "status": "completed", "action": object{"type": "search", "query": it.text}})
		return func() {}
	case "plan":
		s.function(id, "update_plan", object{"plan": []object{{"step": it.text, "status": "pending"}}})
		return s.output(id, "Plan updated")
	case "image":
		s.function(id, "view_image", object{"path": "/tmp/shot.png"})
		return s.output(id, "attached local image path")
	case "stdin":
		s.function(id, "write_stdin", object{"session_id": s.session, "chars": "", "yield_time_ms": 5000})
		return s.output(id, "Chunk ID: 1a2b3c\nWall time: 5.0000 seconds\nProcess exited with code 0\nOriginal token count: 4\nOutput:\ndone\n")
	case "@":
		name, args, _ := strings.Cut(it.text, " ")
		server, tool, _ := strings.Cut(name, ".")
		s.line("response_item", object{"type": "function_call", "name": tool, "namespace": "mcp__" + server, "arguments": args, "call_id": id})
		return s.output(id, "{}")
	case "%":
		return s.patch(id, it.text)
	}
	return s.command(id, it)
}

func (s *labelled) function(id, name string, args any) {
	b, _ := json.Marshal(args)
	s.line("response_item", object{"type": "function_call", "name": name, "arguments": string(b), "call_id": id})
}

func (s *labelled) output(id, text string) func() {
	return func() { s.line("response_item", object{"type": "function_call_output", "call_id": id, "output": text}) }
}

func wholePatch(text string) string { return "*** Begin Patch\n" + text + "\n*** End Patch\n" }

func (s *labelled) patch(id, text string) func() {
	patch := wholePatch(text)
	if s.style == "legacy" {
		s.function(id, "shell", object{"command": []string{"apply_patch", patch}})
		return s.output(id, `{"output":"Success. Updated the following files:\n","metadata":{"exit_code":0,"duration_seconds":0.1}}`)
	}
	s.line("response_item", object{"type": "custom_tool_call", "status": "completed", "call_id": id, "name": "apply_patch", "input": patch})
	return func() {
		if !s.old() {
			s.completed(object{"type": "FileChange", "id": id, "changes": s.changes(text), "status": "completed", "stdout": "Success.", "stderr": ""})
		}
		s.line("response_item", object{"type": "custom_tool_call_output", "call_id": id, "output": `{"output":"Success.","metadata":{"exit_code":0,"duration_seconds":0.0}}`})
	}
}

// changes gives a patch as Codex writes it when it was applied.
func (s *labelled) changes(text string) object {
	all := object{}
	name, kind := "", ""
	var body strings.Builder
	put := func() {
		switch {
		case name == "":
		case kind == "add":
			all[name] = object{"type": "add", "content": body.String()}
		case kind == "update":
			all[name] = object{"type": "update", "unified_diff": body.String(), "move_path": nil}
		default:
			all[name] = object{"type": "delete", "content": ""}
		}
		body.Reset()
	}
	for _, line := range strings.Split(text, "\n") {
		for _, verb := range []string{"Add", "Update", "Delete"} {
			if rest, ok := strings.CutPrefix(line, "*** "+verb+" File: "); ok {
				put()
				if name, kind = rest, strings.ToLower(verb); !strings.HasPrefix(name, "/") && !strings.Contains(name, ":") {
					name = s.cwd + "/" + name
				}
				line = ""
			}
		}
		switch {
		case line == "":
		case kind == "add":
			body.WriteString(strings.TrimPrefix(line, "+") + "\n")
		case strings.HasPrefix(line, "@@"):
			body.WriteString("@@ -1,4 +1,4 @@" + strings.TrimPrefix(line, "@@") + "\n")
		default:
			body.WriteString(line + "\n")
		}
	}
	put()
	return all
}

func (s *labelled) command(id string, it *item) func() {
	switch s.style {
	case "legacy", "shell":
		line := strings.TrimSuffix(strings.TrimPrefix(it.text, `bash -lc "`), `"`)
		s.function(id, "shell", object{"command": []string{"bash", "-lc", line}, "workdir": s.cwd})
		body, _ := json.Marshal(object{"output": it.output, "metadata": object{"exit_code": it.exit, "duration_seconds": 1.5}})
		return s.output(id, string(body))
	}
	s.function(id, "exec_command", object{"cmd": it.text, "workdir": s.cwd})
	s.session = fmt.Sprint(1000 + s.calls)
	session := s.session
	return func() {
		s.execution(id, it)
		head := fmt.Sprintf("Chunk ID: 98a809\nWall time: 1.2 seconds\nProcess exited with code %d\nOriginal token count: 49\nOutput:\n", it.exit)
		if strings.Contains(it.text, "compose up") || strings.Contains(it.text, "seq 1") {
			head = "Chunk ID: 98a809\nWall time: 10.0 seconds\nProcess running with session ID " + session + "\nOriginal token count: 0\nOutput:\n"
		}
		s.output(id, head+it.output)()
	}
}

func (s *labelled) execution(id string, it *item) {
	status := "completed"
	if it.exit != 0 {
		status = "failed"
	}
	s.completed(object{"type": "CommandExecution", "id": id, "process_id": "45496", "command": []string{"/bin/bash", "-lc", it.text}, "cwd": "file://" + s.cwd,
		"parsed_cmd": codexParses(it.text), "source": "unified_exec_startup", "status": status, "aggregated_output": it.output, "exit_code": it.exit, "duration": object{"secs": 1, "nanos": 200000000}})
}

// codexParses is about what Codex itself takes a command for, its mistakes included:
// what it does not know beside what it knows is left out.
func codexParses(line string) []object {
	var all []object
	for _, part := range strings.Split(line, "&&") {
		word := strings.Fields(part + " x")[0]
		switch word {
		case "rg", "grep":
			all = append(all, object{"type": "search", "cmd": part, "query": nil, "path": nil})
		case "ls", "find":
			all = append(all, object{"type": "list_files", "cmd": part, "path": nil})
		case "cat", "head", "tail":
			all = append(all, object{"type": "read", "cmd": part, "name": "x", "path": "x"})
		}
	}
	if all == nil {
		all = []object{{"type": "unknown", "cmd": line}}
	}
	return all
}

// script writes a call of code mode with the calls inside of it.
func (s *labelled) script(batch []item) {
	id := s.nextID("call")
	var js strings.Builder
	js.WriteString("const results = [];\n")
	lab := map[string]bool{}
	order := []string{}
	for i := range batch {
		it := &batch[i]
		for _, w := range strings.Split(it.label, "/") {
			if !lab[w] {
				lab[w] = true
				order = append(order, w)
			}
		}
		q := func(v any) string { b, _ := json.Marshal(v); return string(b) }
		switch it.what {
		case "%":
			js.WriteString("results.push(await tools.apply_patch(" + q(wholePatch(it.text)) + "));\n")
		case "@":
			name, args, _ := strings.Cut(it.text, " ")
			js.WriteString("results.push(await tools.mcp__" + strings.Replace(name, ".", "__", 1) + "(" + args + "));\n")
		default:
			js.WriteString("results.push(await tools.exec_command({cmd:" + q(it.text) + ",workdir:" + q(s.cwd) + "}));\n")
		}
	}
	js.WriteString("text(JSON.stringify(results));")
	s.line("response_item", object{"type": "custom_tool_call", "status": "completed", "call_id": id, "name": "exec", "input": js.String()})
	s.note(id, "script", strings.Join(order, "/"))
	count := s.usage()
	for i := range batch {
		it := &batch[i]
		inner := s.nextID("exec")
		s.note(inner, it.what+" "+it.text, it.label)
		switch it.what {
		case "%":
			s.completed(object{"type": "FileChange", "id": inner, "changes": s.changes(it.text), "status": "completed", "stdout": "Success.", "stderr": ""})
		case "@":
			name, _, _ := strings.Cut(it.text, " ")
			server, tool, _ := strings.Cut(name, ".")
			s.completed(object{"type": "McpToolCall", "id": inner, "server": server, "tool": tool, "arguments": object{}, "status": "completed", "result": object{"content": []object{}}, "duration": object{"secs": 1, "nanos": 0}})
		default:
			s.execution(inner, it)
		}
	}
	s.line("response_item", object{"type": "custom_tool_call_output", "call_id": id, "output": []object{{"type": "input_text", "text": "Script completed\nWall time 1.0 seconds\nOutput:\n"}}})
	count()
}

// answer ends the turn.
func (s *labelled) answer(text string) {
	s.flush()
	if s.old() {
		s.line("event_msg", object{"type": "agent_message", "message": text})
		s.line("response_item", object{"type": "message", "role": "assistant", "content": []object{{"type": "output_text", "text": text}}})
		s.usage()()
		return
	}
	s.completed(object{"type": "AgentMessage", "id": s.turn + "-a", "content": []object{{"type": "Text", "text": text}}})
	s.line("response_item", object{"type": "message", "role": "assistant", "content": []object{{"type": "output_text", "text": text}}})
	s.usage()()
	s.line("event_msg", object{"type": "task_complete", "turn_id": s.turn, "last_agent_message": text})
}

func (s *labelled) finish() { s.flush() }

// write puts the session's file where Codex would.
func (s *labelled) write(home string) error {
	at := filepath.Join(home, "sessions", s.now.Format("2006/01/02"))
	if err := os.MkdirAll(at, 0o755); err != nil {
		return err
	}
	name := "rollout-" + s.now.Format("2006-01-02T15-04-05") + "-" + s.id + ".jsonl"
	return os.WriteFile(filepath.Join(at, name), append(bytes.Join(s.lines, []byte("\n")), '\n'), 0o644)
}
