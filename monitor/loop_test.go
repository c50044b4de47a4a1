package monitor

import (
	"context"
	"fmt"
	"os"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

// still gives a loop that does not run, so that a test decides what happens when.
func still(t *testing.T, homes ...string) *loop {
	t.Helper()
	m := New(Options{Homes: homes, Zone: time.UTC})
	l := newLoop(&m.core)
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	l.ctx = ctx
	return l
}

func (l *loop) look() {
	files, problems := watch.Scan(l.o.Homes)
	l.take(listing{files: files, problems: problems, homes: homesOf(l.o.Homes)})
}

// Live before history is complete: what changes is read at once, and what a worker
// brings of it later counts nothing twice.
func TestLateHistory(t *testing.T) {
	h := newHome(t)
	now := time.Now()
	old := h.begin(now.Add(-50*time.Hour), 1, nil).ask(gpt, "old").answer(small).touched()
	run := h.begin(now.Add(-time.Hour), 2, nil).ask(gpt, "live").answer(small)
	l := still(t, h.path)
	l.look()
	if l.left != 2 || len(l.history) != 2 || l.history[0].key != run.id {
		t.Fatalf("%d to read, the first %s", l.left, l.history[0].key)
	}
	worker := newFolder(l.o.Prices, l.now, l.anc.lookup)
	fold := func(j job) *folded {
		t.Helper()
		d, err := worker.fold(l.ctx, &j.group, j.detail, j.since)
		if err != nil {
			t.Fatal(err)
		}
		return d
	}
	count := func(s *session) int64 {
		if e := l.threads[s.id]; e != nil {
			return e.sums.usage.Responses
		}
		return -1
	}

	_, first := l.nextHistory() // a worker takes the live run's file
	first.source.busy = true
	stale := fold(first)
	run.answer(small)
	l.hint(watch.Hint{Paths: []string{run.path}}) // which then grows
	if got := count(run); got != -1 {
		t.Fatalf("%d responses before the worker is done", got)
	}
	old.answer(small) // and so does a file that was not reached yet
	l.hint(watch.Hint{Paths: []string{old.path}})
	if got := count(old); got != 2 {
		t.Errorf("a file that grew before it was reached: %d responses, want 2", got)
	}
	l.receive(result{first.source, stale})
	l.readOn()
	if got := count(run); got != 2 {
		t.Errorf("a file that grew while a worker read it: %d responses, want 2", got)
	}
	if jobs, _ := l.nextHistory(); jobs != nil {
		t.Error("what was read is read again")
	}
	if !l.reading.Done || l.reading.FilesDone != 2 || l.readyAt.IsZero() {
		t.Errorf("reading %+v", l.reading)
	}
}

func TestSkipHistory(t *testing.T) {
	h := newHome(t)
	now := time.Now()
	var all []*session
	for i := range 3 {
		all = append(all, h.begin(now.Add(-time.Duration(i+1)*time.Hour), 1+i, nil).ask(gpt, "do").answer(small).touched())
	}
	l := still(t, h.path)
	l.look()
	_, j := l.nextHistory()
	j.source.busy = true
	l.obey(SkipHistory{})
	if l.reading.Done {
		t.Fatal("done while a worker reads")
	}
	d, err := newFolder(l.o.Prices, l.now, l.anc.lookup).fold(l.ctx, &j.group, j.detail, j.since)
	if err != nil {
		t.Fatal(err)
	}
	l.receive(result{j.source, d})
	if r := l.reading; !r.Done || !r.Skipped || r.FilesDone != 1 || r.FilesTotal != 3 {
		t.Errorf("reading %+v", r)
	}
	l.look()
	if len(l.threads) != 1 {
		t.Errorf("%d threads, want 1: the others were left out", len(l.threads))
	}
	all[2].answer(small)
	l.hint(watch.Hint{Paths: []string{all[2].path}})
	if len(l.threads) != 2 || l.threads[all[2].id].sums.usage.Responses != 2 {
		t.Error("what is written to is read after all")
	}
}

// A large growth is read in steps.
func TestSteps(t *testing.T) {
	h := newHome(t)
	s := h.begin(time.Now().Add(-time.Minute), 1, nil).ask(gpt, "do").answer(small)
	l := still(t, h.path)
	l.look()
	for _, src := range l.history {
		l.foldNow(src)
	}
	filler := make([]byte, 1<<20)
	for i := range filler {
		filler[i] = 'x'
	}
	var b []byte
	const lines = 60
	for range lines {
		b = append(b, s.encode("response_item", map[string]any{"type": "reasoning", "id": "r", "encrypted_content": string(filler)})...)
	}
	s.raw(b).answer(small)
	e := l.threads[s.id]
	before, steps := e.thread.Lines, 0
	l.touch(l.sources[s.id])
	for len(l.grown) > 0 {
		offset := e.tail.Offset()
		src := l.grown[0]
		l.grown, src.reading = nil, false
		l.read(src)
		if read := e.tail.Offset() - offset; read > stepBytes+2<<20 {
			t.Fatalf("%d bytes in one step", read)
		}
		steps++
	}
	if steps < lines/10 || e.thread.Lines != before+lines+1 || e.sums.usage.Responses != 2 {
		t.Errorf("%d lines in %d steps, %d responses", e.thread.Lines-before, steps, e.sums.usage.Responses)
	}
}

// A look at the folders that misses a file once is not believed.
func TestMissedOnce(t *testing.T) {
	h := newHome(t)
	s := h.begin(time.Now().Add(-time.Minute), 1, nil).ask(gpt, "do").answer(small)
	l := still(t, h.path)
	l.look()
	for _, src := range l.history {
		l.foldNow(src)
	}
	l.take(listing{homes: l.homes})
	if e := l.threads[s.id]; e.gone || l.scanAt.IsZero() {
		t.Error("believed at once, or not looked again")
	}
	l.look()
	if src := l.sources[s.id]; !src.missed.IsZero() || len(src.files) != 1 {
		t.Errorf("source %+v", src)
	}
}

func TestFocusOld(t *testing.T) {
	h := newHome(t)
	now := time.Now()
	s := h.begin(now.Add(-90*time.Hour), 1, nil).ask(gpt, "first").answer(small)
	id := s.call("echo \x1b[31mred")
	s.output(id, 1).patch("/tmp/\x1b[2Ja.go").answer(small).end().wait(time.Minute).ask(gpt, "second").answer(small).end().touched()
	child := h.begin(s.now, 2, meta{"session_id": s.id, "parent_thread_id": s.id, "agent_nickname": "Kid"}).ask(gpt, "part").answer(small).end().touched()
	young := h.begin(now.Add(-time.Hour), 3, nil).ask(gpt, "young").answer(small)
	l := start(t, Options{Homes: []string{h.path}})
	sn := l.until("history", func(sn Snapshot) bool { return ready(sn) && len(sn.Runs) == 1 })
	if sn.Runs[0].ID != model.RunID(young.id) || sn.Detail != nil {
		t.Fatalf("%s", describe(sn))
	}
	l.m.Send(Focus{model.RunID(s.id)})
	d := l.until("its inside", func(sn Snapshot) bool { return sn.Detail != nil && len(sn.Detail.Turns) == 3 }).Detail
	if d.Turns[0].Prompt == "" || d.Turns[2].Prompt != "first" || d.Turns[2].Number != 1 || d.Turns[2].Cost.USD <= 0 || d.Turns[2].Usage.Responses != 2 {
		t.Errorf("turns %+v", d.Turns)
	}
	if len(d.Calls) != 2 || d.Calls[1].Text != "echo red" && d.Calls[1].Text != "true" || !d.Calls[1].Done || d.Calls[1].ExitCode != 1 || d.Calls[0].Added != 2 {
		t.Errorf("calls %+v", d.Calls)
	}
	if len(d.Context) != 3 || d.Context[0].Tokens == 0 || d.Context[0].Cost <= 0 || d.Context[2].Turn != 2 {
		t.Errorf("context %+v", d.Context)
	}
	agents := 0
	for _, turn := range d.Turns {
		if turn.Agent == "Kid" && turn.Thread == child.id {
			agents++
		}
	}
	if agents != 1 {
		t.Errorf("%d turns of the sub-agent, want 1", agents)
	}
	l.m.Send(Focus{})
	l.until("no inside", func(sn Snapshot) bool { return sn.Detail == nil })
	l.m.Send(Focus{"nobody"})
	l.m.Send(Rescan{})
	s.now = time.Now()
	s.answer(small)
	l.until("growth", responses(6))
}

func TestSendAfterRun(t *testing.T) {
	m := New(Options{Homes: []string{t.TempDir()}, Poll: true})
	ctx, stop := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- m.Run(ctx) }()
	<-m.Snapshots()
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	for range 100 {
		m.Send(Rescan{})
	}
	if _, open := <-m.Snapshots(); open {
		if _, open = <-m.Snapshots(); open {
			t.Error("the channel of snapshots is open")
		}
	}
}

// A home that comes into being is found.
func TestHomeAppears(t *testing.T) {
	h := newHome(t)
	path := h.path + "/later"
	l := start(t, Options{Homes: []string{path}})
	sn := l.until("nothing", ready)
	if len(sn.Runs) != 0 || len(sn.Notices) != 1 || sn.Source.Homes[0].Sessions != "missing" {
		t.Errorf("%s, homes %v", describe(sn), sn.Source.Homes)
	}
	if err := os.Mkdir(path, 0o755); err != nil {
		t.Fatal(err)
	}
	codexHome{t, path}.begin(time.Now(), 1, nil).ask(gpt, "do").answer(small)
	sn = l.until("a run and no notice", func(sn Snapshot) bool {
		return allResponses(sn) == 1 && len(sn.Notices) == 0 && sn.Source.Homes[0].Sessions == "exists"
	})
	if sn.Log[0].Text != "run started" {
		t.Errorf("log %v", sn.Log)
	}
}

// What a snapshot holds is not changed by the loop afterwards.
func TestSnapshotIsFixed(t *testing.T) {
	h := newHome(t)
	s := h.begin(time.Now().Add(-time.Minute), 1, nil).ask(gpt, "do").answer(small)
	l := start(t, Options{Homes: []string{h.path}})
	l.m.Send(Focus{model.RunID(s.id)})
	before := l.until("history", func(sn Snapshot) bool { return ready(sn) && sn.Detail != nil })
	text := fmt.Sprintf("%+v", before)
	texts := fmt.Sprintf("%+v", *before.Detail)
	s.now = time.Now()
	for range 20 {
		s.call("true")
		s.answer(small)
	}
	l.until("growth", responses(21))
	if now := fmt.Sprintf("%+v", before); now != text {
		t.Errorf("was %s\nis  %s", text, now)
	}
	if now := fmt.Sprintf("%+v", *before.Detail); now != texts {
		t.Errorf("was %s\nis  %s", texts, now)
	}
}
