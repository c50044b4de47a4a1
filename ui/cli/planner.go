package cli

import (
	"errors"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/ui/config"
)

// planner reads the plan that the monitor judges by, from the settings file and
// from those of repositories, again and again. What was right last holds where a
// file has a mistake now. Its load is called by one goroutine at a time.
type planner struct {
	a      *app
	zone   *time.Location
	good   config.Settings            // newest that were right
	extra  map[string][]budget.Budget // newest right budgets of each repository's file
	newest atomic.Pointer[config.Settings]
}

// planner gives the planner of this invocation; the settings were read before.
func (a *app) planner() *planner {
	p := &planner{a: a, zone: a.clock().Zone, good: a.settings, extra: map[string][]budget.Budget{}}
	now := a.settings
	p.newest.Store(&now)
	return p
}

// notify gives the newest settings about telling; any goroutine may ask.
func (p *planner) notify() config.Notify { return p.newest.Load().Notify }

// load reads the plan.
func (p *planner) load(repos monitor.Repositories) monitor.Planned {
	var out monitor.Planned
	if p.a.flags.noConfig {
		out.Plan, _ = config.Settings{}.Plan(p.zone, p.a.home())
		return out
	}
	path := p.a.settingsPath()
	out.Files = []string{path}
	s, err := config.Read(path)
	switch {
	case err == nil:
		out.File = path
	case errors.Is(err, config.ErrMissing) && p.a.flags.config == "":
		s = config.Settings{}
	default:
		out.File = path
		n := p.problem(err, "the settings that were right last go on")
		n.Fix = "tokenburn config check"
		out.Problems = append(out.Problems, n)
		s = p.good
	}
	plan, err := s.Plan(p.zone, p.a.home())
	if err != nil { // reading them has tried it in another zone
		out.Problems = append(out.Problems, p.problem(err, "the settings that were right last go on"))
		s = p.good
		plan, _ = s.Plan(p.zone, p.a.home())
	}
	p.good = s
	p.newest.Store(&s)
	out.Plan = plan
	out.Auto = monitor.AutoStop{On: s.Control.AutoStop, Hard: s.Control.AutoStopHard, Countdown: s.Control.Countdown.Duration()}
	for _, project := range slices.Sorted(maps.Keys(repos)) {
		file := filepath.Join(repos[project], config.ProjectFile)
		out.Files = append(out.Files, file)
		p.addProject(&out, file, project)
	}
	return out
}

// addProject adds a repository's own budgets.
func (p *planner) addProject(out *monitor.Planned, file, project string) {
	have := len(out.Plan.Budgets)
	with, err := config.ReadProject(file, project, out.Plan)
	switch {
	case err == nil:
		p.extra[file] = with.Budgets[have:]
		out.Plan = with
		return
	case errors.Is(err, config.ErrMissing):
		delete(p.extra, file)
		return
	}
	out.Problems = append(out.Problems, p.problem(err, "this repository's budgets are as they were before"))
	before := out.Plan
	before.Budgets = slices.Concat(before.Budgets, p.extra[file])
	if before.Check() == nil {
		out.Plan = before
	}
}

// problem is a mistake in a settings file, with line and column where they are known.
func (p *planner) problem(err error, effect string) monitor.Notice {
	text := p.a.shortPath(err.Error())
	var at *config.Error
	if errors.As(err, &at) && at.Want != "" {
		text += ": " + strings.TrimSpace(at.Want)
	}
	return monitor.Notice{Text: model.Clean(text, 400), Effect: effect}
}
