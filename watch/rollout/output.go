package rollout

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// output decodes what a tool gave back: a string, a list of parts, or (very old)
// an object with content.
func (d *Decoder) output(s *scanner, e *model.Event) {
	t := &e.Tool
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		switch string(s.key()) {
		case "call_id":
			t.CallID = d.once(s)
		case "status":
			e.Status = d.variant(s)
		case "output":
			d.outputValue(s, e)
		default:
			s.skip()
		}
	}
}

func (d *Decoder) outputValue(s *scanner, e *model.Event) {
	t := &e.Tool
	switch s.peek() {
	case '"':
		raw := s.text()
		t.OutputBytes = int64(len(raw))
		if bytes.HasPrefix(raw, []byte(`{\"`)) && d.wrappedOutput(d.whole(raw), s.cut, t) {
			return
		}
		t.Output = d.headAndTail(raw, model.MaxText)
	case '{':
		s.open('{')
		for n := 0; s.more(n, '}'); n++ {
			switch string(s.key()) {
			case "content", "body":
				t.Output, t.OutputBytes = d.parts(s)
			case "success":
				e.Status = d.success(s, e.Status)
			default:
				s.skip()
			}
		}
	default:
		t.Output, t.OutputBytes = d.parts(s)
	}
	outputHeader(t)
}

// success reads a flag as a status.
func (d *Decoder) success(s *scanner, status string) string {
	v, ok := s.boolean()
	switch {
	case !ok:
		return status
	case v:
		return "completed"
	}
	return "failed"
}

// wrappedOutput decodes what shell tools gave back until 2026: the output string
// is itself {"output":"…","metadata":{"exit_code":0,"duration_seconds":1.2}}.
// False where text is anything else, though it may look similar.
func (d *Decoder) wrappedOutput(text []byte, isCut bool, t *model.Tool) bool {
	s := scanner{b: bytes.Clone(text), cut: isCut}
	var raw []byte
	hasOutput, hasMeta := false, false
	w := *t
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		switch k := s.key(); {
		case string(k) == "output" && s.peek() == '"':
			raw, hasOutput = s.text(), true
		case string(k) == "metadata" && s.peek() == '{':
			hasMeta = true
			s.metadata(&w)
		default:
			s.skip()
		}
	}
	whole := !s.bad && s.ended() && hasMeta
	if !hasOutput || !whole && !isCut {
		return false
	}
	*t = w
	t.Output = d.headAndTail(raw, model.MaxText)
	return true
}

func (s *scanner) metadata(t *model.Tool) {
	s.open('{')
	for n := 0; s.more(n, '}'); n++ {
		switch string(s.key()) {
		case "exit_code":
			s.exitCode(t)
		case "duration_seconds":
			if v, ok := s.float(); ok {
				t.Duration = seconds(v)
			}
		default:
			s.skip()
		}
	}
}

func (s *scanner) exitCode(t *model.Tool) {
	if v, ok := s.integer(); ok && v > -1<<31 && v < 1<<32 {
		t.ExitCode, t.HasExit = int(v), true
	}
}

// seconds is a duration of at most a year, 0 for anything else.
func seconds(v float64) time.Duration {
	if v <= 0 || v > 366*24*3600 {
		return 0
	}
	return time.Duration(v * float64(time.Second))
}

// outputHeader reads the lines that Codex puts before a command's output. It
// ends at the first line that isn't one of them, so that an output can't pose as one.
func outputHeader(t *model.Tool) {
	for rest := t.Output; rest != ""; {
		line, after, _ := strings.Cut(rest, "\n")
		rest = after
		switch {
		case strings.HasPrefix(line, "Exit code: "):
			setExit(t, line[len("Exit code: "):])
		case strings.HasPrefix(line, "Process exited with code "):
			setExit(t, line[len("Process exited with code "):])
		case strings.HasPrefix(line, "Wall time"):
			f, ok := strings.CutSuffix(strings.TrimLeft(line[len("Wall time"):], ": "), " seconds")
			if s := (scanner{b: []byte(f)}); ok {
				if v, ok := s.float(); ok {
					t.Duration = seconds(v)
				}
			}
		case strings.HasPrefix(line, "Chunk ID: "), strings.HasPrefix(line, "Total output lines: "),
			strings.HasPrefix(line, "Original token count: "), strings.HasPrefix(line, "Process running with session ID "),
			strings.HasPrefix(line, "Script completed"), strings.HasPrefix(line, "Script failed"), strings.HasPrefix(line, "Script running"):
		default: // "Output:", or the output itself
			return
		}
	}
}

func setExit(t *model.Tool, number string) {
	if code, err := strconv.ParseInt(strings.TrimSpace(number), 10, 33); err == nil {
		t.ExitCode, t.HasExit = int(code), true
	}
}
