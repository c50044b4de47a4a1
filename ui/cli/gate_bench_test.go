package cli

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// BenchmarkGateProcess is what Codex waits for before each request: the whole process
// of "tokenburn gate", with a ledger of a million rows that a monitor writes 64 threads
// to twice a second. It takes a minute to make the ledger; run it with
//
//	go test ./ui/cli -run xxx -bench GateProcess -benchtime 200x
//
// TOKENBURN_BENCH_LEDGER names a file to keep it in, and to find it in the next time.
func BenchmarkGateProcess(b *testing.B) {
	dir := b.TempDir()
	binary := filepath.Join(dir, "tokenburn")
	if out, err := exec.Command("go", "build", "-o", binary, "../..").CombinedOutput(); err != nil {
		b.Skipf("build: %v\n%s", err, out)
	}
	path := os.Getenv("TOKENBURN_BENCH_LEDGER")
	if path == "" {
		path = filepath.Join(dir, "ledger.db")
	}
	now := time.Now()
	l := millionRows(b, path, filepath.Join(dir, "home"), now)
	stop := writeLikeAMonitor(b, l, now)
	defer stop()
	config := filepath.Join(dir, "config.toml")
	writeFile(b, config, `[[budget]]
name = "month"
period = "month"
limit = "1000G tokens"
at_limit = "gate"

[[budget]]
name = "day"
period = "day"
limit = "$1000000"
at_limit = "gate"

[[budget]]
name = "each run"
period = "run"
limit = "$1000000"
at_limit = "gate"
`)
	var took, used []time.Duration
	for i := 0; b.Loop(); i++ {
		question := benchSession(b, filepath.Join(dir, "home"), now, i%50)
		cmd := exec.Command(binary, "gate", "--config", config, "--ledger", path, "--codex-home", filepath.Join(dir, "home"))
		cmd.Stdin = strings.NewReader(question)
		began := time.Now()
		out, err := cmd.CombinedOutput()
		took = append(took, time.Since(began))
		used = append(used, cmd.ProcessState.UserTime()+cmd.ProcessState.SystemTime())
		if err != nil || len(bytes.TrimSpace(out)) > 0 {
			b.Fatalf("%v: %s", err, out)
		}
	}
	if log, err := os.ReadFile(filepath.Join(filepath.Dir(path), "gate.log")); err == nil {
		b.Fatalf("it failed: %s", log)
	}
	report := func(of []time.Duration, name string) {
		slices.Sort(of)
		for _, p := range []int{50, 99} {
			b.ReportMetric(float64(of[(len(of)-1)*p/100].Microseconds())/1000, fmt.Sprintf("p%d-%s", p, name))
		}
	}
	report(took, "ms")
	report(used, "cpu-ms")
}

// millionRows gives a ledger of 25,000 threads with 40 rows each, over the last two months.
func millionRows(b *testing.B, path, home string, now time.Time) *ledger.Ledger {
	b.Helper()
	_, err := os.Stat(path)
	fresh := err != nil
	l, err := ledger.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { l.Close() })
	for n := 0; fresh && n < 25_000; n += 200 {
		var batch []ledger.Thread
		for i := n; i < n+200; i++ {
			batch = append(batch, benchThread(home, now.Add(-60*24*time.Hour+time.Duration(i)*200*time.Second), i))
		}
		if err := l.Replace(context.Background(), batch...); err != nil {
			b.Fatal(err)
		}
	}
	return l
}

func benchThread(home string, at time.Time, n int) ledger.Thread {
	id := fmt.Sprintf("bench-%d", n)
	th := ledger.Thread{ID: id, Run: model.RunID(id), Home: home, Project: fmt.Sprintf("github.com/acme/p%d", n%40), User: "dev",
		Cwd: fmt.Sprintf("/home/dev/p%d", n%40), Folder: fmt.Sprintf("/home/dev/p%d", n%40), Model: "gpt-5.5", First: at, Last: at.Add(2 * time.Hour), Written: at, State: []byte("{}")}
	kinds := model.Kinds()
	for q := range int64(8) {
		for k := range 5 {
			th.Rows = append(th.Rows, ledger.Row{KindBucket: model.KindBucket{Bucket: model.Bucket{Quarter: at.Unix()/900 + q, Model: "gpt-5.5"}, Kind: kinds[(n+k)%len(kinds)]},
				Count: model.Count{Usage: model.Usage{Input: 10_000, Cached: 8_000, Output: 500}, Responses: 1}})
		}
	}
	return th
}

// writeLikeAMonitor changes 64 threads twice a second.
func writeLikeAMonitor(b *testing.B, l *ledger.Ledger, now time.Time) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		tick := time.NewTicker(500 * time.Millisecond)
		defer tick.Stop()
		for n := int64(1); ; n++ {
			var batch []ledger.Thread
			for i := range 64 {
				th := benchThread("/elsewhere", now.Add(-2*time.Hour), 1_000_000+i)
				th.Rows[len(th.Rows)-1].Input += model.Tokens(n)
				batch = append(batch, th)
			}
			if err := l.Replace(ctx, batch...); err != nil && ctx.Err() == nil {
				b.Error(err)
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	}()
	return func() { cancel(); <-ended }
}

// benchSession lets a session get one more response, and gives the question of its next request.
func benchSession(b *testing.B, home string, now time.Time, n int) string {
	b.Helper()
	id := fmt.Sprintf("%08x-%04x-7000-8000-%012x", now.UnixMilli()>>16, now.UnixMilli()&0xffff, n)
	path := filepath.Join(home, "sessions", now.UTC().Format("2006/01/02"), "rollout-"+now.UTC().Format("2006-01-02T15-04-05")+"-"+id+".jsonl")
	stamp := time.Now().UTC().Format("2006-01-02T15:04:05.000Z")
	var text string
	if _, err := os.Stat(path); err != nil {
		text = fmt.Sprintf(`{"timestamp":%q,"ordinal":0,"type":"session_meta","payload":{"session_id":%q,"id":%q,"timestamp":%q,"cwd":"/home/dev/p1","originator":"codex_exec","cli_version":"0.169.0","source":"exec","history_mode":"paginated"}}
{"timestamp":%q,"ordinal":1,"type":"turn_context","payload":{"turn_id":"t","cwd":"/home/dev/p1","model":"gpt-5.5"}}
`, stamp, id, id, stamp, stamp)
	}
	text += fmt.Sprintf(`{"timestamp":%q,"ordinal":2,"type":"token_usage_record","payload":{"thread_id":%q,"turn_id":"t","session_id":%q,"response_id":"r%d","usage":{"input_tokens":10000,"cached_input_tokens":8000,"cache_write_input_tokens":0,"output_tokens":500,"reasoning_output_tokens":0,"total_tokens":10500}}}
`, stamp, id, id, time.Now().UnixNano())
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		b.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		b.Fatal(err)
	}
	defer f.Close()
	if _, err := f.WriteString(text); err != nil {
		b.Fatal(err)
	}
	return fmt.Sprintf(`{"session_id":%q,"turn_id":"t","cwd":"/home/dev/p1","transcript_path":%q,"model":"gpt-5.5","hook_event_name":"PreModelRequest"}`, id, path)
}

func writeFile(b *testing.B, path, text string) {
	b.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		b.Fatal(err)
	}
}
