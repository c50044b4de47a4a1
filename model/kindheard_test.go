package model

import (
	"math/rand/v2"
	"regexp/syntax"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"
)

// checkHeard wants of a message that each rule says the same as its pattern alone.
func checkHeard(t *testing.T, text string) {
	t.Helper()
	h := hear(text)
	for i := range phrases {
		if r := &phrases[i]; r.fits(h) != r.re.MatchString(text) {
			t.Fatalf("rule %d: %t, its pattern says %t: %q\n%s", i, r.fits(h), r.re.MatchString(text), text, r.re())
		}
	}
	if got, want := h.dealsWithTools(), asProduct.MatchString(text); got != want {
		t.Fatalf("deals with tools: %t, the pattern says %t: %q", got, want, text)
	}
}

// What any pattern of an intent takes gets past the words that are looked for
// first, and the patterns that are written out as code say the same as those.
func TestHeardSaysWhatPatternsSay(t *testing.T) {
	t.Parallel()
	r := rand.New(rand.NewPCG(1, 2))
	pieces := []string{" ", " ", "-", ". ", ", ", "\t", "–", "please ", "to ", "x", "_", "ſ", "K", "é", "\xff", "\u1c82", "İ"}
	patterns := []pattern{asProduct}
	for i := range phrases {
		patterns = append(patterns, phrases[i].re)
		pieces = append(pieces, phrases[i].needs...)
		pieces = append(pieces, phrases[i].also...)
	}
	pieces = append(pieces, "fix", "speed up", "docs", "generator", "test", "runner", "in our", "code review", "tool", "site generator", "app", "in the test runners", "in our docs tools")
	for _, p := range patterns {
		tree, err := syntax.Parse(p().String(), syntax.Perl)
		if err != nil {
			t.Fatal(err)
		}
		fitting := 0
		for range 200 {
			text := like(r, tree, fitting%2 == 0)
			if r.IntN(3) == 0 {
				text = pieces[r.IntN(len(pieces))] + text + pieces[r.IntN(len(pieces))]
			}
			if p.MatchString(text) {
				fitting++
			}
			checkHeard(t, text)
		}
		if fitting < 50 {
			t.Errorf("%d of 200 made-up texts fit %s", fitting, p())
		}
	}
	for range 3000 {
		var text strings.Builder
		for range 1 + r.IntN(12) {
			text.WriteString(pieces[r.IntN(len(pieces))])
			if r.IntN(3) > 0 {
				text.WriteByte(' ')
			}
		}
		checkHeard(t, text.String())
	}
}

// like makes up a text that a pattern takes, as far as its word boundaries allow.
func like(r *rand.Rand, re *syntax.Regexp, fold bool) string {
	times := func(low, high int) string {
		var b strings.Builder
		for range low + r.IntN(high-low+1) {
			b.WriteString(like(r, re.Sub[0], fold))
		}
		return b.String()
	}
	switch re.Op {
	case syntax.OpLiteral:
		runes := []rune(string(re.Rune))
		for i := range runes {
			for n := r.IntN(3); fold && re.Flags&syntax.FoldCase != 0 && n > 0; n-- {
				runes[i] = unicode.SimpleFold(runes[i])
			}
		}
		return string(runes)
	case syntax.OpCharClass:
		n := 2 * r.IntN(len(re.Rune)/2)
		if c := re.Rune[n] + r.Int32N(min(re.Rune[n+1]-re.Rune[n], 50)+1); utf8.ValidRune(c) {
			return string(c)
		}
		return "x"
	case syntax.OpAnyCharNotNL:
		return string([]rune{' ', 'a', 'é', '.'}[r.IntN(4)])
	case syntax.OpCapture:
		return like(r, re.Sub[0], fold)
	case syntax.OpQuest:
		return times(0, 1)
	case syntax.OpStar:
		return times(0, 2)
	case syntax.OpPlus:
		return times(1, 3)
	case syntax.OpRepeat:
		return times(re.Min, min(re.Max, re.Min+3))
	case syntax.OpAlternate:
		return like(r, re.Sub[r.IntN(len(re.Sub))], fold)
	case syntax.OpConcat:
		var b strings.Builder
		for i, sub := range re.Sub {
			text := like(r, sub, fold)
			if i > 0 && re.Sub[i-1].Op == syntax.OpWordBoundary && b.Len() > 0 && text != "" && isWord(b.String()[b.Len()-1]) == isWord(text[0]) {
				b.WriteByte(' ')
			}
			b.WriteString(text)
		}
		return b.String()
	}
	return "" // boundaries and anchors
}

// A letter that patterns take for another one is in lower case when it is looked
// for, or is one of the odd ones.
func TestOddLetters(t *testing.T) {
	t.Parallel()
	for i := range phrases {
		r := &phrases[i]
		for _, l := range [][]string{r.needs, r.also} {
			for _, c := range strings.Join(l, "") {
				for f := unicode.SimpleFold(c); f != c; f = unicode.SimpleFold(f) {
					if unicode.ToLower(f) != c && !hasOdd(string(f)) {
						t.Errorf("rule %d: %q is taken for %q", i, f, c)
					}
				}
			}
		}
	}
}

func FuzzHeard(f *testing.F) {
	for _, s := range []string{
		"Please fix the crash in the docs generator, then add tests.", "review my PR – is it safe to merge?", "so, why does ſpeed up fail\u212a",
		"migrate from Jest to Vitest", "don't change code; just explain", "テストを追加", "перенеси на Vue 3", "in our test runner to-use", "do a\tquick review",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		checkHeard(t, Clean(text, 400))
		checkHeard(t, text)
	})
}
