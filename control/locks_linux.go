package control

import (
	"bytes"
	"hash/fnv"
	"path/filepath"
	"strconv"
)

func (c *Control) locksMark() string {
	b, err := readFile(filepath.Join(c.o.Proc, "locks"))
	if err != nil {
		return ""
	}
	var sum uint64 // in no order: the list is one of every processor
	n := 0
	for line := range bytes.Lines(b) {
		_, lock, _ := bytes.Cut(line, []byte(": "))
		if !bytes.HasPrefix(lock, []byte("FLOCK")) {
			continue
		}
		h := fnv.New64a()
		h.Write(lock)
		sum += h.Sum64()
		n++
	}
	return strconv.Itoa(n) + " " + strconv.FormatUint(sum, 16)
}
