package model

import (
	"testing"

	"pgregory.net/rapid"
)

// The parts add up to the whole in every counter, whatever the counters and the
// weights are, and none is negative where the whole is not.
func TestSplitAddsUp(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		n := func(name string) Tokens { return Tokens(rapid.Int64Range(0, 3_000_000_000).Draw(t, name)) }
		c := Count{Responses: rapid.Int64Range(0, 1000).Draw(t, "responses")}
		c.Cached, c.CacheWrite, c.Reasoning = n("cached"), n("written"), n("reasoning")
		c.Input, c.Output = c.Cached+c.CacheWrite+n("fresh"), c.Reasoning+n("said")
		if rapid.Bool().Draw(t, "hostile") { // parts that are more than their whole
			c.Input, c.Output = n("input"), n("output")
		}
		var w weights
		for k := range w {
			w[k] = rapid.Int64Range(0, 1<<40).Draw(t, "weight")
		}
		var sum Count
		for k, p := range c.split(w) {
			sum = sum.Plus(p)
			if p.Cached < 0 || p.CacheWrite < 0 || p.Reasoning < 0 || c.Input >= c.Cached+c.CacheWrite && p.Input < p.Cached+p.CacheWrite {
				t.Fatalf("%v of %+v by %v: %+v", Kind(k), c, w, p)
			}
			if w.total() > 0 && w[k] == 0 && p != (Count{}) {
				t.Fatalf("%v has no weight and got %+v", Kind(k), p)
			}
		}
		if sum != c {
			t.Fatalf("%+v by %v adds up to %+v", c, w, sum)
		}
	})
}

func TestSplitByLargestRemainder(t *testing.T) {
	t.Parallel()
	cases := []struct {
		n    int64
		w    weights
		want weights
	}{
		{10, weights{1, 1, 1}, weights{4, 3, 3}},
		{10, weights{0, 3, 1}, weights{0, 8, 2}},
		{1, weights{0, 0, 5, 5}, weights{0, 0, 1, 0}},
		{0, weights{1, 1}, weights{}},
		{-7, weights{0, 1, 1}, weights{0, -4, -3}},
		{9, weights{}, weights{9}},
	}
	for _, c := range cases {
		if got := divide(c.n, c.w); got != c.want {
			t.Errorf("divide(%d, %v) = %v, want %v", c.n, c.w, got, c.want)
		}
	}
}
