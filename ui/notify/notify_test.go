package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/ui/config"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// settings parses the inside of [notify].
func settings(t *testing.T, text string) config.Notify {
	t.Helper()
	s, err := config.Parse("test.toml", []byte("[notify]\n"+text))
	if err != nil {
		t.Fatal(err)
	}
	return s.Notify
}

func fact(id string, s budget.Severity, change func(*monitor.Fact)) monitor.Fact {
	f := monitor.Fact{Type: "exception", Run: "01a20000-run", Name: "shop", Exception: &budget.Exception{ID: id, Rule: "LOOP_ERROR", Severity: s,
		State: budget.Open, Observed: "5 failures of " + id, Advice: budget.Advice{Action: "human_takeover"}}}
	if change != nil {
		change(&f)
	}
	return f
}

// terminal keeps what was written; any goroutine may write.
type terminal struct {
	mu  sync.Mutex
	all []string
}

func (t *terminal) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.all = append(t.all, string(b))
	return len(b), nil
}

func (t *terminal) take() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	s := strings.Join(t.all, "|")
	t.all = nil
	return s
}

// step is what comes after a while, and what is told then.
type step struct {
	after time.Duration
	fact  *monitor.Fact
	want  []string // parts of what is told; nil: nothing is
}

func TestHeldBack(t *testing.T) {
	one := func(f monitor.Fact) *monitor.Fact { return &f }
	cases := []struct {
		name     string
		settings string
		steps    []step
	}{
		{"nothing was chosen", ``, []step{{0, one(fact("a", budget.Page, nil)), nil}}},
		{"each exception once", `terminal = "osc9"`, []step{
			{0, one(fact("a", budget.Page, nil)), []string{"5 failures of a", "shop", "Recommended: human takeover"}},
			{2 * time.Minute, one(fact("a", budget.Page, nil)), nil},
		}},
		{"again when it got worse", "terminal = \"osc9\"\nfrom = \"warn\"", []step{
			{0, one(fact("a", budget.Warn, nil)), []string{"tokenburn: warn"}},
			{2 * time.Minute, one(fact("a", budget.Page, nil)), []string{"tokenburn: page"}},
		}},
		{"again when nobody cared", `terminal = "osc9"`, []step{
			{0, one(fact("a", budget.Page, nil)), []string{"tokenburn: page:"}},
			{16 * time.Minute, one(fact("a", budget.Page, func(f *monitor.Fact) { f.Exception.State = budget.Escalated })), []string{"tokenburn: page, escalated"}},
		}},
		{"not below the severity", `terminal = "osc9"`, []step{{0, one(fact("a", budget.Warn, nil)), nil}}},
		{"not what is known", `terminal = "osc9"`, []step{{0, one(fact("a", budget.Page, func(f *monitor.Fact) { f.Known = true })), nil}}},
		{"not what somebody looks at", `terminal = "osc9"`, []step{{0, one(fact("a", budget.Page, func(f *monitor.Fact) { f.Exception.State = budget.Acknowledged })), nil}}},
		{"one at a time", `terminal = "osc9"`, []step{
			{0, one(fact("a", budget.Page, nil)), []string{"of a"}},
			{time.Second, one(fact("b", budget.Critical, nil)), nil},
			{time.Second, one(fact("c", budget.Page, nil)), nil},
			{time.Minute, nil, []string{"of c", "and 1 more"}},
			{10 * time.Minute, nil, nil},
		}},
		{"over before it was told", "terminal = \"osc9\"\nevery = \"10m\"", []step{
			{0, one(fact("a", budget.Page, nil)), []string{"of a"}},
			{time.Second, one(fact("b", budget.Page, nil)), nil},
			{time.Second, one(fact("b", budget.Page, func(f *monitor.Fact) { f.Exception.State = budget.Resolved })), nil},
			{time.Hour, nil, nil},
		}},
		{"quiet hours", "terminal = \"osc9\"\nquiet = \"00:00-07:00\"", []step{ // a bubble's clock begins at midnight
			{0, one(fact("a", budget.Page, nil)), nil},
			{6 * time.Hour, nil, nil},
			{61 * time.Minute, nil, []string{"of a"}},
		}},
		{"no text of prompts", `terminal = "osc777"`, []step{
			{0, one(fact("a", budget.Page, func(f *monitor.Fact) { f.Name, f.NamedByPrompt = "my secret plan", true })), []string{"\x1b]777;notify;tokenburn: page;run 01a20000"}},
		}},
		{"unless it was allowed", "terminal = \"osc777\"\nprompts = true", []step{
			{0, one(fact("a", budget.Page, func(f *monitor.Fact) { f.Name, f.NamedByPrompt = "my plan", true })), []string{"my plan"}},
		}},
		{"hostile names", `terminal = "osc9"`, []step{
			{0, one(fact("a", budget.Page, func(f *monitor.Fact) { f.Name = "x\x1b\\\x1b]0;title\a" })), []string{"\x1b]9;tokenburn: page: x"}},
		}},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := settings(t, c.settings)
			synctest.Test(t, func(t *testing.T) {
				tty := &terminal{}
				facts := make(chan monitor.Fact)
				done := make(chan struct{})
				go func() {
					defer close(done)
					Run(t.Context(), Options{Settings: func() config.Notify { return s }, Zone: time.UTC, Ways: Ways{Terminal: tty}}, facts)
				}()
				for i, x := range c.steps {
					time.Sleep(x.after)
					if x.fact != nil {
						facts <- *x.fact
					}
					synctest.Wait()
					got := tty.take()
					if len(x.want) == 0 && got != "" {
						t.Errorf("step %d: told %q", i, got)
					}
					for _, w := range x.want {
						if !strings.Contains(got, w) {
							t.Errorf("step %d: told %q, want %q in it", i, got, w)
						}
					}
					if strings.Count(got, "\x1b") > 2 || strings.Contains(got, "secret") {
						t.Errorf("step %d: told %q", i, got)
					}
				}
				close(facts)
				<-done
			})
		})
	}
}

func TestWays(t *testing.T) {
	dir := t.TempDir()
	got := filepath.Join(dir, "got")
	script := filepath.Join(dir, "notifier")
	if err := os.WriteFile(script, []byte("#!/bin/sh\nprintf '%s\\n' \"$#\" \"$1\" > \"$2\"\ncat >> \"$2\"\n"), 0o700); err != nil {
		t.Fatal(err)
	}
	encode := func(f monitor.Fact) ([]byte, error) {
		return json.Marshal(map[string]string{"name": f.Name, "id": f.Exception.ID})
	}
	var desk, failed []string
	tty := &terminal{}
	ways := Ways{Terminal: tty, InTmux: true, Desktop: func(title, text string) error {
		desk = append(desk, title+"|"+text)
		return errors.New("no bus")
	}}
	s := settings(t, "bell = true\nterminal = \"osc9\"\ndesktop = true\ncommand = ["+quote(script)+", \"a b;$(id)\", "+quote(got)+"]")
	facts := make(chan monitor.Fact, 1)
	facts <- fact("a", budget.Page, nil)
	close(facts)
	// The channel is closed at once: what was taken is told all the same.
	Run(context.Background(), Options{Settings: func() config.Notify { return s }, Ways: ways, Encode: encode, Failed: func(text string) { failed = append(failed, text) }}, facts)
	out, err := os.ReadFile(got)
	if err != nil {
		t.Fatal(err)
	}
	if want := "2\na b;$(id)\n{\"id\":\"a\",\"name\":\"shop\"}"; string(out) != want {
		t.Errorf("the command got %q, want %q", out, want)
	}
	if s := tty.take(); !strings.HasPrefix(s, "\a|\x1bPtmux;\x1b\x1b]9;") || !strings.HasSuffix(s, "\x1b\x1b\\\x1b\\") {
		t.Errorf("terminal %q", s)
	}
	if len(desk) != 1 || len(failed) != 1 || !strings.Contains(failed[0], "no bus") {
		t.Errorf("desktop %q, failed %q", desk, failed)
	}
}

func quote(s string) string { b, _ := json.Marshal(s); return string(b) }

func TestCommandsThatFail(t *testing.T) {
	for name, c := range map[string]struct {
		argv []string
		want string
	}{
		"missing":  {[]string{"/nonexistent/notifier"}, "no such file"},
		"exit":     {[]string{"/bin/sh", "-c", "echo broken >&2; exit 3"}, "exit status 3: broken"},
		"noise":    {[]string{"/bin/sh", "-c", "i=0; while [ $i -lt 2000 ]; do echo noise >&2; i=$((i+1)); done; exit 1"}, "exit status 1: noise"},
		"no stdin": {[]string{"/bin/sh", "-c", "exit 0"}, ""},
	} {
		t.Run(name, func(t *testing.T) {
			err := run(context.Background(), c.argv, bytes.Repeat([]byte("x"), 1<<20))
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("error %v, want %q in it", err, c.want)
			}
		})
	}
}
