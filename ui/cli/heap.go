package cli

import (
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"sync/atomic"
	"time"
)

// The runtime collects a small heap at every few MB that are allocated, and lets a
// large one double. Here it is the other way round: up to smallHeap it is hardly
// collected, which saves a tenth of the CPU time of reading 500 MB; a larger one may
// grow by no more than a third, which saves a quarter of the memory of reading
// 2 GB. GOGC in the environment goes before it. (A memory limit would not do: it
// counts what the heap has given up and not yet given back, so that a monitor that
// once was larger than now collected without end.)
//
// What goes on for long and collects again and again, as a monitor of 200 busy runs
// does, would spend a quarter of its CPU time on that: its heap may double, until
// collections are rare again.
const (
	smallHeap    = 10 << 20
	mostPercent  = 275
	leastPercent = 30
	busyPercent  = 100
	briefPercent = 1000            // of the 4 MB that the runtime begins with
	startTime    = 5 * time.Second // what lasts no longer than that counts as short
	busyTime     = time.Second     // between two collections, at most, of what is busy
	calmTime     = 5 * time.Second // without one, after which it is not busy any more
)

// tendHeap sets how far the heap may grow by what is in use, after every
// collection, until stop is called.
func tendHeap(env environment) (stop func()) {
	if env.get("GOGC") != "" {
		return func() {}
	}
	before := debug.SetGCPercent(mostPercent)
	now := time.Now()
	t := &heapTender{long: now.Add(startTime), last: now}
	t.await()
	return func() {
		t.over.Store(true)
		debug.SetGCPercent(before)
	}
}

// putOffCollecting puts the first collection off until 40 MB were allocated. A status line that
// reads ten files anew is over by then, and spent a quarter of its time on collections
// that freed next to nothing; so did a monitor before its first frame.
func putOffCollecting(env environment) {
	if env.get("GOGC") == "" {
		debug.SetGCPercent(briefPercent)
	}
}

// heapTender is asked after each collection, by one goroutine at a time.
type heapTender struct {
	over        atomic.Bool
	collections atomic.Int64
	long        time.Time // from when on what goes on is no short command
	last        time.Time // when the newest collection was
}

// mark is garbage from its beginning, so that its finalizer tells of a collection.
type mark struct{ _ [16]byte }

func (t *heapTender) await() {
	runtime.SetFinalizer(&mark{}, func(*mark) { t.collected(time.Now()) })
}

func (t *heapTender) collected(now time.Time) {
	if t.over.Load() {
		return
	}
	n, percent := t.collections.Add(1), growth(liveBytes())
	if now.After(t.long) && now.Sub(t.last) < busyTime && percent < busyPercent {
		percent = busyPercent
		time.AfterFunc(calmTime, func() { // or what ends being busy would stay that large
			if t.collections.Load() == n && !t.over.Load() {
				debug.SetGCPercent(growth(liveBytes()))
			}
		})
	}
	t.last = now
	debug.SetGCPercent(percent)
	t.await()
}

// liveBytes is what was in use at the newest collection.
func liveBytes() int64 {
	live := []metrics.Sample{{Name: "/gc/heap/live:bytes"}}
	metrics.Read(live)
	return int64(live[0].Value.Uint64())
}

// growth is how many percent a heap of that size may grow by.
func growth(live int64) int {
	return int(min(max((smallHeap-live)*100/max(live, 1), leastPercent), mostPercent))
}
