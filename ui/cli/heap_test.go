package cli

import "testing"

func TestGrowth(t *testing.T) {
	const mb = 1 << 20
	for _, c := range []struct {
		live int64
		want int
	}{{0, 400}, {mb, 400}, {4 * mb, 300}, {8 * mb, 100}, {10 * mb, 60}, {12 * mb, 40}, {1000 * mb, 40}} {
		if got := growth(c.live); got != c.want {
			t.Errorf("growth(%d MB) = %d, want %d", c.live/mb, got, c.want)
		}
	}
}
