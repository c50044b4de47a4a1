package ledger

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

const (
	sqliteMagic = "SQLite format 3\x00"
	ownName     = "ledger.db" // what a ledger is called where nobody says otherwise
)

// errNoLedger says that the file is somebody's, and never was a ledger.
var errNoLedger = errors.New("is no ledger, so it is left as it is; name another file")

// kin is what the beginning of a file says of whose it is.
type kin uint8

const (
	kinUnknown kin = iota // a database whose owner its pages tell
	kinOurs               // a ledger, or one that was damaged; or nothing as yet
	kinForeign            // another program's database
	kinOther              // no database: a text, an archive
)

// kinOf tells whose a file is before anything is done to it: a name may be mistyped, and
// what is set aside as a damaged ledger must have been one.
func kinOf(path string) (kin, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return kinOurs, nil
	}
	if err != nil {
		return kinUnknown, err
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return kinUnknown, err // that it is no file is told by who makes it
	}
	var head [100]byte
	n, err := io.ReadFull(f, head[:])
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return kinUnknown, err
	}
	owner := binary.BigEndian.Uint32(head[68:])
	_, logErr := os.Lstat(path + "-wal")
	switch {
	case head == [100]byte{} || filepath.Base(path) == ownName: // nothing in it, or a page that was lost
		return kinOurs, nil
	case n >= 16 && string(head[:16]) == sqliteMagic && owner == application:
		return kinOurs, nil
	case n >= 16 && string(head[:16]) == sqliteMagic && owner == 0: // as yet it may stand in the log alone
		return kinUnknown, nil
	case n >= 16 && string(head[:16]) == sqliteMagic:
		return kinForeign, nil
	case logErr == nil: // only databases have one
		return kinUnknown, nil
	}
	return kinOther, nil
}

// mayBeOurs says that a damaged file may be set aside: it is a ledger, or its log may say so.
func mayBeOurs(path string) bool {
	whose, err := kinOf(path)
	if err != nil || whose == kinOurs {
		return err == nil
	}
	_, err = os.Lstat(path + "-wal")
	return err == nil
}
