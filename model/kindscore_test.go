package model_test

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
	"github.com/tokenburn-sentinel/tokenburn/watch/rollout"
)

var (
	kindsWrite = flag.String("kinds-write", "", "write the labelled sessions and their labels to this folder")
	kindsMiss  = flag.Bool("kinds-misses", false, "list the calls of the tuning half that are judged wrong")
)

// fold folds a session's lines.
func (s *labelled) fold(t testing.TB) *model.Thread {
	t.Helper()
	th := model.NewThread(s.id, model.Options{Detail: true})
	th.BeginFile("rollout-" + s.id + ".jsonl")
	d := rollout.NewDecoder(rollout.Options{Detail: true})
	var e model.Event
	for i, line := range s.lines {
		if err := d.Decode(watch.Line{Bytes: line, Offset: int64(i)}, &e); err != nil {
			t.Fatalf("%s: line %d: %v", s.name, i, err)
		}
		th.Apply(&e)
	}
	th.Judge()
	return th
}

// confusion counts calls by what they are and what they were taken for.
type confusion [7][7]int

func (c *confusion) macroF1() (f1 float64) {
	n := 0
	for k := range c {
		tp, got, is := c[k][k], 0, 0
		for j := range c {
			got += c[j][k]
			is += c[k][j]
		}
		if is == 0 {
			continue
		}
		n++
		f1 += 2 * float64(tp) / float64(got+is)
	}
	return f1 / float64(n)
}

func (c *confusion) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%-14s", "is \\ taken for")
	for _, k := range model.Kinds() {
		fmt.Fprintf(&b, " %13s", k)
	}
	b.WriteByte('\n')
	for _, k := range model.Kinds() {
		fmt.Fprintf(&b, "%-14s", k)
		for _, j := range model.Kinds() {
			fmt.Fprintf(&b, " %13d", c[k][j])
		}
		b.WriteByte('\n')
	}
	return b.String()
}

// score judges one half of the set.
func score(t *testing.T, half string) (c confusion, calls int) {
	for _, s := range readSet(t, half) {
		got := map[string]*model.Call{}
		th := s.fold(t)
		for i := range th.Calls {
			got[th.Calls[i].CallID] = &th.Calls[i]
		}
		if len(got) != len(s.labels) || len(th.Calls) != len(s.labels) {
			t.Errorf("%s: %d calls, %d of them different, for %d labels", s.name, len(th.Calls), len(got), len(s.labels))
		}
		for _, l := range s.labels {
			call := got[l.id]
			if call == nil {
				t.Errorf("%s: %s is missing", s.name, l.id)
				continue
			}
			is, ok := l.kinds[0], false
			for _, k := range l.kinds {
				if k == call.Work {
					is, ok = k, true
				}
			}
			c[is][call.Work]++
			calls++
			if !ok && *kindsMiss && half == "tuning" {
				t.Logf("%s %s: is %v, taken for %v: %.100s %v", s.name, l.id, l.kinds, call.Work, l.text, call.Evidence)
			}
		}
		if *kindsWrite != "" {
			if err := s.save(filepath.Join(*kindsWrite, half)); err != nil {
				t.Fatal(err)
			}
		}
	}
	return c, calls
}

func (s *labelled) save(home string) error {
	if err := s.write(home); err != nil {
		return err
	}
	f, err := os.OpenFile(filepath.Join(home, "labels.tsv"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	for _, l := range s.labels {
		if _, err := fmt.Fprintf(f, "%s\t%s\t%v\t%s\n", s.id, l.id, l.kinds, l.text); err != nil {
			return err
		}
	}
	return nil
}

func TestKinds(t *testing.T) {
	for _, half := range []string{"tuning", "heldout"} {
		t.Run(half, func(t *testing.T) {
			if _, err := os.Stat(filepath.Join("..", "testdata", "kinds", half+".txt")); err != nil {
				t.Skip(err)
			}
			c, calls := score(t, half)
			f1 := c.macroF1()
			t.Logf("%s: %d calls, macro-F1 %.3f\n%v", half, calls, f1, &c)
			if f1 < 0.85 {
				t.Errorf("%s: macro-F1 %.3f is under 0.85", half, f1)
			}
		})
	}
}
