package control

import (
	"fmt"
	"strings"
)

// cmdSigns are what cmd.exe and the C runtime read otherwise than as a part of a word.
const cmdSigns = " \t&()[]{}^=;!'+,`~|<>"

// cmdLine is a command as Codex gives it to cmd.exe on Windows: CMD /C "LINE", so that
// the line is read as it is written. A word with a quote, or with a percent sign,
// which names a variable even in quotes, can't be told.
func cmdLine(words []string) (string, error) {
	out := make([]string, len(words))
	for i, w := range words {
		switch {
		case strings.ContainsAny(w, "\"%\r\n\x00"):
			return "", fmt.Errorf("%q can't be written as a word of a command line", w)
		case w == "" || strings.ContainsAny(w, cmdSigns):
			// a backslash before the closing quote would take it for a part of the word
			end := len(w) - len(strings.TrimRight(w, `\`))
			w = `"` + w + strings.Repeat(`\`, end) + `"`
		}
		out[i] = w
	}
	return strings.Join(out, " "), nil
}

// cmdWords gives the words of a line that is one command and nothing else; false
// where cmd.exe would do more with it, such as a second command or a variable.
func cmdWords(line string) ([]string, bool) {
	var words []string
	for rest := strings.TrimLeft(line, " "); rest != ""; rest = strings.TrimLeft(rest, " ") {
		word := ""
		if strings.HasPrefix(rest, `"`) {
			end := strings.IndexByte(rest[1:], '"')
			if end < 0 {
				return nil, false
			}
			word, rest = rest[1:1+end], rest[2+end:]
			if n := len(word) - len(strings.TrimRight(word, `\`)); n%2 == 0 {
				word = word[:len(word)-n/2]
			} else {
				return nil, false // it goes on behind that quote
			}
		} else {
			word, rest, _ = strings.Cut(rest, " ")
			if strings.ContainsAny(word, cmdSigns+`"`) {
				return nil, false
			}
			rest = " " + rest
		}
		if rest != "" && rest[0] != ' ' || strings.ContainsAny(word, "%\r\n\x00") {
			return nil, false
		}
		words = append(words, word)
	}
	return words, len(words) > 0
}
