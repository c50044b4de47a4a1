package monitor_test

import (
	"context"
	"fmt"
	"math"
	"sort"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// score counts how a rule, or the verdict, did.
type score struct{ hit, wrong, missed int }

func (s score) precision() string { return wilson(s.hit, s.hit+s.wrong) }
func (s score) recall() string    { return wilson(s.hit, s.hit+s.missed) }

// wilson is a share with its 95 % confidence interval.
func wilson(k, n int) string {
	if n == 0 {
		return "    -            "
	}
	const z = 1.96
	p, f := float64(k)/float64(n), float64(n)
	mid := (p + z*z/(2*f)) / (1 + z*z/f)
	half := z * math.Sqrt(p*(1-p)/f+z*z/(4*f*f)) / (1 + z*z/f)
	return fmt.Sprintf("%.2f [%.2f-%.2f]", p, max(0, mid-half), min(1, mid+half))
}

// The labelled traces: no page on anything productive, and runaways found soon.
func TestTraces(t *testing.T) {
	traces := readTraces(t, "../testdata/traces")
	home := t.TempDir()
	byRun := map[model.RunID]*trace{}
	for i := range traces {
		byRun[model.RunID(writeTrace(t, home, traces[i], i))] = &traces[i]
	}
	out, err := monitor.Replay(context.Background(), monitor.Options{Homes: []string{home}, Zone: time.UTC}, monitor.Judgement{})
	if err != nil {
		t.Fatal(err)
	}
	found := map[*trace][]budget.Exception{}
	for _, e := range out.Exceptions {
		if tr := byRun[e.Run]; tr != nil {
			found[tr] = append(found[tr], e)
		}
	}
	for _, half := range []string{"tuned", "held"} {
		reportHalf(t, half, traces, found, out.Runs)
	}
}

func reportHalf(t *testing.T, half string, traces []trace, found map[*trace][]budget.Exception, runs []monitor.ReplayedRun) {
	var pages score
	rules := map[string]*score{}
	var late []float64
	var spent []float64
	hours, falsePages := 0.0, 0
	counts := map[string]int{}
	for i := range traces {
		tr := &traces[i]
		if tr.half != half {
			continue
		}
		counts[tr.label]++
		if tr.label == "productive" {
			for _, r := range runs {
				if r.ID != "" && len(found[tr]) > 0 && found[tr][0].Run == r.ID {
					hours += r.End.Sub(r.Start).Hours()
				}
			}
		}
		severe, right := false, false
		for _, e := range found[tr] {
			t.Logf("%s %-22s %-15s %-8s response %3d  %s", half, tr.name, e.Rule, e.Severity, e.ResponseIndex, e.Observed)
			if e.Severity < budget.Critical {
				continue
			}
			severe = true
			s := rules[e.Rule]
			if s == nil {
				s = &score{}
				rules[e.Rule] = s
			}
			if tr.label == "productive" {
				s.wrong++
				falsePages++
				t.Errorf("%s: a page on a productive run: %s %s", tr.name, e.Rule, e.Observed)
				continue
			}
			if e.Rule == tr.rule && !right {
				right = true
				s.hit++
				late = append(late, float64(e.ResponseIndex-tr.onset))
				spent = append(spent, e.Waste.Dollars())
				if e.ResponseIndex > tr.onset+3 {
					t.Errorf("%s: %s at response %d, expected about %d", tr.name, e.Rule, e.ResponseIndex, tr.onset)
				}
			}
		}
		switch {
		case tr.label == "runaway" && severe:
			pages.hit++
		case tr.label == "runaway":
			pages.missed++
			t.Logf("MISSED %s (%s)", tr.name, tr.rule)
		case severe:
			pages.wrong++
		}
		if tr.label == "runaway" && !right {
			s := rules[tr.rule]
			if s == nil {
				s = &score{}
				rules[tr.rule] = s
			}
			s.missed++
		}
	}
	t.Logf("%s half: %d runaway, %d productive", half, counts["runaway"], counts["productive"])
	t.Logf("%-16s %4s %5s %6s  %-18s %s", "rule", "hit", "wrong", "missed", "precision", "recall")
	for _, name := range sortedKeys(rules) {
		s := rules[name]
		t.Logf("%-16s %4d %5d %6d  %-18s %s", name, s.hit, s.wrong, s.missed, s.precision(), s.recall())
	}
	t.Logf("%-16s %4d %5d %6d  %-18s %s", "critical or page", pages.hit, pages.wrong, pages.missed, pages.precision(), pages.recall())
	t.Logf("requests after the onset: median %.0f; $ wasted at detection: median %.2f; pages on productive runs: %d in %.1f h", median(late), median(spent), falsePages, hours)
	if p := float64(pages.hit) / math.Max(1, float64(pages.hit+pages.wrong)); p < 0.95 {
		t.Errorf("%s: precision %.2f is below 0.95", half, p)
	}
	if r := float64(pages.hit) / math.Max(1, float64(pages.hit+pages.missed)); r < 0.85 {
		t.Errorf("%s: recall %.2f is below 0.85", half, r)
	}
}

func sortedKeys(m map[string]*score) []string {
	var keys []string
	for k := range m {
		keys = append(keys, k)
	}
	sort.Strings(keys)
	return keys
}

func median(x []float64) float64 {
	if len(x) == 0 {
		return 0
	}
	sort.Float64s(x)
	return x[len(x)/2]
}
