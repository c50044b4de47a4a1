package control

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

const thread = "01a20000-0000-7000-8000-000000000001"

func TestOwnerIsWhoHoldsTheLock(t *testing.T) {
	t.Parallel()
	exec := []string{"/opt/bin/codex", "exec", "--json", "go"}
	for _, c := range []struct {
		name string
		make func(*madeUp)
		kind Kind
		pid  int
		why  string // part of it
	}{
		{"nothing there", func(*madeUp) {}, None, 0, "nothing works on it"},
		{"an older Codex", func(m *madeUp) { os.Remove(filepath.Join(m.home, locksFolder)) }, None, 0, "takes no locks"},
		{"left behind by a killed one", func(m *madeUp) { m.lock(thread) }, None, 0, "nothing works on it"},
		{"in a container", func(m *madeUp) {
			m.lock(thread)
			ns := filepath.Join(m.root, "self/ns/pid")
			os.Remove(ns)
			m.link("pid:[4026532561]", ns)
		}, None, 0, "outside can't be seen"},
		{"exec", func(m *madeUp) {
			m.lock(thread, 700)
			m.add(fake{pid: 700, ticks: 5, args: exec, opens: []string{thread}})
		}, Exec, 700, ""},
		{"a name with spaces and parentheses", func(m *madeUp) {
			m.lock(thread, 700)
			m.add(fake{pid: 700, ticks: 5, name: "co) S 1 (dex", args: exec, opens: []string{thread}})
		}, Exec, 700, ""},
		{"its executable was replaced by an update", func(m *madeUp) {
			m.lock(thread, 700)
			m.add(fake{pid: 700, ticks: 5, exe: "/opt/bin/codex (deleted)", args: exec, opens: []string{thread}})
		}, Exec, 700, ""},
		{"only waits for it", func(m *madeUp) {
			m.lock(thread)
			m.line("-> FLOCK  ADVISORY  WRITE", 700, m.id(lockFile(m.home, thread)))
			m.add(fake{pid: 700, ticks: 5, args: exec, opens: []string{thread}})
		}, None, 0, "nothing works on it"},
		{"only reads it", func(m *madeUp) {
			m.lock(thread)
			m.line("FLOCK  ADVISORY  READ", 700, m.id(lockFile(m.home, thread)))
			m.line("POSIX  ADVISORY  WRITE", 700, m.id(lockFile(m.home, thread)))
			m.add(fake{pid: 700, ticks: 5, args: exec, opens: []string{thread}})
		}, None, 0, "nothing works on it"},
		{"the same inode of another device", func(m *madeUp) {
			m.lock(thread)
			id := m.id(lockFile(m.home, thread))
			m.line("FLOCK  ADVISORY  WRITE", 700, "0f:ee"+id[strings.LastIndex(id, ":"):])
			m.add(fake{pid: 700, ticks: 5, args: exec})
		}, None, 0, "nothing works on it"},
		{"a file system that counts its devices apart", func(m *madeUp) {
			m.lock(thread)
			id := m.id(lockFile(m.home, thread))
			m.line("FLOCK  ADVISORY  WRITE", 700, "0f:ee"+id[strings.LastIndex(id, ":"):])
			m.add(fake{pid: 700, ticks: 5, args: exec, opens: []string{thread}})
		}, Exec, 700, ""},
		{"of another pid namespace", func(m *madeUp) { m.lock(thread, 0) }, Unproved, 0, "can't be seen from here"},
		{"of another machine", func(m *madeUp) { m.lock(thread, -5) }, Unproved, 0, "can't be seen from here"},
		{"hidden, or ended with the lock inherited", func(m *madeUp) { m.lock(thread, 700) }, Unproved, 700, "can't be seen"},
		{"a zombie", func(m *madeUp) {
			m.lock(thread, 700)
			m.add(fake{pid: 700, ticks: 5, state: "Z", args: exec, opens: []string{thread}})
		}, Unproved, 700, "ended"},
		{"another user's", func(m *madeUp) {
			m.lock(thread, 700)
			m.add(fake{pid: 700, ticks: 5, uid: 4242, exe: "-", args: exec, closed: true})
		}, Unproved, 700, "of user 4242"},
		{"open files can't be listed", func(m *madeUp) {
			m.lock(thread, 700)
			m.add(fake{pid: 700, ticks: 5, args: exec, closed: true})
		}, Unproved, 700, "open files"},
		{"has it open no more", func(m *madeUp) {
			m.lock(thread, 700)
			m.add(fake{pid: 700, ticks: 5, args: exec})
		}, Unproved, 700, "no more"},
		{"two hold it", func(m *madeUp) {
			m.lock(thread, 700, 800)
			m.add(fake{pid: 700, ticks: 5, args: exec, opens: []string{thread}})
			m.add(fake{pid: 800, ticks: 6, args: exec, opens: []string{thread}})
		}, Unproved, 0, "700, 800"},
		{"told twice", func(m *madeUp) {
			m.lock(thread, 700, 700)
			m.add(fake{pid: 700, ticks: 5, args: exec, opens: []string{thread}})
		}, Exec, 700, ""},
		{"no Codex", func(m *madeUp) {
			m.lock(thread, 700)
			m.add(fake{pid: 700, ticks: 5, exe: "/usr/bin/flock", args: []string{"flock"}, opens: []string{thread}})
		}, Unproved, 700, "not Codex"},
		{"its lock is a symlink", func(m *madeUp) {
			m.write(filepath.Join(m.home, "elsewhere"), "")
			m.link(filepath.Join(m.home, "elsewhere"), lockFile(m.home, thread))
			m.line("FLOCK  ADVISORY  WRITE", 700, m.id(filepath.Join(m.home, "elsewhere")))
			m.add(fake{pid: 700, ticks: 5, args: exec, opens: []string{thread}})
		}, Unproved, 0, "not a plain file"},
		{"the system tells of no locks", func(m *madeUp) {
			m.lock(thread, 700)
			os.Remove(filepath.Join(m.root, "locks"))
		}, Unproved, 0, "doesn't tell"},
		{"the locks are not what is expected", func(m *madeUp) {
			m.lock(thread)
			m.write(filepath.Join(m.root, "locks"), "\n1:\n2: FLOCK\n3: FLOCK ADVISORY WRITE x y 0 EOF\n4: FLOCK ADVISORY WRITE 3 zz:1 0 EOF\n5: FLOCK ADVISORY WRITE 3 <none>:0 0 EOF\n")
		}, None, 0, "nothing works on it"},
		{"a server", func(m *madeUp) {
			m.lock(thread, 700)
			m.add(fake{pid: 700, ticks: 5, args: []string{"codex", "app-server", "--listen", "unix://"}, opens: []string{thread}})
		}, Server, 700, ""},
		{"a window", func(m *madeUp) {
			m.lock(thread, 700)
			m.add(fake{pid: 700, ticks: 5, args: []string{"codex", "--no-daemon"}, opens: []string{thread}})
		}, TUI, 700, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			m := newMadeUp(t)
			c.make(m)
			o, err := m.control(nil).Owner(t.Context(), m.home, thread)
			if err != nil {
				t.Fatal(err)
			}
			if o.Kind != c.kind || o.Process.PID != c.pid || !strings.Contains(o.Why, c.why) || (o.Why == "") != (c.why == "") {
				t.Errorf("%s, process %d, %q; want %s, %d, %q", o.Kind, o.Process.PID, o.Why, c.kind, c.pid, c.why)
			}
			if proved := o.Kind == None && c.why == "nothing works on it"; o.Nobody != proved {
				t.Errorf("proved that nobody does: %v, want %v", o.Nobody, proved)
			}
			if o.Thread != thread || o.Home != m.home {
				t.Errorf("%+v", o)
			}
		})
	}
}

func TestOwnerTellsAllOfItsProcess(t *testing.T) {
	t.Parallel()
	m := newMadeUp(t)
	second := strings.Replace(thread, "1", "2", 1)
	m.lock(thread, 700)
	m.lock(second, 700)
	m.lock("other", 800)
	m.write(filepath.Join(m.home, locksFolder, ".coordination.lock"), "")
	m.write(filepath.Join(m.home, locksFolder, "readme.txt"), "")
	m.add(fake{pid: 700, ppid: 600, ticks: 12_345, exe: "/opt/codex (deleted)", tty: 34817, uid: 7,
		args: []string{"codex", "exec", "-m", "gpt-5.5", "fix\x1b[31m it"}, opens: []string{thread, second}})
	m.add(fake{pid: 800, ticks: 9, args: []string{"codex", "app-server"}, opens: []string{"other"}})
	owners, err := m.control(nil).Owners(t.Context(), m.home)
	if err != nil {
		t.Fatal(err)
	}
	if len(owners) != 3 {
		t.Fatalf("%d owners, want 3: %+v", len(owners), owners)
	}
	o := owners[thread]
	want := Process{PID: 700, PPID: 600, Started: time.Unix(1790000000, 0).Add(123_450 * time.Millisecond), Ticks: 12_345, UID: 7,
		Exe: "/opt/codex", Command: "codex exec -m gpt-5.5 fix it", Cwd: m.home, TTY: "/dev/pts/1"}
	if o.Process != want {
		t.Errorf("\n got %+v\nwant %+v", o.Process, want)
	}
	ids := []string{thread, second}
	slices.Sort(ids)
	if !slices.Equal(o.Holds, ids) || !slices.Equal(owners[second].Holds, ids) || !slices.Equal(owners["other"].Holds, []string{"other"}) {
		t.Errorf("holds %v and %v", o.Holds, owners["other"].Holds)
	}
}

func TestOwnersOfAHomeWithoutLocks(t *testing.T) {
	t.Parallel()
	m := newMadeUp(t)
	for _, home := range []string{t.TempDir(), filepath.Join(t.TempDir(), "missing")} {
		owners, err := m.control(nil).Owners(t.Context(), home)
		if err != nil || len(owners) != 0 {
			t.Errorf("%v, %v", owners, err)
		}
	}
	if _, err := m.control(nil).Owner(t.Context(), m.home, "../../etc/passwd"); err == nil {
		t.Error("a thread's name that leads elsewhere was taken")
	}
}

// Codex takes its lock without waiting for it: whoever tried it for a moment
// could make it fail. So a look at it must not even open it.
func TestOwnersNeverOpensALock(t *testing.T) {
	t.Parallel()
	m := newMadeUp(t)
	m.lock(thread, 700)
	m.add(fake{pid: 700, ticks: 5, args: []string{"codex", "exec"}, opens: []string{thread}})
	before := atime(t, lockFile(m.home, thread))
	if err := os.Chmod(lockFile(m.home, thread), 0); err != nil {
		t.Fatal(err)
	}
	o, err := m.control(nil).Owner(t.Context(), m.home, thread)
	if err != nil || o.Kind != Exec {
		t.Errorf("%+v, %v", o, err)
	}
	if atime(t, lockFile(m.home, thread)) != before {
		t.Error("the lock file was read")
	}
}

func atime(t *testing.T, path string) string {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(info.Sys().(*syscall.Stat_t).Atim)
}

func BenchmarkOwners(b *testing.B) {
	home := b.TempDir()
	dir := filepath.Join(home, locksFolder)
	if err := os.Mkdir(dir, 0o700); err != nil {
		b.Fatal(err)
	}
	for i := range 500 {
		if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("thread-%d.lock", i)), nil, 0o600); err != nil {
			b.Fatal(err)
		}
	}
	c := New(Options{})
	for b.Loop() {
		if _, err := c.Owners(b.Context(), home); err != nil {
			b.Fatal(err)
		}
	}
}
