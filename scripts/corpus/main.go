// Command corpus makes a CODEX_HOME of any size for measuring: sessions like those
// that Codex 0.169 writes, filled with made-up text. Equal flags give equal bytes.
//
//	go run ./scripts/corpus -out /tmp/home -size 500
//	tokenburn --codex-home /tmp/home usage --json --no-ledger | go run ./scripts/corpus -check /tmp/home
//	go run ./scripts/corpus -out /tmp/home -size 500 -live 50
//	go run ./scripts/corpus -busy 200 -rate 20 -for 1m -program ./tokenburn
//	go run ./scripts/corpus -busy 20 -rate 2 -for 1m -program ./tokenburn -screen
//	go run ./scripts/corpus -start 20 -program ./tokenburn
//
// With -live there are also sessions that are inside of a turn and said nothing for the
// last three minutes: their times, and so their bytes, depend on the clock.
//
// With -busy so many sessions are written to, line by line at that rate, while the
// program watches: "watch --json", or with -screen its monitor in a terminal of
// 120x40. What it cost is printed, how long each line took, and whether its sums are
// those that were written. -size is the history beside them.
//
// What was made is told by manifest.json, which -check compares a report with. The
// mix of lines is our assumption of what sessions are like, measured on few of them.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"
)

func main() {
	log.SetFlags(0)
	out := flag.String("out", "", "folder to make")
	megabytes := flag.Int64("size", 50, "how much history, in MB")
	seed := flag.Uint64("seed", 1, "of the random numbers")
	live := flag.Int("live", 0, "how many sessions more, that go on now")
	busy := flag.Int("busy", 0, "how many sessions to write to while -program watches")
	rate := flag.Float64("rate", 20, "with -busy: lines a second in each session")
	span := flag.Duration("for", time.Minute, "with -busy: how long")
	program := flag.String("program", "", "with -busy: the program that watches")
	screen := flag.Bool("screen", false, "with -busy: its monitor, not watch --json")
	start := flag.Int("start", 0, "how many times to start -program's monitor on 2,000 files with 10 changed")
	check := flag.String("check", "", "compare \"usage --json\" on stdin with what is in this folder")
	flag.Parse()
	var err error
	switch {
	case *check != "":
		err = compare(*check, os.Stdin)
	case *start > 0:
		err = measureStart(*program, *start, *seed)
	case *busy > 0:
		err = measure(load{program: *program, runs: *busy, rate: *rate, span: *span, history: *megabytes * 1e6, seed: *seed, screen: *screen})
	case *out != "":
		err = corpus(*out, *megabytes*1e6, *seed, *live)
	default:
		err = fmt.Errorf("name a folder, -out DIR or -check DIR, or a load, -busy RUNS")
	}
	if err != nil {
		log.Fatal("corpus: ", err)
	}
}

// usage is the sums of a report, by the names that it has in "usage --json".
type usage struct {
	Input     int64 `json:"input_tokens"`
	Cached    int64 `json:"cached_input_tokens"`
	Output    int64 `json:"output_tokens"`
	Reasoning int64 `json:"reasoning_output_tokens"`
	Responses int64 `json:"responses"`
}

func (u *usage) add(o usage) {
	u.Input, u.Cached, u.Output = u.Input+o.Input, u.Cached+o.Cached, u.Output+o.Output
	u.Reasoning, u.Responses = u.Reasoning+o.Reasoning, u.Responses+o.Responses
}

type manifest struct {
	Files, Lines, Bytes int64
	Overall             usage
}

func corpus(home string, size int64, seed uint64, live int) error {
	start := time.Date(2026, 9, 1, 8, 0, 0, 0, time.UTC)
	var m manifest
	if err := os.MkdirAll(home, 0o700); err != nil {
		return err
	}
	for n := 0; m.Bytes < size; n++ {
		r := rand.New(rand.NewPCG(seed, uint64(n)))
		s := &session{r: r, at: start.Add(time.Duration(n) * 47 * time.Minute)}
		if err := s.file(home, &m); err != nil {
			return err
		}
	}
	for n := range live {
		// Written to nowhere first, to learn how long it lasts: it is to end now.
		of := func(at time.Time) *session {
			return &session{r: rand.New(rand.NewPCG(seed, uint64(n)<<32)), at: at, open: true}
		}
		trial := of(start)
		trial.id = trial.uuid()
		if err := trial.body(io.Discard); err != nil {
			return err
		}
		s := of(time.Now().UTC().Add(-3*time.Minute - trial.at.Sub(start)))
		if err := s.file(home, &m); err != nil {
			return err
		}
	}
	fmt.Printf("%s: %d files, %d lines, %.1f MB, %d responses\n", home, m.Files, m.Lines, float64(m.Bytes)/1e6, m.Overall.Responses)
	return m.write(home)
}

// file writes a session into a home, and counts it.
func (s *session) file(home string, m *manifest) error {
	f, err := s.create(home)
	if err != nil {
		return err
	}
	err = s.body(f)
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil { // as old as its newest line: what was written to lately is read in detail
		err = os.Chtimes(f.Name(), s.at, s.at)
	}
	m.add(s)
	return err
}

func (m *manifest) add(s *session) {
	m.Files, m.Lines, m.Bytes = m.Files+1, m.Lines+s.lines, m.Bytes+s.bytes
	m.Overall.add(s.sum)
}

// create names the session and makes its file.
func (s *session) create(home string) (*os.File, error) {
	s.id = s.uuid()
	dir := filepath.Join(home, "sessions", s.at.Format("2006/01/02"))
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "rollout-"+s.at.Format("2006-01-02T15-04-05")+"-"+s.id+".jsonl")
	return os.OpenFile(path, os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
}

// compare tells whether a report has the totals that a corpus was made with.
func compare(home string, report io.Reader) error {
	want, err := manifestOf(home)
	if err != nil {
		return err
	}
	var got struct{ Overall usage }
	if err := json.NewDecoder(report).Decode(&got); err != nil {
		return err
	}
	if got.Overall != want.Overall {
		return fmt.Errorf("the report has %+v, the corpus %+v", got.Overall, want.Overall)
	}
	fmt.Printf("exact: %d responses, %d tokens\n", want.Overall.Responses, want.Overall.Input+want.Overall.Output)
	return nil
}

func manifestOf(home string) (manifest, error) {
	var m manifest
	b, err := os.ReadFile(filepath.Join(home, "manifest.json"))
	if err != nil {
		return m, err
	}
	return m, json.Unmarshal(b, &m)
}

func (m manifest) write(home string) error {
	b, err := json.MarshalIndent(m, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(home, "manifest.json"), b, 0o600)
}
