package ledger

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Usage of all threads also stands added up by place and time, so that whoever must
// answer at once need not look at history. The sums change in the transaction that
// changes a thread's rows, by what the rows differ.

// dayQuarters is the number of quarters of an hour in a day.
const dayQuarters = 96

// The levels of sums.
const (
	byQuarter = 0
	byDay     = 1
)

// spot is one row of the sums.
type spot struct {
	level              int
	span, place, class int64
}

func (s spot) compare(o spot) int {
	return cmp.Or(cmp.Compare(s.level, o.level), cmp.Compare(s.span, o.span), cmp.Compare(s.place, o.place), cmp.Compare(s.class, o.class))
}

// deltas are changes of sums that were not written yet. It belongs to one transaction.
type deltas struct{ list []delta }

type delta struct {
	spot
	n [counters]int64
}

// counters is how many numbers usage has: input, cached, cache write, output,
// reasoning, responses.
const counters = packedFields - 2

// add notes that a row of a thread counts n more. Each counter was held to the most
// that a row can count, so that no sum overflows.
func (d *deltas) add(place int64, k rowKey, n [counters]int64) {
	if n == [counters]int64{} {
		return
	}
	d.list = append(d.list, delta{spot{byQuarter, k.quarter, place, k.class}, n}, delta{spot{byDay, floorDay(k.quarter), place, k.class}, n})
}

// joined gives the changes in the order of the table, one for each row that changes.
func (d *deltas) joined() []delta {
	slices.SortFunc(d.list, func(a, b delta) int { return a.compare(b.spot) })
	joined := d.list[:0]
	for _, next := range d.list {
		if last := len(joined) - 1; last >= 0 && joined[last].spot == next.spot {
			for i := range next.n {
				joined[last].n[i] += next.n[i]
			}
			continue
		}
		joined = append(joined, next)
	}
	return slices.DeleteFunc(joined, func(c delta) bool { return c.n == [counters]int64{} })
}

// floorDay gives the day of UTC that a quarter of an hour lies in.
func floorDay(quarter int64) int64 {
	day := quarter / dayQuarters
	if quarter%dayQuarters < 0 {
		day--
	}
	return day
}

// rowKey is what a row of a thread is known by.
type rowKey struct{ quarter, class int64 }

// most is what one counter of a row can count in a sum. The schema has it, too.
const most = 1 << 48

func held(n int64) int64 { return max(-most, min(n, most)) }

func numbersOf(n model.Count) [counters]int64 {
	return [counters]int64{int64(n.Input), int64(n.Cached), int64(n.CacheWrite), int64(n.Output), int64(n.Reasoning), n.Responses}
}

// less gives how much more a row counts in sums than another.
func less(a, b [counters]int64) [counters]int64 {
	for i := range a {
		a[i] = held(a[i]) - held(b[i])
	}
	return a
}

// unpackNumbers gives packed rows without their classes' names.
func unpackNumbers(b []byte) (map[rowKey][counters]int64, error) {
	rows := make(map[rowKey][counters]int64, len(b)/16+1)
	var last int64
	for len(b) > 0 {
		var f [packedFields]int64
		for i := range f {
			n, size := binary.Varint(b)
			if size <= 0 {
				return nil, fmt.Errorf("%w: %w", ErrDamaged, errPacked)
			}
			f[i], b = n, b[size:]
		}
		last += f[0]
		rows[rowKey{last, f[1]}] = [counters]int64(f[2:])
	}
	return rows, nil
}

const (
	sqlPlace    = `SELECT n FROM places WHERE home = ? AND project = ? AND folder = ?`
	sqlPutPlace = `INSERT INTO places (home, project, folder) VALUES (?, ?, ?) RETURNING n`
	sumColumns  = `level, span, place, class, input, cached, cache_write, output, reasoning, responses`
	addSums     = ` ON CONFLICT DO UPDATE SET input = input + excluded.input, cached = cached + excluded.cached,
		cache_write = cache_write + excluded.cache_write, output = output + excluded.output,
		reasoning = reasoning + excluded.reasoning, responses = responses + excluded.responses`
)

// place gives the number of where a thread's usage is, and makes one where it is new.
func (t tx) place(th *Thread) (int64, error) {
	k := [3]string{th.Home, th.Project, cmp.Or(th.Folder, th.Cwd)}
	if n, ok := t.places[k]; ok {
		return n, nil
	}
	var n int64
	err := t.one(sqlPlace, []any{k[0], k[1], k[2]}, &n)
	if isNoRows(err) {
		err = t.one(sqlPutPlace, []any{k[0], k[1], k[2]}, &n)
	}
	if err == nil {
		t.places[k] = n
	}
	return n, err
}

// flush writes the sums' changes, in the order of the table.
func (t tx) flush() error {
	to := t.bulk.filling("sums ("+sumColumns+")", 4+counters, addSums)
	for i, c := range t.sums.joined() {
		n := &c.n
		to.add(int64(c.level), c.span, c.place, c.class, n[0], n[1], n[2], n[3], n[4], n[5])
		if i%fillRows == fillRows-1 {
			if err := to.flush(true); err != nil {
				return err
			}
		}
	}
	t.sums.list = t.sums.list[:0]
	return to.flush(false)
}
