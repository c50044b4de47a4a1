package rollout

import (
	"bytes"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// call decodes function_call, custom_tool_call, tool_search_call,
// local_shell_call and web_search_call.
func (d *Decoder) call(s *scanner, act action, e *model.Event) {
	t := &e.Tool
	var args []byte
	id, space := "", ""
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		switch string(s.key()) {
		case "id":
			id = d.once(s)
		case "call_id":
			t.CallID = d.once(s)
		case "name":
			t.Name = d.name(s)
		case "namespace":
			space = d.name(s)
		case "status":
			e.Status = d.variant(s)
		case "arguments", "input":
			args = s.value()
		case "action":
			d.action(s, t)
		default:
			s.skip()
		}
	}
	if t.CallID == "" {
		t.CallID = id
	}
	switch {
	case t.Name != "":
	case act == shellCall:
		t.Name = "local_shell"
	case act == searchCall:
		t.Name = "web_search"
	case e.Type == "response_item.tool_search_call":
		t.Name = "tool_search"
	}
	if args != nil {
		d.arguments(args, e)
	}
	if space != "" {
		t.Name = space + "." + t.Name
	}
}

// value gives a string as written, or any other value with its brackets.
func (s *scanner) value() []byte {
	if s.peek() == '"' {
		return s.str()
	}
	start := s.p
	s.skip()
	if s.bad || start > s.p {
		return nil
	}
	return s.b[start:s.p]
}

// action decodes a local_shell_call's command or a web search's query.
func (d *Decoder) action(s *scanner, t *model.Tool) {
	if !s.open('{') {
		s.skip()
		return
	}
	for n := 0; s.more(n, '}'); n++ {
		switch string(s.key()) {
		case "command":
			t.Command = valid(d.command(s), model.MaxText)
		case "working_directory":
			t.Cwd = d.name(s)
		case "query", "url", "pattern":
			if v := d.text(s); v != "" {
				t.Args = v
			}
		default:
			s.skip()
		}
	}
}

// arguments decodes a call's arguments: JSON in a string for functions, free
// text for custom tools (a patch, or the script of code mode).
func (d *Decoder) arguments(raw []byte, e *model.Event) {
	t := &e.Tool
	text := d.whole(raw)
	t.Args = valid(text, model.MaxText)
	patch := []byte(nil)
	switch t.Name {
	case "apply_patch":
		patch = text
	case "exec": // code mode: a script, nothing in it is a command line
		return
	}
	if len(text) > 0 && text[0] == '{' {
		q := scanner{b: bytes.Clone(text)}
		if p := d.functionArguments(&q, t); p != nil {
			patch = p
		}
	}
	if patch = patchIn(patch); patch != nil {
		t.Args = valid(patch, model.MaxText)
		e.Changes = patchChanges(patch)
	}
}

// functionArguments decodes the arguments that say what a call does. It gives the
// text in which a patch may be.
func (d *Decoder) functionArguments(s *scanner, t *model.Tool) (patch []byte) {
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		k := s.key()
		switch string(k) {
		case "cmd", "command":
			line := d.command(s)
			t.Command = valid(line, model.MaxText)
			if bytes.Contains(line, applyPatch) {
				patch = bytes.Clone(line)
			}
		case "workdir", "cwd":
			t.Cwd = d.name(s)
		case "input", "patch":
			if t.Name == "apply_patch" && s.peek() == '"' {
				patch = bytes.Clone(d.whole(s.str()))
			} else {
				s.skip()
			}
		default:
			s.skip()
		}
	}
	return patch
}

var applyPatch = []byte("apply_patch")

// command reads a command line: a string, or arguments that are joined by
// spaces. Of a shell that only runs a line (bash -lc LINE) it is the line. The
// result is valid until the decoder's next string.
func (d *Decoder) command(s *scanner) []byte {
	switch s.peek() {
	case '"':
		return d.whole(s.str())
	case '[':
	default:
		s.skip()
		return nil
	}
	d.argv = d.argv[:0]
	count, third, shell := 0, 0, true
	s.open('[')
	for n := 0; s.more(n, ']'); n++ {
		if s.peek() != '"' {
			s.skip()
			continue
		}
		arg := d.whole(s.str())
		switch count {
		case 0:
			shell = isShell(arg)
		case 1:
			shell = shell && (string(arg) == "-lc" || string(arg) == "-c")
		}
		if count > 0 {
			d.argv = append(d.argv, ' ')
		}
		if count == 2 {
			third = len(d.argv)
		}
		d.argv = append(d.argv, arg...)
		count++
	}
	if shell && count == 3 {
		return d.argv[third:]
	}
	return d.argv
}

func isShell(path []byte) bool {
	switch string(path[bytes.LastIndexByte(path, '/')+1:]) {
	case "bash", "sh", "zsh", "dash", "fish":
		return true
	}
	return false
}
