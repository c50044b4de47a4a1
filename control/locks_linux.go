package control

import (
	"bytes"
	"hash/fnv"
	"path/filepath"
	"strconv"
)

func (c *Control) locksMark(inodes map[uint64]bool) string {
	b, err := readFile(filepath.Join(c.o.Proc, "locks"))
	if err != nil {
		return ""
	}
	var sum uint64 // in no order: the list is one of every processor
	n := 0
	for line := range bytes.Lines(b) {
		_, lock, _ := bytes.Cut(line, []byte(": "))
		if !bytes.HasPrefix(lock, []byte("FLOCK")) || !inodes[inodeOf(lock)] {
			continue
		}
		h := fnv.New64a()
		h.Write(lock)
		sum += h.Sum64()
		n++
	}
	return strconv.Itoa(n) + " " + strconv.FormatUint(sum, 16)
}

// inodeOf is the inode of a line of the list, 0 where it tells none.
func inodeOf(lock []byte) uint64 {
	w := bytes.Fields(lock)
	if len(w) < 5 {
		return 0
	}
	id, _ := lockID(string(w[4]))
	return id.inode
}
