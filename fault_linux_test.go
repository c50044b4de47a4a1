package main_test

import (
	"bytes"
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"io"
	"maps"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	_ "modernc.org/sqlite" // to lock a ledger as another program would

	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// envFaults is how long TestFaults goes on, such as 10m.
const envFaults = "TOKENBURN_FAULTS"

// faultTrial is a world with the programs that watch it.
type faultTrial struct {
	*world
	as    func(*exec.Cmd)
	state string // folder of the ledger, a small file system of its own where that can be had
	small bool
	skew  atomic.Int64 // of the clock that the monitor inside the test is given
	wg    sync.WaitGroup
	acked atomic.Int64
}

// Files are moved, compressed, cut, replaced and hidden while they are written to; the
// programs that read them are killed and started again every few seconds, their ledger is
// locked, its disk fills, their notifications run over and their clock jumps. At the end
// every sum is the truth, and the audit trail is whole.
func TestFaults(t *testing.T) {
	if testing.Short() {
		t.Skip("takes its time")
	}
	d, err := time.ParseDuration(cmp.Or(os.Getenv(envFaults), "12s"))
	if err != nil {
		t.Fatalf("%s: %v", envFaults, err)
	}
	seed := uint64(time.Now().UnixNano())
	t.Logf("seed %d, %s", seed, d)
	x := newFaultTrial(t, seed)
	ctx, stop := context.WithTimeout(t.Context(), d)
	defer stop()
	inside, err := ledger.Open(filepath.Join(t.TempDir(), "inside.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer inside.Close()
	live, last := x.inside(inside)
	r := rand.New(rand.NewPCG(seed, 2))
	x.every(ctx, r, 0, 12*time.Millisecond, func(*rand.Rand) { x.step() })
	for _, limited := range []bool{false, true, false} {
		x.wg.Go(func() { x.monitors(ctx, rand.New(rand.NewPCG(seed, 3)), limited) })
	}
	x.every(ctx, r, time.Second, 2*time.Second, x.lockLedger)
	x.every(ctx, r, 2*time.Second, 4*time.Second, x.fillDisk)
	x.every(ctx, r, 300*time.Millisecond, time.Second, x.jumpClock)
	x.every(ctx, r, 500*time.Millisecond, time.Second, x.look)
	x.every(ctx, r, time.Second, 2*time.Second, x.decide)
	x.wg.Wait()
	x.skew.Store(0)
	x.settle(live, last)
}

func newFaultTrial(t *testing.T, seed uint64) *faultTrial {
	dir := t.TempDir()
	home, state := filepath.Join(dir, "home"), filepath.Join(dir, "state")
	for _, d := range []string{home, state} {
		if err := os.Mkdir(d, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	x := &faultTrial{world: newWorld(t, home, seed), state: state}
	if err := syscall.Mount("tmpfs", state, "tmpfs", 0, "size=24m,mode=0700"); err == nil {
		x.small = true
		t.Cleanup(func() { _ = syscall.Unmount(state, syscall.MNT_DETACH) })
	} else {
		t.Logf("no small file system for the ledger: %v", err)
	}
	x.as = withoutPrivileges(t, state)
	return x
}

// every calls f again and again, at most so often, until ctx is done.
func (x *faultTrial) every(ctx context.Context, r *rand.Rand, least, most time.Duration, f func(*rand.Rand)) {
	mine := rand.New(rand.NewPCG(r.Uint64(), r.Uint64()))
	x.wg.Go(func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-time.After(least + time.Duration(mine.Int64N(int64(most-least)))):
				f(mine)
			}
		}
	})
}

// inside starts a monitor in the test itself: it lives through everything, with a
// clock that jumps. It gives the newest snapshot's sums when asked.
func (x *faultTrial) inside(l *ledger.Ledger) (*monitor.Monitor, func() monitor.Snapshot) {
	ctx, stop := context.WithCancel(context.Background())
	m := monitor.New(monitor.Options{Homes: []string{x.home}, Ledger: l, All: true, Zone: time.UTC,
		Now: func() time.Time { return time.Now().Add(time.Duration(x.skew.Load())) }})
	var newest atomic.Pointer[monitor.Snapshot]
	var wg sync.WaitGroup
	wg.Go(func() { _ = m.Run(ctx) })
	wg.Go(func() {
		for s := range m.Snapshots() {
			newest.Store(&s)
		}
	})
	x.t.Cleanup(func() { stop(); wg.Wait() })
	return m, func() monitor.Snapshot {
		if s := newest.Load(); s != nil {
			return *s
		}
		return monitor.Snapshot{}
	}
}

// monitors runs one monitor after the other, and kills each.
func (x *faultTrial) monitors(ctx context.Context, r *rand.Rand, limited bool) {
	for ctx.Err() == nil {
		cmd := x.program("watch", "--json")
		if limited { // may watch ten folders only
			limit := exec.Command("unshare", append([]string{"-Ur", "sh", "-c", `echo 10 >/proc/sys/user/max_inotify_watches && exec "$0" "$@"`}, cmd.Args...)...)
			limit.Env, cmd = cmd.Env, limit
			x.as(cmd)
			x.inject("ten watches only")
		}
		var said bytes.Buffer
		cmd.Stdout, cmd.Stderr = io.Discard, &said
		if err := cmd.Start(); err != nil {
			x.t.Errorf("start: %v", err)
			return
		}
		wait := time.After(500*time.Millisecond + time.Duration(r.Int64N(int64(4*time.Second))))
		if r.IntN(3) == 0 { // it stands still while more happens than the queue holds
			time.Sleep(300 * time.Millisecond)
			_ = cmd.Process.Signal(syscall.SIGSTOP)
			x.flood()
			_ = cmd.Process.Signal(syscall.SIGCONT)
			x.inject("notifications overflow")
		}
		select {
		case <-wait:
		case <-ctx.Done():
		}
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || !status.Signaled() || status.Signal() != syscall.SIGKILL {
			x.t.Errorf("a monitor ended by itself: %v\n%s", cmd.ProcessState, said.String())
		}
		x.inject("monitor killed")
	}
}

// program is tokenburn with the shared ledger.
func (x *faultTrial) program(args ...string) *exec.Cmd {
	cmd := exec.Command(binary, append([]string{"--codex-home", x.home, "--ledger", x.ledger(), "--config", x.settings()}, args...)...)
	cmd.Env = environment(x.state)
	cmd.Dir = "/"
	x.as(cmd)
	return cmd
}

func (x *faultTrial) ledger() string { return filepath.Join(x.state, "kept", "ledger.db") }

// settings has budgets that are used up at once, so that there is something to decide on.
func (x *faultTrial) settings() string {
	path := filepath.Join(filepath.Dir(x.home), "config.toml")
	if _, err := os.Stat(path); err != nil {
		x.must(os.WriteFile(path, []byte("[[budget]]\nname = \"day\"\nperiod = \"day\"\nlimit = \"$1\"\n"), 0o644))
	}
	return path
}

// lockLedger holds the ledger's write lock for a while, as another program may.
func (x *faultTrial) lockLedger(r *rand.Rand) {
	db, err := sql.Open("sqlite", "file:"+x.ledger()+"?mode=rw&_pragma=busy_timeout(500)&_txlock=immediate")
	if err != nil {
		return
	}
	defer db.Close()
	tx, err := db.Begin()
	if err != nil {
		return
	}
	x.inject("ledger locked")
	time.Sleep(time.Duration(r.Int64N(int64(3 * time.Second))))
	_ = tx.Rollback()
}

// fillDisk leaves no room for the ledger for a while.
func (x *faultTrial) fillDisk(r *rand.Rand) {
	if !x.small {
		return
	}
	path := filepath.Join(x.state, "filler")
	f, err := os.Create(path)
	if err != nil {
		return
	}
	chunk := make([]byte, 4096)
	for err == nil {
		_, err = f.Write(chunk)
	}
	_ = f.Close()
	x.inject("disk full")
	time.Sleep(time.Duration(r.Int64N(int64(1500 * time.Millisecond))))
	x.must(os.Remove(path))
}

func (x *faultTrial) jumpClock(r *rand.Rand) {
	x.skew.Store(r.Int64N(int64(72*time.Hour)) - int64(36*time.Hour))
	x.inject("clock jumps")
}

// look reads everything while it happens: never more than was used.
func (x *faultTrial) look(*rand.Rand) {
	cmd := x.program("usage", "--json")
	out, err := cmd.Output()
	if err != nil {
		return // the disk is full, say
	}
	_, most := x.used()
	var got usageReport
	if err := json.Unmarshal(out, &got); err != nil {
		x.t.Errorf("usage --json: %v", err)
		return
	}
	if got.Overall.Responses > most.Responses || got.Overall.Input > most.Input {
		x.t.Errorf("more is counted than was used: %+v of %+v", got.Overall.count(), most)
	}
}

// decide acknowledges what is open, for the audit trail to grow.
func (x *faultTrial) decide(*rand.Rand) {
	out, err := x.program("exceptions", "--json").Output()
	if err != nil {
		return
	}
	var list struct {
		Exceptions []struct{ ID, State string }
	}
	if json.Unmarshal(out, &list) != nil {
		return
	}
	for _, e := range list.Exceptions {
		to := []string{"ack", e.ID}
		if e.State == "acknowledged" {
			to = []string{"snooze", e.ID, "1s"}
		}
		if x.program(append([]string{"exceptions"}, to...)...).Run() == nil {
			x.acked.Add(1)
		}
	}
}

// settle waits until the monitor that lived through it has it all, reads everything
// anew in every way, and compares.
func (x *faultTrial) settle(live *monitor.Monitor, last func() monitor.Snapshot) {
	truth, all := x.used()
	live.Send(monitor.Rescan{})
	deadline := time.Now().Add(90 * time.Second) // it looks at everything again every 30 s
	for responsesOf(last()) != all.Responses && time.Now().Before(deadline) {
		time.Sleep(100 * time.Millisecond)
	}
	ways := map[string]map[string]model.Count{"the monitor that lived through it": threadsOf(last())}
	for name, args := range map[string][]string{"with the ledger": nil, "without it": {"--no-ledger"}} {
		ways[name] = x.usage(args...)
	}
	lost := int64(0)
	for name, got := range ways {
		for id, want := range truth {
			if got[id] != want {
				lost += want.Responses - got[id].Responses
				x.t.Errorf("%s: %s has %+v, want %+v", name, id, got[id], want)
			}
		}
	}
	out, err := x.program("audit", "--verify").CombinedOutput()
	if err != nil {
		x.t.Errorf("audit --verify: %v\n%s", err, out)
	}
	total := 0
	for _, name := range slices.Sorted(maps.Keys(x.injected)) {
		total += x.injected[name]
		x.t.Logf("%6d %s", x.injected[name], name)
	}
	x.t.Logf("%d faults injected into %d threads with %d responses; %d responses lost; %d decisions; %s", total, len(truth), all.Responses, lost,
		x.acked.Load(), strings.TrimSpace(string(out)))
}

// usage is what the command says, by thread.
func (x *faultTrial) usage(more ...string) map[string]model.Count {
	args := []string{"--codex-home", x.home, "--config", x.settings()}
	if more == nil {
		args = append(args, "--ledger", x.ledger())
	}
	cmd := exec.Command(binary, append(append(args, more...), "usage", "--json")...)
	cmd.Env = environment(x.state)
	x.as(cmd)
	out, err := cmd.Output()
	var r usageReport
	if err != nil || json.Unmarshal(out, &r) != nil {
		x.t.Errorf("usage --json: %v\n%s", err, out)
	}
	got := map[string]model.Count{}
	for id, c := range r.Threads {
		got[id] = c.count()
	}
	return got
}

func responsesOf(s monitor.Snapshot) (n int64) {
	for _, r := range s.Runs {
		n += r.Usage.Responses
	}
	return n
}

func threadsOf(s monitor.Snapshot) map[string]model.Count {
	got := map[string]model.Count{}
	for _, r := range s.Runs {
		for _, th := range r.Threads {
			got[th.ID] = th.Usage
		}
	}
	return got
}
