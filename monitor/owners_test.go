package monitor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// lockFolder makes the folder that says that Codex keeps locks in a home.
func lockFolder(t *testing.T, h codexHome) {
	t.Helper()
	if err := os.MkdirAll(filepath.Join(h.path, locksFolder), 0o700); err != nil {
		t.Fatal(err)
	}
}

// A turn dies at once when whoever worked on it is gone, and lives on in silence
// while somebody does.
func TestOwnersTellLifeFromDeath(t *testing.T) {
	run := func(l *loop) Run { return l.book.snapshot(l.now()).Runs[0] }
	held := control.Owner{Kind: control.Exec, Process: control.Process{PID: 4711}}
	left := control.Owner{Kind: control.None, Nobody: true, Why: "nothing works on it"}
	outside := control.Owner{Kind: control.None, Why: "nothing in this container works on it"}

	cases := []struct {
		name  string
		looks []*control.Owner // one a second, nil: no lock file
		write bool             // a line after the second look
		again bool             // its file is read once more after the second look, as for its details
		quiet time.Duration    // since the newest line, at the first look
		old   bool             // written by a Codex that takes no locks
		want  State
	}{
		{name: "never held, silent", looks: []*control.Owner{nil, nil, nil}, quiet: time.Hour, want: StateDied}, // by the half hour
		{name: "silent and held", looks: []*control.Owner{&held, &held}, quiet: time.Hour, want: StateSilent},
		{name: "held, then gone", looks: []*control.Owner{&held, nil, nil}, quiet: 5 * time.Second, want: StateDied},
		{name: "never held, lock left behind long ago", looks: []*control.Owner{&left, &left}, quiet: 90 * time.Second, want: StateDied},
		{name: "never held, lock left behind just now", looks: []*control.Owner{&left, &left}, quiet: 5 * time.Second, want: StateWorking},
		{name: "never held, in a container", looks: []*control.Owner{&outside, &outside}, quiet: 90 * time.Second, want: StateWorking},
		{name: "never held, its lock tidied away by the next Codex", looks: []*control.Owner{nil, nil}, quiet: 90 * time.Second, want: StateDied},
		{name: "never held, no lock as yet", looks: []*control.Owner{nil, nil}, quiet: 5 * time.Second, want: StateWorking},
		{name: "never held, of a Codex without locks", looks: []*control.Owner{nil, nil}, quiet: 90 * time.Second, old: true, want: StateWorking},
		{name: "gone in one look alone", looks: []*control.Owner{&held, nil, &held}, quiet: 5 * time.Second, want: StateWorking},
		{name: "dead, and read once more", looks: []*control.Owner{&held, nil, nil, nil}, again: true, quiet: 5 * time.Second, want: StateDied},
		{name: "thought dead, and goes on", looks: []*control.Owner{&held, nil, nil, nil, nil}, write: true, quiet: 5 * time.Second, want: StateWorking},
	}
	for i, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			h := newHome(t)
			lockFolder(t, h)
			now := time.Now()
			var m meta
			if c.old {
				m = meta{"cli_version": "0.160.0"}
			}
			s := h.begin(now.Add(-c.quiet), 1+i, m).ask(gpt, "do").answer(small).touched()
			l := still(t, h.path)
			l.owned.sure = true
			l.now = func() time.Time { return now }
			l.readAll()
			for n, o := range c.looks {
				now = now.Add(time.Second)
				look := ownersLook{began: now, owners: map[string]control.Owner{}, homes: map[string]bool{h.path: true}}
				if o != nil {
					one := *o
					one.Thread = s.id
					look.owners[s.id] = one
				}
				l.takeOwners(look)
				if n == 2 && c.again {
					l.foldNow(l.sources[s.id])
				}
				if n == 2 && c.write {
					if got := run(l).State; got != StateDied {
						t.Fatalf("before it goes on: %s", got)
					}
					now = now.Add(100 * time.Millisecond)
					s.now = now
					s.answer(small)
					l.touch(l.sources[s.id])
					l.readOn()
				}
			}
			if got := run(l).State; got != c.want {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// Who works on a run is shown, with how many others share its process, and a death
// is told.
func TestOwnersLive(t *testing.T) {
	h := newHome(t)
	lockFolder(t, h)
	now := time.Now()
	a := h.begin(now.Add(-time.Minute), 1, nil).ask(gpt, "one").answer(small)
	b := h.begin(now.Add(-time.Minute), 2, nil).ask(gpt, "two").answer(small)
	c := h.begin(now.Add(-time.Minute), 3, nil).ask(gpt, "three").answer(small)
	hands := &playedHands{}
	server := control.Owner{Kind: control.Server, Process: control.Process{PID: 987}, Holds: []string{a.id, b.id, "a-title"}}
	hands.own(a.id, server)
	hands.own(b.id, server)
	hands.own(c.id, control.Owner{Kind: control.Unproved, Why: "two processes hold its lock", Process: control.Process{PID: 5}})
	l := startWith(t, Options{Homes: []string{h.path}}, hands)
	owner := func(sn Snapshot, s *session) Owner {
		for _, r := range sn.Runs {
			if r.ID == runID(s) {
				return r.Owner
			}
		}
		return Owner{}
	}
	sn := l.until("owners", func(sn Snapshot) bool { return len(sn.Runs) == 3 && owner(sn, a).PID == 987 })
	if o := owner(sn, b); !o.Known || o.Kind != control.Server || o.Shared != 1 || o.Why != "" {
		t.Errorf("of a server: %+v", o)
	}
	if o := owner(sn, c); o.Kind != control.Unproved || o.Why == "" {
		t.Errorf("unproved: %+v", o)
	}
	hands.mu.Lock()
	delete(hands.owners, a.id)
	hands.mu.Unlock()
	if !newOwned().sure {
		return // this system does not tell who holds a lock
	}
	sn = l.until("its death", func(sn Snapshot) bool {
		for _, r := range sn.Runs {
			if r.ID == runID(a) {
				return r.State == StateDied && strings.Contains(logText(sn), "nothing works on it any more")
			}
		}
		return false
	})
	if o := owner(sn, a); !o.Known || o.Kind != control.None {
		t.Errorf("of the dead: %+v", o)
	}
}

// What died before the monitor came is shown as dead and is no news of this minute.
func TestOwnersOfTheLongDead(t *testing.T) {
	if !newOwned().sure {
		t.Skip("this system does not tell who holds a lock")
	}
	h := newHome(t)
	lockFolder(t, h)
	dead := h.begin(time.Now().Add(-10*time.Minute), 1, nil).ask(gpt, "do").answer(small)
	l := startWith(t, Options{Homes: []string{h.path}}, &playedHands{})
	sn := l.until("its death", func(sn Snapshot) bool { return len(sn.Runs) == 1 && sn.Runs[0].State == StateDied })
	if sn.Runs[0].ID != runID(dead) || strings.Contains(logText(sn), "it died") {
		t.Errorf("told as news: %s", logText(sn))
	}
}

// A picture that is made once knows the dead as well, and counts them neither as live nor
// as burning: nobody has their lock, and the next Codex has tidied it away.
func TestOwnersOnce(t *testing.T) {
	if !newOwned().sure {
		t.Skip("this system does not tell who holds a lock")
	}
	h := newHome(t)
	lockFolder(t, h)
	now := time.Now()
	dead := h.begin(now.Add(-90*time.Second), 1, nil).ask(gpt, "do").answer(small)
	fresh := h.begin(now.Add(-2*time.Second), 2, nil).ask(gpt, "do").answer(small)
	o := Options{Homes: []string{h.path}, Control: control.New(control.Options{}), Now: func() time.Time { return now }}
	history, err := Load(t.Context(), o, Range{Detail: true})
	if err != nil {
		t.Fatal(err)
	}
	s := history.Judged(t.Context(), o, nil)
	state := map[model.RunID]State{}
	for _, r := range s.Runs {
		state[r.ID] = r.State
		if r.ID == runID(dead) && r.Rate != (Rate{}) {
			t.Errorf("a dead run burns %+v", r.Rate)
		}
		if r.ID == runID(fresh) && s.Rate != r.Rate {
			t.Errorf("all burn %+v, the one that lives %+v", s.Rate, r.Rate)
		}
	}
	if state[runID(dead)] != StateDied || state[runID(fresh)] != StateWorking {
		t.Errorf("%s and %s, want died and working", state[runID(dead)], state[runID(fresh)])
	}
}

// Processes are looked at where a lock was taken or given up, and else seldom, however often it
// is looked; what did not change was seen once more all the same.
func TestOwnersAreLookedAtSeldom(t *testing.T) {
	h := newHome(t)
	lockFolder(t, h)
	hands := &playedHands{mark: "1 a"}
	hands.own("thread", control.Owner{Kind: control.Exec, Process: control.Process{PID: 4711}})
	w := ownersWatch{hands: hands, homes: []string{h.path}}
	now := time.Now()
	steps := []struct {
		name  string
		do    func()
		after time.Duration
		idle  bool // nothing runs
		asked bool
		whole bool // processes are looked at
		none  bool // and nothing is told
	}{
		{name: "the first", whole: true},
		{name: "a second later", after: time.Second},
		{name: "another", after: time.Second},
		{name: "a lock was taken", do: func() { hands.mark = "2 b" }, after: time.Second, whole: true},
		{name: "a second later", after: time.Second},
		{name: "somebody asks", asked: true, whole: true},
		{name: "a lock file more", do: func() { hands.own("other", control.Owner{Kind: control.Exec, Inode: 7}) }, asked: true, whole: true},
		{name: "the mark was made without it", after: time.Second, whole: true},
		{name: "now it is with it", after: time.Second},
		{name: "it is time", after: ownersMost, whole: true},
		{name: "a look that fails", do: func() { hands.mark, hands.fail = "3 c", os.ErrPermission }, after: time.Second, whole: true},
		{name: "is made again", after: time.Second, whole: true},
		{name: "nothing runs", after: time.Second, idle: true, none: true},
		{name: "nothing runs for long", after: ownersMost, idle: true, whole: true},
		{name: "the clock went back", after: -time.Hour, whole: true},
		{name: "this system lists no locks", do: func() { hands.mark = "" }, after: time.Second, whole: true},
		{name: "and never does", after: time.Second, whole: true},
	}
	for _, s := range steps {
		if s.do != nil {
			s.do()
		}
		now = now.Add(s.after)
		before := hands.looks
		look, any := w.look(t.Context(), now, !s.idle, s.asked)
		if whole := hands.looks > before; whole != s.whole {
			t.Errorf("%s: processes were looked at: %t", s.name, whole)
		}
		if any == s.none {
			t.Errorf("%s: told: %t", s.name, any)
		}
		if any && (!look.began.Equal(now) || !look.failed && look.owners["thread"].Process.PID != 4711) {
			t.Errorf("%s: %+v", s.name, look)
		}
	}
}
