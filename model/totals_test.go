package model

import (
	"math/rand/v2"
	"testing"
)

// TestTotals compares what is a list at first with a plain map, at any length.
func TestTotals(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		var s totals
		var h hashes
		want := map[total]bool{}
		for range r.IntN(80) {
			n := total{Usage{Input: Tokens(r.IntN(30))}, Tokens(r.IntN(2))}
			if r.IntN(8) == 0 {
				if s.has(h.total(n)) != want[n] {
					t.Fatalf("has %v: %v", n, !want[n])
				}
				continue
			}
			s.add(h.total(n))
			want[n] = true
		}
		for n := range want {
			if !s.has(h.total(n)) {
				t.Fatalf("%v was forgotten", n)
			}
		}
	}
}

// TestLineBook tells copies of lines by the file that had them first.
func TestLineBook(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	for range 200 {
		var b lineBook
		var h hashes
		first := map[lineKey]int{}
		for file := range 3 {
			for range r.IntN(20) {
				k := lineKey{at: int64(r.IntN(25))}
				was, ok := first[k]
				if got, want := b.elsewhere(h.line(k), file), ok && was != file; got != want {
					t.Fatalf("line %v of file %d: elsewhere %v", k, file, got)
				}
				if !ok {
					first[k] = file
				}
			}
		}
	}
}
