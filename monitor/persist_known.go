package monitor

import (
	"context"
	"slices"
	"sync"

	"github.com/tokenburn-sentinel/tokenburn/ledger"
)

// memories is what the ledger knows of all threads while history is read. It is asked
// for once: thousands of questions for one thread each took twelve times as long.
type memories struct {
	read sync.Once
	err  error // of the reading; all files are read then

	mu      sync.Mutex
	threads map[string]*ledger.Thread // by id; nobody asks for one twice
	sought  bool                      // those that are gone were asked for
	over    bool                      // history is read
}

// knownTo gives what workers find threads in the ledger with; nil: there is no ledger.
// The ledger is read by then, or else the first who wants to know reads it: not
// before, since what is newest is in none but its files.
func (l *loop) knownTo(ctx context.Context) func(*group) *folded {
	if l.o.Ledger == nil {
		return nil
	}
	return func(g *group) *folded { return l.archive.memories.find(ctx, g, l.o) }
}

// find gives a thread as the ledger has it, nil where its files must be read.
func (m *memories) find(ctx context.Context, g *group, o Options) *folded {
	m.fill(ctx, o)
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

// fill reads the ledger, once; whoever else asks waits for it.
func (m *memories) fill(ctx context.Context, o Options) {
	m.read.Do(func() {
		var list []ledger.Thread
		if list, m.err = o.Ledger.Threads(ctx, ledger.Which{Homes: homeKeys(o.Homes)}); m.err != nil {
			return
		}
		m.mu.Lock()
		defer m.mu.Unlock()
		m.threads = make(map[string]*ledger.Thread, len(list))
		for i := range list {
			m.threads[list[i].ID] = &list[i]
		}
	})
}

// gone gives the threads of which no file is present.
func (m *memories) gone(present map[string]bool) []*ledger.Thread {
	m.mu.Lock()
	defer m.mu.Unlock()
	var gone []*ledger.Thread
	for id, t := range m.threads {
		if len(t.Rows) > 0 && !present[id] && !slices.ContainsFunc(t.Files, func(f ledger.File) bool { return present[f.Path] }) {
			gone = append(gone, t)
		}
	}
	m.sought = true
	m.empty()
	return gone
}

// forget says that history is read.
func (m *memories) forget() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.over = true
	m.empty()
}

// empty lets go of what nobody asked for, once nobody will.
func (m *memories) empty() {
	if m.sought && m.over {
		m.threads = nil
	}
}
