package monitor_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

const (
	threadA = "019d76d5-8d00-7067-82d1-000000000067"
	threadB = "019cbd70-9d00-7028-8118-000000000028"
	dayA    = "sessions/2026/04/10/rollout-2026-04-10T10-00-00-"
)

// The lines of hand-made files, a second apart where stamped by join.
func metaLine(id, version, more string) string {
	return fmt.Sprintf(`"type":"session_meta","payload":{"id":"%s","timestamp":"2026-04-10T10:00:00.000Z","cwd":"/p","originator":"codex_cli_rs","cli_version":"%s","source":"cli"%s}}`, id, version, more)
}

func modelLine(model string) string {
	return `"type":"turn_context","payload":{"cwd":"/p","model":` + model + `}}`
}

func usageJSON(in, out int) string {
	return fmt.Sprintf(`{"input_tokens":%d,"cached_input_tokens":0,"output_tokens":%d,"reasoning_output_tokens":0,"total_tokens":%d}`, in, out, in+out)
}

func countLine(total, last string) string {
	return `"type":"event_msg","payload":{"type":"token_count","info":{"total_token_usage":` + total + `,"last_token_usage":` + last + `,"model_context_window":258400},"rate_limits":null}}`
}

func recordLine(thread, id string, in int) string {
	return fmt.Sprintf(`"type":"token_usage_record","payload":{"thread_id":"%s","turn_id":"t","session_id":"%s","response_id":"%s","usage":%s}}`, thread, thread, id, usageJSON(in, 10))
}

// join stamps the lines and joins them; a line that begins with ! is taken as it is.
func join(lines ...string) string {
	var b strings.Builder
	for i, l := range lines {
		if raw, ok := strings.CutPrefix(l, "!"); ok {
			b.WriteString(raw)
			continue
		}
		fmt.Fprintf(&b, `{"timestamp":"2026-04-10T10:%02d:%02d.000Z",%s`+"\n", i/60, i%60, l)
	}
	return b.String()
}

// TestOddFiles reads what writers, disks and people do to session files.
func TestOddFiles(t *testing.T) {
	one, two := countLine(usageJSON(100, 10), usageJSON(100, 10)), countLine(usageJSON(300, 20), usageJSON(200, 10))
	head := []string{metaLine(threadA, "0.120.0", ""), modelLine(`"m"`)}
	with := func(lines ...string) string { return join(append(append([]string{}, head...), lines...)...) }
	type files = map[string]string
	for name, c := range map[string]struct {
		files files
		want  map[string]string // thread → input tokens, responses
	}{
		"a file under another thread's name":           {files{dayA + threadB + ".jsonl": with(one)}, map[string]string{threadA: "100 1"}},
		"that, and the thread's own file":              {files{dayA + threadB + ".jsonl": with(one), dayA + threadA + ".jsonl": with(one, two)}, map[string]string{threadA: "300 2"}},
		"floats, nulls and digits in strings":          {files{dayA + threadA + ".jsonl": with(countLine(`{"input_tokens":100.0,"cached_input_tokens":null,"output_tokens":"10"}`, `{"input_tokens":100.0,"output_tokens":"10"}`))}, map[string]string{threadA: "100 1"}},
		"no timestamp, or none that can be read":       {files{dayA + threadA + ".jsonl": with("!{"+one+"\n", `"timestamp":"garbage",`+two)}, map[string]string{threadA: "300 2"}},
		"a model only in collaboration_mode":           {files{dayA + threadA + ".jsonl": join(head[0], `"type":"turn_context","payload":{"cwd":"/p","collaboration_mode":{"mode":"default","settings":{"model":"m"}}}}`, one)}, map[string]string{threadA: "100 1"}},
		"the first line is lost":                       {files{dayA + threadA + ".jsonl": join("!{\"timestamp\":\"2026-04-10T10:00:00.000Z\",\"type\":\"session_me\n", head[1], one)}, map[string]string{threadA: "100 1"}},
		"half a line swallowed the next":               {files{dayA + threadA + ".jsonl": with(one, `!{"timestamp":"2026-04-10T10:00:00.000Z","type":"event_m`, two)}, map[string]string{threadA: "300 2"}},
		"no newline at the end":                        {files{dayA + threadA + ".jsonl": strings.TrimSuffix(with(one, two), "\n")}, map[string]string{threadA: "300 2"}},
		"BOM, CRLF, NULs and lines that are no object": {files{dayA + threadA + ".jsonl": "\xef\xbb\xbf" + strings.ReplaceAll(with(one, "!\x00\x00\n", "!not json\n", "![]\n", "!null\n", "!\n", two), "\n", "\r\n")}, map[string]string{threadA: "300 2"}},
		"payloads of the wrong type":                   {files{dayA + threadA + ".jsonl": with(one, `"type":"event_msg","payload":[1]}`, `"type":"event_msg","payload":null}`, `"type":5,"payload":{}}`, `"type":"event_msg","payload":{"type":"token_count","info":[]}}`, two)}, map[string]string{threadA: "300 2"}},
		"negative counters":                            {files{dayA + threadA + ".jsonl": with(countLine(usageJSON(-100, 10), usageJSON(-100, 10)), two)}, map[string]string{threadA: "200 1"}},
		"other names are other people's files":         {files{"sessions/2026/04/10/notes.jsonl": with(one), "sessions/rollout-2025-05-07-" + threadA + ".jsonl": with(one), dayA + threadB + ".jsonl.tmp": with(two)}, map[string]string{threadA: "100 1"}},
		"equal threads are two threads":                {files{dayA + threadA + ".jsonl": with(one), dayA + threadB + ".jsonl": join(metaLine(threadB, "0.120.0", ""), head[1], one)}, map[string]string{threadA: "100 1", threadB: "100 1"}},
		"records only, one twice, one of a stranger":   {files{dayA + threadA + ".jsonl": with(recordLine(threadA, "r1", 100), recordLine(threadB, "r0", 999), recordLine(threadA, "r2", 50), recordLine(threadA, "r1", 100))}, map[string]string{threadA: "150 2"}},
		"a migrated fork without its parent's meta": {files{dayA + threadA + ".jsonl": join(metaLine(threadA, "0.160.0", `,"history_mode":"paginated","forked_from_id":"`+threadB+`"`),
			`"type":"event_msg","payload":{"type":"task_started","turn_id":"rollout-2","started_at":1775815200}}`, head[1], one,
			`"type":"event_msg","payload":{"type":"task_started","turn_id":"019d76d6-8d00-7067-82d1-000000000067"}}`, head[1], two)}, map[string]string{threadA: "200 1"}},
		"totals only, and a decrease":              {files{dayA + threadA + ".jsonl": with(countLine(usageJSON(100, 10), "null"), countLine(usageJSON(300, 20), "null"), countLine(usageJSON(40, 5), "null"))}, map[string]string{threadA: "340 3"}},
		"mid-2025, without any usage":              {files{"sessions/2025/08/01/rollout-2025-08-01T10-00-00-" + threadA + ".jsonl": "{\"id\":\"" + threadA + "\",\"timestamp\":\"2025-08-01T10:00:00.000Z\",\"instructions\":null}\n{\"record_type\":\"state\"}\n"}, map[string]string{}},
		"a quoted session line in a tool's output": {files{dayA + threadA + ".jsonl": with(one, `"type":"response_item","payload":{"type":"function_call_output","call_id":"c","output":"{\"timestamp\":\"2026-04-10T10:00:00.000Z\",\"type\":\"event_msg\",\"payload\":{\"type\":\"token_count\",\"info\":{\"total_token_usage\":{\"input_tokens\":9}}}}"}}`)}, map[string]string{threadA: "100 1"}},
	} {
		t.Run(name, func(t *testing.T) {
			home := t.TempDir()
			for path, text := range c.files {
				path = filepath.Join(home, path)
				if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			for _, detail := range []bool{false, true} {
				got := map[string]string{}
				for id, th := range loadHome(t, detail, home).Fleet.Threads {
					if u := th.Usage(); u != (model.Count{}) {
						got[id] = fmt.Sprintf("%d %d", u.Input, u.Responses)
					}
				}
				if fmt.Sprint(got) != fmt.Sprint(c.want) {
					t.Errorf("got %v, want %v", got, c.want)
				}
			}
		})
	}
}
