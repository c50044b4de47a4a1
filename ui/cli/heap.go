package cli

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
)

// The runtime collects a small heap at every few MB that are allocated, and lets a
// large one double. Here it is the other way round: up to smallHeap it is hardly
// collected, which saves a tenth of the CPU time of reading 500 MB; a larger one may
// grow by no more than a third, which saves a quarter of the memory of reading
// 2 GB. GOGC in the environment goes before it. (A memory limit would not do: it
// counts what the heap has given up and not yet given back, so that a monitor that
// once was larger than now collected without end.)
const (
	smallHeap    = 11 << 20
	mostPercent  = 275
	leastPercent = 30
)

// tendHeap sets how far the heap may grow by what is in use, after every
// collection, until stop is called.
func tendHeap(env environment) (stop func()) {
	if env.get("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(mostPercent)
	var over atomic.Bool
	awaitCollection(&over)
	return func() {
		over.Store(true)
		debug.SetGCPercent(before)
	}
}

// mark is garbage from its beginning, so that its finalizer tells of a collection.
type mark struct{ _ [16]byte }

func awaitCollection(over *atomic.Bool) {
	runtime.SetFinalizer(&mark{}, func(*mark) {
		if over.Load() {
			return
		}
		live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
		metrics.Read(live)
		debug.SetGCPercent(growth(int64(live[0].Value.Uint64())))
		awaitCollection(over)
	})
}

// growth is how many percent a heap of that size may grow by.
func growth(live int64) int {
	return int(min(max((smallHeap-live)*100/max(live, 1), leastPercent), mostPercent))
}
