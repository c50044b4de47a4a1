package main_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"sort"
	"strings"
	"testing"
	"time"

	tea "charm.land/bubbletea/v2"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/ui/tui"
)

// A home with history, then a run that was not there before: its row comes by
// itself and its cost follows what is written, response by response.
func TestScreenFollowsANewRun(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	home := history(t, now, 4)
	x := newTerminal(t, 120, 40)
	x.start(home)
	x.await("the history", shows("shop", "office", "garden", "kitchen"))
	s := newSession(t, home, now, "/src/observatory")
	s.begin(now, "main", "map the sky")
	x.await("the new run", shows("observatory"))
	for i := 1; i <= 3; i++ {
		s.respond(time.Now(), dollar)
		x.await(fmt.Sprintf("a cost of $%d", i), rowShows("observatory", fmt.Sprintf("%d.00", i)))
	}
	s.end(time.Now(), "mapped")
	x.keys("q")
	x.await("the end", shows("exit=0"))
}

// rowShows says that a line of the list holds both texts.
func rowShows(name, text string) func(string) bool {
	return func(s string) bool {
		for _, line := range strings.Split(s, "\n") {
			if strings.Contains(line, name) && strings.Contains(line, text) {
				return true
			}
		}
		return false
	}
}

// Each key does in a real terminal what the help says, and esc takes it back.
func TestScreenKeys(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	home := history(t, now, 4)
	s := newSession(t, home, now, "/src/observatory")
	s.begin(now, "main", "map the sky")
	s.command(now, "count stars", 0)
	s.respond(now, dollar)
	x := newTerminal(t, 120, 40)
	x.start(home)
	all := shows("! observatory", "✓ shop", "✓ office", "✓ garden", "✓ kitchen", "sort burn")
	x.await("all runs, the dearest first", func(s string) bool { return all(s) && selected(s, "observatory") })
	for _, c := range []struct {
		what string
		keys []string
		want func(string) bool
		undo []string // brings all runs back
	}{
		{"the second run selected", []string{"Down"}, func(s string) bool { return all(s) && !selected(s, "observatory") }, []string{"Home"}},
		{"the last run selected", []string{"End"}, func(s string) bool { return all(s) && !selected(s, "observatory") }, []string{"Home"}},
		{"the run's own screen", []string{"Enter"}, func(s string) bool { return shows("observatory", "TURNS 1", "count stars")(s) && hides("garden")(s) }, []string{"Escape"}},
		{"the help", []string{"?"}, shows("shift+tab", "ctrl+l", "redraw", "suspend"), []string{"Escape"}},
		{"the help, searched", []string{"?", "/", "m", "o", "u", "s", "e"}, func(s string) bool { return shows("mouse on")(s) && hides("redraw")(s) }, []string{"Escape", "Escape"}},
		{"the filtered list", []string{"/", "g", "a", "r", "d", "Enter"}, shows("RUNS 1 of 5", "/gard"), []string{"Escape"}},
		{"another order", []string{"s"}, shows("sort cost"), []string{"s", "s", "s", "s"}},
		{"the order reversed", []string{"S"}, func(s string) bool { return shows("sort burn ↑")(s) || shows("sort burn ▲")(s) }, []string{"S"}},
		{"groups", []string{"g"}, shows("by project"), []string{"g", "g", "g", "g"}},
		{"a frozen screen", []string{"p"}, shows("frozen"), []string{"p"}},
		{"the themes", []string{"t"}, shows("colour-blind safe", "no colour at all"), []string{"Escape"}},
		{"what can be copied", []string{"y"}, shows("session id", "resume command"), []string{"Escape"}},
		{"the working runs", []string{"Tab", "Tab"}, func(s string) bool { return shows("! observatory")(s) && hides("✓ garden")(s) }, []string{"BTab", "BTab"}},
		{"a longer range", []string{"]"}, shows("BURN $/h  5h"), []string{"["}},
		{"the notices", []string{"F2"}, func(s string) bool { return shows("NOTICES")(s) && hides("garden")(s) }, []string{"Escape"}},
	} {
		x.keys(c.keys...)
		x.await(c.what, c.want)
		for _, k := range c.undo { // one by one: an escape right before another key would be that key with alt
			x.keys(k)
			x.settle()
		}
		x.await("the list again after "+c.what, func(s string) bool { return all(s) && hides("frozen", "RUNS 1 of", "by project", "BURN $/h  5h")(s) })
	}
	x.keys("q")
	x.await("the end", shows("exit=0"))
}

// selected says that the row of that name is the selected one.
func selected(screen, name string) bool {
	for _, line := range strings.Split(screen, "\n") {
		if strings.HasPrefix(line, "›") && strings.Contains(line, name) {
			return true
		}
	}
	return false
}

// Every size of a terminal shows something, whole, while the program runs on.
func TestScreenResizes(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	home := history(t, now, 4)
	s := newSession(t, home, now, "/src/observatory")
	s.begin(now, "main", "map the sky")
	s.respond(now, dollar)
	x := newTerminal(t, 200, 50)
	x.start(home)
	x.await("the first frame", shows("observatory", "1.00"))
	for i, size := range [][2]int{{80, 24}, {40, 30}, {30, 6}, {18, 2}, {120, 40}, {200, 50}} {
		x.resize(size[0], size[1])
		s.respond(time.Now(), dollar)
		cost := regexp.MustCompile(fmt.Sprintf(`\b%d\.[0-3]\d`, i+2)) // of the run, or of today with the history's cents
		screen := x.await(fmt.Sprintf("%s at %dx%d", cost, size[0], size[1]), cost.MatchString)
		for _, line := range strings.Split(screen, "\n") {
			if n := len([]rune(line)); n > size[0] {
				t.Errorf("at %dx%d a line has %d cells: %s", size[0], size[1], n, line)
			}
		}
		if strings.Contains(strings.ToLower(screen), "too small") {
			t.Errorf("at %dx%d:\n%s", size[0], size[1], screen)
		}
	}
	x.keys("q")
	x.await("the end", shows("exit=0"))
}

// However the program ends, the shell gets its terminal back as it was.
func TestTerminalIsRestored(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		env  string
		end  func(x *terminal)
		code string
	}{
		{name: "q", end: func(x *terminal) { x.keys("q") }, code: "0"},
		{name: "ctrl+c", end: func(x *terminal) { x.keys("C-c") }, code: "0"},
		{name: "SIGTERM", end: func(x *terminal) { x.signal("TERM") }, code: "143"},
		{name: "SIGINT", end: func(x *terminal) { x.signal("INT") }, code: "130"},
		{name: "SIGHUP", end: func(x *terminal) { x.signal("HUP") }, code: "129"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			x := newTerminal(t, 80, 24)
			x.text("echo before-the-start")
			x.keys("Enter")
			x.start(history(t, time.Now().UTC(), 2))
			x.await("the first frame", func(s string) bool { return shows("shop")(s) && hides("before-the-start")(s) })
			c.end(x)
			x.await("the end", shows("exit="+c.code))
			x.restored()
		})
	}
}

// A panic in the middle of the screen is no reason to leave a broken terminal
// behind. The program has no key that panics, so this test is the program: see [beTheScreen].
func TestTerminalIsRestoredAfterAPanic(t *testing.T) {
	t.Parallel()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	x := newTerminal(t, 80, 24)
	x.text("echo before-the-start")
	x.keys("Enter")
	x.text(fmt.Sprintf("%s='%s' '%s'; echo \"exit=$?\"", envScreen, history(t, time.Now().UTC(), 2), self))
	x.keys("Enter")
	x.await("the first frame", func(s string) bool { return shows("shop")(s) && hides("before-the-start")(s) })
	x.keys("X")
	x.await("the end", shows("the screen broke", "exit=1"))
	x.restored()
}

// envScreen names the home that [beTheScreen] shows.
const envScreen = "TOKENBURN_TEST_SCREEN"

// beTheScreen runs the live screen on a home, with an X that panics. It gives
// the exit code, and false where the test was not started for that.
func beTheScreen() (int, bool) {
	home := os.Getenv(envScreen)
	if home == "" {
		return 0, false
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	m := monitor.New(monitor.Options{Homes: []string{home}})
	go m.Run(ctx)
	err := tui.Run(ctx, m, tui.Options{}, tea.WithFilter(func(_ tea.Model, msg tea.Msg) tea.Msg {
		if k, ok := msg.(tea.KeyPressMsg); ok && k.String() == "X" {
			panic("X was pressed")
		}
		return msg
	}))
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1, true
	}
	return 0, true
}

// signal sends a signal to the program.
func (x *terminal) signal(name string) {
	x.t.Helper()
	if out, err := exec.Command("kill", "-"+name, x.program()).CombinedOutput(); err != nil {
		x.t.Fatalf("kill: %v\n%s", err, out)
	}
}

// restored wants the terminal as the shell left it.
func (x *terminal) restored() {
	x.t.Helper()
	if s := x.tmux("capture-pane", "-p", "-t", "test", "-S", "-200"); !strings.Contains(s, "before-the-start") {
		x.t.Errorf("what was on the screen before is gone:\n%s", s)
	}
	for format, want := range map[string]string{
		"#{alternate_on}": "0", "#{cursor_flag}": "1", "#{mouse_any_flag}": "0", "#{keypad_flag}": "0",
	} {
		if got := x.format(format); got != want {
			x.t.Errorf("%s is %s, want %s", format, got, want)
		}
	}
	x.text("clear; stty -a; echo stty-$((1+1))")
	x.keys("Enter")
	s := x.await("stty", shows("stty-2"))
	for _, flag := range []string{"echo", "icanon", "isig", "icrnl", "opost"} {
		if !regexp.MustCompile(`(^|\s)` + flag + `[\s;]`).MatchString(s) {
			x.t.Errorf("the terminal has no %s:\n%s", flag, s)
		}
	}
}

// How long it takes from a line being written to its cost being on the screen,
// with tmux and the polling of its screen in it.
func TestLatency(t *testing.T) {
	if testing.Short() {
		t.Skip("measures time")
	}
	took := latencies(t, 20)
	t.Logf("line written to screen, tmux and polling included: median %s, p95 %s, worst %s",
		took[len(took)/2], took[len(took)*95/100], took[len(took)-1])
	if median := took[len(took)/2]; median > time.Second {
		t.Errorf("half of the responses took longer than %s to be shown", median)
	}
}

// BenchmarkLatency reports the same as metrics.
func BenchmarkLatency(b *testing.B) {
	took := latencies(b, max(b.N, 2))
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*95/100].Microseconds())/1000, "p95-ms")
	b.ReportMetric(0, "ns/op")
}

// latencies measures n responses, shortest first.
func latencies(t testing.TB, n int) []time.Duration {
	now := time.Now().UTC()
	home := history(t, now, 20)
	s := newSession(t, home, now, "/src/observatory")
	s.begin(now, "main", "map the sky")
	s.respond(now, dollar)
	x := newTerminal(t, 120, 40)
	x.start(home)
	x.await("the first frame", rowShows("observatory", "1.00"))
	took := make([]time.Duration, n)
	cent := model.Usage{Input: 2_000}
	for i := range took {
		cost := fmt.Sprintf("%.2f", 1+float64(i+1)/100)
		s.respond(time.Now(), cent)
		start := time.Now()
		for !rowShows("observatory", cost)(x.screen()) {
			if time.Since(start) > patience {
				t.Fatalf("waited %s for %s; the screen shows:\n%s", patience, cost, x.screen())
			}
		}
		took[i] = time.Since(start)
	}
	sort.Slice(took, func(i, j int) bool { return took[i] < took[j] })
	x.keys("q")
	return took
}

// What a hostile session file says reaches no terminal: the screen stays whole,
// and neither the window's title nor its clipboard is the file's.
func TestScreenOfHostileTexts(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	home := history(t, now, 2)
	s := newSession(t, home, now, "/src/"+evil+"/observatory")
	s.begin(now, "branch-"+evil, "prompt "+evil)
	s.command(now, "echo "+evil, 1)
	s.respond(now, dollar)
	x := newTerminal(t, 120, 40)
	x.start(home)
	x.await("all runs", shows("shop", "office", "observatory", "1.00"))
	x.keys("Enter")
	x.await("the run's own screen", hides("office"))
	if title := x.format("#{pane_title}"); strings.Contains(title, "owned") {
		t.Errorf("the window's title is %q", title)
	}
	if out, err := x.command("show-buffer").CombinedOutput(); err == nil && strings.Contains(string(out), "owned") {
		t.Errorf("the clipboard holds %q", out)
	}
	x.keys("q")
	x.await("the end", shows("exit=0"))
}
