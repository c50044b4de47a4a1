package monitor

import (
	"context"
	"os"
	"slices"
	"time"
)

// planEvery is how often the files of the plan are looked at.
const planEvery = time.Second

// followPlan reads the plan, and again whenever one of its files changed or another
// repository is known, until ctx is done.
func (l *loop) followPlan(ctx context.Context, plan func(Repositories) Planned) {
	tick := time.NewTimer(untilBeat(planEvery))
	defer tick.Stop()
	repos := Repositories{}
	var seen []os.FileInfo
	var files []string
	load := func() bool {
		// Looked at before it is read: what is written meanwhile is seen by the next look.
		seen = statAll(files)
		p := plan(repos)
		if !slices.Equal(p.Files, files) {
			files = p.Files
			seen = statAll(files)
			p = plan(repos)
		}
		select {
		case l.plans <- p:
			return true
		case <-ctx.Done():
			return false
		}
	}
	for more := load(); more; {
		select {
		case <-ctx.Done():
			return
		case repos = <-l.reposOut:
			more = load()
		case <-tick.C:
			tick.Reset(untilBeat(planEvery))
			if now := statAll(files); !sameStats(seen, now) {
				more = load()
			}
		}
	}
}

// statAll looks at files; nil stands for one that is not there.
func statAll(files []string) []os.FileInfo {
	all := make([]os.FileInfo, len(files))
	for i, f := range files {
		if info, err := os.Stat(f); err == nil {
			all[i] = info
		}
	}
	return all
}

// sameStats says that the files are the same, as far as name, time and size tell.
func sameStats(a, b []os.FileInfo) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		x, y := a[i], b[i]
		if (x == nil) != (y == nil) {
			return false
		}
		if x != nil && (!os.SameFile(x, y) || !x.ModTime().Equal(y.ModTime()) || x.Size() != y.Size()) {
			return false
		}
	}
	return true
}
