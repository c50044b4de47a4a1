package monitor_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// sim writes session files the way Codex's versions did, and keeps the ledger of
// what was billed beside them. It knows nothing of how files are read.
type sim struct {
	r      *rand.Rand
	home   string
	now    time.Time
	next   int
	ledger map[string]model.Count // keys as truth.flat
	all    []*simThread
	names  []string // what was done, for a failing seed's report
}

// simThread is one thread with the state that its writing process keeps.
type simThread struct {
	s        *sim
	id       string
	born     int // 0.born made the thread
	minor    int // 0.minor wrote its newest lines
	file     string
	lines    []simLine // of the newest file
	ordinals bool
	ordinal  int
	model    string
	turn     string
	total    simUsage
	last     *simUsage // nil: no info yet
	percent  float64
	said     simUsage // the newest total in the file, with its last
	saidLast *simUsage
	points   []simUsage // totals at the ends of turns, for reverts
	lasts    []simUsage
	segments int
	varied   bool // no two responses are alike: two writers that say the same cannot be told from one that repeats
}

type simLine struct {
	typ     string
	payload map[string]any
	at      time.Time
	turn    int // number of the turn that it is in
}

type simUsage struct {
	model.Usage
	total model.Tokens
}

func (u simUsage) json(cacheWrite bool) map[string]any {
	m := map[string]any{"input_tokens": u.Input, "cached_input_tokens": u.Cached, "output_tokens": u.Output, "reasoning_output_tokens": u.Reasoning, "total_tokens": u.total}
	if cacheWrite {
		m["cache_write_input_tokens"] = u.CacheWrite
	}
	return m
}

func newSim(t *testing.T, seed uint64) *sim {
	start := time.Date(2025, 10, 1, 0, 0, 0, 0, time.UTC)
	r := rand.New(rand.NewPCG(seed, 7))
	return &sim{r: r, home: t.TempDir(), now: start.Add(time.Duration(r.IntN(390*24*3600)) * time.Second), ledger: map[string]model.Count{}}
}

// uuid makes a UUIDv7 of the present instant.
func (s *sim) uuid() string {
	s.next++
	return fmt.Sprintf("%08x-%04x-7%03x-8%03x-%012x", s.now.UnixMilli()>>16, s.now.UnixMilli()&0xffff, s.next&0xfff, s.next&0xfff, s.next)
}

func (s *sim) pass(d time.Duration) { s.now = s.now.Add(d) }

// minor draws a version that was out at the present date, roughly.
func (s *sim) minor() int {
	return []int{38, 45, 60, 77, 78, 90, 99, 100, 115, 130, 145, 150, 153, 160, 169}[s.r.IntN(15)]
}

func (s *sim) book(th *simThread, u model.Usage) {
	c := model.Count{Usage: u, Responses: 1}
	day := s.now.UTC().Format(time.DateOnly)
	for _, k := range []string{"overall", "model " + th.model, "day " + day, "thread " + th.id, "thread " + th.id + " model " + th.model, "thread " + th.id + " day " + day} {
		s.ledger[k] = s.ledger[k].Plus(c)
	}
}

func (s *sim) thread(minor int) *simThread {
	th := &simThread{s: s, id: s.uuid(), born: minor, minor: minor, ordinals: minor >= 153, model: "gpt-5"}
	s.all = append(s.all, th)
	return th
}

func (th *simThread) path(name string) string {
	return filepath.Join(th.s.home, "sessions", th.s.now.Format("2006/01/02"), name)
}

func (th *simThread) open(extra map[string]any) {
	name := "rollout-" + th.s.now.Format("2006-01-02T15-04-05") + "-" + th.id
	if th.segments > 0 {
		name += "_" + th.s.uuid()
	}
	th.segments++
	th.file = th.path(name + ".jsonl")
	th.lines = nil
	meta := map[string]any{"id": th.id, "timestamp": stamp(th.s.now), "cwd": "/home/u/proj", "cli_version": fmt.Sprintf("0.%d.0", th.minor), "source": "cli", "originator": "codex_cli_rs"}
	if th.minor >= 130 {
		meta["session_id"] = th.id
	}
	for k, v := range extra {
		meta[k] = v
	}
	th.line("session_meta", meta)
}

func stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func (th *simThread) line(typ string, payload map[string]any) {
	th.lines = append(th.lines, simLine{typ, payload, th.s.now, len(th.points)})
	th.append(typ, payload)
}

func (th *simThread) append(typ string, payload map[string]any) {
	m := map[string]any{"timestamp": stamp(th.s.now), "type": typ, "payload": payload}
	p, _ := json.Marshal(payload)
	ord := ""
	if th.ordinals {
		ord = fmt.Sprintf(`"ordinal":%d,`, th.ordinal)
		th.ordinal++
	}
	_ = os.MkdirAll(filepath.Dir(th.file), 0o755)
	f, err := os.OpenFile(th.file, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		panic(err)
	}
	fmt.Fprintf(f, `{"timestamp":"%s",%s"type":"%s","payload":%s}`+"\n", m["timestamp"], ord, typ, p)
	_ = f.Close()
}

func (th *simThread) beginTurn() {
	th.turn = ""
	if th.minor >= 100 {
		th.turn = th.s.uuid()
		th.line("event_msg", map[string]any{"type": "task_started", "turn_id": th.turn, "model_context_window": 258400})
	}
	th.line("response_item", map[string]any{"type": "message", "role": "user", "content": []any{map[string]any{"type": "input_text", "text": "do it"}}})
	if th.minor < 153 {
		th.line("event_msg", map[string]any{"type": "user_message", "message": "do it"})
	}
	if th.s.r.IntN(4) == 0 {
		th.model = []string{"gpt-5", "gpt-5-codex", "gpt-5.5", "gpt-5.6-sol"}[th.s.r.IntN(4)]
	}
	c := map[string]any{"cwd": "/home/u/proj", "model": th.model, "approval_policy": "never", "summary": "auto"}
	if th.turn != "" {
		c["turn_id"] = th.turn
	}
	th.line("turn_context", c)
}

func (th *simThread) endTurn() {
	if th.minor >= 100 && th.s.r.IntN(5) > 0 {
		th.line("event_msg", map[string]any{"type": "task_complete", "turn_id": th.turn, "last_agent_message": "ok"})
	}
	th.points = append(th.points, th.total)
	if th.last != nil {
		th.lasts = append(th.lasts, *th.last)
	} else {
		th.lasts = append(th.lasts, simUsage{})
	}
}

// emit writes a token_count with the present info.
func (th *simThread) emit() {
	p := map[string]any{"type": "token_count", "info": nil, "rate_limits": map[string]any{"primary": map[string]any{"used_percent": th.percent, "window_minutes": 300, "resets_at": 1790000000}}}
	if th.last != nil {
		p["info"] = map[string]any{"total_token_usage": th.total.json(th.minor >= 145), "last_token_usage": th.last.json(th.minor >= 145), "model_context_window": 258400}
	}
	if th.last != nil {
		th.said, th.saidLast = th.total, th.last
	}
	th.line("event_msg", p)
}

func (th *simThread) usage() model.Usage {
	r := th.s.r
	if r.IntN(3) == 0 && !th.varied { // equal responses are common in tests and not unknown in life
		return model.Usage{Input: 1000, Output: 10}
	}
	in := model.Tokens(1000 + r.IntN(300_000))
	u := model.Usage{Input: in, Cached: model.Tokens(r.IntN(int(in))), Output: model.Tokens(1 + r.IntN(3000))}
	u.Reasoning = model.Tokens(r.IntN(int(u.Output) + 1))
	if th.minor >= 145 && u.Cached < in {
		u.CacheWrite = model.Tokens(r.IntN(int(in-u.Cached) + 1))
	}
	return u
}

func (th *simThread) record(u model.Usage) {
	if th.minor < 153 {
		return
	}
	th.s.next++
	su := simUsage{u, u.Total()}
	th.line("token_usage_record", map[string]any{"thread_id": th.id, "turn_id": th.turn, "session_id": th.id, "response_id": fmt.Sprintf("resp_%d", th.s.next),
		"usage": su.json(true), "turn_token_usage": su.json(true), "thread_token_usage": simUsage{th.total.Add(u), 0}.json(true)})
}

func (th *simThread) account(u model.Usage) {
	th.total = simUsage{th.total.Add(u), th.total.total + u.Total()}
	th.last = &simUsage{u, u.Total()}
}

// respond is one billed response with the noise around it.
func (th *simThread) respond() {
	r := th.s.r
	th.s.pass(time.Duration(20+r.IntN(20_000)) * time.Millisecond)
	for range r.IntN(3) {
		if th.minor >= 41 && r.IntN(2) == 0 { // rate-limit headers of the request, or of a failed try
			th.percent++
			th.emit()
		}
	}
	u := th.usage()
	th.line("response_item", map[string]any{"type": "message", "role": "assistant", "content": []any{map[string]any{"type": "output_text", "text": "ok \"type\":\"token_count\""}}})
	th.record(u)
	th.s.book(th, u)
	th.s.pass(time.Duration(r.IntN(50)) * time.Millisecond)
	th.account(u)
	if th.minor >= 153 && r.IntN(12) == 0 {
		return // killed while the tool ran: the record is there, the token_count is not
	}
	th.emit()
}

func (th *simThread) compact() {
	u := th.usage()
	switch {
	case th.minor >= 153 && th.s.r.IntN(2) == 0: // remote: recorded, not in the totals
		th.record(u)
		th.s.book(th, u)
	case th.minor >= 42: // local: a response like any other
		th.record(u)
		th.s.book(th, u)
		th.account(u)
		th.emit()
	}
	th.line("compacted", map[string]any{"message": "", "compaction_response_id": fmt.Sprintf("resp_%d", th.s.next), "latest_token_usage_record": map[string]any{"thread_id": th.id, "response_id": "resp_copy", "usage": simUsage{u, u.Total()}.json(true)}})
	th.last = &simUsage{total: 6859}
	th.emit()
}

func (th *simThread) overflow() {
	if th.minor < 45 {
		return
	}
	th.total = simUsage{total: 258400}
	th.last = &simUsage{total: 258400}
	th.emit()
}

// resume continues the same file in a new process.
func (th *simThread) resume() {
	th.s.pass(time.Duration(1+th.s.r.IntN(200)) * time.Hour)
	th.total, th.last = th.said, th.saidLast // seeded from the file
	if th.minor < 78 {
		if th.s.r.IntN(3) > 0 {
			th.total, th.last, th.varied = simUsage{}, nil, true // a restart that says the same as before looks like a repeat
			return
		}
		th.minor = 78 + th.s.r.IntN(20) // a newer version took over
	} else if th.s.r.IntN(3) == 0 && !th.ordinals {
		th.minor = []int{145, 152, 169}[th.s.r.IntN(3)]
	}
}

func (th *simThread) turns(n int) {
	for range n {
		th.beginTurn()
		for range 1 + th.s.r.IntN(4) {
			th.respond()
			if th.s.r.IntN(8) == 0 {
				th.compact()
			}
		}
		if th.s.r.IntN(15) == 0 {
			th.overflow()
		}
		th.endTurn()
		th.s.pass(time.Duration(500+th.s.r.IntN(100_000)) * time.Millisecond)
		if th.s.r.IntN(4) == 0 {
			th.resume()
		}
	}
}

// fork copies the parent's lines, stamped with the present time, as versions before paginated history do.
func (s *sim) fork(p *simThread, minor int, sub bool) *simThread {
	s.pass(time.Minute)
	th := s.thread(minor)
	th.ordinals = false
	extra := map[string]any{}
	if minor >= 88 {
		extra["forked_from_id"] = p.id
	}
	if sub {
		extra["source"] = map[string]any{"subagent": map[string]any{"thread_spawn": map[string]any{"parent_thread_id": p.id, "depth": 1}}}
	}
	th.open(extra)
	from := 0
	if sub && s.r.IntN(2) == 0 {
		from = len(p.points) / 2
	}
	for _, l := range p.lines {
		if s.r.IntN(6) == 0 {
			s.pass(time.Millisecond)
		}
		if l.typ != "session_meta" && l.turn < from || sub && l.typ != "session_meta" && l.typ != "event_msg" {
			continue
		}
		th.line(l.typ, l.payload)
	}
	th.points, th.lasts = nil, nil
	if minor >= 78 {
		th.total, th.last = p.said, p.saidLast
		th.said, th.saidLast = p.said, p.saidLast
	} else {
		th.varied = true // it counts from zero: a first response like the copied one looks like its repeat
	}
	s.pass(time.Duration(20+s.r.IntN(3000)) * time.Millisecond)
	th.model = p.model
	if th.last != nil && s.r.IntN(3) == 0 {
		th.emit()
	}
	th.turns(1 + s.r.IntN(2))
	return th
}

// reference forks by reference: nothing is copied, the totals continue.
func (s *sim) reference(p *simThread) *simThread {
	s.pass(time.Minute)
	th := s.thread(max(153, p.minor))
	th.ordinal = p.ordinal
	th.open(map[string]any{"forked_from_id": p.id, "history_mode": "paginated", "history_base": map[string]any{"thread_id": p.id, "end_ordinal_exclusive": p.ordinal}})
	th.total, th.last, th.model = p.said, p.saidLast, p.model
	th.said, th.saidLast = p.said, p.saidLast
	if s.r.IntN(2) == 0 {
		th.emit()
	}
	th.turns(1 + s.r.IntN(2))
	return th
}

// segment continues a thread in another file, after going back to the end of a turn or not.
func (th *simThread) segment() {
	if th.minor < 149 {
		th.minor = 150
	}
	th.s.pass(time.Hour)
	th.open(map[string]any{"history_mode": "paginated", "history_base": map[string]any{"thread_id": th.id}})
	if n := len(th.points); n > 1 && th.s.r.IntN(2) == 0 {
		k := th.s.r.IntN(n)
		th.total = th.points[k]
		if th.lasts[k] != (simUsage{}) {
			th.last = &th.lasts[k]
			th.emit()
		}
	}
	th.turns(1 + th.s.r.IntN(2))
}

// secondWriter lets two processes go on with the thread at once.
func (th *simThread) secondWriter() {
	defer func(v bool) { th.varied = v }(th.varied)
	th.varied = true
	other := *th
	other.lines = nil
	if th.minor < 78 {
		other.total, other.last = simUsage{}, nil
	}
	th.beginTurn()
	for range 3 {
		th.respond()
		other.model = th.model
		other.respond()
		other.emit()
		th.emit()
	}
	th.ordinal = max(th.ordinal, other.ordinal)
}

func (th *simThread) move(t *testing.T) {
	s := th.s
	to := filepath.Join(s.home, "archived_sessions", filepath.Base(th.file))
	_ = os.MkdirAll(filepath.Dir(to), 0o755)
	b, err := os.ReadFile(th.file)
	if err != nil {
		t.Fatal(err)
	}
	pack := func(path string) {
		w, _ := zstd.NewWriter(nil)
		if err := os.WriteFile(path, w.EncodeAll(b, nil), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	what := s.r.IntN(6)
	s.names = append(s.names, fmt.Sprintf("move%d", what))
	switch what {
	case 0:
		_ = os.Rename(th.file, to)
	case 1: // a copy in both places
		_ = os.WriteFile(to, b, 0o644)
	case 2: // an older copy in the archive
		cut := strings.LastIndex(string(b[:len(b)*2/3]), "\n") + 1
		_ = os.WriteFile(to, b[:cut], 0o644)
	case 3:
		pack(th.file + ".zst")
		_ = os.Remove(th.file)
	case 4:
		pack(th.file + ".zst")
	case 5:
		pack(to + ".zst")
		_ = os.Remove(th.file)
	}
}

// TestSimulatedHomes reads homes that were written at random and compares every
// sum with the ledger: any mixture of versions, forks, segments and writers.
func TestSimulatedHomes(t *testing.T) {
	homes := 400
	if testing.Short() {
		homes = 40
	}
	for seed := range homes {
		s := newSim(t, uint64(seed))
		th := s.thread(s.minor())
		th.open(nil)
		th.turns(1 + s.r.IntN(3))
		for range s.r.IntN(4) {
			p := s.all[s.r.IntN(len(s.all))]
			s.pass(time.Minute)
			act := s.r.IntN(7)
			s.names = append(s.names, fmt.Sprintf("act%d on %s", act, p.id[24:]))
			switch act {
			case 0, 1:
				if p.ordinals { // paginated history is never copied
					s.reference(p)
					break
				}
				s.fork(p, max(p.minor, []int{45, 90}[act]), act == 1)
			case 2:
				s.reference(p)
			case 3:
				p.segment()
			case 4:
				if p.born >= 78 { // before, a repeat of the first total looks like a restart at zero
					p.secondWriter()
				}
			case 5:
				p.resume()
				p.turns(1)
			case 6:
				p.move(t)
				s.all = []*simThread{s.thread(s.minor())} // nothing is written to a moved file
				s.all[0].open(nil)
				s.all[0].turns(1)
			}
		}
		for _, detail := range []bool{false, true} {
			checkSums(t, loadHome(t, detail, s.home).Fleet, s.ledger)
		}
		if t.Failed() {
			keep := filepath.Join(os.TempDir(), fmt.Sprintf("tokenburn-sim-%d", seed))
			_ = os.RemoveAll(keep)
			_ = os.CopyFS(keep, os.DirFS(s.home))
			t.Fatalf("seed %d (0.%d; %s): the files are kept in %s", seed, th.minor, strings.Join(s.names, ", "), keep)
		}
	}
}
