package model

import "strings"

// scriptCall is one call in a script of code mode.
type scriptCall struct {
	tool string
	text string // the command line or the patch, "" where only the running script knows
}

// codeModeCalls finds the calls in a script of code mode (JavaScript), for
// scripts whose calls left no lines of their own.
func codeModeCalls(script string) (all []scriptCall) {
	loose := false
	for rest := script; len(all) < 64; {
		i := strings.Index(rest, "tools.")
		if i < 0 {
			break
		}
		rest = rest[i+len("tools."):]
		end := strings.IndexFunc(rest, func(r rune) bool {
			return r != '_' && r != '.' && (r < '0' || r > '9') && (r < 'A' || r > 'Z') && (r < 'a' || r > 'z')
		})
		if end <= 0 {
			continue
		}
		name := rest[:end]
		args := rest[end:]
		if next := strings.Index(args, "tools."); next >= 0 {
			args = args[:next]
		}
		c := scriptCall{tool: name}
		switch name {
		case "exec_command", "shell", "shell_command":
			c.text = afterKey(args, "cmd", "command")
			loose = loose || c.text == ""
		case "apply_patch":
			c.text = firstLiteral(args)
			if c.text == "" {
				c.text = patchLiteral(script)
			}
		default:
			c.text = firstLiteral(args)
		}
		all = append(all, c)
	}
	if loose { // commands that the script keeps in a list
		for _, s := range scriptStrings(script) {
			if d := parseCommands(s); len(d) > 0 && (toolDeeds()[d[0].name] != doNothing || hasAny(d[0].name, "git", "sed", "go", "cargo", "npm", "node", "python", "python3", "gh")) && strings.Contains(s, " ") {
				all = append(all, scriptCall{tool: "exec_command", text: s})
			}
			if len(all) >= 64 {
				break
			}
		}
	}
	return all
}

func patchLiteral(script string) string {
	for _, s := range scriptStrings(script) {
		if strings.Contains(s, "*** Begin Patch") {
			return s
		}
	}
	if i := strings.Index(script, "*** Begin Patch"); i >= 0 {
		return strings.ReplaceAll(script[i:], `\n`, "\n")
	}
	return ""
}

// afterKey gives the string that follows a key of an object, or stands as the
// value of a list's third item (["bash","-lc","…"]).
func afterKey(args string, keys ...string) string {
	for _, k := range keys {
		for from := 0; ; {
			i := strings.Index(args[from:], k)
			if i < 0 {
				break
			}
			i += from + len(k)
			from = i
			rest := strings.TrimLeft(args[i:], `"' `)
			if !strings.HasPrefix(rest, ":") {
				continue
			}
			rest = strings.TrimLeft(rest[1:], " \n\t")
			if strings.HasPrefix(rest, "[") {
				if all := scriptStrings(rest[:max(1, strings.IndexByte(rest, ']')+1)]); len(all) > 0 {
					return all[len(all)-1]
				}
				return ""
			}
			s, _ := scriptString(rest)
			return s
		}
	}
	return ""
}

func firstLiteral(args string) string {
	if i := strings.IndexAny(args, "\"'`"); i >= 0 {
		s, _ := scriptString(args[i:])
		return s
	}
	return ""
}

func scriptStrings(script string) (all []string) {
	for i := 0; i < len(script) && len(all) < 64; i++ {
		if script[i] == '"' || script[i] == '\'' || script[i] == '`' {
			s, n := scriptString(script[i:])
			if n == 0 {
				continue
			}
			all = append(all, s)
			i += n - 1
		}
	}
	return all
}

// scriptString reads a JavaScript string at the beginning of a text: its value,
// and how many bytes it takes; 0 where there is none. A string that was cut off
// ends with the text.
func scriptString(text string) (string, int) {
	if text == "" || text[0] != '"' && text[0] != '\'' && text[0] != '`' {
		return "", 0
	}
	raw := strings.HasPrefix(text, "String.raw")
	var b strings.Builder
	for i := 1; i < len(text); i++ {
		switch c := text[i]; {
		case c == text[0]:
			return b.String(), i + 1
		case c == '\\' && i+1 < len(text) && !raw:
			i++
			switch text[i] {
			case 'n':
				b.WriteByte('\n')
			case 't':
				b.WriteByte('\t')
			case '\n':
			default:
				b.WriteByte(text[i])
			}
		case c == '$' && text[0] == '`' && i+1 < len(text) && text[i+1] == '{':
			if end := strings.IndexByte(text[i:], '}'); end > 0 {
				b.WriteByte('$')
				i += end
			}
		default:
			b.WriteByte(c)
		}
	}
	return b.String(), len(text)
}
