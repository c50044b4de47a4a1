package monitor_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

const recorded = "../testdata/sessions/codex-0.169"

// served is what the model server says of one recorded session.
type served struct {
	Thread    string `json:"thread_id"`
	Session   string `json:"session_id"`
	Responses []struct {
		ID     string `json:"response_id"`
		Model  string `json:"model"`
		Effort string `json:"effort"`
		Usage  *struct {
			counters
			Total model.Tokens `json:"total_tokens"`
		} `json:"usage"`
	} `json:"responses"`
	Turns []struct {
		ID     string `json:"turn_id"`
		Status string `json:"status"`
	} `json:"turns"`
}

// legacyPart is usage that a hand-made first part of a file holds, from before the recording.
var legacyPart = map[string]model.Usage{
	"legacy_resumed":  {Input: 1000, Cached: 200, Output: 50, Reasoning: 10},
	"legacy_migrated": {Input: 1000, Cached: 200, Output: 50, Reasoning: 10},
}

func readServed(t *testing.T) map[string]served {
	t.Helper()
	b, err := os.ReadFile(filepath.Join(recorded, "EXPECTED.json"))
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]served{}
	if err := json.Unmarshal(b, &all); err != nil {
		t.Fatal(err)
	}
	return all
}

// homeOf makes a home of recorded sessions, under the names that Codex gives.
func homeOf(t *testing.T, files map[string]string) string {
	t.Helper()
	home := t.TempDir()
	dir := filepath.Join(home, "sessions", "2026", "11", "23")
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	for name, thread := range files {
		b, err := os.ReadFile(filepath.Join(recorded, name))
		if err != nil {
			t.Fatal(err)
		}
		end := name[strings.Index(name, ".jsonl"):]
		if err := os.WriteFile(filepath.Join(dir, "rollout-2026-11-23T10-00-00-"+thread+end), b, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return home
}

// TestRecordedSessions reads what Codex 0.169.0 wrote against a model server whose
// log of served responses is the truth, response by response.
func TestRecordedSessions(t *testing.T) {
	all := readServed(t)
	if len(all) < 49 {
		t.Fatalf("%d sessions, want at least 49", len(all))
	}
	for name, want := range all {
		t.Run(name, func(t *testing.T) {
			files := map[string]string{name + ".jsonl": want.Thread}
			base := strings.TrimSuffix(strings.TrimSuffix(name, ".child"), ".parent")
			for _, other := range []string{base + ".child", base + ".parent"} {
				if s, ok := all[other]; ok {
					files[other+".jsonl"] = s.Thread
				}
			}
			if name == "compressed" {
				files = map[string]string{"compressed.jsonl.zst": want.Thread}
			}
			th := loadHome(t, true, homeOf(t, files)).Fleet.Threads[want.Thread]
			if th == nil {
				t.Fatal("thread not found")
			}
			checkServed(t, th, want, legacyPart[name])
		})
	}
}

func checkServed(t *testing.T, th *model.Thread, want served, before model.Usage) {
	var got, sum []string
	for _, r := range th.Responses {
		if r.Record {
			got = append(got, r.ID+" "+r.Bucket.Model)
		}
	}
	total := model.Count{Usage: before}
	if !before.IsZero() {
		total.Responses = 1
	}
	for _, r := range want.Responses {
		if r.Usage == nil {
			continue // the server told no usage: nobody can count it
		}
		sum = append(sum, r.ID+" "+r.Model)
		c := r.Usage.counters.count()
		c.Responses = 1
		total = total.Plus(c)
	}
	if strings.Join(got, "\n") != strings.Join(sum, "\n") {
		t.Errorf("responses:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(sum, "\n"))
	}
	if th.Usage() != total {
		t.Errorf("usage %+v, want %+v", th.Usage(), total)
	}
	if len(th.Skipped) > 0 {
		t.Errorf("skipped %v", th.Skipped)
	}
	states := map[string]string{}
	for _, g := range th.Turns {
		states[g.ID] = g.State.String()
	}
	word := map[string]string{"completed": "done", "aborted:interrupted": "aborted", "failed": "failed", "in_progress": "running"}
	for _, turn := range want.Turns {
		if states[turn.ID] != word[turn.Status] {
			t.Errorf("turn %s is %q, want %q", turn.ID, states[turn.ID], word[turn.Status])
		}
	}
}

// TestAttemptsWithoutDetail counts unmetered attempts alike however much is kept.
func TestAttemptsWithoutDetail(t *testing.T) {
	all, found := readServed(t), 0
	for name, want := range all {
		home := homeOf(t, map[string]string{name + ".jsonl": want.Thread})
		plain, detail := loadHome(t, false, home).Fleet.Threads[want.Thread], loadHome(t, true, home).Fleet.Threads[want.Thread]
		if plain.Unmetered != detail.Unmetered {
			t.Errorf("%s: %d without detail, %d with it", name, plain.Unmetered, detail.Unmetered)
		}
		found += detail.Unmetered
	}
	if found == 0 {
		t.Error("no attempt was found in any session")
	}
}
