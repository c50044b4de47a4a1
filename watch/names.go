package watch

import "strings"

const (
	namePrefix = "rollout-"
	plainExt   = ".jsonl"
	packedExt  = ".jsonl.zst"
	uuidLen    = 36
)

// ParseName reads the base name of a session file:
//
//	rollout-2026-11-23T10-38-41-<thread>.jsonl        a thread's first file
//	rollout-2026-11-23T10-38-41-<thread>_<segment>.jsonl  a later segment of it
//	rollout-2025-05-07-<thread>.jsonl                 the flat layout before July 2025
//
// each with .zst behind it where Codex compressed it. name is base without its
// extension: the plain and the compressed form of one file share it. ok is false
// for every other name, among them temporary ones (….tmp). A name that begins and
// ends rightly but holds no UUID is ok, with empty ids: only its content can tell
// the thread. UUIDs are returned as written.
func ParseName(base string) (name, threadID, segmentID string, compressed, ok bool) {
	if !strings.HasPrefix(base, namePrefix) {
		return "", "", "", false, false
	}
	if name, compressed = strings.CutSuffix(base, packedExt); !compressed {
		if name, ok = strings.CutSuffix(base, plainExt); !ok {
			return "", "", "", false, false
		}
	}
	rest, last, sep := cutUUID(name)
	switch sep {
	case '-':
		threadID = last
	case '_':
		if _, first, sep := cutUUID(rest); sep == '-' {
			threadID, segmentID = first, last
		}
	}
	return name, threadID, segmentID, compressed, true
}

// cutUUID cuts a UUID and the byte before it off the end of s. sep is 0 where s
// does not end so.
func cutUUID(s string) (rest, id string, sep byte) {
	at := len(s) - uuidLen
	if at < 1 || !isUUID(s[at:]) {
		return s, "", 0
	}
	return s[:at-1], s[at:], s[at-1]
}

// isUUID tells whether s has the form 8-4-4-4-12 in hexadecimal digits.
func isUUID(s string) bool {
	if len(s) != uuidLen {
		return false
	}
	for i := range len(s) {
		c := s[i]
		switch i {
		case 8, 13, 18, 23:
			if c != '-' {
				return false
			}
		default:
			if !('0' <= c && c <= '9' || 'a' <= c && c <= 'f' || 'A' <= c && c <= 'F') {
				return false
			}
		}
	}
	return true
}
