package monitor

import (
	"testing"
	"testing/synctest"
	"time"
)

func TestUntilBeat(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		for _, offset := range []time.Duration{0, 1, 700 * time.Millisecond, 999 * time.Millisecond, 1500 * time.Millisecond} {
			time.Sleep(offset)
			for _, every := range []time.Duration{time.Second, 3 * time.Second, 5 * time.Second, 30 * time.Second} {
				wait := untilBeat(every)
				if wait < every/4 || wait > every+every/4 {
					t.Errorf("%s to wait for a beat of %s", wait, every)
				}
				if at := time.Now().Add(wait).UnixNano(); at%int64(every) != 0 {
					t.Errorf("a beat of %s comes %s late", every, time.Duration(at%int64(every)))
				}
			}
		}
	})
}
