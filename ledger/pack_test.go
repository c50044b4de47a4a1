package ledger

import (
	"bytes"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Whatever the bytes are, they are rows or an error; and rows that are packed
// again are the same rows.
func FuzzUnpack(f *testing.F) {
	classes := map[int64]class{1: {model: "gpt-5.5"}, 2: {model: "gpt-5.5", tier: "fast", long: true, kind: model.KindTest}}
	number := map[class]int64{classes[1]: 1, classes[2]: 2}
	var seed []byte
	last := int64(0)
	for i := range 5 {
		r := Row{classes[int64(1+i%2)].bucket(int64(1_990_000 + i*i - 3*i)), model.Count{Usage: model.Usage{Input: 1 << 40, Cached: -1, Output: 7}, Responses: 3}}
		seed = pack(seed, last, r, int64(1+i%2))
		last = r.Quarter
	}
	f.Add(seed)
	f.Add(seed[:len(seed)-1])
	f.Add([]byte(nil))
	f.Add(bytes.Repeat([]byte{0xff}, 40))
	f.Fuzz(func(t *testing.T, b []byte) {
		rows, err := unpack(b, classes)
		if err != nil {
			return
		}
		var again []byte
		last := int64(0)
		for _, r := range rows {
			again = pack(again, last, r, number[classOf(r.KindBucket)])
			last = r.Quarter
		}
		back, err := unpack(again, classes)
		if err != nil || len(back) != len(rows) {
			t.Fatalf("%d rows, %v; want %d", len(back), err, len(rows))
		}
		for i := range rows {
			if back[i] != rows[i] {
				t.Errorf("row %d: %v, want %v", i, back[i], rows[i])
			}
		}
	})
}
