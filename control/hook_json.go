package control

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
)

// span is a JSON value with its place in the text. The text was checked before.
type span struct {
	start, end int // of the value
	name       string
	from       int // start of the member's name, or of the value where it has none
	open       byte
	parts      []span // members or items
}

// member gives an object's member.
func (s span) member(name string) (span, bool) {
	for _, p := range s.parts {
		if p.name == name {
			return p, true
		}
	}
	return span{}, false
}

// ErrHooksFile says that a file with hooks is not one that can be edited.
var ErrHooksFile = errors.New("can't be edited")

// readJSONHooks finds the values of a hooks file. The error names line and column.
func readJSONHooks(doc []byte) (span, error) {
	if bytes.HasPrefix(doc, []byte("\xef\xbb\xbf")) {
		return span{}, fmt.Errorf("1:1: it begins with a byte order mark, and Codex reads no such file: save it without")
	}
	var any json.RawMessage
	err := json.Unmarshal(doc, &any)
	var syn *json.SyntaxError
	switch {
	case errors.As(err, &syn):
		line, col := place(doc, int(syn.Offset)-1)
		return span{}, fmt.Errorf("%d:%d: %s", line, col, syn.Error())
	case err != nil:
		return span{}, err
	}
	s := scanner{doc: doc}
	root := s.value()
	return root, checkShape(doc, root)
}

// checkShape refuses what Codex refuses: it would leave out the whole file, and the gate with it.
func checkShape(doc []byte, root span) error {
	at := func(s span, format string, args ...any) error {
		line, col := place(doc, s.from)
		return fmt.Errorf("%d:%d: %s", line, col, fmt.Sprintf(format, args...))
	}
	if root.open != '{' {
		return at(root, "the whole file is to be one object")
	}
	seen := map[string]bool{}
	for _, m := range root.parts {
		switch {
		case seen[m.name]:
			return at(m, "%q is there twice, and Codex reads no such file", m.name)
		case m.name != "hooks" && m.name != "description":
			return at(m, "Codex knows no %q there and reads no such file; it knows \"hooks\" and \"description\"", m.name)
		}
		seen[m.name] = true
	}
	hooks, ok := root.member("hooks")
	if !ok {
		return nil
	}
	if hooks.open != '{' {
		return at(hooks, `"hooks" is to be an object`)
	}
	clear(seen)
	for _, m := range hooks.parts {
		if isGateEvent(m.name) {
			if seen[m.name] {
				return at(m, "%q is there twice, and Codex reads no such file", m.name)
			}
			if m.open != '[' {
				return at(m, "%q is to be a list", m.name)
			}
			for _, g := range m.parts {
				list, _ := g.member("hooks")
				if g.open != '{' || list.open != '[' {
					return at(g, `it is to be an object with a list "hooks"`)
				}
			}
		}
		seen[m.name] = true
	}
	return nil
}

// place gives line and column, both from 1, of an offset.
func place(doc []byte, at int) (line, col int) {
	at = min(max(at, 0), len(doc))
	line = bytes.Count(doc[:at], []byte("\n")) + 1
	return line, at - bytes.LastIndexByte(doc[:at], '\n')
}

// scanner walks a text that is known to be JSON.
type scanner struct {
	doc []byte
	at  int
}

func (s *scanner) space() {
	for s.at < len(s.doc) && strings.IndexByte(" \t\r\n", s.doc[s.at]) >= 0 {
		s.at++
	}
}

func (s *scanner) value() span {
	s.space()
	v := span{start: s.at, from: s.at, open: s.doc[s.at]}
	switch v.open {
	case '{', '[':
		s.at++
		for {
			s.space()
			if c := s.doc[s.at]; c == '}' || c == ']' {
				s.at++
				break
			} else if c == ',' {
				s.at++
				continue
			}
			v.parts = append(v.parts, s.part(v.open == '{'))
		}
	case '"':
		s.text()
	default:
		for s.at < len(s.doc) && strings.IndexByte(" \t\r\n,]}", s.doc[s.at]) < 0 {
			s.at++
		}
	}
	v.end = s.at
	return v
}

func (s *scanner) part(named bool) span {
	if !named {
		return s.value()
	}
	from := s.at
	s.text()
	var name string
	_ = json.Unmarshal(s.doc[from:s.at], &name) // it was checked
	s.space()
	s.at++ // the colon
	v := s.value()
	v.name, v.from = name, from
	return v
}

func (s *scanner) text() {
	for s.at++; s.doc[s.at] != '"'; s.at++ {
		if s.doc[s.at] == '\\' {
			s.at++
		}
	}
	s.at++
}

// groupsOf gives the groups of an event in a hooks file.
func groupsOf(doc []byte, root span, event string) ([]hookGroup, error) {
	hooks, _ := root.member("hooks")
	list, ok := hooks.member(event)
	if !ok {
		return nil, nil
	}
	var groups []hookGroup
	if err := json.Unmarshal(doc[list.start:list.end], &groups); err != nil {
		line, col := place(doc, list.from)
		return nil, fmt.Errorf("%d:%d: %w", line, col, err)
	}
	return groups, nil
}
