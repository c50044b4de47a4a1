package budget

import "time"

// ring is sums over equal steps of time, the newest few of them, with running
// sums over windows that end now. A window's sum takes constant time; it takes
// the oldest step in whole, so that it may be too large by one step and never too small.
type ring struct {
	step    int64 // seconds
	buckets []sum
	head    int64 // number of the newest step, from the epoch
	started bool
	windows []window
}

type window struct {
	steps int64 // besides the present one, which has only begun
	total sum
}

// newRing gives an empty ring of that many steps. The windows are at most as long as all steps.
func newRing(step time.Duration, n int, windows ...time.Duration) *ring {
	r := &ring{step: int64(step / time.Second), buckets: make([]sum, n+1)}
	for _, w := range windows {
		r.windows = append(r.windows, window{steps: int64(w / step)})
	}
	return r
}

func (r *ring) number(at time.Time) int64 {
	u := at.Unix()
	n := u / r.step
	if u%r.step < 0 {
		n--
	}
	return n
}

func (r *ring) index(step int64) int {
	n := int64(len(r.buckets))
	return int((step%n + n) % n)
}

// advance moves the ring to now, in time for the steps that are passed and at
// most for the ring's length. Going back is ignored: what was spent stays counted.
func (r *ring) advance(now time.Time) {
	step := r.number(now)
	if !r.started {
		r.head, r.started = step, true
	}
	if step-r.head >= int64(len(r.buckets)) {
		r.clear(step)
	}
	for r.head < step {
		r.head++
		for i := range r.windows {
			w := &r.windows[i]
			w.total = w.total.minus(r.buckets[r.index(r.head-w.steps-1)])
		}
		r.buckets[r.index(r.head)] = sum{}
	}
}

// clear empties the ring and puts its newest step at a place.
func (r *ring) clear(head int64) {
	clear(r.buckets)
	for i := range r.windows {
		r.windows[i].total = sum{}
	}
	r.head, r.started = head, true
}

// add adds an amount, which may be negative, at an instant. One before the ring
// is left out, one after its newest step is counted in that step: time only moves by advance.
func (r *ring) add(at time.Time, n int64) {
	step := min(r.number(at), r.head)
	age := r.head - step
	if age >= int64(len(r.buckets)) {
		return
	}
	r.buckets[r.index(step)] = r.buckets[r.index(step)].add(n)
	for i := range r.windows {
		if w := &r.windows[i]; age <= w.steps {
			w.total = w.total.add(n)
		}
	}
}

// last gives what was spent in the newest window of a length.
func (r *ring) last(length time.Duration) int64 {
	steps := int64(length / (time.Duration(r.step) * time.Second))
	for _, w := range r.windows {
		if w.steps == steps {
			return w.total.int64()
		}
	}
	return r.sumOf(steps)
}

// since gives what was spent since an instant.
func (r *ring) since(t time.Time) int64 { return r.sumOf(max(0, r.head-r.number(t))) }

func (r *ring) sumOf(steps int64) int64 {
	var s sum
	for i := range min(steps+1, int64(len(r.buckets))) {
		s = s.plus(r.buckets[r.index(r.head-i)])
	}
	return s.int64()
}

// gaps gives the lengths of the pauses between steps in which something was
// spent, oldest first, those left out that are longer than most.
func (r *ring) gaps(most time.Duration) []time.Duration {
	var all []time.Duration
	last := int64(0)
	seen := false
	for i := int64(len(r.buckets)) - 1; i >= 0; i-- {
		step := r.head - i
		if r.buckets[r.index(step)] == (sum{}) {
			continue
		}
		if gap := time.Duration((step-last)*r.step) * time.Second; seen && gap <= most {
			all = append(all, gap)
		}
		last, seen = step, true
	}
	return all
}
