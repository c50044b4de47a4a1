package ledger

import (
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
	"math"
	"os"
	"strconv"
	"strings"
	"time"
)

// Entry is one line of the audit trail. Seq, PrevHash and Hash are given by the ledger.
type Entry struct {
	Seq      int64
	PrevHash string
	At       time.Time // zero: now
	Actor    string
	Host     string // "" this machine
	Action   string // what was done: acknowledge, extend, stop, label …
	Subject  string // to what: an exception, a run, a budget
	Before   string
	After    string
	Reason   string
	Evidence string // what it was decided by, as JSON or in words
	Prices   string // version of the price list that amounts were worked out with
	Hash     string
}

const (
	sqlLastAudit = `SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1`
	sqlPutAudit  = `INSERT INTO audit (seq, prev_hash, ts, actor, host, action, subject, before, after, reason, evidence, price_version, hash)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlAudit = `SELECT seq, prev_hash, ts, actor, host, action, subject, before, after, reason, evidence, price_version, hash
		FROM audit WHERE ts >= ? ORDER BY seq`
	sqlPutMeta = `INSERT INTO meta (key, value) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value`
	sqlMeta    = `SELECT value FROM meta WHERE key = ?`
)

// auditHead is the key in meta under which the newest entry stands a second time,
// so that entries taken from the end are missed.
const auditHead = "audit_head"

// Audit appends an entry to the trail. When it returns, the entry survives a loss of power.
func (l *Ledger) Audit(ctx context.Context, e Entry) error {
	if err := l.change(ctx, survivesPower, func(t tx) error { return t.audit(e) }); err != nil {
		return fmt.Errorf("write audit trail: %w", err)
	}
	return nil
}

// audit appends an entry within a transaction, so that an action and its entry are one.
func (t tx) audit(e Entry) error {
	var last Entry
	if err := t.one(sqlLastAudit, nil, &last.Seq, &last.Hash); err != nil && !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	if e.At.IsZero() {
		e.At = t.l.o.now()
	}
	if e.Host == "" {
		e.Host, _ = os.Hostname() // unknown is ""
	}
	e.Seq, e.PrevHash = last.Seq+1, last.Hash
	e.At = instant(nanos(e.At))
	e.Hash = e.hash()
	return t.putAudit(e)
}

func (t tx) putAudit(e Entry) error {
	err := t.exec(sqlPutAudit, e.Seq, e.PrevHash, nanos(e.At), e.Actor, e.Host, e.Action, e.Subject, e.Before, e.After, e.Reason, e.Evidence, e.Prices, e.Hash)
	if err != nil {
		return err
	}
	return t.exec(sqlPutMeta, auditHead, e.head())
}

func (e *Entry) head() string { return strconv.FormatInt(e.Seq, 10) + ":" + e.Hash }

// hash is the SHA-256 over the entry's fields in their order, each with its
// length before it, the previous entry's hash among them; in hexadecimal.
func (e *Entry) hash() string {
	h := sha256.New()
	for _, f := range []string{"tokenburn audit 1", strconv.FormatInt(e.Seq, 10), e.PrevHash, strconv.FormatInt(nanos(e.At), 10), e.Actor, e.Host,
		e.Action, e.Subject, e.Before, e.After, e.Reason, e.Evidence, e.Prices} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(f)))
		h.Write(n[:])
		h.Write([]byte(f))
	}
	return hex.EncodeToString(h.Sum(nil))
}

// Trail gives the entries since an instant (zero: all), in their order.
func (l *Ledger) Trail(ctx context.Context, since time.Time) ([]Entry, error) {
	var es []Entry
	from := int64(math.MinInt64) // also entries of a clock that was wrong
	if !since.IsZero() {
		from = nanos(since)
	}
	err := l.query(ctx, sqlAudit, []any{from}, eachEntry(func(e Entry) { es = append(es, e) }))
	if err != nil {
		return es, fmt.Errorf("read audit trail: %w", err)
	}
	return es, nil
}

// eachEntry reads rows of the audit trail.
func eachEntry(f func(Entry)) func(scan func(...any) error) error {
	return func(scan func(...any) error) error {
		var e Entry
		var at int64
		err := scan(&e.Seq, &e.PrevHash, &at, &e.Actor, &e.Host, &e.Action, &e.Subject, &e.Before, &e.After, &e.Reason, &e.Evidence, &e.Prices, &e.Hash)
		e.At = instant(at)
		if err == nil {
			f(e)
		}
		return err
	}
}

// BrokenError says where the audit trail was tampered with.
type BrokenError struct {
	Seq int64 // of the first entry that does not fit
	Why string
}

// Error says which entry does not fit, and why.
func (e *BrokenError) Error() string {
	return fmt.Sprintf("the audit trail is broken at entry %d: %s", e.Seq, e.Why)
}

// Verify checks the whole trail: that entries follow each other without a gap,
// that each one's hash is that of its fields, that each names the hash of the one before,
// and that none is missing at the end. It gives the number of entries that are
// right, and a [*BrokenError] for the first that is not. Whoever can write the
// file can also make up a whole new trail: against that, keep the newest hash elsewhere.
func (l *Ledger) Verify(ctx context.Context) (int64, error) {
	var right Entry
	var broken *BrokenError
	var head string
	err := l.guard(l.snapshot(ctx, func(q *sql.Tx) error {
		err := eachRow(ctx, q, sqlMeta, []any{auditHead}, func(scan func(...any) error) error { return scan(&head) })
		if err != nil {
			return err
		}
		return eachRow(ctx, q, sqlAudit, []any{int64(math.MinInt64)}, eachEntry(func(e Entry) {
			if broken == nil {
				broken = e.follows(right)
			}
			if broken == nil {
				right = e
			}
		}))
	}))
	switch {
	case err != nil:
		return right.Seq, fmt.Errorf("read audit trail: %w", err)
	case broken != nil:
		return right.Seq, broken
	}
	return right.Seq, right.ends(head)
}

// follows checks an entry against the one before, the zero Entry before the first.
func (e *Entry) follows(last Entry) *BrokenError {
	switch {
	case e.Seq != last.Seq+1:
		return &BrokenError{last.Seq + 1, fmt.Sprintf("it is missing; entry %d follows", e.Seq)}
	case e.PrevHash != last.Hash:
		return &BrokenError{e.Seq, "it does not name the hash of the entry before"}
	case e.Hash != e.hash():
		return &BrokenError{e.Seq, "its fields are not those that were hashed"}
	}
	return nil
}

// ends checks that no entry is missing after the last one; head is what was
// written down beside the trail.
func (e *Entry) ends(head string) error {
	seq, _, _ := strings.Cut(head, ":")
	n, err := strconv.ParseInt(seq, 10, 64)
	switch {
	case head == "" && e.Seq == 0:
		return nil
	case head == "" || err != nil:
		return &BrokenError{e.Seq + 1, "the note of the newest entry is missing"}
	case n > e.Seq:
		return &BrokenError{e.Seq + 1, fmt.Sprintf("it is missing; there were %d entries", n)}
	case n == e.Seq && head != e.head():
		return &BrokenError{e.Seq, "it is not the entry that was written last"}
	}
	return nil
}
