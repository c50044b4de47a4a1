package rollout

import (
	"bytes"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

var (
	beginPatch = []byte("*** Begin Patch")
	endPatch   = []byte("*** End Patch")
)

// patchIn finds a patch in apply_patch's format in a text, from its first line
// to its last; nil where there is none.
func patchIn(text []byte) []byte {
	i := bytes.Index(text, beginPatch)
	if i < 0 {
		return nil
	}
	text = text[i:]
	if j := bytes.Index(text, endPatch); j >= 0 {
		text = text[:j+len(endPatch)]
	}
	return text
}

// patchChanges counts a patch's lines per file. How many lines a deleted file
// had, a patch doesn't tell: -1.
func patchChanges(patch []byte) (changes []model.FileChange) {
	var traits model.TraitReader
	for line := range bytes.Lines(patch) {
		line = bytes.TrimRight(line, "\r\n")
		name, kind := []byte(nil), ""
		if rest, ok := bytes.CutPrefix(line, []byte("*** Add File: ")); ok {
			name, kind = rest, "add"
		} else if rest, ok := bytes.CutPrefix(line, []byte("*** Update File: ")); ok {
			name, kind = rest, "update"
		} else if rest, ok := bytes.CutPrefix(line, []byte("*** Delete File: ")); ok {
			name, kind = rest, "delete"
		}
		if kind != "" {
			c := model.FileChange{Path: valid(name, model.MaxText), Kind: kind}
			if kind == "delete" {
				c.Removed = -1
			}
			traits = model.ReadTraits(c.Path)
			changes = append(changes, c)
			continue
		}
		if len(changes) == 0 || len(line) == 0 {
			continue
		}
		c := &changes[len(changes)-1]
		switch {
		case bytes.HasPrefix(line, []byte("*** Move to: ")):
			c.MovedTo = valid(line[len("*** Move to: "):], model.MaxText)
		case line[0] == '+' && c.Kind != "delete":
			c.Added++
		case line[0] == '-' && c.Kind == "update":
			c.Removed++
		}
		if traits.Line(line[0], line[1:]); c.Kind != "delete" {
			c.Traits = traits.Traits()
		}
	}
	return changes
}

// changes decodes a map of paths to what was done to each.
func (d *Decoder) changes(s *scanner) (changes []model.FileChange) {
	if !s.open('{') {
		s.skip()
		return nil
	}
	for n := 0; s.more(n, '}'); n++ {
		c := model.FileChange{Path: d.textOf(s.rawKey(), model.MaxText), Added: -1, Removed: -1}
		if s.peek() == '{' {
			d.change(s, &c)
		} else {
			s.skip()
		}
		if !s.bad || c.Kind != "" {
			changes = append(changes, c)
		}
	}
	return changes
}

// rawKey reads a member's name as written, and the colon after it.
func (s *scanner) rawKey() []byte {
	k := s.str()
	if !s.open(':') {
		s.bad = true
		return nil
	}
	return k
}

// change decodes {"type":"update","unified_diff":…} or, as until early 2026,
// {"update":{"unified_diff":…}}.
func (d *Decoder) change(s *scanner, c *model.FileChange) {
	lines, plus, minus := -1, -1, -1
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		k := s.key()
		quoted := s.peek() == '"'
		switch {
		case string(k) == "type":
			c.Kind = d.name(s)
		case string(k) == "content" && quoted:
			text := d.whole(s.str())
			lines = countLines(text)
			c.Traits = contentTraits(c.Path, text)
		case string(k) == "unified_diff" && quoted:
			text := d.whole(s.str())
			plus, minus = countDiff(text)
			c.Traits = diffTraits(c.Path, text)
		case string(k) == "move_path":
			c.MovedTo = d.text(s)
		case (string(k) == "add" || string(k) == "update" || string(k) == "delete") && s.peek() == '{':
			d.change(s, c)
			c.Kind = d.names.get(k)
			lines, plus, minus = c.Added, c.Added, c.Removed
			if c.Kind == "delete" {
				lines = c.Removed
			}
		default:
			s.skip()
		}
	}
	c.Added, c.Removed = counted(c.Kind, lines, plus, minus)
}

// counted gives the lines added and removed; without a kind, a content is kept in both.
func counted(kind string, lines, plus, minus int) (added, removed int) {
	switch kind {
	case "add":
		if lines < 0 {
			return -1, 0
		}
		return lines, 0
	case "delete":
		return 0, lines
	case "update":
		return plus, minus
	}
	return max(lines, plus), max(lines, minus)
}

// countLines counts lines; a last one without a newline is one.
func countLines(text []byte) int {
	n := bytes.Count(text, []byte{'\n'})
	if len(text) > 0 && text[len(text)-1] != '\n' {
		n++
	}
	return n
}

// countDiff counts the added and removed lines of a unified diff. What stands
// before the first hunk (--- and +++, where they are there at all) counts as none.
func countDiff(diff []byte) (added, removed int) {
	hunk := !bytes.HasPrefix(diff, []byte("--- "))
	for line := range bytes.Lines(diff) {
		switch {
		case bytes.HasPrefix(line, []byte("@@")):
			hunk = true
		case !hunk:
		case line[0] == '+':
			added++
		case line[0] == '-':
			removed++
		}
	}
	return added, removed
}

// contentTraits gives the traits of a file that is new.
func contentTraits(path string, text []byte) model.Traits {
	r := model.ReadTraits(path)
	for line := range bytes.Lines(text) {
		r.Line('+', bytes.TrimRight(line, "\r\n"))
	}
	return r.Traits()
}

// diffTraits gives the traits of what a unified diff changes.
func diffTraits(path string, diff []byte) model.Traits {
	r := model.ReadTraits(path)
	hunk := !bytes.HasPrefix(diff, []byte("--- "))
	for line := range bytes.Lines(diff) {
		line = bytes.TrimRight(line, "\r\n")
		hunk = hunk || bytes.HasPrefix(line, []byte("@@"))
		if hunk && len(line) > 0 {
			r.Line(line[0], line[1:])
		}
	}
	return r.Traits()
}
