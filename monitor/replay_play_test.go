package monitor_test

import (
	"strconv"
	"strings"
	"time"
)

// play carries out a trace's lines.
func (s *stage) play(lines []string) {
	for _, l := range lines {
		verb, rest, _ := strings.Cut(strings.TrimSpace(l), " ")
		if !s.set(verb, rest) && !s.act(verb, rest) {
			s.t.Fatalf("%s: what is %q?", s.name, l)
		}
	}
}

// set changes how what follows is written.
func (s *stage) set(verb, rest string) bool {
	p := s.on
	number := func() int { n, _ := strconv.Atoi(strings.ReplaceAll(rest, "k", "000")); return n }
	span := func() time.Duration { d, _ := time.ParseDuration(rest); return d }
	switch verb {
	case "model":
		p.model = rest
	case "effort":
		p.effort = rest
	case "tier":
		p.tier = rest
	case "every":
		p.every = span()
	case "took":
		p.took = span()
	case "pause":
		p.now = p.now.Add(span())
	case "ctx":
		p.ctx = number()
	case "window":
		p.window = number()
	case "grow":
		p.grow = number()
	case "out":
		p.out = number()
	case "cached":
		p.cached, _ = strconv.ParseFloat(rest, 64)
	case "miss":
		p.miss = true
	default:
		return false
	}
	return true
}

// act writes lines.
func (s *stage) act(verb, rest string) bool {
	p := s.on
	text := func(t string) string { return strings.ReplaceAll(t, `\n`, "\n") }
	switch verb {
	case "ask":
		p.ask(rest)
	case "run": // run COMMAND => EXIT OUTPUT
		command, result, _ := strings.Cut(rest, " => ")
		exit, output, _ := strings.Cut(result, " ")
		n, _ := strconv.Atoi(exit)
		p.run(text(command), text(output), n)
	case "patch": // patch FILE,FILE BODY
		files, body, _ := strings.Cut(rest, " ")
		p.patch(strings.Split(files, ","), body)
	case "badpatch":
		file, i, _ := strings.Cut(rest, " ")
		p.badPatch(file, i)
	case "tool": // tool NAME ARGS => OUTPUT
		call, output, _ := strings.Cut(rest, " => ")
		name, args, _ := strings.Cut(call, " ")
		p.tool(name, args, text(output))
	case "say":
		p.say(rest)
	case "attempt": // a request that failed
		p.now = p.now.Add(p.every)
		p.tokenCount()
	case "switch": // the model changes inside the turn
		p.model = rest
		if p.modern() {
			p.line("world_state", map[string]any{"full": false, "state": map[string]any{"collaboration_mode": map[string]any{"model": rest}}})
		} else {
			p.context()
		}
	case "compact":
		p.ctx = 24_000
		p.line("compacted", map[string]any{"message": "summary", "window_number": 2})
	case "spawn": // a sub-agent begins; "on N" goes on there
		k := s.thread(p.id, p.depth+1)
		k.model, k.every = p.model, p.every
		s.kids = append(s.kids, k)
		k.ask(rest)
	case "on": // 0 is the root
		n, _ := strconv.Atoi(rest)
		now := p.now
		s.on = s.root
		if n > 0 {
			s.on = s.kids[n-1]
		}
		if s.on.now.Before(now) {
			s.on.now = now
		}
	case "endturn":
		p.endTurn("completed")
	case "abort":
		p.endTurn("aborted")
	case "unknown":
		p.line("event_msg", map[string]any{"type": rest})
	default:
		return false
	}
	return true
}
