package control

import "github.com/tokenburn-sentinel/tokenburn/model"

// Model is one that Codex knows, from its own catalogue.
type Model struct {
	Slug          string
	Name          string
	Efforts       []string // weakest first; nil unknown
	DefaultEffort string
	Window        model.Tokens // context window, 0 unknown
	CompHash      string       // models of different hashes cannot go on from each other's context
	Hidden        bool
}

// Switch is what a run is to go on with.
type Switch struct {
	Model  string
	Effort string // "" the model's default
	// Later leaves the running turn alone: the switch holds from the next turn on.
	// Only a server can do it.
	Later  bool
	Prompt string // what the run is told to go on with; "" is "continue"
}

// Place is where a human takes a run over.
type Place string

// The places.
const (
	PlacePane   Place = "pane"   // jump to the tmux pane that shows it
	PlaceWindow Place = "window" // a new tmux window with codex resume
	PlacePrint  Place = "print"  // the command alone
)
