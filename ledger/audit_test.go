package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"
)

// trail writes n entries.
func trail(t testing.TB, l *Ledger, n int) {
	t.Helper()
	for i := range n {
		e := Entry{At: noon.Add(time.Duration(i) * time.Minute), Actor: "ann", Host: "h", Action: "stop", Subject: fmt.Sprint("run ", i),
			Before: "working", After: "stopped", Reason: "enough", Evidence: `{"calls":5}`, Prices: "2026-11-23"}
		if err := l.Audit(context.Background(), e); err != nil {
			t.Fatal(err)
		}
	}
}

func TestAuditChain(t *testing.T) {
	ctx, l := context.Background(), openNew(t)
	if n, err := l.Verify(ctx); n != 0 || err != nil {
		t.Errorf("empty: %d, %v", n, err)
	}
	trail(t, l, 5)
	if n, err := l.Verify(ctx); n != 5 || err != nil {
		t.Errorf("%d, %v; want 5", n, err)
	}
	es, err := l.Trail(ctx, noon.Add(3*time.Minute))
	if err != nil || len(es) != 2 || es[0].Seq != 4 || es[0].Subject != "run 3" || !es[1].At.Equal(noon.Add(4*time.Minute)) || es[1].PrevHash != es[0].Hash {
		t.Errorf("since: %+v, %v", es, err)
	}
	if err := l.Audit(ctx, Entry{Actor: "ann", Action: "x"}); err != nil {
		t.Fatal(err)
	}
	es, _ = l.Trail(ctx, time.Time{})
	host, _ := os.Hostname()
	if last := es[len(es)-1]; !last.At.Equal(noon) || last.Host != host {
		t.Errorf("an entry without time and host got %v and %q", last.At, last.Host)
	}
}

func TestAuditRefusesChanges(t *testing.T) {
	l := openNew(t)
	trail(t, l, 3)
	for _, text := range []string{
		"UPDATE audit SET actor = 'bob' WHERE seq = 2",
		"DELETE FROM audit WHERE seq = 3",
		"DELETE FROM audit",
		"INSERT OR REPLACE INTO audit SELECT seq, prev_hash, ts, 'bob', host, action, subject, before, after, reason, evidence, price_version, hash FROM audit WHERE seq = 2",
		"INSERT INTO audit SELECT 0, prev_hash, ts, actor, host, action, subject, before, after, reason, evidence, price_version, hash FROM audit WHERE seq = 2",
		"INSERT INTO audit SELECT 9, prev_hash, ts, actor, host, action, subject, before, after, reason, evidence, price_version, hash FROM audit WHERE seq = 2",
	} {
		if _, err := l.write.Exec(text); err == nil || !strings.Contains(err.Error(), "append-only") {
			t.Errorf("%s: %v", text, err)
		}
	}
	if n, err := l.Verify(context.Background()); n != 3 || err != nil {
		t.Errorf("%d, %v; want 3", n, err)
	}
}

func TestVerifyFindsTampering(t *testing.T) {
	for _, c := range []struct {
		name, change string
		seq          int64
	}{
		{"actor", "UPDATE audit SET actor = 'bob' WHERE seq = 3", 3},
		{"reason", "UPDATE audit SET reason = '' WHERE seq = 1", 1},
		{"a text moved to the next field", "UPDATE audit SET before = 'work', after = 'ingstopped' WHERE seq = 2", 2},
		{"time by a nanosecond", "UPDATE audit SET ts = ts + 1 WHERE seq = 5", 5},
		{"prices", "UPDATE audit SET price_version = '2026-11-24' WHERE seq = 4", 4},
		{"hash", "UPDATE audit SET hash = 'x' WHERE seq = 2", 2},
		{"previous hash", "UPDATE audit SET prev_hash = 'x' WHERE seq = 2", 2},
		{"one is missing", "DELETE FROM audit WHERE seq = 2", 2},
		{"the first is missing", "DELETE FROM audit WHERE seq = 1", 1},
		{"the last is missing", "DELETE FROM audit WHERE seq = 6", 6},
		{"the last two are missing", "DELETE FROM audit WHERE seq > 4", 5},
		{"all are missing", "DELETE FROM audit", 1},
		{"two changed places", "UPDATE audit SET seq = 5 - seq + 100 WHERE seq IN (2, 3); UPDATE audit SET seq = seq - 100 WHERE seq > 100", 2},
		{"the note of the newest is missing", "DELETE FROM meta WHERE key = 'audit_head'", 7},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := openNew(t)
			trail(t, l, 6)
			if _, err := l.write.Exec("DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete; " + c.change); err != nil {
				t.Fatal(err)
			}
			n, err := l.Verify(context.Background())
			var broken *BrokenError
			if !errors.As(err, &broken) || broken.Seq != c.seq || n != c.seq-1 {
				t.Errorf("%d entries are right, %v; want a break at %d", n, err, c.seq)
			}
		})
	}
}

// A last entry that was replaced by another with a right hash does not fit the note of it.
func TestVerifyFindsForgedEnd(t *testing.T) {
	ctx, l := context.Background(), openNew(t)
	trail(t, l, 2)
	es, err := l.Trail(ctx, time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	e := es[1]
	e.Actor = "bob"
	_, err = l.write.Exec("DROP TRIGGER audit_no_update; UPDATE audit SET actor = 'bob', hash = '" + e.hash() + "' WHERE seq = 2")
	if err != nil {
		t.Fatal(err)
	}
	var broken *BrokenError
	if _, err := l.Verify(ctx); !errors.As(err, &broken) || broken.Seq != 2 {
		t.Errorf("error %v, want a break at 2", err)
	}
}

// Readers can't write, whatever they are asked for.
func TestReadersCannotWrite(t *testing.T) {
	l := openNew(t)
	if _, err := l.read.Exec("CREATE TABLE x (y)"); err == nil {
		t.Error("a reading connection made a table")
	}
	var rows *sql.Rows
	rows, err := l.read.Query("INSERT INTO meta VALUES ('a', 'b') RETURNING key")
	if err == nil {
		for rows.Next() {
		}
		err = rows.Err()
		rows.Close()
	}
	if err == nil {
		t.Error("a reading connection wrote a row")
	}
}
