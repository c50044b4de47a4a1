package model

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// kindOf judges one command as the only call of a turn.
func kindOf(prompt, line string) (Kind, []Evidence) {
	turn := []work{{did: looker{cwd: "/home/dev/app"}.commands(line)}}
	var s scene
	s.enter(&Thread{Cwd: "/home/dev/app"})
	s.begin(new(asked).read(prompt, intentNone), turn)
	s.judge(turn)
	return turn[0].kind, turn[0].why
}

// testdata/kinds/commands.txt has commands of many languages and tools, by what
// they are for where nothing else is known: "[kind]" begins a section, a heredoc
// goes up to its end.
func TestKindOfCommands(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join("..", "testdata", "kinds", "commands.txt"))
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]Kind{}
	for _, k := range Kinds() {
		kinds["["+k.String()+"]"] = k
	}
	var want Kind
	n := 0
	for _, c := range commandsIn(string(text)) {
		if k, ok := kinds[c]; ok {
			want = k
			continue
		}
		n++
		if got, why := kindOf("", c); got != want {
			t.Errorf("%v, not %v: %s %v", got, want, c, why)
		}
	}
	if n < 200 {
		t.Errorf("only %d commands were read", n)
	}
}

// commandsIn cuts a text into commands, heredocs kept whole.
func commandsIn(text string) (all []string) {
	end := ""
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\n")
		if end != "" {
			all[len(all)-1] += "\n" + line
			if line == end {
				end = ""
			}
			continue
		}
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		all = append(all, line)
		if word, ok := openHeredoc(line); ok {
			end = word
		}
	}
	return all
}
