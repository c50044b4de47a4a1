package model

import (
	"strings"

	"mvdan.cc/sh/v3/syntax"
)

// command is one simple command of a command line: a program with its arguments.
type command struct {
	name    string   // the program's name without its folder; "" where only redirections are
	program string   // the program as written
	args    []string // what follows it; parts that only the shell knows are "$"
	writes  []string // files that its output is sent to
	stdin   string   // the heredoc or here-string it reads
	piped   bool     // it reads another command's output
	feeds   bool     // another command reads its output
}

// maxCommands bounds what is taken of one command line, and maxNested how deep
// shells in shells are followed: a hostile line costs no more.
const (
	maxCommands = 64
	maxNested   = 4
)

// parseCommands takes a command line apart: lists, pipes, loops, subshells, and
// the shells and wrappers that only run another command (bash -lc, sudo, env,
// time, xargs, npx …). A line that no shell would take gives what can be guessed.
func parseCommands(line string) []command {
	p := lineParser{}
	p.line(line, 0)
	return p.found
}

type lineParser struct {
	found []command
	depth int
	given string            // what the next command reads from the one before
	vars  map[string]string // what loops and assignments give names to
}

// endings are tried, after what is missing, on lines that were cut off or whose
// quotes don't match.
var endings = [...]string{"", "'", `"`}

func (p *lineParser) line(text string, depth int) {
	if depth > maxNested || strings.TrimSpace(text) == "" {
		return
	}
	for _, end := range endings {
		f, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text+end), "")
		if err == nil {
			p.stmts(f.Stmts, depth)
			return
		}
	}
	if word, ok := openHeredoc(text); ok {
		f, err := syntax.NewParser(syntax.Variant(syntax.LangBash)).Parse(strings.NewReader(text+"\n"+word+"\n"), "")
		if err == nil {
			p.stmts(f.Stmts, depth)
			return
		}
	}
	p.guess(text, depth)
}

// openHeredoc gives the word that would end a line's first heredoc.
func openHeredoc(text string) (string, bool) {
	_, rest, ok := strings.Cut(text, "<<")
	if !ok {
		return "", false
	}
	rest = strings.TrimLeft(rest, "- '\"\\")
	end := strings.IndexFunc(rest, func(r rune) bool {
		return r != '_' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
	})
	if end < 0 {
		end = len(rest)
	}
	return rest[:end], end > 0
}

// guess takes apart what is no shell's grammar: other shells, broken quotes.
func (p *lineParser) guess(text string, depth int) {
	for line := range strings.Lines(text) {
		for _, part := range strings.FieldsFunc(line, func(r rune) bool { return r == ';' || r == '&' || r == '|' }) {
			words := strings.Fields(part)
			for i := range words {
				words[i] = strings.Trim(words[i], `'"(){}`)
			}
			if len(words) > 0 {
				p.add(command{program: words[0], args: words[1:]}, depth)
			}
		}
	}
}

// set remembers what a name stands for.
func (p *lineParser) set(name, value string) {
	if p.vars == nil {
		p.vars = map[string]string{}
	}
	if len(p.vars) < maxCommands && len(value) <= 1024 {
		p.vars[name] = value
	}
}

func (p *lineParser) stmts(list []*syntax.Stmt, depth int) {
	for _, s := range list {
		p.stmt(s, depth, false, false)
	}
}

func (p *lineParser) stmt(s *syntax.Stmt, depth int, piped, feeds bool) {
	if s == nil || len(p.found) >= maxCommands || p.depth > 64 {
		return
	}
	p.depth++
	defer func() { p.depth-- }()
	switch c := s.Cmd.(type) {
	case nil:
		p.call(nil, s.Redirs, depth, piped, feeds)
	case *syntax.CallExpr:
		for _, a := range c.Assigns {
			if a.Name != nil && len(c.Args) == 0 && a.Value != nil {
				p.set(a.Name.Value, p.text(a.Value))
			}
		}
		p.call(c.Args, s.Redirs, depth, piped, feeds)
	case *syntax.BinaryCmd:
		pipe := c.Op == syntax.Pipe || c.Op == syntax.PipeAll
		n := len(p.found)
		p.stmt(c.X, depth, piped, feeds || pipe)
		given := ""
		if pipe && len(p.found) == n+1 && p.found[n].name == "cat" && len(p.found[n].args) == 0 {
			given = p.found[n].stdin // cat <<EOF | python
		}
		p.given = given
		p.stmt(c.Y, depth, piped || pipe, feeds)
		p.given = ""
	default:
		n := len(p.found)
		p.compound(s.Cmd, depth, piped, feeds)
		if len(p.found) > n { // a block's redirection is its last command's
			last := &p.found[len(p.found)-1]
			p.redirect(last, s.Redirs)
		}
	}
}

func (p *lineParser) compound(cmd syntax.Command, depth int, piped, feeds bool) {
	var lists [][]*syntax.Stmt
	switch c := cmd.(type) {
	case *syntax.Subshell:
		lists = append(lists, c.Stmts)
	case *syntax.Block:
		lists = append(lists, c.Stmts)
	case *syntax.IfClause:
		for ; c != nil; c = c.Else {
			lists = append(lists, c.Cond, c.Then)
		}
	case *syntax.WhileClause:
		lists = append(lists, c.Cond, c.Do)
	case *syntax.ForClause:
		if w, ok := c.Loop.(*syntax.WordIter); ok && len(w.Items) > 0 {
			p.set(w.Name.Value, p.text(w.Items[0]))
		}
		lists = append(lists, c.Do)
	case *syntax.CaseClause:
		for _, item := range c.Items {
			lists = append(lists, item.Stmts)
		}
	case *syntax.TimeClause:
		lists = append(lists, []*syntax.Stmt{c.Stmt})
	case *syntax.FuncDecl:
		lists = append(lists, []*syntax.Stmt{c.Body})
	}
	for _, list := range lists {
		for _, s := range list {
			p.stmt(s, depth, piped, feeds)
		}
	}
}

func (p *lineParser) call(words []*syntax.Word, redirs []*syntax.Redirect, depth int, piped, feeds bool) {
	c := command{piped: piped, feeds: feeds, stdin: p.given}
	p.given = ""
	for i, w := range words {
		if text := p.text(w); i == 0 {
			c.program = text
		} else {
			c.args = append(c.args, text)
		}
	}
	p.redirect(&c, redirs)
	p.add(c, depth)
}

func (p *lineParser) redirect(c *command, redirs []*syntax.Redirect) {
	for _, r := range redirs {
		switch r.Op {
		case syntax.RdrOut, syntax.AppOut, syntax.RdrAll, syntax.AppAll, syntax.RdrClob, syntax.AppClob, syntax.RdrInOut:
			if name := p.text(r.Word); name != "" && !strings.HasPrefix(name, "/dev/") {
				c.writes = append(c.writes, name)
			}
		case syntax.Hdoc, syntax.DashHdoc:
			c.stdin = p.text(r.Hdoc)
		case syntax.WordHdoc:
			c.stdin = p.text(r.Word)
		}
	}
}

// text is a word as the program gets it, "$" standing for what only the
// running shell knows.
func (p *lineParser) text(w *syntax.Word) string {
	if w == nil {
		return ""
	}
	var b strings.Builder
	p.writeParts(&b, w.Parts)
	return b.String()
}

func (p *lineParser) writeParts(b *strings.Builder, parts []syntax.WordPart) {
	for _, part := range parts {
		switch x := part.(type) {
		case *syntax.Lit:
			b.WriteString(unquote(x.Value))
		case *syntax.SglQuoted:
			b.WriteString(x.Value)
		case *syntax.DblQuoted:
			p.writeParts(b, x.Parts)
		case *syntax.ParamExp:
			if v := p.vars[x.Param.Value]; v != "" {
				b.WriteString(v)
			} else {
				b.WriteByte('$')
			}
		case *syntax.ExtGlob:
			b.WriteString("*")
		default:
			b.WriteByte('$')
		}
	}
}

// unquote drops the backslashes that escape a character; those of Windows' paths
// and of line ends have no better reading.
func unquote(s string) string {
	if strings.IndexByte(s, '\\') < 0 {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' && i+1 < len(s) && strings.IndexByte("\n\"'\\ $`()[]{}*?;&|<>#!~", s[i+1]) >= 0 {
			i++
			if s[i] == '\n' {
				continue
			}
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// add notes a command, or what it only wraps.
func (p *lineParser) add(c command, depth int) {
	if len(p.found) >= maxCommands {
		return
	}
	for range 8 {
		c.name = programName(c.program)
		if c.name == "" {
			break
		}
		inner, text := unwrap(&c)
		if text != "" {
			n := len(p.found)
			p.line(text, depth+1)
			if len(p.found) > n {
				last := &p.found[len(p.found)-1]
				last.writes = append(last.writes, c.writes...)
			}
			return
		}
		if !inner {
			break
		}
	}
	if c.name != "" || len(c.writes) > 0 {
		p.found = append(p.found, c)
	}
}

// programName is a program's name without its folder and Windows' ending, in lower case.
func programName(s string) string {
	if scope, ok := strings.CutPrefix(s, "@"); ok && strings.HasSuffix(s, "/cli") { // @redocly/cli
		return strings.TrimSuffix(scope, "/cli")
	}
	if i := strings.LastIndexAny(s, `/\`); i >= 0 {
		s = s[i+1:]
	}
	s = strings.ToLower(s)
	for _, end := range [...]string{".exe", ".cmd", ".bat"} {
		s = strings.TrimSuffix(s, end)
	}
	return s
}
