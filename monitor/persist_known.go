package monitor

import (
	"context"
	"sync"

	"github.com/tokenburn-sentinel/tokenburn/ledger"
)

// memories is what the ledger knows of all threads while history is read. It is asked
// for once: thousands of questions for one thread each took twelve times as long.
type memories struct {
	read sync.Once

	mu      sync.Mutex
	threads map[string]*ledger.Thread // by id; nobody asks for one twice
}

// knownTo gives what workers find threads in the ledger with; nil: there is no ledger.
// The ledger is read by then, while the folders are still being listed.
func (l *loop) knownTo(ctx context.Context) func(*group) *folded {
	if l.o.Ledger == nil {
		return nil
	}
	m := &l.archive.memories
	m.read.Do(func() { m.fill(ctx, l.o) })
	return func(g *group) *folded { return m.find(g, l.o) }
}

// find gives a thread as the ledger has it, nil where its files must be read.
func (m *memories) find(g *group, o Options) *folded {
	m.mu.Lock()
	t := m.threads[g.key]
	delete(m.threads, g.key)
	m.mu.Unlock()
	now := o.Now()
	if t == nil || !isReader(t.Reader) || !settled(g.files, now) || !unchanged(t, g.files) {
		return nil // what the ledger can't tell, the files do
	}
	d, err := recall(t, g.key, g.files, o, now)
	if err != nil {
		return nil
	}
	return d
}

func (m *memories) fill(ctx context.Context, o Options) {
	list, err := o.Ledger.Threads(ctx, ledger.Which{Homes: homeKeys(o.Homes)})
	if err != nil {
		return // all files are read
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	m.threads = make(map[string]*ledger.Thread, len(list))
	for i := range list {
		m.threads[list[i].ID] = &list[i]
	}
}

// forget lets go of what nobody asked for, once history is read.
func (m *memories) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.threads = nil
}
