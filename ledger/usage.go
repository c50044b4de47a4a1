package ledger

import (
	"context"
	"database/sql"
	"errors"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// class is what usage is counted under besides thread and time.
type class struct {
	model, tier string
	long        bool
	kind        model.Kind
}

func classOf(b model.KindBucket) class { return class{b.Model, b.Tier, b.Long, b.Kind} }

func (c class) bucket(quarter int64) model.KindBucket {
	return model.KindBucket{Bucket: model.Bucket{Quarter: quarter, Model: c.model, Tier: c.tier, Long: c.long}, Kind: c.kind}
}

const (
	sqlClasses  = `SELECT n, model, tier, long, kind FROM classes`
	sqlPutClass = `INSERT INTO classes (model, tier, long, kind) VALUES (?, ?, ?, ?)
		ON CONFLICT DO UPDATE SET model = excluded.model RETURNING n`
)

// errTwice says that a thread has two rows in one bucket.
var errTwice = errors.New("two rows in one bucket")

// pack packs rows and gives their classes' numbers.
func (t tx) pack(rows []Row) (packed []byte, classes []int64, err error) {
	packed, classes = make([]byte, 0, 24*len(rows)), make([]int64, len(rows))
	var last int64
	for i, r := range rows {
		if classes[i], err = t.class(classOf(r.KindBucket)); err != nil {
			return nil, nil, err
		}
		packed = pack(packed, last, r, classes[i])
		last = r.Quarter
	}
	if twice(rows, classes) {
		return nil, nil, errTwice
	}
	return packed, classes, nil
}

// twice says that a bucket comes twice. Rows mostly come in the order of their quarters.
func twice(rows []Row, classes []int64) bool {
	for i := range rows {
		if i > 0 && rows[i].Quarter < rows[i-1].Quarter {
			seen := make(map[rowKey]bool, len(rows))
			for i, r := range rows {
				seen[rowKey{r.Quarter, classes[i]}] = true
			}
			return len(seen) < len(rows)
		}
		for j := i - 1; j >= 0 && rows[j].Quarter == rows[i].Quarter; j-- {
			if classes[j] == classes[i] {
				return true
			}
		}
	}
	return false
}

// replaceRows changes the sums by what rows differ from a thread's until now.
func (t tx) replaceRows(place int64, rows []Row, classes []int64, old oldThread) {
	for i, r := range rows {
		k, now := rowKey{r.Quarter, classes[i]}, numbersOf(r.Count)
		was := old.rows[k]
		delete(old.rows, k)
		if old.place != place {
			t.sums.add(old.place, k, less([counters]int64{}, was))
			t.sums.add(place, k, less(now, [counters]int64{}))
		} else {
			t.sums.add(place, k, less(now, was))
		}
	}
	for k, was := range old.rows {
		t.sums.add(old.place, k, less([counters]int64{}, was))
	}
}

// class gives the number of a class, and makes one where it is new.
func (t tx) class(c class) (int64, error) {
	if n, ok := t.classes[c]; ok {
		return n, nil
	}
	var n int64
	if err := t.one(sqlPutClass, []any{c.model, c.tier, c.long, int64(c.kind)}, &n); err != nil {
		return 0, err
	}
	t.classes[c] = n
	return n, nil
}

// classNames gives all classes by number.
func classNames(ctx context.Context, q *sql.Tx) (map[int64]class, error) {
	names := map[int64]class{}
	err := eachRow(ctx, q, sqlClasses, nil, func(scan func(...any) error) error {
		var n, kind int64
		var c class
		err := scan(&n, &c.model, &c.tier, &c.long, &kind)
		if kind > 0 && kind < int64(len(model.Kinds())) { // a newer version may know more
			c.kind = model.Kind(kind)
		}
		names[n] = c
		return err
	})
	return names, err
}
