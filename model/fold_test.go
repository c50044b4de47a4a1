package model

import (
	"testing"
	"time"
)

var t0 = time.Date(2026, 4, 1, 10, 0, 0, 0, time.UTC)

// script feeds events one second apart and returns the thread.
func script(id string, o Options, events ...*Event) *Thread {
	t := NewThread(id, o)
	t.BeginFile("rollout-x.jsonl")
	feed(t, t0, events...)
	return t
}

func feed(t *Thread, at time.Time, events ...*Event) {
	for i, e := range events {
		if e.At.IsZero() {
			e.At = at.Add(time.Duration(i) * time.Second)
		}
		t.Apply(e)
	}
}

func meta(id, cli string) *Event {
	return &Event{Kind: EventMeta, Ordinal: -1, Meta: &Meta{ID: id, CLIVersion: cli, OwnOrdinal: -1}}
}

func usage(in, out Tokens) Usage { return Usage{Input: in, Output: out} }

func count(total, last Usage) *Event {
	return &Event{Kind: EventTokenCount, Ordinal: -1, HasInfo: true, HasTotal: true, HasLast: true, Total: total, Last: last, TotalTokens: total.Total(), LastTokens: last.Total()}
}

func record(thread, id string, u Usage) *Event {
	return &Event{Kind: EventRecord, Ordinal: -1, ThreadID: thread, ResponseID: id, Usage: u}
}

func context(model string) *Event { return &Event{Kind: EventTurnContext, Ordinal: -1, Model: model} }

const (
	own    = "019d76d5-8d00-7067-82d1-000000000067"
	parent = "019cbd70-9d00-7028-8118-000000000028"
)

func TestWhatIsBilled(t *testing.T) {
	estimate := count(usage(10, 1), Usage{})
	estimate.LastTokens = 6859
	cut := count(usage(30, 3), Usage{})
	cut.LastTokens = 0
	overflow := &Event{Kind: EventTokenCount, HasInfo: true, HasTotal: true, HasLast: true, TotalTokens: 258400, LastTokens: 258400}
	noLast := count(usage(30, 3), Usage{})
	noLast.HasLast = false
	for name, c := range map[string]struct {
		events []*Event
		want   Usage
		n      int64
	}{
		"one response":                         {[]*Event{count(usage(10, 1), usage(10, 1))}, usage(10, 1), 1},
		"no info":                              {[]*Event{{Kind: EventTokenCount}}, Usage{}, 0},
		"repeat":                               {[]*Event{count(usage(10, 1), usage(10, 1)), count(usage(10, 1), usage(10, 1))}, usage(10, 1), 1},
		"two equal responses":                  {[]*Event{count(usage(10, 1), usage(10, 1)), count(usage(20, 2), usage(10, 1))}, usage(20, 2), 2},
		"record and its token_count":           {[]*Event{record(own, "r1", usage(10, 1)), count(usage(10, 1), usage(10, 1))}, usage(10, 1), 1},
		"record twice":                         {[]*Event{record(own, "r1", usage(10, 1)), record(own, "r1", usage(10, 1))}, usage(10, 1), 1},
		"record of another thread":             {[]*Event{record(parent, "r1", usage(10, 1))}, Usage{}, 0},
		"remote compaction is in no total":     {[]*Event{record(own, "r1", usage(10, 1)), count(usage(10, 1), usage(10, 1)), record(own, "r2", usage(99, 9)), record(own, "r3", usage(20, 2)), count(usage(30, 3), usage(20, 2))}, usage(129, 12), 3},
		"older writer in a file with records":  {[]*Event{record(own, "r1", usage(10, 1)), count(usage(10, 1), usage(10, 1)), count(usage(30, 3), usage(20, 2))}, usage(30, 3), 2},
		"estimate after a compaction":          {[]*Event{count(usage(10, 1), usage(10, 1)), estimate}, usage(10, 1), 1},
		"length cut zeroes last, with record":  {[]*Event{record(own, "r1", usage(30, 3)), cut}, usage(30, 3), 1},
		"length cut zeroes last, no record":    {[]*Event{count(usage(10, 1), usage(10, 1)), cut}, usage(30, 3), 2},
		"overflow, then totals from zero":      {[]*Event{count(usage(10, 1), usage(10, 1)), overflow, count(usage(7, 1), usage(7, 1))}, usage(17, 2), 2},
		"only totals":                          {[]*Event{count(usage(10, 1), usage(10, 1)), noLast}, usage(30, 3), 2},
		"revert to an earlier total":           {[]*Event{count(usage(10, 1), usage(10, 1)), count(usage(30, 3), usage(20, 2)), count(usage(10, 1), usage(10, 1)), count(usage(30, 3), usage(20, 2))}, usage(50, 5), 3},
		"two writers repeat in turn":           {[]*Event{count(usage(10, 1), usage(10, 1)), count(usage(15, 2), usage(5, 1)), count(usage(17, 2), usage(7, 1)), count(usage(15, 2), usage(5, 1)), count(usage(17, 2), usage(7, 1))}, usage(22, 3), 3},
		"second writer continues its own base": {[]*Event{count(usage(10, 1), usage(10, 1)), count(usage(15, 2), usage(5, 1)), count(usage(17, 2), usage(7, 1)), count(usage(20, 3), usage(5, 1))}, usage(27, 4), 4},
	} {
		th := script(own, Options{}, append([]*Event{meta(own, "0.120.0"), context("gpt-5.4")}, c.events...)...)
		if got := th.Usage(); got.Usage != c.want || got.Responses != c.n {
			t.Errorf("%s: got %+v, want %+v in %d", name, got, c.want, c.n)
		}
	}
}

func TestRestartAtZeroBefore078(t *testing.T) {
	a, b := count(usage(10, 1), usage(10, 1)), count(usage(30, 3), usage(20, 2))
	again, more := *a, *b
	again.At, more.At = t0.Add(time.Hour), t0.Add(2*time.Hour)
	th := script(own, Options{}, meta(own, "0.60.0"), context("gpt-5"), a, b, &again, &more)
	if got := th.Usage(); got.Responses != 4 || got.Input != 60 {
		t.Errorf("got %+v, want the same two responses twice", got)
	}
}

func TestUnknownModelIsFlagged(t *testing.T) {
	th := script(own, Options{}, meta(own, "0.60.0"), count(usage(10, 1), usage(10, 1)), context("gpt-5"), count(usage(30, 3), usage(20, 2)))
	if th.Uncertain.Responses != 1 || th.Uncertain.Input != 10 {
		t.Errorf("got %+v, want the first response", th.Uncertain)
	}
}

func TestCopiedHistoryIsNotBilled(t *testing.T) {
	fork := func(cli string) *Event {
		m := meta(own, cli)
		m.Meta.ForkedFrom = parent
		return m
	}
	pairs := []Pair{{Total: usage(10, 1), Last: usage(10, 1), TotalTokens: 11}, {Total: usage(30, 3), Last: usage(20, 2), TotalTokens: 33}}
	copies := func() []*Event {
		at := t0.Add(10 * time.Millisecond)
		a, b := count(usage(10, 1), usage(10, 1)), count(usage(30, 3), usage(20, 2))
		a.At, b.At = at, at
		return []*Event{meta(parent, "0.90.0"), a, b}
	}
	turn := &Event{Kind: EventTurnStarted, Ordinal: -1, TurnID: own}
	old := &Event{Kind: EventTurnStarted, Ordinal: -1, TurnID: parent, At: t0}
	later := count(usage(37, 4), usage(7, 1))
	later.At = t0.Add(10*time.Millisecond + 20*time.Millisecond)
	for name, c := range map[string]struct {
		first *Event
		o     Options
		rest  []*Event
	}{
		"by turn id":       {fork("0.115.0"), Options{}, []*Event{turn, later}},
		"by the ancestor":  {fork("0.95.0"), Options{Ancestor: func(string) ([]Pair, bool) { return pairs, true }}, []*Event{later}},
		"by the pause":     {fork("0.95.0"), Options{}, []*Event{later}},
		"old turn is copy": {fork("0.115.0"), Options{}, []*Event{old, count(usage(30, 3), usage(20, 2)), turn, later}},
	} {
		if c.rest[len(c.rest)-2+1] == later && c.rest[0] == turn {
			turn.At = later.At
		}
		c.first.At = t0
		th := script(own, c.o, append(append([]*Event{c.first}, copies()...), c.rest...)...)
		if got := th.Usage(); got.Usage != usage(7, 1) {
			t.Errorf("%s: billed %+v, want the one response after the copy", name, got)
		}
		if th.Inherited.Input < 30 {
			t.Errorf("%s: inherited %+v, want the copied responses", name, th.Inherited)
		}
		if th.ID != own {
			t.Errorf("%s: thread is %s", name, th.ID)
		}
	}
}

func TestNothingIsCopiedWithoutAForeignMeta(t *testing.T) {
	m := meta(own, "0.95.0")
	m.Meta.ParentID, m.Meta.Source = parent, "subagent"
	th := script(own, Options{}, m, context("gpt-5"), count(usage(10, 1), usage(10, 1)))
	if got := th.Usage(); got.Responses != 1 {
		t.Errorf("got %+v, want a fresh sub-agent's own response", got)
	}
}

func TestCopyOfAFileAddsOnlyWhatIsNew(t *testing.T) {
	a, b, c := count(usage(10, 1), usage(10, 1)), count(usage(30, 3), usage(20, 2)), count(usage(60, 6), usage(30, 3))
	th := script(own, Options{}, meta(own, "0.120.0"), context("gpt-5.4"), a, b)
	th.BeginFile("archived_sessions/rollout-x.jsonl")
	feed(th, t0, meta(own, "0.120.0"), context("gpt-5.4"), a, b, c)
	if got := th.Usage(); got.Responses != 3 || got.Input != 60 {
		t.Errorf("got %+v, want three responses", got)
	}
}

func TestTierIsThatOfTheTurn(t *testing.T) {
	set := func(tier string) *Event { return &Event{Kind: EventSettings, Ordinal: -1, HasTier: true, Tier: tier} }
	turn := func(id string) *Event { return &Event{Kind: EventTurnStarted, Ordinal: -1, TurnID: id} }
	th := script(own, Options{}, meta(own, "0.169.0"), turn("a"), context("m"), set("fast"), record(own, "1", usage(1, 1)),
		set(""), record(own, "2", usage(1, 1)), turn("b"), context("m"), record(own, "3", usage(1, 1)))
	tiers := map[string]int64{}
	for b, c := range th.Rows {
		tiers[b.Tier] += c.Responses
	}
	if tiers["fast"] != 2 || tiers[""] != 1 {
		t.Errorf("got %v, want fast for the first turn only", tiers)
	}
}

func TestTurnsAndCalls(t *testing.T) {
	call := &Event{Kind: EventToolCall, Ordinal: -1, Tool: Tool{CallID: "c1", Name: "exec_command", Command: "make \x1b[31mtest"}}
	out := &Event{Kind: EventToolOutput, Ordinal: -1, Tool: Tool{CallID: "c1", ExitCode: 2, HasExit: true}}
	th := NewThread(own, Options{Detail: true})
	th.BeginFile("rollout-x.jsonl")
	feed(th, t0, meta(own, "0.169.0"), &Event{Kind: EventTurnStarted, TurnID: "a"}, context("m"), record(own, "1", usage(1, 1)), call)
	if th.Pending != 1 || th.Turn.State != TurnRunning || th.Turn.LastTool != "make test" {
		t.Fatalf("pending %d, state %v, last %q", th.Pending, th.Turn.State, th.Turn.LastTool)
	}
	feed(th, t0.Add(time.Minute), out, &Event{Kind: EventFileChange, Tool: Tool{CallID: "c2"}, Changes: []FileChange{{Path: "a", Added: 3, Removed: -1}}},
		&Event{Kind: EventTurnEnded, TurnID: "a", Status: "aborted", Reason: "interrupted"}, &Event{Kind: EventTurnStarted, TurnID: "b"}, &Event{Kind: EventTurnStarted, TurnID: "c"})
	if th.Pending != 0 || len(th.Turns) != 3 {
		t.Fatalf("pending %d, %d turns", th.Pending, len(th.Turns))
	}
	first := th.Turns[0]
	if first.State != TurnAborted || first.Failed != 1 || first.Files != 1 || first.Added != 3 || first.Removed != 0 {
		t.Errorf("first turn %+v", first)
	}
	if th.Turns[1].State != TurnDied || th.Turns[2].State != TurnRunning {
		t.Errorf("states %v %v, want died and running", th.Turns[1].State, th.Turns[2].State)
	}
}

func TestContextPercent(t *testing.T) {
	for _, c := range []struct {
		context, window Tokens
		want            float64
	}{{0, 258400, -1}, {1000, 0, -1}, {12000, 258400, 0}, {258400, 258400, 100}, {135200, 258400, 50}, {500, 1000, 50}, {9000, 1000, 100}} {
		if got := ContextPercent(c.context, c.window); got != c.want {
			t.Errorf("%d of %d: got %v, want %v", c.context, c.window, got, c.want)
		}
	}
}

func TestUUIDTime(t *testing.T) {
	if ms, ok := UUIDTime("019d76d5-8d00-7067-82d1-000000000067"); !ok || time.UnixMilli(ms).UTC().Format(time.DateOnly) != "2026-04-10" {
		t.Errorf("got %v %v", time.UnixMilli(ms).UTC(), ok)
	}
	for _, s := range []string{"", "rollout-2", "019d76d5-8d00-4067-82d1-000000000067", "zzzzzzzz-8d00-7067-82d1-000000000067"} {
		if _, ok := UUIDTime(s); ok {
			t.Errorf("%q has a time", s)
		}
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                            "plain",
		"a\x1b[31mred\x1b[0m b":            "ared b",
		"\x1b]0;owned\x07title":            "title",
		"\x1b]52;c;aGk=\x1b\\x":            "x",
		"two\nlines\t and  more ":          "two lines and more",
		"bidi \u202e and zero\u200d\ufe0f": "bidi and zero",
		"\u009b31mcsi":                     "csi",
		"bad \xff byte":                    "bad \ufffd byte",
		"日本語":                              "日本語",
	} {
		if got := Clean(in, 100); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	if got := Clean("日本語", 7); got != "日本" {
		t.Errorf("cut: got %q", got)
	}
}

func FuzzClean(f *testing.F) {
	f.Add("a\x1b[31m\x9b\u202e\x07", 10)
	f.Fuzz(func(t *testing.T, s string, n int) {
		n = n & 0xff
		got := Clean(s, n)
		if len(got) > n {
			t.Fatalf("%d bytes, limit %d", len(got), n)
		}
		for _, r := range got {
			if r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x202e {
				t.Fatalf("%q keeps %U", got, r)
			}
		}
	})
}
