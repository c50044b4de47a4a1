package monitor_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
)

// trace is one labelled session script of testdata/traces; see its README for
// what its lines mean.
type trace struct {
	name   string
	half   string // tuned or held
	label  string // runaway or productive
	rule   string // of a runaway: the rule that is to find it
	onset  int    // of a runaway: the response from which on it is one
	layout string // 169, code, 120 or 060
	lines  []string
}

// readTraces reads every script in a folder.
func readTraces(t *testing.T, dir string) []trace {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(dir, "*.txt"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no traces in %s: %v", dir, err)
	}
	var all []trace
	for _, path := range files {
		f, err := os.Open(path)
		if err != nil {
			t.Fatal(err)
		}
		half := strings.SplitN(filepath.Base(path), "-", 2)[0]
		sc := bufio.NewScanner(f)
		for sc.Scan() {
			line := strings.TrimRight(sc.Text(), " ")
			words := strings.Fields(line)
			switch {
			case len(words) == 0 || strings.HasPrefix(line, "#"):
			case words[0] == "trace":
				all = append(all, trace{name: words[1], half: half, label: words[2], layout: "169"})
				tr := &all[len(all)-1]
				if len(words) > 4 {
					tr.rule = words[3]
					tr.onset, _ = strconv.Atoi(words[4])
				}
			case words[0] == "layout":
				all[len(all)-1].layout = words[1]
			default:
				all[len(all)-1].lines = append(all[len(all)-1].lines, line)
			}
		}
		f.Close()
	}
	return all
}

// stage writes one trace as session files, in the layout of one version.
type stage struct {
	t      *testing.T
	home   string
	layout string
	name   string
	cwd    string
	start  time.Time
	number int
	seq    int
	root   *played
	on     *played
	kids   []*played
}

// played is one thread that is being written.
type played struct {
	s                      *stage
	id, parent             string
	depth                  int
	now                    time.Time
	every, took            time.Duration
	model, effort, tier    string
	turn                   int
	turnID                 string
	begun                  bool
	ctx, window, grow, out int
	cached                 float64
	miss                   bool
	total                  [4]int // input, cached, output, reasoning
	last                   map[string]any
	lastTotal              map[string]any
	used                   float64 // percent of the rate limit
	responses, ordinal     int
	lines                  []byte
	path                   string
}

func writeTrace(t *testing.T, home string, tr trace, number int) string {
	t.Helper()
	s := &stage{t: t, home: home, layout: tr.layout, name: tr.name, cwd: "/home/dev/code/" + tr.name, number: number,
		start: time.Date(2026, 11, 18, 8, 0, 0, 0, time.UTC).Add(time.Duration(number) * 20 * time.Minute)}
	if tr.layout != "169" && tr.layout != "code" {
		s.start = s.start.AddDate(0, -6, 0)
	}
	s.root = s.thread("", 0)
	s.on = s.root
	s.play(expand(tr.lines, 0))
	s.on = s.root
	s.root.endTurn("completed")
	for _, p := range append([]*played{s.root}, s.kids...) {
		if err := os.MkdirAll(filepath.Dir(p.path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(p.path, p.lines, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return s.root.id
}

// expand repeats the lines between "repeat N" and "end", with $i for the number.
func expand(lines []string, depth int) []string {
	var out []string
	for i := 0; i < len(lines); i++ {
		words := strings.Fields(lines[i])
		if len(words) != 2 || words[0] != "repeat" {
			out = append(out, lines[i])
			continue
		}
		n, _ := strconv.Atoi(words[1])
		j, open := i+1, 1
		for ; j < len(lines); j++ {
			w := strings.Fields(lines[j])
			if len(w) == 2 && w[0] == "repeat" {
				open++
			}
			if len(w) == 1 && w[0] == "end" {
				if open--; open == 0 {
					break
				}
			}
		}
		name := "$" + string(rune('i'+depth))
		back := "$-" + string(rune('i'+depth))
		inner := expand(lines[i+1:min(j, len(lines))], depth+1)
		for k := range n {
			for _, l := range inner {
				out = append(out, strings.ReplaceAll(strings.ReplaceAll(l, name, strconv.Itoa(k+1)), back, strconv.Itoa(n-k)))
			}
		}
		i = j
	}
	return out
}

func (s *stage) thread(parent string, depth int) *played {
	s.seq++
	at := s.start
	if s.on != nil {
		at = s.on.now
	}
	ms := at.UnixMilli()
	id := fmt.Sprintf("%08x-%04x-7%03x-8%03x-%012x", ms>>16, ms&0xffff, s.number&0xfff, s.seq&0xfff, s.number*1000+s.seq)
	p := &played{s: s, id: id, parent: parent, depth: depth, now: at, every: 12 * time.Second, model: "gpt-5.5", ctx: 14_000, window: 258_400,
		grow: 900, out: 350, cached: 0.96, used: 3}
	p.path = filepath.Join(s.home, "sessions", at.Format("2006/01/02"), "rollout-"+at.Format("2006-01-02T15-04-05")+"-"+id+".jsonl")
	if s.layout == "code" {
		p.model = "gpt-6-sol"
	}
	return p
}

func (p *played) line(typ string, payload map[string]any) {
	l := map[string]any{"timestamp": p.now.UTC().Format("2006-01-02T15:04:05.000Z"), "type": typ, "payload": payload}
	if p.s.layout == "169" || p.s.layout == "code" {
		l["ordinal"] = p.ordinal
		p.ordinal++
	}
	b, err := json.Marshal(l)
	if err != nil {
		p.s.t.Fatal(err)
	}
	p.lines = append(append(p.lines, b...), '\n')
	p.now = p.now.Add(3 * time.Millisecond)
}

func (p *played) modern() bool { return p.s.layout == "169" || p.s.layout == "code" }

func (p *played) meta() {
	root := p.s.root.id
	m := map[string]any{"id": p.id, "timestamp": p.now.UTC().Format(time.RFC3339Nano), "cwd": p.s.cwd, "originator": "codex-tui", "source": "cli", "model_provider": "openai"}
	switch p.s.layout {
	case "169", "code":
		m["session_id"], m["cli_version"], m["history_mode"] = root, "0.169.0", "paginated"
	case "120":
		m["cli_version"] = "0.120.0"
	case "060":
		m["cli_version"] = "0.60.1"
	}
	if p.parent != "" {
		m["source"] = map[string]any{"subagent": map[string]any{"thread_spawn": map[string]any{"parent_thread_id": p.parent, "depth": p.depth, "agent_nickname": "Nash"}}}
		m["parent_thread_id"] = p.parent
	}
	p.line("session_meta", m)
}

func (p *played) ask(text string) {
	if !p.begun {
		p.begun = true
		p.meta()
	} else {
		p.endTurn("completed")
		p.now = p.now.Add(40 * time.Second)
	}
	p.turn++
	ms := p.now.UnixMilli()
	p.turnID = fmt.Sprintf("%08x-%04x-7%03x-9%03x-%012x", ms>>16, ms&0xffff, p.turn&0xfff, p.s.seq&0xfff, p.s.number*1000+p.turn)
	if p.s.layout == "060" {
		p.line("event_msg", map[string]any{"type": "user_message", "message": text})
		p.context()
		return
	}
	p.line("event_msg", map[string]any{"type": "task_started", "turn_id": p.turnID, "started_at": p.now.Unix(), "model_context_window": p.window})
	p.context()
	if p.modern() {
		p.line("event_msg", map[string]any{"type": "thread_settings_applied", "thread_id": p.id, "thread_settings": map[string]any{"model": p.model, "service_tier": nilIfEmpty(p.tier)}})
		p.item(map[string]any{"type": "UserMessage", "id": "u" + p.turnID, "content": []any{map[string]any{"type": "text", "text": text}}})
		return
	}
	p.line("event_msg", map[string]any{"type": "user_message", "message": text})
}

func nilIfEmpty(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (p *played) context() {
	c := map[string]any{"cwd": p.s.cwd, "approval_policy": "never", "sandbox_policy": map[string]any{"mode": "workspace-write"}, "model": p.model}
	if p.effort != "" {
		c["effort"] = p.effort
	}
	if p.s.layout != "060" {
		c["turn_id"] = p.turnID
	}
	p.line("turn_context", c)
}

func (p *played) item(item map[string]any) {
	p.line("event_msg", map[string]any{"type": "item_completed", "thread_id": p.id, "turn_id": p.turnID, "item": item, "completed_at_ms": p.now.UnixMilli()})
}

func (p *played) endTurn(status string) {
	if !p.begun || p.s.layout == "060" || p.turn == 0 {
		return
	}
	if status == "completed" {
		p.line("event_msg", map[string]any{"type": "task_complete", "turn_id": p.turnID, "last_agent_message": "Done.", "completed_at": p.now.Unix()})
		return
	}
	p.line("event_msg", map[string]any{"type": "turn_aborted", "turn_id": p.turnID, "reason": "interrupted"})
}

// usage is what the next response uses: the context before it, mostly cached.
func (p *played) usage() map[string]any {
	cached := int(p.cached * float64(p.ctx))
	if p.responses == 0 || p.miss {
		cached = 0
		if p.miss {
			cached = 2048
		}
	}
	p.miss = false
	p.ctx += p.grow
	u := map[string]any{"input_tokens": p.ctx, "cached_input_tokens": cached, "output_tokens": p.out, "reasoning_output_tokens": p.out / 3, "total_tokens": p.ctx + p.out}
	p.total[0] += p.ctx
	p.total[1] += cached
	p.total[2] += p.out
	p.total[3] += p.out / 3
	p.responses++
	return u
}

func (p *played) totals() map[string]any {
	return map[string]any{"input_tokens": p.total[0], "cached_input_tokens": p.total[1], "output_tokens": p.total[2], "reasoning_output_tokens": p.total[3], "total_tokens": p.total[0] + p.total[2]}
}

// respond writes what one response uses: the record where there are such.
func (p *played) respond() {
	p.last = p.usage()
	p.lastTotal = p.totals()
	if p.modern() {
		p.line("token_usage_record", map[string]any{"thread_id": p.id, "turn_id": p.turnID, "session_id": p.s.root.id, "root_turn_id": p.turnID,
			"response_id": fmt.Sprintf("resp_%s_%d", p.id[24:], p.responses), "usage": p.last, "turn_token_usage": p.last, "thread_token_usage": p.lastTotal})
	}
}

func (p *played) tokenCount() {
	var info any
	if p.last != nil {
		info = map[string]any{"total_token_usage": p.lastTotal, "last_token_usage": p.last, "model_context_window": p.window}
	}
	p.used += 0.1
	p.line("event_msg", map[string]any{"type": "token_count", "info": info, "rate_limits": map[string]any{"limit_id": "codex",
		"primary": map[string]any{"used_percent": p.used, "window_minutes": 300, "resets_at": 1795437581}}})
}

// run writes a response that runs a command, and what comes of it.
func (p *played) run(command, output string, exit int) {
	p.now = p.now.Add(p.every)
	call := fmt.Sprintf("call_%s_%d", p.id[24:], p.responses+1)
	took := p.took
	if took == 0 {
		took = 400 * time.Millisecond
	}
	wall := strconv.FormatFloat(took.Seconds(), 'f', 4, 64)
	status := "completed"
	if exit != 0 {
		status = "failed"
	}
	execution := map[string]any{"type": "CommandExecution", "id": call, "process_id": strconv.Itoa(40000 + p.responses), "command": []string{"/bin/bash", "-lc", command}, "cwd": "file://" + p.s.cwd,
		"parsed_cmd": []any{map[string]any{"type": "unknown", "cmd": command}}, "source": "unified_exec_startup", "status": status, "aggregated_output": output, "exit_code": exit,
		"duration": map[string]any{"secs": int(took.Seconds()), "nanos": int(took.Nanoseconds() % 1e9)}}
	header := fmt.Sprintf("Chunk ID: %06x\nWall time: %s seconds\nProcess exited with code %d\nOriginal token count: %d\nOutput:\n%s", p.responses*7919&0xffffff, wall, exit, len(output)/4, output)
	switch p.s.layout {
	case "169":
		p.line("response_item", map[string]any{"type": "function_call", "name": "exec_command", "call_id": call, "arguments": jsonText(map[string]any{"cmd": command})})
		p.respond()
		p.now = p.now.Add(took)
		p.item(execution)
		p.line("response_item", map[string]any{"type": "function_call_output", "call_id": call, "output": header})
		p.tokenCount()
	case "code":
		execution["id"] = "exec-" + call
		p.line("response_item", map[string]any{"type": "custom_tool_call", "name": "exec", "call_id": call, "input": "text((await tools.exec_command({cmd:" + jsonText(command) + "})).output)"})
		p.respond()
		p.now = p.now.Add(took)
		p.item(execution)
		p.line("response_item", map[string]any{"type": "custom_tool_call_output", "call_id": call, "output": []any{map[string]any{"type": "input_text", "text": "Script completed\nWall time " + wall + " seconds\nOutput:\n"},
			map[string]any{"type": "input_text", "text": output}}})
		p.tokenCount()
	default:
		p.line("response_item", map[string]any{"type": "function_call", "name": "shell", "call_id": call, "arguments": jsonText(map[string]any{"command": []string{"bash", "-lc", command}, "workdir": p.s.cwd})})
		p.respond()
		p.now = p.now.Add(took)
		p.line("response_item", map[string]any{"type": "function_call_output", "call_id": call,
			"output": jsonText(map[string]any{"output": output, "metadata": map[string]any{"exit_code": exit, "duration_seconds": took.Seconds()}})})
		p.tokenCount()
	}
}

func jsonText(v any) string {
	b, _ := json.Marshal(v)
	return string(b)
}

// patch writes a response that changes files.
func (p *played) patch(files []string, body string) {
	p.now = p.now.Add(p.every)
	call := fmt.Sprintf("call_%s_%d", p.id[24:], p.responses+1)
	text := "*** Begin Patch\n"
	changes := map[string]any{}
	for _, f := range files {
		text += "*** Update File: " + f + "\n@@\n-old " + body + "\n+new " + body + "\n"
		changes[p.s.cwd+"/"+f] = map[string]any{"type": "update", "unified_diff": "@@ -1 +1 @@\n-old " + body + "\n+new " + body + "\n", "move_path": nil}
	}
	text += "*** End Patch\n"
	done := "Success. Updated the following files:\nM " + strings.Join(files, "\nM ") + "\n"
	switch p.s.layout {
	case "169":
		p.line("response_item", map[string]any{"type": "custom_tool_call", "name": "apply_patch", "call_id": call, "input": text})
		p.respond()
		p.item(map[string]any{"type": "FileChange", "id": call, "changes": changes, "status": "completed", "stdout": done, "stderr": ""})
		p.line("response_item", map[string]any{"type": "custom_tool_call_output", "call_id": call, "output": "Exit code: 0\nWall time: 0 seconds\nOutput:\n" + done})
	case "code":
		p.line("response_item", map[string]any{"type": "custom_tool_call", "name": "exec", "call_id": call, "input": "text(await tools.apply_patch(" + jsonText(text) + "));"})
		p.respond()
		p.item(map[string]any{"type": "FileChange", "id": "exec-" + call, "changes": changes, "status": "completed", "stdout": done, "stderr": ""})
		p.line("response_item", map[string]any{"type": "custom_tool_call_output", "call_id": call, "output": []any{map[string]any{"type": "input_text", "text": "Script completed\nWall time 0.0 seconds\nOutput:\n"}, map[string]any{"type": "input_text", "text": "{}"}}})
	default:
		p.line("response_item", map[string]any{"type": "function_call", "name": "shell", "call_id": call, "arguments": jsonText(map[string]any{"command": []string{"apply_patch", text}})})
		p.respond()
		p.line("response_item", map[string]any{"type": "function_call_output", "call_id": call, "output": jsonText(map[string]any{"output": done, "metadata": map[string]any{"exit_code": 0, "duration_seconds": 0.1}})})
	}
	p.tokenCount()
}

// badPatch writes a patch that does not apply.
func (p *played) badPatch(file string, i string) {
	p.now = p.now.Add(p.every)
	call := fmt.Sprintf("call_%s_%d", p.id[24:], p.responses+1)
	text := "*** Begin Patch\n*** Update File: " + file + "\n@@\n-what is not there " + i + "\n+new\n*** End Patch\n"
	fail := "apply_patch verification failed: Failed to find expected lines in " + p.s.cwd + "/" + file
	if p.modern() {
		p.line("response_item", map[string]any{"type": "custom_tool_call", "name": "apply_patch", "call_id": call, "input": text})
		p.respond()
		p.line("response_item", map[string]any{"type": "custom_tool_call_output", "call_id": call, "output": fail})
	} else {
		p.line("response_item", map[string]any{"type": "function_call", "name": "shell", "call_id": call, "arguments": jsonText(map[string]any{"command": []string{"apply_patch", text}})})
		p.respond()
		p.line("response_item", map[string]any{"type": "function_call_output", "call_id": call, "output": jsonText(map[string]any{"output": fail, "metadata": map[string]any{"exit_code": 1}})})
	}
	p.tokenCount()
}

// tool writes a call of any other function.
func (p *played) tool(name, args, output string) {
	p.now = p.now.Add(p.every)
	call := fmt.Sprintf("call_%s_%d", p.id[24:], p.responses+1)
	p.line("response_item", map[string]any{"type": "function_call", "name": name, "call_id": call, "arguments": args})
	p.respond()
	p.now = p.now.Add(p.took)
	p.line("response_item", map[string]any{"type": "function_call_output", "call_id": call, "output": output})
	p.tokenCount()
}

func (p *played) say(text string) {
	p.now = p.now.Add(p.every)
	if !p.modern() {
		p.line("event_msg", map[string]any{"type": "agent_message", "message": text})
	}
	p.respond()
	if p.modern() {
		p.item(map[string]any{"type": "AgentMessage", "id": "m" + strconv.Itoa(p.responses), "content": []any{map[string]any{"type": "Text", "text": text}}})
	}
	p.tokenCount()
}
