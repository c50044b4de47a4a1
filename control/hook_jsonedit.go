package control

import (
	"bytes"
	"encoding/json"
	"slices"
	"strings"
)

// addJSON puts the gate into a hooks file: at the end of each event's list, since
// Codex knows hooks by their place and the user's others are not to lose their trust.
// A hook that calls the gate otherwise is set right where it stands; further ones go.
func addJSON(doc []byte, line string) ([]byte, error) {
	if len(bytes.TrimSpace(doc)) == 0 {
		doc = []byte("{}\n")
	}
	doc, err := setRight(doc, line)
	if err != nil {
		return nil, err
	}
	for _, event := range GateEvents() {
		root, err := readJSONHooks(doc)
		if err != nil {
			return nil, err
		}
		groups, err := groupsOf(doc, root, event)
		if err != nil {
			return nil, err
		}
		if slices.ContainsFunc(groups, func(g hookGroup) bool { return slices.ContainsFunc(g.Hooks, handler.calls) }) {
			continue
		}
		group := hookGroup{Hooks: []handler{gateHandler(line)}}
		hooks, ok := root.member("hooks")
		if !ok {
			doc = insert(doc, root, "hooks", map[string][]hookGroup{event: {group}})
			continue
		}
		if list, ok := hooks.member(event); ok {
			doc = insert(doc, list, "", group)
		} else {
			doc = insert(doc, hooks, event, []hookGroup{group})
		}
	}
	return doc, nil
}

// setRight lets the first hook of each event that calls the gate call it by line, and
// takes further ones out.
func setRight(doc []byte, line string) ([]byte, error) {
	first := map[string]bool{}
	return editJSON(doc, func(event string, h handler) (string, bool) {
		switch {
		case first[event]:
			return "", true
		case h.is(line):
			first[event] = true
			return "", false
		}
		first[event] = true
		return compactJSON(gateHandler(line)), true
	})
}

// removeJSON takes every hook that calls the gate out of a hooks file.
func removeJSON(doc []byte) ([]byte, error) {
	if len(bytes.TrimSpace(doc)) == 0 {
		return doc, nil
	}
	return editJSON(doc, func(string, handler) (string, bool) { return "", true })
}

// editJSON asks of each hook that calls the gate what is to stand in its place; "" is
// nothing, and then lists that become empty by it go too.
func editJSON(doc []byte, edit func(event string, h handler) (text string, change bool)) ([]byte, error) {
	for _, event := range GateEvents() {
		root, err := readJSONHooks(doc)
		if err != nil {
			return nil, err
		}
		hooks, _ := root.member("hooks")
		list, ok := hooks.member(event)
		if !ok {
			continue
		}
		groups, err := groupsOf(doc, root, event)
		if err != nil {
			return nil, err
		}
		doc = editEvent(doc, hooks, list, groups, func(h handler) (string, bool) { return edit(event, h) })
	}
	return doc, nil
}

// editEvent edits one event's list. Places are gathered first, in the order of the
// file, and then changed from behind, so that none moves.
func editEvent(doc []byte, hooks, list span, groups []hookGroup, edit func(handler) (string, bool)) []byte {
	type cut struct {
		in    span
		drop  []int
		put   map[int]string
		group int
	}
	var cuts []cut
	var whole []int
	for i, g := range groups {
		inner, _ := list.parts[i].member("hooks")
		c := cut{in: inner, put: map[int]string{}, group: i}
		for k, h := range g.Hooks {
			if !h.calls() {
				continue
			}
			if text, change := edit(h); change && text == "" {
				c.drop = append(c.drop, k)
			} else if change {
				c.put[k] = text
			}
		}
		if len(c.drop) > 0 && len(c.drop) == len(g.Hooks) {
			whole = append(whole, i)
		} else if len(c.drop)+len(c.put) > 0 {
			cuts = append(cuts, c)
		}
	}
	if len(whole) == len(groups) && len(groups) > 0 {
		return drop(doc, hooks, []int{slices.IndexFunc(hooks.parts, func(p span) bool { return p.from == list.from })})
	}
	// Whole groups lie beside the others: all changes by place, last first.
	var changes []change
	for _, r := range dropRanges(list, whole) {
		changes = append(changes, change{r[0], r[1], ""})
	}
	for _, c := range cuts {
		for k, text := range c.put {
			changes = append(changes, setHook(doc, c.in.parts[k], text)...)
		}
		for _, r := range dropRanges(c.in, c.drop) {
			changes = append(changes, change{r[0], r[1], ""})
		}
	}
	slices.SortStableFunc(changes, func(a, b change) int { return b.start - a.start })
	for _, c := range changes {
		doc = splice(doc, c.start, c.end, c.text)
	}
	return doc
}

// change is a part of a text and what is to stand there.
type change struct {
	start, end int
	text       string
}

// setHook makes a hook what text says: the values that differ, where it is written the
// same way, and else the whole hook.
func setHook(doc []byte, hook span, text string) []change {
	s := scanner{doc: []byte(text)}
	wanted := s.value()
	var list []change
	for _, m := range hook.parts {
		w, ok := wanted.member(m.name)
		if !ok || slices.ContainsFunc(hook.parts, func(x span) bool { return x.name == m.name && x.from != m.from }) {
			return []change{{hook.start, hook.end, text}}
		}
		if value := text[w.start:w.end]; value != string(doc[m.start:m.end]) {
			list = append(list, change{m.start, m.end, value})
		}
	}
	if len(hook.parts) != len(wanted.parts) {
		return []change{{hook.start, hook.end, text}}
	}
	return list
}

func drop(doc []byte, in span, which []int) []byte {
	ranges := dropRanges(in, which)
	slices.Reverse(ranges)
	for _, r := range ranges {
		doc = splice(doc, r[0], r[1], "")
	}
	return doc
}

// dropRanges are the places to cut so that some parts are gone with their commas.
func dropRanges(in span, which []int) [][2]int {
	gone := func(i int) bool { return slices.Contains(which, i) }
	if len(which) == 0 {
		return nil
	}
	if len(which) == len(in.parts) {
		return [][2]int{{in.start + 1, in.end - 1}}
	}
	var ranges [][2]int
	kept := -1 // the last part before that stays
	for i := 0; i < len(in.parts); i++ {
		if !gone(i) {
			kept = i
			continue
		}
		last := i
		for last+1 < len(in.parts) && gone(last+1) {
			last++
		}
		if kept >= 0 {
			ranges = append(ranges, [2]int{in.parts[kept].end, in.parts[last].end})
		} else {
			ranges = append(ranges, [2]int{in.parts[i].from, in.parts[last+1].from})
		}
		i = last
	}
	return ranges
}

// insert appends a member or an item in the manner of what is there.
func insert(doc []byte, in span, name string, v any) []byte {
	newline, unit := manner(doc)
	indent := indentOf(doc, in.start)
	before, after := newline+indent+unit, newline+indent
	if newline == "" {
		before, after = "", ""
	}
	if n := len(in.parts); n > 0 { // as the last one stands after the comma or bracket before it
		from := in.start + 1
		if n > 1 {
			from = in.parts[n-2].end
		}
		before = string(doc[from:in.parts[n-1].from])
		before, after = before[strings.IndexByte(before, ',')+1:], ""
	}
	text := before + written(name, v, before, newline, unit)
	if len(in.parts) > 0 {
		return splice(doc, in.parts[len(in.parts)-1].end, in.parts[len(in.parts)-1].end, ","+text)
	}
	return splice(doc, in.start+1, in.end-1, text+after)
}

// written gives a member or an item as text: on one line where what is before it is.
func written(name string, v any, before, newline, unit string) string {
	prefix := ""
	if name != "" {
		prefix = compactJSON(name) + ":"
	}
	i := strings.LastIndexByte(before, '\n')
	if i < 0 || newline == "" {
		return prefix + compactJSON(v)
	}
	if prefix != "" {
		prefix += " "
	}
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(compactJSON(v)), before[i+1:], unit); err != nil {
		return prefix + compactJSON(v)
	}
	return prefix + strings.ReplaceAll(b.String(), "\n", newline)
}

// manner is how a file breaks its lines ("" not at all) and indents.
func manner(doc []byte) (newline, unit string) {
	body := bytes.TrimSpace(doc)
	newline, unit = "\n", "  "
	if bytes.Contains(body, []byte("\r\n")) {
		newline = "\r\n"
	} else if !bytes.Contains(body, []byte("\n")) && len(body) > len("{}") {
		newline = ""
	}
	if bytes.Contains(doc, []byte("\r\n")) && newline == "\n" {
		newline = "\r\n"
	}
	for l := range bytes.Lines(body) {
		if blank := l[:len(l)-len(bytes.TrimLeft(l, " \t"))]; len(blank) > 0 && len(bytes.TrimSpace(l)) > 0 {
			return newline, string(blank)
		}
	}
	return newline, unit
}

// indentOf is the blank that begins the line of an offset.
func indentOf(doc []byte, at int) string {
	line := doc[bytes.LastIndexByte(doc[:at], '\n')+1 : at]
	return string(line[:len(line)-len(bytes.TrimLeft(line, " \t"))])
}

func splice(doc []byte, start, end int, text string) []byte {
	return slices.Concat(doc[:start], []byte(text), doc[end:])
}
