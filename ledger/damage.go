package ledger

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"
)

// checkedMeta is the key in meta of when the whole file was checked last.
const checkedMeta = "checked_at"

// suspectMark is a file beside the ledger that asks for a check of all of it.
func suspectMark(path string) string { return path + ".suspect" }

// checkHead looks at the file's first bytes and its length: what is no database,
// or was cut short, is found without reading all of it.
func checkHead(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		return err
	}
	var head [100]byte
	if _, err := io.ReadFull(f, head[:]); err != nil || string(head[:16]) != sqliteMagic {
		return fmt.Errorf("%w: not a database", ErrDamaged)
	}
	size := int64(binary.BigEndian.Uint16(head[16:]))
	if size == 1 {
		size = 65536
	}
	// Source: SQLite's "Database File Format", 1.3.8: the size in the header is
	// valid where the change counters are the same. With a log beside it, the rest may be there.
	valid := binary.BigEndian.Uint32(head[24:]) == binary.BigEndian.Uint32(head[92:])
	if wal, err := os.Stat(path + "-wal"); err == nil && wal.Size() > 0 {
		return nil
	}
	if want := size * int64(binary.BigEndian.Uint32(head[28:])); valid && info.Size() < want {
		return fmt.Errorf("%w: cut short, %d of %d bytes", ErrDamaged, info.Size(), want)
	}
	return nil
}

// checkIfDue checks the whole file once a day, and when an operation has met damage.
func (l *Ledger) checkIfDue(ctx context.Context) error {
	_, err := os.Stat(suspectMark(l.path))
	suspect := err == nil
	now := l.o.now()
	if !suspect {
		var text string
		err := l.query(ctx, sqlMeta, []any{checkedMeta}, func(scan func(...any) error) error { return scan(&text) })
		if err != nil {
			return err
		}
		n, _ := strconv.ParseInt(text, 10, 64)
		if age := now.Sub(instant(n)); n > 0 && age >= 0 && age < checkTime {
			return nil
		}
	}
	if err := l.Check(ctx); err != nil {
		return err
	}
	err = l.change(ctx, survivesProcess, func(t tx) error {
		return t.exec(sqlPutMeta, checkedMeta, strconv.FormatInt(now.UnixNano(), 10))
	})
	if err != nil && !errors.Is(err, ErrDamaged) {
		return nil // the next opening checks again; a writer will meet the error itself
	}
	_ = os.Remove(suspectMark(l.path)) // most often there is none
	return err
}

// Check reads the whole file; its error wraps [ErrDamaged] where that is damaged.
func (l *Ledger) Check(ctx context.Context) error {
	var found string
	err := l.each(ctx, "PRAGMA quick_check(1)", nil, func(scan func(...any) error) error { return scan(&found) })
	switch {
	case err != nil:
		return known(err)
	case found != "ok":
		return fmt.Errorf("%w: %s", ErrDamaged, found)
	}
	return nil
}

// setAside renames a damaged ledger, begins a new one and carries over what can
// be read of the old. It returns what to tell the user. Of several processes that
// meet the damage, one does it.
func setAside(path string, o options) (notice string, err error) {
	unlock, err := lockMending(path, o.busy)
	if err != nil {
		return "", err
	}
	defer unlock()
	if l, err := connect(path, o); err == nil { // somebody else has done it
		return "", l.Close()
	} else if !errors.Is(err, ErrDamaged) {
		return "", err
	}
	aside := freeName(path + ".damaged-" + o.now().Format("2006-01-02"))
	for _, end := range []string{"", "-wal", "-shm"} {
		if err := os.Rename(path+end, aside+end); err != nil && (end == "" || !errors.Is(err, os.ErrNotExist)) {
			return "", fmt.Errorf("set the damaged file aside: %w", err)
		}
	}
	_ = os.Remove(suspectMark(path))
	old := &salvage{path: aside, o: o}
	exported, err := old.export(aside + ".jsonl")
	if err != nil {
		return "", fmt.Errorf("export decisions of the damaged file %s: %w", aside, err)
	}
	if err := prepareFile(path); err != nil {
		return "", err
	}
	l, err := connect(path, o)
	if err != nil {
		return "", err
	}
	carried := old.carry(l)
	if wal, err := os.Stat(aside + "-wal"); err == nil && wal.Size() == 0 { // reading left them
		_, _ = os.Remove(aside+"-wal"), os.Remove(aside+"-shm")
	}
	err = l.Audit(context.Background(), Entry{Action: "ledger rebuilt", Subject: filepath.Base(path), Actor: "tokenburn",
		Reason: "the file was damaged", Evidence: "set aside as " + filepath.Base(aside) + "; " + carried})
	text := fmt.Sprintf("the ledger was damaged and set aside as %s; %s", aside, carried)
	if exported > 0 {
		text += fmt.Sprintf("; its decisions and audit trail, %d lines, are in %s", exported, aside+".jsonl")
	}
	return text, errors.Join(err, l.Close())
}

// awaitMending waits until nobody sets the file aside, and makes sure that there is one.
func awaitMending(path string, o options) error {
	unlock, err := lockMending(path, o.busy)
	if err != nil {
		return err
	}
	defer unlock()
	return prepareFile(path)
}

// freeName gives a name that is not taken, the one given where it is free.
func freeName(name string) string {
	try := name
	for i := 2; i < 10_000; i++ {
		if _, err := os.Lstat(try); errors.Is(err, os.ErrNotExist) {
			return try
		}
		try = name + "." + strconv.Itoa(i)
	}
	return try
}

// lockMending sees to it that one process at a time sets a file aside. The lock is
// a folder; one that is older than a minute was left by a process that died.
func lockMending(path string, wait time.Duration) (unlock func(), err error) {
	const stale = time.Minute
	lock := path + ".mending"
	for end := time.Now().Add(wait + time.Second); ; time.Sleep(20 * time.Millisecond) {
		err := os.Mkdir(lock, 0o700)
		if err == nil {
			return func() { _ = os.Remove(lock) }, nil
		}
		if !errors.Is(err, os.ErrExist) {
			return nil, err
		}
		if info, err := os.Stat(lock); err == nil && time.Since(info.ModTime()) > stale {
			_ = os.Remove(lock)
		} else if time.Now().After(end) {
			return nil, ErrBusy
		}
	}
}
