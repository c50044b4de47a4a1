package appserver

import (
	"context"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Model is one that the server offers.
type Model struct {
	Slug          string
	Name          string
	Efforts       []string // weakest first, as the server lists them
	DefaultEffort string
	Default       bool // Codex takes it where none is named
	Hidden        bool // Codex does not offer it to people
}

// Models lists the models that the server knows, hidden ones too. It tells
// neither their context windows nor which of them share a context's form.
func (c *Conn) Models(ctx context.Context) ([]Model, error) {
	type listed struct {
		Model       string `json:"model"`
		DisplayName string `json:"displayName"`
		Default     string `json:"defaultReasoningEffort"`
		IsDefault   bool   `json:"isDefault"`
		Hidden      bool   `json:"hidden"`
		Efforts     []struct {
			Effort string `json:"reasoningEffort"`
		} `json:"supportedReasoningEfforts"`
	}
	got, err := list[listed](ctx, c, "model/list", map[string]any{"includeHidden": true})
	var all []Model
	for _, g := range got {
		m := Model{
			Slug: model.Clean(g.Model, maxText), Name: model.Clean(g.DisplayName, maxText),
			DefaultEffort: model.Clean(g.Default, maxText), Default: g.IsDefault, Hidden: g.Hidden,
		}
		for _, e := range g.Efforts {
			m.Efforts = append(m.Efforts, model.Clean(e.Effort, maxText))
		}
		all = append(all, m)
	}
	return all, err
}
