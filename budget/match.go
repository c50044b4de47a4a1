package budget

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Matcher finds the client and the task that a run belongs to. Any goroutine may use it.
type Matcher struct {
	clients []clientPatterns
	task    *regexp.Regexp // nil none
}

type clientPatterns struct {
	name     string
	projects []projectPattern
}

// Matcher gives the matcher of the plan's clients and task pattern. The error
// names what is no pattern.
func (p Plan) Matcher() (*Matcher, error) {
	m := &Matcher{}
	for _, c := range p.Clients {
		cp := clientPatterns{name: c.Name}
		for _, text := range c.Projects {
			cp.projects = append(cp.projects, newProjectPattern(text, p.Home))
		}
		m.clients = append(m.clients, cp)
	}
	if p.Task == "" {
		return m, nil
	}
	re, err := regexp.Compile(p.Task)
	if err != nil {
		return nil, fmt.Errorf("task pattern: %w", err)
	}
	m.task = re
	return m, nil
}

// Client gives the first client, in the order of the settings, one of whose
// patterns matches the project or its folder (a full path, "" unknown); "" for none.
func (m *Matcher) Client(project, folder string) string {
	for _, c := range m.clients {
		for _, p := range c.projects {
			if p.match(project, folder) {
				return c.name
			}
		}
	}
	return ""
}

// Task gives the label where there is one, else what the pattern finds in the
// branch, else in the prompt: its first group, or the whole match where it has none.
// It is clean and short, "" for none.
func (m *Matcher) Task(label, branch, prompt string) string {
	const most = 100
	if l := model.Clean(label, most); l != "" {
		return l
	}
	if m.task == nil {
		return ""
	}
	for _, text := range []string{branch, prompt} {
		found := m.task.FindStringSubmatch(text)
		if found == nil {
			continue
		}
		if len(found) > 1 && found[1] != "" {
			return model.Clean(found[1], most)
		}
		return model.Clean(found[0], most)
	}
	return ""
}

// projectPattern names projects: by folder ("~/src/acme-*"), by remote URL
// ("github.com/acme/*", with or without scheme), or by last name alone ("shop").
// One that begins with = is exactly the project of that name. A * stands for anything but a slash, ** for anything; what lies inside of a match matches too.
type projectPattern struct {
	re   *regexp.Regexp
	home string
	base bool   // the last name alone
	only string // exactly this project, "" for patterns
}

func newProjectPattern(text, home string) projectPattern {
	p := projectPattern{home: filepath.ToSlash(home)}
	if only, ok := strings.CutPrefix(text, "="); ok {
		p.only = only
		return p
	}
	text = filepath.ToSlash(strings.TrimSpace(text))
	flags := ""
	switch {
	case text == "~" || strings.HasPrefix(text, "~/"):
		text = p.full(text)
	case strings.HasPrefix(text, "/"), filepath.IsAbs(text):
	case !strings.Contains(strings.TrimRight(text, "/"), "/") && !strings.Contains(text, ":"):
		p.base = true
	default:
		text, flags = remote(text), "(?i)" // hosts and their paths are the same in any case
	}
	p.re = glob(flags, strings.TrimRight(text, "/"), `(?:/.*)?`)
	return p
}

// full puts the home folder for a leading ~.
func (p projectPattern) full(path string) string {
	if rest, ok := strings.CutPrefix(path, "~"); ok && p.home != "" && (rest == "" || rest[0] == '/') {
		return strings.TrimRight(p.home, "/") + rest
	}
	return path
}

func (p projectPattern) match(project, folder string) bool {
	if p.re == nil {
		return p.only != "" && project == p.only
	}
	for _, name := range []string{project, folder} {
		if name == "" {
			continue
		}
		name = p.full(filepath.ToSlash(name))
		if p.base {
			name = name[strings.LastIndexByte(name, '/')+1:]
		}
		if p.re.MatchString(name) {
			return true
		}
	}
	return false
}

// remote takes scheme, user and ".git" off a remote URL.
func remote(text string) string {
	if _, rest, ok := strings.Cut(text, "://"); ok {
		text = rest
	} else if host, path, ok := strings.Cut(text, ":"); ok && !strings.Contains(host, "/") {
		text = host + "/" + path
	}
	if host, path, ok := strings.Cut(text, "/"); ok {
		text = host[strings.LastIndexByte(host, '@')+1:] + "/" + path
	}
	return strings.TrimSuffix(strings.TrimRight(text, "/"), ".git")
}

// glob makes a pattern with * and ** a regular expression over whole names.
func glob(flags, pattern, tail string) *regexp.Regexp {
	var b strings.Builder
	b.WriteString(flags + "^")
	for i, part := range strings.Split(pattern, "**") {
		if i > 0 {
			b.WriteString(".*")
		}
		for j, word := range strings.Split(part, "*") {
			if j > 0 {
				b.WriteString("[^/]*")
			}
			b.WriteString(regexp.QuoteMeta(word))
		}
	}
	return regexp.MustCompile(b.String() + tail + "$")
}

// matcher says which rows a scope counts.
type scopeMatcher struct {
	Scope
	project     *projectPattern
	model, task *regexp.Regexp
}

func newScopeMatcher(s Scope, home string) scopeMatcher {
	m := scopeMatcher{Scope: s}
	if s.Project != "" {
		p := newProjectPattern(s.Project, home)
		m.project = &p
	}
	// Names of models and tasks hold no folders: here * is anything.
	if s.Model != "" {
		m.model = glob("", strings.ReplaceAll(s.Model, "*", "**"), "")
	}
	if s.Task != "" {
		m.task = glob("", strings.ReplaceAll(s.Task, "*", "**"), "")
	}
	return m
}

func (m scopeMatcher) match(s attributes) bool {
	return (m.User == "" || m.User == s.user) &&
		(m.Client == "" || m.Client == s.client) &&
		(m.Kind == "" || m.Kind == s.kind.String()) &&
		(m.model == nil || m.model.MatchString(s.model)) &&
		(m.task == nil || m.task.MatchString(s.task)) &&
		(m.project == nil || m.project.match(s.project, s.folder))
}

// attributes are what scopes ask for.
type attributes struct {
	project, folder, user, model, client, task string
	kind                                       model.Kind
}

func attributesOf(s Spend) attributes {
	return attributes{s.Project, s.Folder, s.User, s.Model, s.Client, s.Task, s.Kind}
}

// within overlays a scope on that of its envelope. It is false where both name
// the same thing differently.
func (s Scope) within(parent Scope) (Scope, bool) {
	ok := true
	join := func(own, outer string) string {
		switch {
		case own == "":
			return outer
		case outer != "" && outer != own && !covers(outer, own):
			ok = false
		}
		return own
	}
	return Scope{
		Project: join(s.Project, parent.Project), User: join(s.User, parent.User), Model: join(s.Model, parent.Model),
		Client: join(s.Client, parent.Client), Task: join(s.Task, parent.Task), Kind: join(s.Kind, parent.Kind),
	}, ok
}

// covers says that a pattern with * takes in another text.
func covers(pattern, text string) bool {
	if !strings.Contains(pattern, "*") {
		return strings.HasPrefix(text, strings.TrimRight(pattern, "/")+"/")
	}
	return glob("", strings.ReplaceAll(pattern, "*", "**"), "").MatchString(text)
}

// String names what the scope counts: "client acme, kind test", "everything".
func (s Scope) String() string {
	var parts []string
	for _, p := range [][2]string{{"client", s.Client}, {"project", strings.TrimPrefix(s.Project, "=")}, {"task", s.Task}, {"user", s.User}, {"model", s.Model}, {"kind", s.Kind}} {
		if p[1] != "" {
			parts = append(parts, p[0]+" "+p[1])
		}
	}
	if len(parts) == 0 {
		return "everything"
	}
	return strings.Join(parts, ", ")
}
