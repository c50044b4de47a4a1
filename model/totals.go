package model

import "hash/maphash"

// What was seen is kept as a hash of 64 bits, each thread's own: a thread that goes on for
// days has hundreds of thousands of them, and needs a sixth of the memory. Two of a hundred
// thousand are taken for one another once in four thousand million threads.
type seen uint64

// hashes gives the hashes of one thread. The zero hashes are ready.
type hashes struct {
	seed maphash.Seed
	made bool
}

func (h *hashes) from() maphash.Seed {
	if !h.made {
		h.seed, h.made = maphash.MakeSeed(), true
	}
	return h.seed
}

func (h *hashes) total(n total) seen { return seen(maphash.Comparable(h.from(), n)) }

func (h *hashes) line(k lineKey) seen { return seen(maphash.Comparable(h.from(), k)) }

func (h *hashes) id(id string) seen { return seen(maphash.String(h.from(), id)) }

// totals is every total that a thread's token_count lines told. Almost every
// thread is written by one process that goes on from its last total, so that
// nobody asks for older ones: until somebody does, it is a list, which costs
// far less than a map.
type totals struct {
	list  []seen
	index map[seen]struct{} // once it is there, the list is empty
}

// fewTotals is how long a list may be to be looked through.
const fewTotals = 16

func (s *totals) add(n seen) {
	switch last := len(s.list) - 1; {
	case s.index != nil:
		s.index[n] = struct{}{}
	case last < 0 || s.list[last] != n:
		s.list = append(s.list, n)
	}
}

func (s *totals) has(n seen) bool {
	if s.index == nil && len(s.list) <= fewTotals {
		for i := range s.list {
			if s.list[i] == n {
				return true
			}
		}
		return false
	}
	if s.index == nil {
		s.index = make(map[seen]struct{}, 2*len(s.list))
		for _, t := range s.list {
			s.index[t] = struct{}{}
		}
		s.list = nil
	}
	_, ok := s.index[n]
	return ok
}

// lineBook knows which file of the thread a token_count line was in first, for
// telling copies of a file. The lines of the first file are a list until a second
// file is there, which most threads never have.
type lineBook struct {
	first []seen
	file  int // that the lines of first were in
	index map[seen]int
}

type lineKey struct {
	at int64
	total
}

// elsewhere says that another file than this one had the very line, and notes it
// where none had.
func (b *lineBook) elsewhere(k seen, file int) bool {
	if b.index == nil {
		if len(b.first) == 0 || b.file == file {
			b.first, b.file = append(b.first, k), file
			return false
		}
		b.index = make(map[seen]int, 2*len(b.first))
		for _, l := range b.first {
			b.index[l] = b.file
		}
		b.first = nil
	}
	had, ok := b.index[k]
	if !ok {
		b.index[k] = file
	}
	return ok && had != file
}
