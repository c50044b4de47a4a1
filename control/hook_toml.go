package control

import (
	"bytes"
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2"
)

// codexConfig is what matters here of Codex's config.toml.
type codexConfig struct {
	Features map[string]any `toml:"features"`
	Hooks    map[string]any `toml:"hooks"`
	Projects map[string]struct {
		Trust string `toml:"trust_level"`
	} `toml:"projects"`
}

// readTOML reads a config.toml. The error names line and column.
func readTOML(doc []byte) (codexConfig, error) {
	var c codexConfig
	err := toml.Unmarshal(doc, &c)
	var de *toml.DecodeError
	if errors.As(err, &de) {
		line, col := de.Position()
		return c, fmt.Errorf("%d:%d: %w", line, col, err)
	}
	return c, err
}

// groups gives the groups of hooks of an event in config.toml.
func (c codexConfig) groups(event string) ([]hookGroup, error) {
	list, ok := c.Hooks[event]
	if !ok {
		return nil, nil
	}
	var x struct{ E []hookGroup }
	b, err := toml.Marshal(map[string]any{"E": list})
	if err == nil {
		err = toml.Unmarshal(b, &x)
	}
	if err != nil {
		return nil, fmt.Errorf("hooks.%s: %w", event, err)
	}
	return x.E, nil
}

// events says whether any hook is kept there, and whether one of them calls the gate.
func (c codexConfig) events() (some, gate bool) {
	for name, v := range c.Hooks {
		if list, ok := v.([]any); !ok || name == "state" || len(list) == 0 {
			continue
		}
		some = true
		if groups, err := c.groups(name); err == nil && isGateEvent(name) {
			gate = gate || slices.ContainsFunc(groups, func(g hookGroup) bool { return slices.ContainsFunc(g.Hooks, handler.calls) })
		}
	}
	return some, gate
}

const tomlNote = `# Codex asks this before it spends tokens. "tokenburn enforce remove" takes it out again.`

// addTOML puts the gate at the end of a config.toml.
func addTOML(doc []byte, line string) ([]byte, error) {
	c, err := readTOML(doc)
	if err != nil {
		return nil, err
	}
	right := true
	for _, event := range GateEvents() {
		groups, err := c.groups(event)
		if err != nil {
			return nil, err
		}
		n := 0
		for _, g := range groups {
			for _, h := range g.Hooks {
				if h.calls() {
					n++
					right = right && h.is(line)
				}
			}
		}
		right = right && n == 1
	}
	if right {
		return doc, nil
	}
	before, err := removeTOML(doc)
	if err != nil {
		return nil, err
	}
	newline := "\n"
	if bytes.Contains(doc, []byte("\r\n")) {
		newline = "\r\n"
	}
	command, err := toml.Marshal(map[string]string{"command": line})
	if err != nil {
		return nil, err
	}
	text := newline + tomlNote + newline
	if len(before) > 0 && !bytes.HasSuffix(before, []byte("\n")) {
		text = newline + text
	}
	for _, event := range GateEvents() {
		text += strings.ReplaceAll(fmt.Sprintf("[[hooks.%s]]\n[[hooks.%s.hooks]]\ntype = \"command\"\n%stimeout = %d\n", event, event, command, GateTimeout), "\n", newline)
	}
	after := append(slices.Clone(before), text...)
	return after, sameButGate(doc, after)
}

var tomlHeader = regexp.MustCompile(`^\s*\[\[?\s*([^\]]*?)\s*\]`)

// section is a table of a TOML text: its header's line and what belongs to it.
type section struct {
	name       string // as it is written, without blanks
	start, end int    // end: after its last line that is no comment and not blank
}

// removeTOML takes every hook that calls the gate out of a config.toml. What is not
// written as [[hooks.Event]] tables is refused.
func removeTOML(doc []byte) ([]byte, error) {
	out := slices.Clone(doc)
	all := sections(doc)
	var drops [][2]int
	for i := 0; i < len(all); i++ {
		event, ok := strings.CutPrefix(all[i].name, "hooks.")
		if !ok || !isGateEvent(event) {
			continue
		}
		kids, gone := 0, [][2]int{}
		k := i + 1
		for ; k < len(all) && strings.HasPrefix(all[k].name, all[i].name+"."); k++ {
			if all[k].name != all[i].name+".hooks" {
				continue
			}
			kids++
			if s := all[k]; sectionCalls(doc[s.start:s.end]) {
				gone = append(gone, [2]int{s.start, s.end})
			}
		}
		if kids > 0 && len(gone) == kids {
			gone = append(gone, [2]int{noteBefore(doc, all[i].start), all[i].end})
		}
		drops = append(drops, gone...)
		i = k - 1
	}
	slices.SortStableFunc(drops, func(a, b [2]int) int { return b[0] - a[0] })
	for _, d := range drops {
		out = splice(out, d[0], d[1], "")
	}
	if err := sameButGate(doc, out); err != nil {
		return nil, err
	}
	if c, err := readTOML(out); err != nil {
		return nil, err
	} else if _, gate := c.events(); gate {
		return nil, errors.New("its hooks are not written as [[hooks.Event]] tables: take \"tokenburn gate\" out by hand")
	}
	return out, nil
}

// sections cuts a TOML text at the headers of its tables.
func sections(doc []byte) []section {
	var all []section
	at := 0
	for l := range bytes.Lines(doc) {
		text := bytes.TrimSpace(l)
		if m := tomlHeader.FindSubmatch(l); m != nil {
			name := strings.NewReplacer(" ", "", "\t", "").Replace(string(m[1]))
			all = append(all, section{name: name, start: at})
		}
		at += len(l)
		if n := len(all); n > 0 && len(text) > 0 && text[0] != '#' {
			all[n-1].end = at
		}
	}
	return all
}

// sectionCalls says that a [[hooks.Event.hooks]] table calls the gate.
func sectionCalls(text []byte) bool {
	_, body, _ := bytes.Cut(text, []byte("\n"))
	var h handler
	return toml.Unmarshal(body, &h) == nil && h.calls()
}

// noteBefore goes back over the note that was put before the gate's tables.
func noteBefore(doc []byte, at int) int {
	for _, newline := range []string{"\n", "\r\n"} {
		for _, text := range []string{newline + tomlNote + newline, tomlNote + newline} {
			if bytes.HasSuffix(doc[:at], []byte(text)) {
				return at - len(text)
			}
		}
	}
	return at
}

// sameButGate proves that two texts say the same but for the gate's hooks.
func sameButGate(a, b []byte) error {
	x, err := withoutGate(a)
	if err != nil {
		return err
	}
	y, err := withoutGate(b)
	if err != nil {
		return fmt.Errorf("its hooks are written in a way that can't be added to: %w", err)
	}
	if !reflect.DeepEqual(x, y) {
		return errors.New("its hooks are written in a way that can't be edited safely: add or remove \"tokenburn gate\" by hand")
	}
	return nil
}

// withoutGate is all that a config.toml says, without what calls the gate.
func withoutGate(doc []byte) (map[string]any, error) {
	var all map[string]any
	if err := toml.Unmarshal(doc, &all); err != nil {
		return nil, err
	}
	hooks, _ := all["hooks"].(map[string]any)
	for _, event := range GateEvents() {
		groups, ok := hooks[event].([]any)
		if !ok {
			continue
		}
		var kept []any
		for _, one := range groups {
			g, _ := one.(map[string]any)
			list, _ := g["hooks"].([]any)
			rest := slices.DeleteFunc(slices.Clone(list), func(h any) bool {
				m, _ := h.(map[string]any)
				kind, _ := m["type"].(string)
				command, _ := m["command"].(string)
				return handler{Type: kind, Command: command}.calls()
			})
			if len(rest) > 0 || len(list) == 0 {
				g["hooks"] = rest
				kept = append(kept, g)
			}
		}
		if hooks[event] = kept; len(kept) == 0 {
			delete(hooks, event)
		}
	}
	if len(hooks) == 0 {
		delete(all, "hooks")
	}
	return all, nil
}
