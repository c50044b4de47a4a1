package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
)

// filled makes a ledger with something in every table, and closes it.
func filled(t *testing.T, path string) {
	t.Helper()
	ctx := context.Background()
	l, err := open(path, testOptions())
	if err != nil {
		t.Fatal(err)
	}
	for i := range 40 {
		mustReplace(t, l, some("thread "+strings.Repeat("x", i), 40))
	}
	e := exception("e1")
	e.State = budget.Acknowledged
	err = errors.Join(
		l.SetLabel(ctx, Label{Run: "r", Task: "ABC-1", At: noon, By: "ann"}),
		l.Decide(ctx, e, Decision{Exception: "e1", At: noon, Actor: "ann", From: budget.Open, To: budget.Acknowledged}, Entry{Action: "acknowledge", Subject: "e1"}),
		l.PutGrant(ctx, Grant{ID: "g", Budget: "day", Until: noon.Add(time.Hour)}, Entry{Action: "grant", Subject: "day"}),
		l.PutAlerts(ctx, Episode{Alert: budget.Alert{Budget: "day", Tier: budget.Hard, Since: noon}}))
	if err != nil {
		t.Fatal(err)
	}
	trail(t, l, 3)
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func damagedFiles(t *testing.T, path string) (files, exports []string) {
	t.Helper()
	all, err := filepath.Glob(path + ".damaged-*")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range all {
		if strings.HasSuffix(f, ".jsonl") {
			exports = append(exports, f)
		} else {
			files = append(files, f)
		}
	}
	return files, exports
}

func TestDamagedIsSetAside(t *testing.T) {
	for _, c := range []struct {
		name      string
		do        func(b []byte) []byte
		decisions bool // can be read still
	}{
		{"not a database", func([]byte) []byte { return []byte("# Notes\n\nnothing of a ledger\n") }, false},
		{"one byte", func([]byte) []byte { return []byte{0} }, false},
		{"first page gone", func(b []byte) []byte { return append(make([]byte, 4096), b[4096:]...) }, false},
		{"first page gone but for its head", func(b []byte) []byte { clear(b[100:4096]); return b }, false},
		{"cut in half", func(b []byte) []byte { return b[:len(b)/2/4096*4096] }, false},
		{"last page gone", func(b []byte) []byte { return b[:len(b)-4096] }, false},
		{"rubbish among the usage", func(b []byte) []byte { return scribble(b, []byte("thread x")) }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "ledger.db")
			filled(t, path)
			b, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			bad := c.do(bytes.Clone(b))
			if err := os.WriteFile(path, bad, 0o600); err != nil {
				t.Fatal(err)
			}
			o := testOptions()
			o.now = func() time.Time { return noon.Add(25 * time.Hour) } // the daily check is due
			l, err := open(path, o)
			if err != nil {
				t.Fatal(err)
			}
			defer l.Close()
			files, exports := damagedFiles(t, path)
			if len(files) != 1 || filepath.Base(files[0]) != "ledger.db.damaged-2026-11-24" {
				t.Fatalf("set aside: %v", files)
			}
			if !strings.Contains(l.Notice(), files[0]) {
				t.Errorf("notice %q", l.Notice())
			}
			if kept, err := os.ReadFile(files[0]); err != nil || !bytes.Equal(kept, bad) {
				t.Errorf("the damaged file was changed: %v", err)
			}
			mustReplace(t, l, some("new", 3))
			checkCarried(t, l, exports, c.decisions)
			if err := l.Check(context.Background()); err != nil {
				t.Error(err)
			}
			if again := openAt(t, path); again.Notice() != "" {
				t.Errorf("opened again: %q", again.Notice())
			}
		})
	}
}

// scribble overwrites the first page that holds a text.
func scribble(b, text []byte) []byte {
	at := bytes.Index(b, text) / 4096 * 4096
	for i := at; i < at+4096; i++ {
		b[i] = byte(i * 7)
	}
	return b
}

// checkCarried checks that nothing was made up, and that what could be read was
// exported and is in the new ledger.
func checkCarried(t *testing.T, l *Ledger, exports []string, decisions bool) {
	t.Helper()
	ctx := context.Background()
	for id, th := range threadsOf(t, l, Which{}) {
		if id == "new" {
			continue
		}
		want := some(id, 40)
		want.Reader = ""
		same(t, th, want)
	}
	n, err := l.Verify(ctx)
	if err != nil || n < 1 {
		t.Errorf("%d entries, %v", n, err)
	}
	if !decisions {
		return
	}
	if n != 7 { // label, acknowledge, grant, three of the trail, rebuilt
		t.Errorf("%d entries of the trail, want 7", n)
	}
	if oneException(t, l, "e1").State != budget.Acknowledged {
		t.Error("the exception's state was lost")
	}
	if labels, err := l.Labels(ctx); err != nil || labels["r"].Task != "ABC-1" {
		t.Errorf("labels %v, %v", labels, err)
	}
	if gs, err := l.Grants(ctx, time.Time{}); err != nil || len(gs) != 1 {
		t.Errorf("grants %v, %v", gs, err)
	}
	if as, err := l.Alerts(ctx); err != nil || len(as) != 1 {
		t.Errorf("alerts %v, %v", as, err)
	}
	if len(exports) != 1 {
		t.Fatalf("exports %v", exports)
	}
	b, err := os.ReadFile(exports[0])
	if err != nil {
		t.Fatal(err)
	}
	tables := map[any]int{}
	for line := range bytes.Lines(b) {
		var row map[string]any
		if err := json.Unmarshal(line, &row); err != nil {
			t.Fatal(err)
		}
		tables[row["table"]]++
	}
	for table, want := range map[string]int{"labels": 1, "exceptions": 1, "decisions": 1, "alerts": 1, "grants": 1, "audit": 6} {
		if tables[table] != want {
			t.Errorf("%d exported rows of %s, want %d", tables[table], table, want)
		}
	}
}

// Damage that an operation meets before the daily check does, is found at the next opening.
func TestDamageIsNoted(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	filled(t, path)
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, scribble(b, []byte("thread x")), 0o600); err != nil {
		t.Fatal(err)
	}
	l := openAt(t, path)
	if l.Notice() != "" {
		t.Fatal("it was found at once")
	}
	if _, err := l.Threads(context.Background(), Which{}); !errors.Is(err, ErrDamaged) {
		t.Fatalf("error %v, want %v", err, ErrDamaged)
	}
	l.Close()
	if l := openAt(t, path); l.Notice() == "" {
		t.Error("it was not found")
	}
	if l := openAt(t, path); l.Notice() != "" {
		t.Error("it was found again")
	}
}

// Of several that open a damaged file at once, one sets it aside.
func TestDamagedOnce(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	if err := os.WriteFile(path, []byte("not a database"), 0o600); err != nil {
		t.Fatal(err)
	}
	type opened struct {
		l   *Ledger
		err error
	}
	results := make(chan opened)
	for range 6 {
		go func() {
			l, err := open(path, testOptions())
			results <- opened{l, err}
		}()
	}
	notices := 0
	for range 6 {
		r := <-results
		if r.err != nil {
			t.Error(r.err)
			continue
		}
		if r.l.Notice() != "" {
			notices++
		}
		r.l.Close()
	}
	files, _ := damagedFiles(t, path)
	if len(files) != 1 || notices != 1 {
		t.Errorf("%d files set aside, %d notices; want one of each", len(files), notices)
	}
	if n, err := openAt(t, path).Verify(context.Background()); n != 1 || err != nil {
		t.Errorf("%d entries, %v; want 1", n, err)
	}
}

func TestForeignDatabaseIsRefused(t *testing.T) {
	path := filepath.Join(t.TempDir(), "other.db")
	db := pool(path, testOptions(), "", 1)
	if _, err := db.Exec("CREATE TABLE bookmarks (url)"); err != nil {
		t.Fatal(err)
	}
	db.Close()
	before, _ := os.ReadFile(path)
	if _, err := open(path, testOptions()); err == nil || !strings.Contains(err.Error(), "another program's") {
		t.Errorf("error %v", err)
	}
	if after, err := os.ReadFile(path); err != nil || !bytes.Equal(before, after) {
		t.Errorf("it was changed: %v", err)
	}
}

// A name may be mistyped: what never was a ledger is neither moved away nor changed, nor
// taken from those who may read it.
func TestWhatIsNoLedgerIsLeftAlone(t *testing.T) {
	database := func(path, script string) {
		db := pool(path, testOptions(), "", 1)
		defer db.Close()
		if _, err := db.Exec(script); err != nil {
			t.Fatal(err)
		}
	}
	for name, make := range map[string]func(string){
		"notes.md": func(path string) { _ = os.WriteFile(path, []byte("# Notes\n\nnothing of a ledger\n"), 0o644) },
		"one byte": func(path string) { _ = os.WriteFile(path, []byte{'x'}, 0o644) },
		"x.jsonl":  func(path string) { _ = os.WriteFile(path, bytes.Repeat([]byte("{}\n"), 200), 0o644) },
		"other.db": func(path string) { database(path, "CREATE TABLE bookmarks (url)") },
		"cut.db": func(path string) {
			database(path, "CREATE TABLE bookmarks (url); CREATE TABLE more (url)")
			_ = os.Truncate(path, 4096)
		},
		"another.db": func(path string) { database(path, "PRAGMA application_id=7; CREATE TABLE bookmarks (url)") },
	} {
		path := filepath.Join(t.TempDir(), name)
		make(path)
		if err := os.Chmod(path, 0o644); err != nil {
			t.Fatal(err)
		}
		before, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if l, err := open(path, testOptions()); err == nil {
			l.Close()
			t.Errorf("%s was opened", name)
		}
		after, err := os.ReadFile(path)
		if info, _ := os.Stat(path); err != nil || !bytes.Equal(before, after) || info.Mode().Perm() != 0o644 && runtime.GOOS != "windows" {
			t.Errorf("%s: it is another now: %v, %v", name, info, err)
		}
		if files, _ := damagedFiles(t, path); len(files) > 0 {
			t.Errorf("%s: set aside: %v", name, files)
		}
	}
	path := filepath.Join(t.TempDir(), "mine.db") // a ledger of another name is mended all the same
	filled(t, path)
	if err := os.Truncate(path, 2*4096); err != nil {
		t.Fatal(err)
	}
	openAt(t, path)
	if files, _ := damagedFiles(t, path); len(files) != 1 {
		t.Errorf("set aside: %v", files)
	}
}

func TestPermissions(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("permissions are another matter there")
	}
	dir := filepath.Join(t.TempDir(), "a", "b")
	path := filepath.Join(dir, "ledger.db")
	l := openAt(t, path)
	mustReplace(t, l, some("a", 1))
	for name, want := range map[string]os.FileMode{dir: 0o700, path: 0o600, path + "-wal": 0o600, path + "-shm": 0o600} {
		if info, err := os.Stat(name); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v; want %v", name, info.Mode(), err, want)
		}
	}
	l.Close()
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	openAt(t, path)
	if info, _ := os.Stat(path); info.Mode().Perm() != 0o600 {
		t.Errorf("a file that others could read is %v", info.Mode())
	}
}

func TestOddPlaces(t *testing.T) {
	base := t.TempDir()
	real := filepath.Join(base, "real")
	if err := os.Mkdir(real, 0o700); err != nil {
		t.Fatal(err)
	}
	link := filepath.Join(base, "link")
	if err := os.Symlink(real, link); err != nil {
		t.Skip(err)
	}
	odd := filepath.Join(base, "100% sure? #1 & ünï;")
	for _, dir := range []string{link, odd} {
		path := filepath.Join(dir, "ledger.db")
		mustReplace(t, openAt(t, path), some("a", 3))
		if got := threadsOf(t, openAt(t, path), Which{}); len(got) != 1 {
			t.Errorf("%s: %d threads", dir, len(got))
		}
		if _, err := os.Stat(path); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(filepath.Join(real, "ledger.db")); err != nil {
		t.Error(err)
	}
	if _, err := open(real, testOptions()); err == nil || !strings.Contains(err.Error(), "not a file") {
		t.Errorf("a folder: %v", err)
	}
}

func TestReadOnlyFolder(t *testing.T) {
	if runtime.GOOS == "windows" || os.Getuid() == 0 {
		t.Skip("this account may write anywhere")
	}
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.db")
	filled(t, path)
	if err := os.Chmod(dir, 0o500); err != nil {
		t.Fatal(err)
	}
	defer os.Chmod(dir, 0o700)
	for _, name := range []string{path, filepath.Join(dir, "new.db"), filepath.Join(dir, "more", "new.db")} {
		if l, err := open(name, testOptions()); err == nil {
			l.Close()
			t.Errorf("%s was opened", name)
		}
	}
	if files, _ := damagedFiles(t, path); len(files) > 0 {
		t.Errorf("set aside: %v", files)
	}
}

func TestDiskFull(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := openAt(t, path)
	mustReplace(t, l, some("a", 3))
	l.Close()
	o := testOptions()
	o.pages = 60
	l, err := open(path, o)
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	big := some("b", 20_000)
	if err := l.Replace(context.Background(), some("a", 9), big); !errors.Is(err, ErrFull) {
		t.Fatalf("error %v, want %v", err, ErrFull)
	}
	// Nothing of it was written, and what fits is.
	same(t, threadsOf(t, l, Which{})["a"], some("a", 3))
	mustReplace(t, l, some("a", 4))
	same(t, threadsOf(t, l, Which{})["a"], some("a", 4))
}
