package model

import "time"

// Series is sums over equal steps of time, the newest few of them: a ring. A step
// has a number, its distance from the Unix epoch. The sums are whole numbers, so
// that taking an amount out again leaves no trace of it.
type Series struct {
	step int64 // seconds
	ring []int64
	head int64 // number of the newest step
}

// NewSeries gives n empty steps of that length (whole seconds) which end at the epoch.
func NewSeries(step time.Duration, n int) *Series {
	return &Series{step: max(1, int64(step/time.Second)), ring: make([]int64, max(1, n))}
}

// Step is the number of the step that an instant lies in.
func (s *Series) Step(at time.Time) int64 {
	u := at.Unix()
	n := u / s.step
	if u%s.step < 0 {
		n--
	}
	return n
}

// Advance makes step the newest one and forgets those that fall out of the ring.
// Going back is ignored. It takes time for what is passed, at most the ring's length.
func (s *Series) Advance(step int64) {
	if step <= s.head {
		return
	}
	n := int64(len(s.ring))
	for i := max(s.head+1, step-n+1); i <= step; i++ {
		s.ring[s.index(i)] = 0
	}
	s.head = step
}

// Add adds an amount, which may be negative, to a step. One before the ring is
// left out; one after its newest advances the ring.
func (s *Series) Add(step, amount int64) {
	s.Advance(step)
	if step > s.head-int64(len(s.ring)) {
		s.ring[s.index(step)] += amount
	}
}

// Oldest is the number of the oldest step in the ring.
func (s *Series) Oldest() int64 { return s.head - int64(len(s.ring)) + 1 }

// Each calls f with every step's amount, oldest first.
func (s *Series) Each(f func(i int, amount int64)) {
	for i := range s.ring {
		f(i, s.ring[s.index(s.Oldest()+int64(i))])
	}
}

// Len is the number of steps.
func (s *Series) Len() int { return len(s.ring) }

func (s *Series) index(step int64) int {
	n := int64(len(s.ring))
	return int(((step % n) + n) % n)
}
