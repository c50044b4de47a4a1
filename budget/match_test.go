package budget

import "testing"

func TestClientOfAProject(t *testing.T) {
	t.Parallel()
	m, err := Plan{Home: "/home/ada", Clients: []Client{
		{"acme", []string{"~/src/acme-*", "github.com/acme/*", "https://git.acme.com/tools.git"}},
		{"bell", []string{"/srv/bell", "gitlab.com/**/bell", "git@github.com:bell/site.git", "C:/work/bell"}},
		{"solo", []string{"hobby"}},
	}}.Matcher()
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct{ project, folder, want string }{
		{"github.com/acme/shop", "", "acme"},
		{"github.com/ACME/Shop", "", "acme"},
		{"github.com/acme", "", ""},
		{"github.com/acmeX/shop", "", ""},
		{"evil.com/github.com/acme/shop", "", ""},
		{"git.acme.com/tools", "", "acme"},
		{"~/src/acme-web", "", "acme"},
		{"~/src/acme-web/sub/folder", "", "acme"},
		{"/home/ada/src/acme-web", "", "acme"},
		{"github.com/other/x", "/home/ada/src/acme-x", "acme"},
		{"~/src/acme", "", ""},
		{"~/src/ACME-web", "", ""}, // folders are told apart by case
		{"/srv/bell/site", "", "bell"},
		{"/srv/bells", "", ""},
		{"gitlab.com/a/b/bell", "", "bell"},
		{"github.com/bell/site", "", "bell"},
		{"~/x/hobby", "", "solo"},
		{"", "/home/eve/hobby", "solo"},
		{"", "", ""},
	} {
		if got := m.Client(tt.project, tt.folder); got != tt.want {
			t.Errorf("project %q in %q: client %q, want %q", tt.project, tt.folder, got, tt.want)
		}
	}
}

func TestTaskOfARun(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ pattern, label, branch, prompt, want string }{
		{"[A-Z]+-[0-9]+", "", "feat/ACME-12-cart", "see ACME-99", "ACME-12"},
		{"[A-Z]+-[0-9]+", "", "main", "see ACME-99", "ACME-99"},
		{"[A-Z]+-[0-9]+", "relaunch", "feat/ACME-12", "", "relaunch"},
		{"[A-Z]+-[0-9]+", "", "main", "nothing", ""},
		{"task/([0-9]+)", "", "task/77/x", "", "77"},
		{"", "", "feat/ACME-12", "", ""},
		{"", "a\x1b[2Jb", "", "", "ab"},
		{"x.*", "", "x\x1b]0;t\x07y", "", "xy"},
	} {
		m, err := Plan{Task: tt.pattern}.Matcher()
		if err != nil {
			t.Fatal(err)
		}
		if got := m.Task(tt.label, tt.branch, tt.prompt); got != tt.want {
			t.Errorf("%+v: %q", tt, got)
		}
	}
	if _, err := (Plan{Task: "["}).Matcher(); err == nil {
		t.Error("[ is no pattern")
	}
}

func TestScopes(t *testing.T) {
	t.Parallel()
	row := spend("r", start, 1)
	row.Client, row.Task, row.Kind = "acme", "ACME-1", 3 // a test
	for _, tt := range []struct {
		scope Scope
		want  bool
	}{
		{Scope{}, true},
		{Scope{Project: "github.com/acme/*"}, true},
		{Scope{Project: "shop"}, true},
		{Scope{Project: "=github.com/acme/shop"}, true},
		{Scope{Project: "=github.com/acme"}, false},
		{Scope{Project: "=github.com/acme/*"}, false},
		{Scope{Project: "github.com/bell/*"}, false},
		{Scope{User: "ada"}, true},
		{Scope{User: "ad"}, false},
		{Scope{Model: "gpt-6.2-sol"}, true},
		{Scope{Model: "gpt-6*"}, true},
		{Scope{Model: "gpt-6"}, false},
		{Scope{Client: "acme", Kind: "test", Task: "ACME-*"}, true},
		{Scope{Client: "acme", Kind: "edit"}, false},
		{Scope{Task: "ACME"}, false},
	} {
		if got := newScopeMatcher(tt.scope, "").match(attributesOf(row)); got != tt.want {
			t.Errorf("%s: %v", tt.scope, got)
		}
	}
}
