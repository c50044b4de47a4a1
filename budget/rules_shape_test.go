package budget

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp/syntax"
	"strings"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// What a pattern of commands takes gets past the words that are looked for first.
func TestGuardedPatterns(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(3, 4))
	p := shapes()
	for name, g := range map[string]guarded{"wait": p.wait, "gitStatus": p.gitStatus, "commit": p.commit, "write": p.write, "test": p.test} {
		tree, err := syntax.Parse(g.String(), syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		fitting := 0
		for range 4000 {
			command := madeUp(r, tree)
			if g.Regexp.MatchString(command) {
				fitting++
				if !g.MatchString(command) {
					t.Fatalf("%s: %q has none of the words that are looked for first", name, command)
				}
			}
		}
		if fitting < 1000 {
			t.Errorf("%s: %d of 4000 made-up commands fit", name, fitting)
		}
	}
}

// madeUp makes up a command that a pattern takes, as far as its word boundaries allow.
func madeUp(r *rand.Rand, re *syntax.Regexp) string {
	low, high := 1, 1
	switch re.Op {
	case syntax.OpLiteral:
		return string(re.Rune)
	case syntax.OpCharClass:
		n := 2 * r.IntN(len(re.Rune)/2)
		return string(re.Rune[n] + r.Int32N(min(re.Rune[n+1]-re.Rune[n], 60)+1))
	case syntax.OpAnyCharNotNL:
		return "x"
	case syntax.OpAlternate:
		return madeUp(r, re.Sub[r.IntN(len(re.Sub))])
	case syntax.OpConcat:
		var b strings.Builder
		for _, sub := range re.Sub {
			b.WriteString(madeUp(r, sub))
		}
		return b.String()
	case syntax.OpQuest:
		low = 0
	case syntax.OpStar:
		low, high = 0, 2
	case syntax.OpPlus:
		high = 3
	case syntax.OpRepeat:
		low, high = re.Min, re.Max
	case syntax.OpCapture:
	default: // boundaries and anchors
		return ""
	}
	var b strings.Builder
	for range low + r.IntN(high-low+1) {
		b.WriteString(madeUp(r, re.Sub[0]))
	}
	return b.String()
}

func BenchmarkShapeOf(b *testing.B) {
	text, err := os.ReadFile(filepath.Join("..", "testdata", "kinds", "commands.txt"))
	if err != nil {
		b.Fatal(err)
	}
	var calls []model.Call
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); line != "" && line[0] != '#' && line[0] != '[' {
			calls = append(calls, model.Call{Tool: model.Tool{Name: "exec_command", Command: line}})
		}
	}
	shapeOf(&calls[0])
	for i := 0; b.Loop(); i++ {
		shapeOf(&calls[i%len(calls)])
	}
}
