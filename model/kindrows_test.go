package model_test

import (
	"bytes"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
	"github.com/tokenburn-sentinel/tokenburn/watch/rollout"
)

// sumOfKinds adds the kinds up again.
func sumOfKinds(t *model.Thread) map[model.Bucket]model.Count {
	rows := map[model.Bucket]model.Count{}
	for k, c := range t.KindRows {
		rows[k.Bucket] = rows[k.Bucket].Plus(c)
	}
	return rows
}

// follow folds lines and judges after every line that often says so.
func follow(t testing.TB, id string, lines [][]byte, often func(i int) bool) *model.Thread {
	t.Helper()
	th := model.NewThread(id, model.Options{Detail: true})
	th.BeginFile("rollout-" + id + ".jsonl")
	d := rollout.NewDecoder(rollout.Options{Detail: true})
	var e model.Event
	for i, line := range lines {
		if err := d.Decode(watch.Line{Bytes: line, Offset: int64(i)}, &e); err != nil {
			th.Skip("unreadable")
			continue
		}
		th.Apply(&e)
		if often(i) {
			th.Judge()
			if got := sumOfKinds(th); !maps.Equal(got, th.Rows) {
				t.Fatalf("after line %d the kinds add up to %v, not %v", i+1, got, th.Rows)
			}
		}
	}
	th.Judge()
	return th
}

// sessionsToFollow are all sessions that the tests have.
func sessionsToFollow(t testing.TB) map[string][][]byte {
	t.Helper()
	all := map[string][][]byte{}
	for _, half := range []string{"tuning", "heldout"} {
		for _, s := range readSet(t, half) {
			all[half+" "+s.name] = s.lines
		}
	}
	files, err := filepath.Glob(filepath.Join("..", "testdata", "sessions", "codex-0.169", "*.jsonl"))
	if err != nil || len(files) < 20 {
		t.Fatalf("%d recorded sessions: %v", len(files), err)
	}
	more, err := filepath.Glob(filepath.Join("..", "testdata", "accounting", "*", "*sessions", "*", "*", "*", "*.jsonl"))
	if err != nil || len(more) < 5 {
		t.Fatalf("%d accounting cases: %v", len(more), err)
	}
	for _, f := range append(files, more...) {
		text, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		all[f] = bytes.Split(bytes.TrimSpace(text), []byte("\n"))
	}
	return all
}

// The kinds add up to the rows at every line of every session, recorded and made
// up, and it makes no difference when and how often somebody looked.
func TestKindsAddUpWheneverOneLooks(t *testing.T) {
	t.Parallel()
	for name, lines := range sessionsToFollow(t) {
		live := follow(t, "x", lines, func(int) bool { return true })
		some := follow(t, "x", lines, func(i int) bool { return i%7 == 3 })
		once := follow(t, "x", lines, func(int) bool { return false })
		for _, other := range []*model.Thread{some, live} {
			if !maps.Equal(once.KindRows, other.KindRows) {
				t.Errorf("%s: followed live the rows are %v, replayed %v", name, other.KindRows, once.KindRows)
			}
			if len(once.Calls) != len(other.Calls) {
				t.Fatalf("%s: %d calls and %d", name, len(once.Calls), len(other.Calls))
			}
			for i := range once.Calls {
				a, b := &once.Calls[i], &other.Calls[i]
				if a.Work != b.Work || !reflect.DeepEqual(a.Evidence, b.Evidence) {
					t.Errorf("%s: %s is %v %v live, %v %v replayed", name, a.CallID, b.Work, b.Evidence, a.Work, a.Evidence)
				}
			}
		}
		if !maps.Equal(sumOfKinds(once), once.Rows) {
			t.Errorf("%s: the kinds add up to %v, not %v", name, sumOfKinds(once), once.Rows)
		}
	}
}

// Nor does it where a script of code mode is cut off before its output comes, and where
// the next turn works in another folder.
func TestKindsOfWhatIsCutOff(t *testing.T) {
	t.Parallel()
	script := `await tools.apply_patch("*** Begin Patch\n*** Update File: main.go\n@@\n-a\n+b\n*** End Patch"); await tools.exec_command({cmd: "go test ./..."})`
	call := func(id, name, command string) model.Event {
		return model.Event{Kind: model.EventToolCall, Tool: model.Tool{CallID: id, Name: name, Command: command}}
	}
	response := func(id string) model.Event {
		return model.Event{Kind: model.EventRecord, ResponseID: id, Usage: model.Usage{Input: 100, Output: 10}}
	}
	for name, events := range map[string][]model.Event{
		"a script": {
			{Kind: model.EventTurnStarted, TurnID: "1"},
			{Kind: model.EventUserMessage, Text: "Review my changes, please"},
			call("a", "exec_command", "git diff"),
			response("1"),
			{Kind: model.EventToolCall, Tool: model.Tool{CallID: "b", Name: "exec", Args: script}},
			{Kind: model.EventToolEnd, Tool: model.Tool{CallID: "c", Name: "exec_command", Command: "go test ./...", HasExit: true}},
			response("2"),
			{Kind: model.EventTurnEnded, TurnID: "1", Status: "aborted"},
			{Kind: model.EventTurnStarted, TurnID: "2"},
		},
		"another folder": {
			{Kind: model.EventTurnContext, Cwd: "/tmp/app"},
			{Kind: model.EventUserMessage, Text: "go on"},
			{Kind: model.EventToolCall, Tool: model.Tool{CallID: "a", Name: "apply_patch"}, Changes: []model.FileChange{{Path: "/tmp/app/docs/guide.md", Added: 3}}},
			response("1"),
			{Kind: model.EventUserMessage, Text: "go on"},
			{Kind: model.EventTurnContext, Cwd: "/home/dev/other"},
		},
	} {
		var rows [2]map[model.KindBucket]model.Count
		for i := range rows {
			th, at := model.NewThread("t", model.Options{Detail: true}), time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
			th.BeginFile("t")
			for _, e := range events {
				at = at.Add(time.Second)
				e.At = at
				if th.Apply(&e); i == 1 {
					th.Judge()
				}
			}
			th.Judge()
			rows[i] = th.KindRows
		}
		if !maps.Equal(rows[0], rows[1]) {
			t.Errorf("%s: followed live the rows are %v, replayed %v", name, rows[1], rows[0])
		}
	}
}

// A turn of more calls and responses than a thread keeps is judged in parts.
func TestKindsOfAnEndlessTurn(t *testing.T) {
	t.Parallel()
	s := newLabelled("tuning", 0, []string{"endless", "cwd=/home/dev/app"})
	s.prompt("fix the retry")
	for range 3 * model.MaxCalls / 2 {
		s.add(item{what: "$", text: "rg -n retry src", label: "R"})
		s.add(item{what: "%", text: "*** Update File: src/a.go\n@@\n-a\n+b", label: "E"})
	}
	s.answer("done")
	th := s.fold(t)
	if !maps.Equal(sumOfKinds(th), th.Rows) {
		t.Fatal("the kinds do not add up")
	}
	by := map[model.Kind]model.Tokens{}
	for k, c := range th.KindRows {
		by[k.Kind] += c.Total()
	}
	all := th.Usage().Total()
	if by[model.KindResearch] < all*4/10 || by[model.KindEdit] < all*4/10 {
		t.Errorf("of %d tokens: %v", all, by)
	}
}

// A web search's item comes before its call, and is one call with it.
func TestWebSearchIsOneCall(t *testing.T) {
	t.Parallel()
	s := newLabelled("tuning", 0, []string{"search", "cwd=/home/dev/app"})
	s.prompt("which algorithm is faster?")
	s.add(item{what: "?", text: "radix sort", label: "R"})
	s.answer("radix")
	if th := s.fold(t); len(th.Calls) != 1 || th.CallCount != 1 || th.Turns[0].Calls != 1 {
		t.Errorf("%d calls kept, %d counted, %d in the turn", len(th.Calls), th.CallCount, th.Turns[0].Calls)
	}
}

func BenchmarkKinds(b *testing.B) {
	var sets []*labelled
	for _, half := range []string{"tuning", "heldout"} {
		sets = append(sets, readSet(b, half)...)
	}
	calls := 0
	for b.Loop() {
		calls = 0
		for _, s := range sets {
			s.fold(b)
			calls += len(s.labels)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(calls), "ns/call")
}
