package monitor

import (
	"errors"
	"io/fs"
	"sync"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
	"github.com/tokenburn-sentinel/tokenburn/watch/rollout"
)

// maxPairs bounds the token counts of ancestors that are remembered (about 7 MB).
const maxPairs = 64 << 10

// ancestry reads what the token_count lines of other threads said, for finding
// copied history. Forks of one thread are usually read close together, so the
// newest few answers are kept. Several workers may ask at once.
type ancestry struct {
	mu      sync.Mutex
	files   func(id string) []watch.File
	answers map[string]*answer
	order   []string // of the answers, oldest first
	pairs   int
}

type answer struct {
	ready chan struct{} // closed when the rest is set
	pairs []model.Pair
	found bool
	lost  bool
}

// newAncestry asks files for the files of a thread; it is called under the lock.
func newAncestry(files func(id string) []watch.File) *ancestry {
	return &ancestry{files: files, answers: map[string]*answer{}}
}

// lookup gives the pairs of a thread's files in their order, whether it has any file,
// and whether one of them was gone when it was to be read.
func (a *ancestry) lookup(id string) (pairs []model.Pair, found, lost bool) {
	a.mu.Lock()
	if known := a.answers[id]; known != nil {
		a.mu.Unlock()
		<-known.ready
		return known.pairs, known.found, known.lost
	}
	one := &answer{ready: make(chan struct{})}
	a.answers[id] = one
	a.order = append(a.order, id)
	files := a.files(id)
	a.mu.Unlock()

	one.pairs, one.lost = readPairs(files)
	one.found = len(files) > 0
	close(one.ready)

	a.mu.Lock()
	defer a.mu.Unlock()
	if a.answers[id] != one { // forgotten meanwhile
		return one.pairs, one.found, one.lost
	}
	a.pairs += len(one.pairs)
	for a.pairs > maxPairs && len(a.order) > 1 {
		oldest := a.answers[a.order[0]]
		select {
		case <-oldest.ready:
		default: // still being read: it stays
			return one.pairs, one.found, one.lost
		}
		a.pairs -= len(oldest.pairs)
		delete(a.answers, a.order[0])
		a.order = a.order[1:]
	}
	return one.pairs, one.found, one.lost
}

// forget drops the answers, because files have changed.
func (a *ancestry) forget() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.answers, a.order, a.pairs = map[string]*answer{}, nil, 0
}

func readPairs(files []watch.File) (pairs []model.Pair, lost bool) {
	lines := watch.NewLines(nil, nil)
	dec := rollout.NewDecoder(rollout.Options{})
	var e model.Event
	for _, f := range files {
		r, err := watch.Open(f.Path)
		if err != nil {
			lost = lost || errors.Is(err, fs.ErrNotExist)
			continue // its own fold reports it
		}
		lines.Reset(r, 0)
		for lines.Next() {
			if dec.Decode(lines.Line(), &e) != nil || e.Kind != model.EventTokenCount || !e.HasInfo {
				continue
			}
			p := model.Pair{Total: e.Total, Last: e.Last, TotalTokens: e.TotalTokens, LastTokens: e.LastTokens}
			if !e.At.IsZero() {
				p.At = e.At.UnixMilli()
			}
			pairs = append(pairs, p)
		}
		r.Close()
	}
	return pairs, lost
}
