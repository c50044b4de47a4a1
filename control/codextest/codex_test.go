package codextest

import (
	"bufio"
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// recorded adds up the token_usage_record lines of a home's session files, each
// line for the thread that it names, each response once.
func recorded(t *testing.T, home string) map[string]model.Count {
	t.Helper()
	sum := map[string]model.Count{}
	seen := map[string]bool{}
	err := filepath.WalkDir(home, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasPrefix(d.Name(), "rollout-") || !strings.HasSuffix(path, ".jsonl") {
			return err
		}
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		for in := bufio.NewReader(f); ; {
			line, err := in.ReadBytes('\n')
			if err != nil {
				return nil
			}
			var l struct {
				Type    string
				Payload struct {
					ThreadID   string `json:"thread_id"`
					ResponseID string `json:"response_id"`
					Usage      struct {
						Input      model.Tokens `json:"input_tokens"`
						Cached     model.Tokens `json:"cached_input_tokens"`
						CacheWrite model.Tokens `json:"cache_write_input_tokens"`
						Output     model.Tokens `json:"output_tokens"`
						Reasoning  model.Tokens `json:"reasoning_output_tokens"`
					}
				}
			}
			if json.Unmarshal(line, &l) != nil || l.Type != "token_usage_record" || seen[l.Payload.ResponseID] {
				continue
			}
			seen[l.Payload.ResponseID] = true
			id, u := l.Payload.ThreadID, l.Payload.Usage
			sum[id] = sum[id].Plus(model.Count{Usage: model.Usage(u), Responses: 1})
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	return sum
}

// The server is only worth something if Codex understands all that it says: for
// each script, what Codex recorded must be what the server counted.
func TestCodexRecordsWhatIsServed(t *testing.T) {
	Codex(t)
	for _, c := range []struct {
		name, script string
		args         []string
		exit         int
		threads      int
		responses    int64
		outcomes     map[Outcome]int
	}{
		{name: "tools", script: "tools", threads: 1, responses: 3},
		{name: "retries", script: "retries", threads: 1, responses: 2, outcomes: map[Outcome]int{Refused: 2, Cut: 2, Completed: 2}},
		{name: "quota", script: "quota", exit: 1, threads: 1, responses: 1, outcomes: map[Outcome]int{Completed: 1, Failed: 1}},
		{name: "unmetered", script: "unmetered", threads: 1, responses: 1, outcomes: map[Outcome]int{Completed: 2}},
		{name: "compaction", script: "compact", args: []string{"-c", "model_auto_compact_token_limit=50000"}, threads: 1, responses: 5},
		{name: "sub-agents", script: "agents-fork", threads: 2, responses: 6},
		{name: "code mode sub-agents", script: "code-agents", args: []string{"-m", "gpt-6-luna"}, threads: 2, responses: 6},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			server := NewServer(t)
			home := NewHome(t, server)
			res := home.Exec(home.Work("shop"), append(c.args, Prompt("go", c.script))...)
			if res.ExitCode != c.exit {
				t.Fatalf("codex exit %d, want %d\n%s%s", res.ExitCode, c.exit, res.Stdout, res.Stderr)
			}
			if res.ThreadID == "" {
				t.Error("codex named no thread")
			}
			want := map[string]model.Count{}
			for k, n := range server.Usage() {
				want[k.Thread] = want[k.Thread].Plus(n)
			}
			got := recorded(t, home.Dir)
			if len(got) != len(want) || len(want) != c.threads {
				t.Errorf("%d threads recorded, %d served, want %d", len(got), len(want), c.threads)
			}
			for id, w := range want {
				if got[id] != w {
					t.Errorf("thread %s: recorded %+v, served %+v", id, got[id], w)
				}
			}
			if n := server.Total().Responses; n != c.responses {
				t.Errorf("%d responses served, want %d", n, c.responses)
			}
			if c.outcomes != nil {
				got := map[Outcome]int{}
				for _, r := range server.Log() {
					got[r.Outcome]++
				}
				for o, n := range c.outcomes {
					if got[o] != n {
						t.Errorf("%d requests %s, want %d", got[o], o, n)
					}
				}
			}
		})
	}
}
