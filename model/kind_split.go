package model

// weights say how something is divided over the kinds: in proportion to them.
type weights [kinds]int64

// add gives the sum of both.
func (w weights) add(o weights) weights {
	for k := range w {
		w[k] += o[k]
	}
	return w
}

// total is the sum of all weights.
func (w weights) total() (sum int64) {
	for _, v := range w {
		sum += v
	}
	return sum
}

// split divides a count by weights so that the parts add up to it exactly, in
// every counter, and so that what a price is paid for (fresh, cached and written
// input, output) adds up too: the parts then cost together what the whole costs.
// The response itself is counted where the weight is greatest. Without weights
// all of it is [KindOther].
func (c Count) split(w weights) (parts [kinds]Count) {
	if w.total() <= 0 {
		parts[KindOther] = c
		return parts
	}
	fresh := divide(int64(c.Input-c.Cached-c.CacheWrite), w)
	cached := divide(int64(c.Cached), w)
	written := divide(int64(c.CacheWrite), w)
	reasoning := divide(int64(c.Reasoning), w)
	said := divide(int64(c.Output-c.Reasoning), w)
	best := 0
	for k := range parts {
		parts[k].Usage = Usage{
			Input:  Tokens(fresh[k] + cached[k] + written[k]),
			Cached: Tokens(cached[k]), CacheWrite: Tokens(written[k]),
			Output: Tokens(said[k] + reasoning[k]), Reasoning: Tokens(reasoning[k]),
		}
		if w[k] > w[best] {
			best = k
		}
	}
	parts[best].Responses = c.Responses
	return parts
}

// divide splits n by weights with the method of largest remainders; the parts
// add up to n. Among equal remainders the kind that comes first gets the rest.
func divide(n int64, w weights) (parts weights) {
	if n < 0 {
		for k, v := range divide(-n, w) {
			parts[k] = -v
		}
		return parts
	}
	// Weights are scaled down so that no product overflows.
	for w.total() > 1<<20 {
		for k, v := range w {
			if w[k] = v >> 1; v > 0 && w[k] == 0 {
				w[k] = 1
			}
		}
	}
	sum := w.total()
	if sum <= 0 {
		parts[KindOther] = n
		return parts
	}
	var rest weights
	left := n
	for k, v := range w {
		q, r := n/sum, n%sum
		parts[k] = q*v + r*v/sum
		rest[k] = r * v % sum
		left -= parts[k]
	}
	for ; left > 0; left-- {
		best := -1
		for k := range rest {
			if w[k] > 0 && rest[k] >= 0 && (best < 0 || rest[k] > rest[best]) {
				best = k
			}
		}
		parts[best]++
		rest[best] = -1
	}
	return parts
}
