package demo

import (
	"fmt"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// cast is the part that an actor plays.
type cast struct {
	cwd, branch, remote string
	model, effort, tier string
	source              string // cli or exec
	window              model.Tokens
	codeMode            bool // tools are called from a script, as most models do now
	writes              bool // the model bills cache writes
	hit                 float64
	prompts             []string
	turns               int           // how many it plays; 0: no end
	pause               time.Duration // between turns
	next                func(*actor) move
	last                func(*actor) move // how it ends when its time is over
	bad                 bool              // last is no good end: it comes for sure
}

// move is what the model does next.
type move struct {
	kind    moveKind
	command string
	parsed  string // Codex's own reading of the command
	exit    int
	output  string
	took    time.Duration
	adds    model.Tokens // the output's tokens
	writes  model.Tokens // the answer's tokens, without reasoning
	thinks  model.Tokens // reasoning tokens
	text    string       // of a message, a failure or a task
	fault   string       // Codex's name of a failure
	path    string       // of an edited file, or a sub-agent's name
	created bool
	added   []string
	removed []string
}

type moveKind uint8

const (
	runCommand moveKind = iota
	editFile
	spawnAgent
	sayDone  // the turn ends
	failTurn // the turn fails
	stopTurn // the user interrupts it
	dieThere // nothing is ever written again
)

// patch and diff give an edit as the model writes it and as Codex records it.
func (m move) patch() string {
	var b strings.Builder
	fmt.Fprintf(&b, "*** Begin Patch\n")
	if m.created {
		fmt.Fprintf(&b, "*** Add File: %s\n", m.path)
	} else {
		fmt.Fprintf(&b, "*** Update File: %s\n@@\n", m.path)
	}
	m.lines(&b)
	b.WriteString("*** End Patch\n")
	return b.String()
}

func (m move) diff() string {
	var b strings.Builder
	fmt.Fprintf(&b, "@@ -1,%d +1,%d @@\n", len(m.removed), len(m.added))
	m.lines(&b)
	return b.String()
}

func (m move) lines(b *strings.Builder) {
	for _, l := range m.removed {
		b.WriteString("-" + l + "\n")
	}
	for _, l := range m.added {
		b.WriteString("+" + l + "\n")
	}
}

func read(a *actor, command string, adds int) move {
	return move{command: command, parsed: "read", took: 300 * time.Millisecond, adds: model.Tokens(adds/2) + a.tokens(adds),
		writes: 60 + a.tokens(120), thinks: a.tokens(180), output: "package router\n\n// ServeHTTP routes one request.\n"}
}

func run(a *actor, command string, exit int, output string, took time.Duration, adds int) move {
	return move{command: command, parsed: "unknown", exit: exit, output: output, took: took, adds: model.Tokens(adds/2) + a.tokens(adds),
		writes: 50 + a.tokens(90), thinks: a.tokens(260)}
}

func edit(a *actor, path string) move {
	m := move{kind: editFile, path: path, took: 40 * time.Millisecond, adds: 60, writes: 350 + a.tokens(1_100), thinks: 100 + a.tokens(700), created: a.rng.IntN(6) == 0}
	for i := range 3 + a.rng.IntN(28) {
		m.added = append(m.added, fmt.Sprintf("\tnext := handlers[%d]", i))
	}
	if !m.created {
		for i := range 1 + a.rng.IntN(14) {
			m.removed = append(m.removed, fmt.Sprintf("\told := table[%d]", i))
		}
	}
	return m
}

func finish(text string) func(*actor) move {
	return func(a *actor) move {
		return move{kind: sayDone, text: text, writes: 180 + a.tokens(400), thinks: a.tokens(200)}
	}
}

func fault(name, text string) func(*actor) move {
	return func(*actor) move { return move{kind: failTurn, text: text, fault: name} }
}

func ending(k moveKind) func(*actor) move {
	return func(a *actor) move {
		m := run(a, "go test ./...", 0, "", 4*time.Second, 400)
		m.kind = k
		return m
	}
}
