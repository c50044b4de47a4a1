package monitor

import (
	"context"
	"fmt"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// crowd fills a book with runs of some turns each, begun within the last day.
func crowd(tb testing.TB, runs int, now time.Time) *book {
	tb.Helper()
	b := newBook(Options{Zone: time.UTC, Now: func() time.Time { return now }}.withDefaults())
	for i := range runs {
		began := now.Add(-time.Duration(i%1400+2) * time.Minute)
		t := model.NewThread(threadID(began, i), model.Options{Detail: true})
		t.Apply(&model.Event{Kind: model.EventMeta, At: began, Meta: &model.Meta{ID: t.ID, SessionID: t.ID, Cwd: fmt.Sprintf("/home/dev/p%d", i%40), Originator: "codex-tui", CLIVersion: "0.169.0"}})
		d := &folded{key: t.ID, thread: t, detail: true}
		for turn := range 3 {
			id := threadID(began, 1000+turn)
			t.Apply(&model.Event{Kind: model.EventTurnStarted, At: began, TurnID: id})
			t.Apply(&model.Event{Kind: model.EventTurnContext, At: began, TurnID: id, Model: gpt})
			for n := range 10 {
				at := began.Add(time.Duration(turn*10+n) * 3 * time.Second)
				f := t.Apply(&model.Event{Kind: model.EventRecord, At: at, ThreadID: t.ID, ResponseID: fmt.Sprint(turn, n), Usage: small})
				d.burn.response(at, now, b.o.Prices.Cost(f.Response.Bucket, small), small.Total())
			}
			t.Apply(&model.Event{Kind: model.EventTurnEnded, At: began.Add(time.Duration(turn+1) * 30 * time.Second), TurnID: id, Status: "completed"})
		}
		b.install(d, now)
	}
	return b
}

// BenchmarkSnapshot builds snapshots of 500 runs: when nothing happened but a
// second went by, when one run was written to, and all anew.
func BenchmarkSnapshot(b *testing.B) {
	now := time.Date(2026, 11, 23, 23, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		name  string
		dirty int
	}{{"idle", 0}, {"one run written to", 1}, {"all runs written to", 500}} {
		b.Run(c.name, func(b *testing.B) {
			book := crowd(b, 500, now)
			book.snapshot(now)
			at := now
			b.ReportAllocs()
			for b.Loop() {
				at = at.Add(time.Millisecond)
				for _, e := range book.entries[:c.dirty] {
					book.tally(e, at)
				}
				if s := book.snapshot(at); len(s.Runs) != 500 {
					b.Fatalf("%d runs", len(s.Runs))
				}
			}
		})
	}
}

// BenchmarkLoad reads the home in TOKENBURN_BENCH_HOME, or a small one that it
// makes, and reports bytes a second and the largest heap.
func BenchmarkLoad(b *testing.B) {
	home := os.Getenv("TOKENBURN_BENCH_HOME")
	if home == "" {
		home = benchHome(b)
	}
	for _, detail := range []bool{false, true} {
		b.Run(fmt.Sprintf("detail=%v", detail), func(b *testing.B) {
			var most uint64
			for b.Loop() {
				stop, peak := make(chan struct{}), make(chan uint64)
				go watchHeap(stop, peak)
				h, err := Load(context.Background(), Options{Homes: []string{home}}, Range{Detail: detail})
				if err != nil {
					b.Fatal(err)
				}
				close(stop)
				most = max(most, <-peak)
				b.SetBytes(h.Bytes)
			}
			b.ReportMetric(float64(most)/(1<<20), "MiB-peak")
		})
	}
}

// watchHeap samples how much memory the process holds.
func watchHeap(stop <-chan struct{}, peak chan<- uint64) {
	var most uint64
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	for {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		most = max(most, m.Sys-m.HeapReleased)
		select {
		case <-stop:
			peak <- most
			return
		case <-tick.C:
		}
	}
}

// benchHome makes a home of about 20 MB.
func benchHome(b *testing.B) string {
	b.Helper()
	home := codexHome{b, b.TempDir()}
	output := make([]byte, 4000)
	for i := range output {
		output[i] = 'a' + byte(i%26)
	}
	for i := range 20 {
		s := home.begin(time.Now().Add(-time.Duration(i)*time.Hour), i+1, nil)
		for range 20 {
			s.ask(gpt, "do")
			for range 10 {
				s.line("response_item", map[string]any{"type": "function_call_output", "call_id": "c", "output": string(output)})
				s.answer(small).count(small, 3)
			}
			s.end()
		}
	}
	return home.path
}
