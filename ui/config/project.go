package config

import (
	"bytes"
	"path"
	"time"

	"github.com/pelletier/go-toml/v2"
	"github.com/tokenburn-sentinel/tokenburn/budget"
)

// ProjectFile is the name of the settings file that a repository may hold. It
// adds budgets that count this project only.
const ProjectFile = ".tokenburn.toml"

// ReadProject reads a repository's settings file and adds its budgets to the
// plan. They count the project of that name and nothing else, are called after it, and
// never stop a run: such a file may come from anybody. Errors are those of [Read]; then the
// plan is given back as it was.
func ReadProject(file, project string, plan budget.Plan) (budget.Plan, error) {
	text, err := readFile(file)
	if err != nil {
		return plan, err
	}
	return ParseProject(file, text, project, plan)
}

// ParseProject is [ReadProject] for a text; file is only for errors and the budgets' origin.
func ParseProject(file string, text []byte, project string, plan budget.Plan) (budget.Plan, error) {
	var s struct {
		Budgets []Budget `toml:"budget"`
	}
	d := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields()
	if err := d.Decode(&s); err != nil {
		return plan, place(file, text, err)
	}
	zone := plan.Zone
	if zone == nil {
		zone = time.UTC
	}
	taken := map[string]bool{}
	for _, b := range plan.Budgets {
		taken[b.Name] = true
	}
	called := path.Base(project) + ": "
	for _, b := range s.Budgets {
		if taken[called+b.Name.text] {
			called = project + ": "
		}
	}
	all := plan
	all.Budgets = append([]budget.Budget{}, plan.Budgets...)
	for i, b := range s.Budgets {
		b.line = tableLine(text, "budget", i)
		one, err := b.projectBudget(zone, called, project)
		if err != nil {
			return plan, placePlan(file, text, err)
		}
		one.File = file
		all.Budgets = append(all.Budgets, one)
	}
	if err := all.Check(); err != nil {
		return plan, placePlan(file, text, err)
	}
	return all, nil
}

// projectBudget gives a repository's budget, held to its project.
func (b Budget) projectBudget(zone *time.Location, called, project string) (budget.Budget, error) {
	one, err := b.budget(zone)
	wrong := func(field, text, want string) error {
		return &budget.PlanError{Budget: b.Name.text, Line: b.line, Field: field, Text: text, Want: want}
	}
	switch {
	case err != nil:
		return one, err
	case b.Scope.Project != "" || b.Scope.Client != "" || b.Scope.User != "":
		return one, wrong("scope", "a repository's own file is about its own project", "leave project, client and user out")
	case one.AtLimit == budget.Stop:
		return one, wrong("at_limit", "a repository's own file may not stop runs", "want notify, ask or gate")
	case b.Approver != "":
		return one, wrong("approver", "a repository's own file may not say who decides", "leave it out")
	}
	one.Name = called + one.Name
	if one.Parent != "" {
		one.Parent = called + one.Parent
	}
	one.Scope.Project = "=" + project
	one.FailOpen = true
	return one, nil
}
