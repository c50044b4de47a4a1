package model

import (
	"math"
	"math/rand/v2"
	"testing"
	"time"
)

var rateStart = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func near(t *testing.T, name string, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9*max(1, math.Abs(want)) {
		t.Errorf("%s: got %v, want %v", name, got, want)
	}
}

func TestDecayed(t *testing.T) {
	type add struct {
		x  float64
		at time.Duration
	}
	for _, c := range []struct {
		name string
		adds []add
		now  time.Duration
		want float64
	}{
		{"empty", nil, 0, 0},
		{"at once", []add{{8, 0}}, 0, 8},
		{"one half-life", []add{{8, 0}}, HalfLife, 4},
		{"two amounts", []add{{8, 0}, {1, HalfLife}}, HalfLife, 5},
		{"late amount", []add{{1, HalfLife}, {8, 0}}, HalfLife, 5},
		{"same instant", []add{{1, 0}, {2, 0}}, 0, 3},
		{"clock went back", []add{{8, HalfLife}}, 0, 8},
		{"long ago", []add{{8, 0}}, 1000 * HalfLife, 0},
	} {
		var d Decayed
		for _, a := range c.adds {
			d.Add(a.x, rateStart.Add(a.at))
		}
		near(t, c.name, d.Sum(rateStart.Add(c.now)), c.want)
	}
	var d Decayed
	d.Add(5, time.Time{})
	near(t, "no time", d.Sum(rateStart), 0)
}

func TestDecayedOrder(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	type add struct {
		x  float64
		at time.Time
	}
	var adds []add
	for range 200 {
		adds = append(adds, add{rng.Float64() * 1e10, rateStart.Add(time.Duration(rng.Int64N(int64(3 * time.Hour))))})
	}
	now := rateStart.Add(3 * time.Hour)
	var one Decayed
	for _, a := range adds {
		one.Add(a.x, a.at)
	}
	rng.Shuffle(len(adds), func(i, j int) { adds[i], adds[j] = adds[j], adds[i] })
	var left, right Decayed
	for i, a := range adds {
		if i%3 == 0 {
			left.Add(a.x, a.at)
		} else {
			right.Add(a.x, a.at)
		}
	}
	near(t, "any order, merged", left.Merge(right).Sum(now), one.Sum(now))
	near(t, "merged the other way", right.Merge(left).Sum(now), one.Sum(now))
}

// A steady burn reads as its own rate from the first minute on.
func TestPerHourSteady(t *testing.T) {
	const perHour = 3600.0
	for _, age := range []time.Duration{time.Minute, 5 * time.Minute, time.Hour, 24 * time.Hour} {
		var d Decayed
		for at := 500 * time.Millisecond; at < age; at += time.Second {
			d.Add(1, rateStart.Add(at))
		}
		got := d.PerHour(rateStart.Add(age), rateStart)
		if math.Abs(got-perHour) > perHour/1000 {
			t.Errorf("age %v: got %v an hour, want %v", age, got, perHour)
		}
	}
}

func TestPerHourEdges(t *testing.T) {
	var d Decayed
	near(t, "nothing", d.PerHour(rateStart, rateStart), 0)
	d.Add(1, rateStart)
	near(t, "began long ago", d.PerHour(rateStart, time.Time{}), 6*math.Ln2)
	near(t, "younger than a minute", d.PerHour(rateStart, rateStart), d.PerHour(rateStart, rateStart.Add(-time.Minute)))
	if got := d.PerHour(rateStart, rateStart.Add(time.Hour)); math.IsInf(got, 0) || got < 0 {
		t.Errorf("began in the future: %v", got)
	}
}

func TestSeries(t *testing.T) {
	s := NewSeries(time.Minute, 5)
	base := s.Step(rateStart)
	values := func() []int64 {
		var v []int64
		s.Each(func(_ int, x int64) { v = append(v, x) })
		return v
	}
	expect := func(name string, want ...int64) {
		t.Helper()
		got := values()
		for i := range want {
			if got[i] != want[i] {
				t.Fatalf("%s: got %v, want %v", name, got, want)
			}
		}
	}
	s.Advance(base)
	expect("empty", 0, 0, 0, 0, 0)
	s.Add(base, 7)
	s.Add(base-4, 1)
	s.Add(base-5, 100)
	expect("late and too late", 1, 0, 0, 0, 7)
	s.Add(base+2, 3)
	expect("advanced", 0, 0, 7, 0, 3)
	s.Add(base, -7)
	expect("taken out", 0, 0, 0, 0, 3)
	s.Advance(base)
	expect("back is ignored", 0, 0, 0, 0, 3)
	s.Advance(base + 1000)
	expect("all forgotten", 0, 0, 0, 0, 0)
	if s.Oldest() != base+996 || s.Len() != 5 {
		t.Errorf("oldest %d, length %d", s.Oldest()-base, s.Len())
	}
	if got := s.Step(time.Unix(-1, 0)); got != -1 {
		t.Errorf("a second before the epoch is step %d, want -1", got)
	}
}
