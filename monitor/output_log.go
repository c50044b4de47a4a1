package monitor

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// logFormat is what git log prints of each commit before its paths, each field
// ended by a NUL, which neither a message nor a path can hold.
const logFormat = "%H%x00%at%x00%ct%x00%ae%x00%B%x00"

// logFields is how many fields it has.
const logFields = 5

// parseLog reads what "git log -z --numstat --format=logFormat" printed: the
// fields of a commit, then for each file "added\tremoved\tpath", or for a renamed one the
// same without the path, then its old and its new name.
func parseLog(out []byte) ([]Commit, error) {
	var all []Commit
	words := bytes.Split(out, []byte{0})
	for i := 0; i < len(words); {
		word := bytes.TrimLeft(words[i], "\n")
		if len(word) == 0 {
			i++
			continue
		}
		if added, removed, path, ok := numstat(word); ok && len(all) > 0 {
			p := CommitPath{Path: path, Added: added, Removed: removed}
			i++
			if path == "" {
				if i+1 >= len(words) {
					return all, fmt.Errorf("git log ended inside a renamed file")
				}
				p.Old, p.Path = string(words[i]), string(words[i+1])
				i += 2
			}
			c := &all[len(all)-1]
			c.Paths = append(c.Paths, p)
			continue
		}
		if !isHash(string(word)) || i+logFields > len(words) {
			return all, fmt.Errorf("git log said what is not understood: %q", model.Clean(string(word), 60))
		}
		all = append(all, commitOf(string(word), words[i+1:i+logFields]))
		i += logFields
	}
	return all, nil
}

func commitOf(hash string, f [][]byte) Commit {
	message := string(f[3])
	subject, _, _ := strings.Cut(message, "\n")
	return Commit{Hash: hash, Author: seconds(f[0]), Committed: seconds(f[1]), By: model.Clean(string(f[2]), 200),
		Subject: model.Clean(subject, 120), Reverts: revertsIn(message), Runs: runsIn(message)}
}

// numstat reads "12\t3\tpath", or "-\t-\tpath" of a binary file.
func numstat(word []byte) (added, removed int, path string, ok bool) {
	a, rest, ok1 := bytes.Cut(word, []byte{'\t'})
	r, p, ok2 := bytes.Cut(rest, []byte{'\t'})
	added, ok3 := lineCount(a)
	removed, ok4 := lineCount(r)
	return added, removed, string(p), ok1 && ok2 && ok3 && ok4
}

func lineCount(b []byte) (int, bool) {
	if string(b) == "-" {
		return -1, true
	}
	n, err := strconv.Atoi(string(b))
	return n, err == nil && n >= 0
}

func seconds(b []byte) time.Time {
	n, err := strconv.ParseInt(string(b), 10, 64)
	if err != nil {
		return time.Time{}
	}
	return time.Unix(n, 0)
}

// isHash says that a word is an object's full name.
func isHash(s string) bool {
	return (len(s) == 40 || len(s) == 64) && strings.Trim(s, "0123456789abcdef") == ""
}

type messagePatterns struct{ revert, run *regexp.Regexp }

var messages = sync.OnceValue(func() messagePatterns {
	return messagePatterns{
		revert: regexp.MustCompile(`(?m)^\W*This reverts commit ([0-9a-f]{7,64})\b(?:, reversing\s+changes made to ([0-9a-f]{7,64})\b)?`),
		run:    regexp.MustCompile(`(?mi)^TokenBurn-Run:[ \t]*([0-9A-Za-z_-]{8,64})[ \t]*$`),
	}
})

// revertsIn gives the commits that a message says it reverts, as "git revert"
// writes it; of a merge with the parent that it was reverted to: "merge parent".
func revertsIn(message string) []string {
	var all []string
	for _, m := range messages().revert.FindAllStringSubmatch(message, 50) {
		all = append(all, strings.TrimSpace(m[1]+" "+m[2]))
	}
	return all
}

// runsIn gives the runs that a message's trailers name.
func runsIn(message string) []string {
	var all []string
	for _, m := range messages().run.FindAllStringSubmatch(message, 50) {
		all = append(all, m[1])
	}
	return all
}
