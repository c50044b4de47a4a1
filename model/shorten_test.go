package model

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"testing"
	"time"
)

// A run that never ends: tools of many kinds, some with outputs that come hundreds of calls
// later, calls in calls, patches and turns.
func endless(r *rand.Rand, at time.Time, apply func(Event)) {
	var waiting []string
	outer, turn := "", 0
	e := func(k EventKind) Event {
		at = at.Add(time.Duration(r.IntN(3000)) * time.Millisecond)
		return Event{Kind: k, Type: fmt.Sprint("t", k), At: at, ThreadID: "t"}
	}
	for n := range 6000 {
		switch id := fmt.Sprint("call_", n); r.IntN(12) {
		case 0, 1, 2:
			v := e(EventToolCall)
			v.Tool = Tool{CallID: id, Name: "exec_command", Command: fmt.Sprintf([]string{"go test ./p%d", "git commit -m %d", "cat f%d.go", "rg x%d", "sed -i s/a/b/ f%d.go"}[r.IntN(5)], r.IntN(9))}
			apply(v)
			waiting = append(waiting, id)
		case 3, 4, 5:
			if len(waiting) > 0 && r.IntN(40) > 0 {
				i := len(waiting) - 1
				if r.IntN(8) == 0 {
					i = r.IntN(len(waiting))
				}
				v := e(EventToolOutput)
				v.Tool = Tool{CallID: waiting[i], ExitCode: r.IntN(2), HasExit: true, Output: "ok", OutputBytes: 2}
				apply(v)
				if waiting[i] == outer {
					outer = ""
				}
				waiting = append(waiting[:i], waiting[i+1:]...)
			}
		case 6:
			v := e(EventToolEnd)
			v.Tool = Tool{CallID: fmt.Sprint("call_", n-r.IntN(600)), Name: "exec_command", Command: "go vet ./...", HasExit: true, Duration: time.Second}
			apply(v)
		case 7:
			v := e(EventFileChange)
			v.Tool, v.Changes = Tool{CallID: id}, []FileChange{{Path: fmt.Sprintf("f%d.go", r.IntN(9)), Added: 2, Removed: 1}}
			apply(v)
		case 8:
			if outer == "" && r.IntN(4) == 0 {
				outer = id
				v := e(EventToolCall)
				v.Tool = Tool{CallID: id, Name: "exec", Args: "await tools.exec_command('ls')"}
				apply(v)
				waiting = append(waiting, id)
			}
		case 9, 10:
			v := e(EventRecord)
			v.ResponseID, v.TurnID, v.Usage = fmt.Sprint("resp_", n), fmt.Sprint("turn_", turn), Usage{Input: Tokens(r.IntN(9000)), Output: 50}
			apply(v)
		default:
			if r.IntN(60) == 0 {
				v := e(EventTurnEnded)
				v.TurnID, v.Status = fmt.Sprint("turn_", turn), "completed"
				apply(v)
				turn++
				v = e(EventTurnStarted)
				v.TurnID = fmt.Sprint("turn_", turn)
				apply(v)
				v = e(EventUserMessage)
				v.Text = "fix the bug"
				apply(v)
				waiting, outer = nil, ""
			}
		}
	}
}

// What is summed up and told of a thread is the same whether or not all of it is kept.
func TestShortIsExact(t *testing.T) {
	at := time.Date(2026, 11, 23, 8, 0, 0, 0, time.UTC)
	for seed := range uint64(3) {
		whole := NewThread("t", Options{Detail: true})
		old := map[int64]Call{}
		late := NewThread("t", Options{Detail: true}) // short from its middle on
		short := NewThread("t", Options{Detail: true, Short: true, Older: func(n int64, c *Call) {
			if _, twice := old[n]; twice {
				t.Errorf("call %d was told of twice", n)
			}
			old[n] = *c
		}})
		n := 0
		endless(rand.New(rand.NewPCG(seed, 1)), at, func(e Event) {
			facts := make([]Fact, 3)
			for i, th := range []*Thread{whole, short, late} {
				one := e
				facts[i] = th.Apply(&one)
			}
			n++
			for i, f := range facts[1:] {
				if f.Kind != facts[0].Kind || (f.Call == nil) != (facts[0].Call == nil) || f.Call != nil && f.Call.CallID != facts[0].Call.CallID {
					t.Fatalf("event %d of fold %d: fact %+v, want %+v", n, i, f, facts[0])
				}
			}
			if n == 2000 {
				late.Shorten()
			}
			if n%23 > 0 {
				return
			}
			for _, th := range []*Thread{whole, short, late} {
				th.Judge()
			}
			for name, th := range map[string]*Thread{"short": short, "late": late} {
				if d := different(whole, th); d != "" {
					t.Fatalf("seed %d, event %d, %s: %s", seed, n, name, d)
				}
			}
			if len(short.Calls) > ShortCalls*5/4 || cap(short.Calls) > 2*ShortCalls || len(short.Responses) > ShortResponses*5/4 || len(short.Turns) > ShortTurns*5/4 {
				t.Fatalf("%d calls in %d, %d responses, %d turns are kept", len(short.Calls), cap(short.Calls), len(short.Responses), len(short.Turns))
			}
		})
		if !short.IsShort() || whole.IsShort() || len(old) == 0 || n < 2000 {
			t.Fatalf("nothing was let go of in %d events", n)
		}
		base := int64(whole.CallCount) - int64(len(whole.Calls))
		for i := range whole.Calls {
			w := whole.Calls[i]
			if o, ok := old[base+int64(i)]; ok && (o.CallID != w.CallID || o.Done != w.Done || o.ExitCode != w.ExitCode || !o.Ended.Equal(w.Ended) || o.Command != w.Command || o.Applied() != w.Applied()) {
				t.Errorf("call %d was let go of as %+v, it is %+v", i, o, w)
			}
		}
	}
}

// different says what two folds of the same lines tell otherwise.
func different(a, b *Thread) string {
	x, y := *a, *b
	for _, th := range []*Thread{&x, &y} {
		th.Turns, th.Responses, th.TurnBase, th.fold = nil, nil, 0, nil
		th.Calls = th.Calls[max(0, len(th.Calls)-200):]
	}
	switch {
	case !maps.Equal(a.KindRows, b.KindRows):
		return fmt.Sprintf("kinds %v, want %v", b.KindRows, a.KindRows)
	case !reflect.DeepEqual(a.Waiting(), b.Waiting()):
		return fmt.Sprintf("it waits for %+v, want %+v", b.Waiting(), a.Waiting())
	case a.Forgotten() != b.Forgotten():
		return fmt.Sprintf("%d are forgotten, want %d", b.Forgotten(), a.Forgotten())
	case !reflect.DeepEqual(x, y):
		return fmt.Sprintf("%+v\nwant %+v", y, x)
	}
	return ""
}
