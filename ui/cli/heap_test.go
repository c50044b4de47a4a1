package cli

import "testing"

func TestGrowth(t *testing.T) {
	const mb = 1 << 20
	for _, c := range []struct {
		live int64
		want int
	}{{0, 275}, {mb, 275}, {4 * mb, 175}, {8 * mb, 37}, {9 * mb, 30}, {1000 * mb, 30}} {
		if got := growth(c.live); got != c.want {
			t.Errorf("growth(%d MB) = %d, want %d", c.live/mb, got, c.want)
		}
	}
}
