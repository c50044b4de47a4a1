package control

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

const (
	catalogueLimit    = 16 << 20         // bytes that the catalogue may have; 0.169's has 0.7 million
	cataloguePatience = 15 * time.Second // codex may ask its provider for a newer one
	maxModels         = 500
)

// Models gives the models that Codex knows, in its own order: from the server where
// one owns the run, else from "codex debug models" as that home has it, else the
// catalogue that is built into the program. An error wraps [ErrNoCodex] where there
// is no program to ask. Which of them an account may use is not known.
func (c *Control) Models(ctx context.Context, o Owner, home string) ([]Model, error) {
	if o.Kind == Server {
		if models, err := c.serverModels(ctx, o); err == nil && len(models) > 0 {
			return c.complete(ctx, home, models), nil
		}
	}
	return c.catalogue(ctx, home)
}

// complete adds what a server's list leaves out, from the catalogue.
func (c *Control) complete(ctx context.Context, home string, models []Model) []Model {
	if !slices.ContainsFunc(models, func(m Model) bool { return m.Window == 0 || m.CompHash == "" }) {
		return models
	}
	all, err := c.catalogue(ctx, home)
	if err != nil {
		return models // what is not told stays unknown
	}
	for i, m := range models {
		if j := slices.IndexFunc(all, func(x Model) bool { return x.Slug == m.Slug }); j >= 0 {
			m.Window, m.CompHash = cmp.Or(m.Window, all[j].Window), cmp.Or(m.CompHash, all[j].CompHash)
			m.DefaultEffort, m.Name = cmp.Or(m.DefaultEffort, all[j].DefaultEffort), cmp.Or(m.Name, all[j].Name)
			if len(m.Efforts) == 0 {
				m.Efforts = all[j].Efforts
			}
			models[i] = m
		}
	}
	return models
}

func (c *Control) catalogue(ctx context.Context, home string) ([]Model, error) {
	codex, err := c.codex()
	if err != nil {
		return nil, err
	}
	models, err := c.askCodex(ctx, codex, home, "debug", "models")
	if err != nil && ctx.Err() == nil {
		models, err = c.askCodex(ctx, codex, home, "debug", "models", "--bundled")
	}
	if err != nil {
		return nil, fmt.Errorf("codex debug models: %w", err)
	}
	return models, nil
}

// codex gives the path of the codex program.
func (c *Control) codex() (string, error) {
	path, err := exec.LookPath(cmp.Or(c.o.Codex, "codex"))
	if err != nil {
		return "", fmt.Errorf("%w: %w", ErrNoCodex, err)
	}
	return filepath.Abs(path)
}

// askCodex runs codex and reads the catalogue that it prints. It stands in no
// folder of the run, whose settings it need not know.
func (c *Control) askCodex(ctx context.Context, codex, home string, args ...string) ([]Model, error) {
	ctx, cancel := context.WithTimeout(ctx, cataloguePatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, codex, args...)
	cmd.Dir, cmd.Env = home, withHome(c.environment(), home)
	cmd.WaitDelay = time.Second
	out := &bounded{most: catalogueLimit, full: cancel}
	cmd.Stdout = out
	if err := cmd.Run(); err != nil {
		if out.over {
			return nil, errors.New("it prints too much")
		}
		return nil, err
	}
	return readCatalogue(out.Bytes())
}

// environment is that of the programs that are started.
func (c *Control) environment() []string {
	if c.o.Env == nil {
		return os.Environ()
	}
	return c.o.Env
}

// variable is a variable of that environment, "" where it is not set; the last one counts.
func (c *Control) variable(name string) string {
	env := c.environment()
	for i := len(env) - 1; i >= 0; i-- {
		if v, ok := strings.CutPrefix(env[i], name+"="); ok {
			return v
		}
	}
	return ""
}

func withHome(env []string, home string) []string {
	env = slices.DeleteFunc(slices.Clone(env), func(v string) bool { return strings.HasPrefix(v, "CODEX_HOME=") })
	return append(env, "CODEX_HOME="+home)
}

// bounded keeps what is written to it up to a size, and calls full beyond it.
type bounded struct {
	bytes.Buffer
	most int
	over bool
	full func()
}

func (b *bounded) Write(p []byte) (int, error) {
	if b.Len()+len(p) > b.most {
		b.over = true
		b.full()
		return 0, io.ErrShortWrite
	}
	return b.Buffer.Write(p)
}

// catalogueModel is one entry of Codex's catalogue, as of 0.169.
type catalogueModel struct {
	Slug       string       `json:"slug"`
	Name       string       `json:"display_name"`
	Default    string       `json:"default_reasoning_level"`
	Visibility string       `json:"visibility"`
	Window     model.Tokens `json:"context_window"`
	Percent    int64        `json:"effective_context_window_percent"`
	CompHash   string       `json:"comp_hash"`
	Levels     []struct {
		Effort string `json:"effort"`
	} `json:"supported_reasoning_levels"`
}

// readCatalogue reads what codex debug models prints. An entry that can't be read,
// or whose name could be no argument of a command, is left out.
func readCatalogue(text []byte) ([]Model, error) {
	var doc struct {
		Models []json.RawMessage `json:"models"`
	}
	if err := json.Unmarshal(text, &doc); err != nil {
		return nil, fmt.Errorf("no catalogue: %w", err)
	}
	var models []Model
	for _, raw := range doc.Models {
		var e catalogueModel
		if json.Unmarshal(raw, &e) != nil || !plainWord(e.Slug) || len(models) == maxModels {
			continue
		}
		models = append(models, e.model())
	}
	if len(models) == 0 {
		return nil, errors.New("the catalogue is empty")
	}
	return models, nil
}

func (e catalogueModel) model() Model {
	m := Model{Slug: e.Slug, Name: model.Clean(cmp.Or(e.Name, e.Slug), 60), Hidden: e.Visibility != "" && e.Visibility != "list"}
	if plainWord(e.Default) {
		m.DefaultEffort = e.Default
	}
	if plainWord(e.CompHash) {
		m.CompHash = e.CompHash
	}
	for _, l := range e.Levels[:min(len(e.Levels), 20)] {
		if plainWord(l.Effort) {
			m.Efforts = append(m.Efforts, l.Effort)
		}
	}
	// What a turn may fill is a part of the window; session files tell that part.
	if e.Window > 0 && e.Window < 1<<40 {
		m.Window = e.Window
		if e.Percent > 0 && e.Percent <= 100 {
			m.Window = e.Window * model.Tokens(e.Percent) / 100
		}
	}
	return m
}
