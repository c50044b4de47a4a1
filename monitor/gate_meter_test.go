package monitor

import (
	"context"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

// Read in pieces, wherever it is cut between lines, a recorded session counts as it
// does when it is read whole.
func TestMeterCountsAsTheFold(t *testing.T) {
	files, err := filepath.Glob("../testdata/sessions/codex-0.169/*.jsonl")
	if err != nil || len(files) == 0 {
		t.Fatal(err)
	}
	ctx := context.Background()
	for _, file := range files {
		t.Run(filepath.Base(file), func(t *testing.T) {
			text := string(readFile(t, file))
			lines := strings.SplitAfter(text, "\n")
			whole := foldAlone(t, file)
			home := t.TempDir()
			path := filepath.Join(home, "rollout-2026-11-23T12-00-00-"+whole.ID+".jsonl")
			begin := beginning(lines, whole.ID)
			for cut := begin; cut <= len(lines); cut += max(1, len(lines)/7) {
				rewrite(t, path, []byte(strings.Join(lines[:cut], "")))
				m, err := readMeter(ctx, ledger.Meter{}, whole.ID, home, path)
				if err != nil {
					t.Fatal(err)
				}
				for i := cut; i < len(lines); i += 1 + len(lines)/11 {
					kept, err := m.kept()
					if err != nil {
						t.Fatal(err)
					}
					appendFile(t, path, []byte(strings.Join(lines[i:min(len(lines), i+1+len(lines)/11)], "")))
					if m, err = readMeter(ctx, kept, whole.ID, home, path); err != nil {
						t.Fatal(err)
					}
				}
				got := map[model.Bucket]model.Count{}
				for _, r := range m.Rows {
					got[r.Bucket] = r.Count
				}
				if !maps.Equal(got, whole.Rows) {
					t.Errorf("cut after %d of %d lines:\n got %v\nwant %v", cut, len(lines), got, whole.Rows)
				}
			}
		})
	}
}

// beginning is how many lines a file has before Codex could ask for the first time:
// those up to the thread's own first turn_context.
func beginning(lines []string, id string) int {
	last := 1
	for i, l := range lines {
		if strings.Contains(l, `"type":"turn_context"`) {
			last = i + 1
		}
		if strings.Contains(l, `"type":"token_usage_record"`) && strings.Contains(l, `"thread_id":"`+id+`"`) {
			return last
		}
	}
	return last
}

func foldAlone(t *testing.T, path string) *model.Thread {
	t.Helper()
	f := newFolder(price.Default(), time.Now, nil)
	file, err := watch.Stat("", path)
	if err != nil {
		t.Fatal(err)
	}
	d, err := f.fold(context.Background(), &group{key: "x", files: []watch.File{file}}, false, news{})
	if err != nil {
		t.Fatal(err)
	}
	return d.thread
}

// A file that is replaced, cut short or compressed is read anew.
func TestMeterOfAnotherFile(t *testing.T) {
	h := newHome(t)
	s := h.begin(time.Now(), 1, nil).ask(gpt, "do").answer(tenK).answer(tenK)
	ctx := context.Background()
	m, err := readMeter(ctx, ledger.Meter{}, s.id, h.path, s.path)
	if err != nil {
		t.Fatal(err)
	}
	kept, err := m.kept()
	if err != nil {
		t.Fatal(err)
	}
	text := readFile(t, s.path)
	for name, do := range map[string]func(){
		"replaced": func() {
			if err := os.Remove(s.path); err != nil {
				t.Fatal(err)
			}
			rewrite(t, s.path, text)
			appendFile(t, s.path, nil)
		},
		"cut short": func() {
			if err := os.Truncate(s.path, int64(len(text)-300)); err != nil {
				t.Fatal(err)
			}
		},
	} {
		rewrite(t, s.path, text)
		do()
		want := foldAlone(t, s.path).Usage()
		if m, err = readMeter(ctx, kept, s.id, h.path, s.path); err != nil || m.total() != want {
			t.Errorf("%s: %v, %v; want %v", name, m.total(), err, want)
		}
	}
	kept.State = []byte("[]")
	rewrite(t, s.path, text)
	if m, err = readMeter(ctx, kept, s.id, h.path, s.path); err != nil || m.total().Responses != 2 {
		t.Errorf("with a state that can't be read: %v, %v", m, err)
	}
}

func TestMeterExpects(t *testing.T) {
	first := model.Usage{Input: 12_000, Output: 1_000}
	for _, c := range []struct {
		name   string
		recent []model.Usage
		want   model.Usage
	}{
		{"nothing yet", nil, first},
		{"one response", []model.Usage{{Input: 10_000, Output: 500}}, model.Usage{Input: 10_500, Output: 500}},
		{"growing, cached", []model.Usage{{Input: 10_000, Output: 500}, {Input: 12_500, Cached: 10_000, Output: 300}},
			model.Usage{Input: 14_800, Cached: 10_000, Output: 400}},
		{"compacted", []model.Usage{{Input: 200_000, Output: 500}, {Input: 20_000, Output: 100}}, model.Usage{Input: 20_100, Output: 300}},
		{"no output at all", []model.Usage{{Input: 10}}, model.Usage{Input: 10, Output: 1}},
	} {
		m := meter{Recent: c.recent}
		if got := m.next(first); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}

// The gate counts as the monitor judges: every budget, over recorded sessions.
func TestGateCountsAsTheJudge(t *testing.T) {
	for name, home := range corpora(t) {
		now := time.Date(2026, 11, 23, 23, 0, 0, 0, time.UTC)
		restAt(t, home, now.Add(-time.Hour)) // whenever this runs
		o := Options{Homes: []string{home}, Zone: time.UTC, User: "dev", All: true, Now: func() time.Time { return now },
			Ledger: ledgerAt(t, filepath.Join(t.TempDir(), "ledger.db"))}
		h := loadNow(t, o, Range{Kinds: true})
		var budgets []budget.Budget
		for _, period := range []string{"day", "week", "month", "run", "task"} {
			for _, limit := range []string{"$1000000", "1000G tokens", "100000 credits"} {
				b := limited(period+limit, period, limit)
				budgets = append(budgets, b)
				for scope, s := range map[string]budget.Scope{"model": {Model: "gpt-6*"}, "client": {Client: "acme"}, "task": {Task: "*"}, "user": {User: "dev"}} {
					b.Name, b.Scope = period+limit+scope, s
					budgets = append(budgets, b)
				}
			}
		}
		plan := budget.Plan{Budgets: budgets, Zone: time.UTC, Task: "[a-z]{4,}", Clients: []budget.Client{{Name: "acme", Projects: []string{"~/**", "/tmp/**", "github.com/**", "/**"}}}}
		j, err := budget.NewJudge(plan)
		if err != nil {
			t.Fatal(err)
		}
		sp, err := NewSpending(plan, price.Default(), "dev")
		if err != nil {
			t.Fatal(err)
		}
		sp.Feed(j, h)
		want := map[[2]string]budget.Standing{}
		for _, s := range j.Standings(now) {
			want[[2]string{s.Budget.Name, s.Key}] = s
		}
		compared := 0
		for id, th := range h.Fleet.Threads {
			if len(th.Files) != 1 || !isThreadID(id) || th.Usage().Responses == 0 {
				continue
			}
			q := GateQuestion{Event: GateTool, Thread: id, Transcript: th.Files[0], Model: th.Model, Cwd: th.Cwd}
			a := Decide(context.Background(), q, GateOptions{Homes: o.Homes, Ledger: o.Ledger.Path(), User: "dev", Prices: price.Default,
				Now: o.Now, Try: true, Plan: func(string, string) (budget.Plan, error) { return plan, nil }})
			if a.Problem != "" {
				t.Errorf("%s: %s", id, a.Problem)
				continue
			}
			for _, x := range a.Checked {
				s, ok := want[[2]string{x.Budget.Name, x.Key}]
				if !ok {
					continue // a run of earlier days
				}
				compared++
				if x.Spent != s.Spent || x.Upper != s.Upper || x.Unpriced != s.Unpriced {
					t.Errorf("%s: budget %s of %s: spent %d, at most %d; the judge has %d and %d", name, x.Budget.Name, x.Key, x.Spent, x.Upper, s.Spent, s.Upper)
				}
			}
		}
		t.Logf("%s: %d standings are alike", name, compared)
		if name == "recorded" && compared == 0 {
			t.Error("nothing was compared")
		}
	}
}
