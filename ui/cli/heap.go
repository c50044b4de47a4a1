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
// grow by no more than two fifths, which saves a third of the memory of reading 2 GB.
// GOGC or GOMEMLIMIT in the environment go before it.
const (
	smallHeap  = 20 << 20 // of all that the runtime holds
	fewPercent = 300      // growth below that
	overhead   = 6 << 20  // of the runtime beside the heap
)

// tendHeap sets the runtime's limits by what is in use, after every collection,
// until stop is called.
func tendHeap(env environment) (stop func()) {
	if env.get("GOGC") != "" || env.get("GOMEMLIMIT") != "" {
		return func() {}
	}
	percent := debug.SetGCPercent(fewPercent)
	limit := debug.SetMemoryLimit(smallHeap)
	var over atomic.Bool
	awaitCollection(&over)
	return func() {
		over.Store(true)
		debug.SetGCPercent(percent)
		debug.SetMemoryLimit(limit)
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
		n := int64(live[0].Value.Uint64())
		debug.SetMemoryLimit(max(smallHeap, n+n*2/5+overhead))
		awaitCollection(over)
	})
}
