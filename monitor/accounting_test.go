package monitor_test

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// counters are those of an expected.json.
type counters struct {
	Input      model.Tokens `json:"input_tokens"`
	Cached     model.Tokens `json:"cached_input_tokens"`
	CacheWrite model.Tokens `json:"cache_write_input_tokens"`
	Output     model.Tokens `json:"output_tokens"`
	Reasoning  model.Tokens `json:"reasoning_output_tokens"`
	Responses  int64        `json:"responses"`
}

func (c counters) count() model.Count {
	return model.Count{Usage: model.Usage{Input: c.Input, Cached: c.Cached, CacheWrite: c.CacheWrite, Output: c.Output, Reasoning: c.Reasoning}, Responses: c.Responses}
}

type truth struct {
	Overall  counters            `json:"overall"`
	Models   map[string]counters `json:"models"`
	Days     map[string]counters `json:"days_utc"`
	Sessions map[string]struct {
		counters
		Models map[string]counters `json:"models"`
		Days   map[string]counters `json:"days_utc"`
	} `json:"sessions"`
}

// flat gives every sum of the truth under one kind of key.
func (tr truth) flat() map[string]model.Count {
	m := map[string]model.Count{}
	put := func(key string, c counters) {
		if n := c.count(); n != (model.Count{}) {
			m[key] = n
		}
	}
	put("overall", tr.Overall)
	for k, c := range tr.Models {
		put("model "+k, c)
	}
	for k, c := range tr.Days {
		put("day "+k, c)
	}
	for id, s := range tr.Sessions {
		put("thread "+id, s.counters)
		for k, c := range s.Models {
			put("thread "+id+" model "+k, c)
		}
		for k, c := range s.Days {
			put("thread "+id+" day "+k, c)
		}
	}
	return m
}

// sums gives what a fleet counted under the same keys, days in UTC.
func sums(f *model.Fleet) map[string]model.Count {
	m := map[string]model.Count{}
	for id, t := range f.Threads {
		for b, c := range t.Rows {
			day := time.Unix(b.Quarter*model.QuarterSeconds, 0).UTC().Format(time.DateOnly)
			for _, k := range []string{"overall", "model " + b.Model, "day " + day, "thread " + id, "thread " + id + " model " + b.Model, "thread " + id + " day " + day} {
				m[k] = m[k].Plus(c)
			}
		}
	}
	return m
}

// checkSums reports every key on which the fleet and the truth differ.
func checkSums(t *testing.T, f *model.Fleet, want map[string]model.Count) {
	t.Helper()
	got := sums(f)
	for k, w := range want {
		if got[k] != w {
			t.Errorf("%s:\n got %+v\nwant %+v", k, got[k], w)
		}
	}
	for k, g := range got {
		if _, ok := want[k]; !ok {
			t.Errorf("%s: got %+v, want nothing", k, g)
		}
	}
	if t.Failed() {
		for id, th := range f.Threads {
			t.Logf("thread %s files %v skipped %v", id, th.Files, th.Skipped)
			for d, n := range th.Decided {
				if n > 0 {
					t.Logf("  %4d %s", n, model.Decision(d))
				}
			}
		}
	}
}

func loadHome(t *testing.T, detail bool, homes ...string) *monitor.History {
	t.Helper()
	h, err := monitor.Load(context.Background(), monitor.Options{Homes: homes, Zone: time.UTC}, monitor.Range{Detail: detail})
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestAccountingCases(t *testing.T) {
	files, _ := filepath.Glob("../testdata/accounting/*/expected.json")
	if len(files) < 16 {
		t.Fatalf("found %d cases, want at least 16", len(files))
	}
	for _, file := range files {
		dir := filepath.Dir(file)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			b, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			var want truth
			if err := json.Unmarshal(b, &want); err != nil {
				t.Fatal(err)
			}
			for _, detail := range []bool{false, true} {
				checkSums(t, loadHome(t, detail, dir).Fleet, want.flat())
			}
		})
	}
}
