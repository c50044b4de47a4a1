package ledger

import (
	"os"
	"strconv"
	"time"
)

// markAge is how old a write must be for its time to tell it from the next one: file
// systems count in steps of up to two seconds.
const markAge = 3 * time.Second

// Mark tells how the ledger's files stand: where two marks are equal, nobody wrote in
// between, and what was read when the first one was taken is still so. It is "" where that can't be
// told: something was written just now, or the files can't be looked at. Nothing is read.
func (l *Ledger) Mark() string {
	mark, now := "", time.Now()
	for _, path := range [...]string{l.path, l.path + "-wal"} {
		info, err := os.Stat(path)
		if os.IsNotExist(err) {
			mark += "- "
			continue
		}
		if err != nil || now.Sub(info.ModTime()) < markAge {
			return ""
		}
		mark += strconv.FormatInt(info.ModTime().UnixNano(), 36) + "/" + strconv.FormatInt(info.Size(), 36) + " "
	}
	return mark
}
