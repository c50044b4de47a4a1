package monitor

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"pgregory.net/rapid"
)

// ran is a command of the session that ended with a code.
func (s *session) ran(cwd, command string, exit int) *session {
	s.t.Helper()
	id := s.call(command)
	s.msg("item_completed", meta{"thread_id": s.id, "turn_id": s.turn, "item": map[string]any{"type": "CommandExecution", "id": id,
		"command": []string{"/bin/bash", "-lc", command}, "cwd": "file://" + cwd, "source": "unified_exec_startup", "status": "completed",
		"aggregated_output": "", "exit_code": exit, "duration": map[string]any{"secs": 1, "nanos": 0}}})
	return s.line("response_item", map[string]any{"type": "function_call_output", "call_id": id, "output": fmt.Sprintf("Process exited with code %d\nOutput:\n", exit)})
}

// changed is a patch of the session that adds so many lines to a new file.
func (s *session) changed(path string, lines int) *session {
	s.t.Helper()
	s.calls++
	return s.msg("item_completed", meta{"thread_id": s.id, "turn_id": s.turn, "item": map[string]any{"type": "FileChange",
		"id": fmt.Sprintf("patch_%d", s.calls), "status": "completed", "changes": map[string]any{path: map[string]any{"type": "add", "content": strings.Repeat("line\n", lines)}}}})
}

func inBerlin(t *testing.T) *time.Location {
	t.Helper()
	z, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func dayOptions(h codexHome, zone *time.Location, now time.Time) Options {
	return Options{Homes: []string{h.path}, Zone: zone, User: "ada", Now: func() time.Time { return now }}
}

func readDay(t *testing.T, o Options, q DayQuery) *Day {
	t.Helper()
	d, _, err := ReadDay(context.Background(), o, q)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func TestDayTellsWhatSpendProduced(t *testing.T) {
	r := newRepo(t)
	r.commit(-60, "root", map[string]int{"root": 1})
	h := newHome(t)
	at := func(m int) time.Time { return dawn.Add(time.Duration(m) * time.Minute) }

	// One run mends a test and is committed.
	s := h.begin(at(0), 1, meta{"cwd": r.path})
	s.ask("gpt-5.4", "mend the cart").answer(small)
	s.wait(time.Minute).ran(r.path, "go test ./cart", 1)
	s.wait(time.Minute).changed(filepath.Join(r.path, "cart.go"), 10).answer(small)
	s.wait(time.Minute).ran(r.path, "go test -run X ./cart", 0) // other words: not comparable
	s.wait(time.Minute).ran(r.path, "go test -count=1 ./cart", 0)
	s.wait(time.Minute).ran(r.path, "git add -A && git commit -m cart", 0).answer(small)
	s.wait(time.Minute).end()
	r.commit(6, "cart", map[string]int{"cart.go": 10})
	// One changes what is reverted, and then goes on for nothing.
	u := h.begin(at(10), 2, meta{"cwd": filepath.Join(r.path, "sub")})
	u.ask("gpt-5.4", "try this").answer(small)
	u.wait(time.Minute).changed(filepath.Join(r.path, "sub", "x.go"), 5)
	u.wait(5 * time.Minute).answer(small).answer(small)
	c := r.commit(12, "try", map[string]int{"sub/x.go": 5})
	r.now = at(20)
	r.git("revert", "--no-edit", c)
	// One only reads.
	v := h.begin(at(30), 3, meta{"cwd": r.path})
	v.ask("gpt-5.4", "explain how the cart works").answer(small)
	v.wait(time.Minute).ran(r.path, "cat cart.go", 0).answer(small)
	v.wait(time.Minute).end()

	d := readDay(t, dayOptions(h, time.UTC, at(40)), DayQuery{Date: dawn})
	o := d.Output
	if d.Runs != 3 || d.Turns != 3 || !d.Open || d.Active != 6*time.Minute+6*time.Minute+2*time.Minute {
		t.Errorf("%d runs, %d turns, open %v, active %s", d.Runs, d.Turns, d.Open, d.Active)
	}
	if o.Files != 2 || o.Added != 15 || o.Removed != 0 || o.IsFloor || o.TestsFixed != 1 || o.Reports != 1 || o.OneShotOf != 1 || o.OneShot != 1 {
		t.Errorf("%+v", o)
	}
	if o.Commits != 2 || o.Reverted != 1 || o.Accepted != 1 || o.PerChange != -1 || o.PullRequests != -1 || o.Git != "" {
		t.Errorf("commits: %+v", o)
	}
	one := price.Default().Cost(model.Bucket{Quarter: model.QuarterOf(dawn), Model: "gpt-5.4"}, small).USD
	if o.Linked != 6*one || o.RevertedCost != 3*one || d.Cost.USD != 8*one {
		t.Errorf("linked %s, reverted %s of %s; want %s, %s of %s", o.Linked, o.RevertedCost, d.Cost.USD, 6*one, 3*one, 8*one)
	}
	if got := d.PerRun[1]; got.SinceChange.USD != 2*one || !got.ChangedAt.Equal(at(11)) {
		t.Errorf("since the last change: %s at %s", got.SinceChange.USD, got.ChangedAt)
	}
	var alive []string
	for _, r := range d.Alive {
		alive = append(alive, r.State.String())
	}
	if slices.Sort(alive); !slices.Equal(alive, []string{"idle", "idle", "silent"}) {
		t.Errorf("left alive: %v", alive)
	}
	// A day that is over has left alive what went on after midnight.
	u.wait(20 * time.Hour).answer(small).end()
	d = readDay(t, dayOptions(h, time.UTC, at(40).AddDate(0, 0, 3)), DayQuery{Date: dawn})
	if len(d.Alive) != 1 || d.Alive[0].ID != model.RunID(u.id) || d.Open {
		t.Errorf("left alive over midnight: %+v", d.Alive)
	}
	if len(d.ByProject) != 1 || d.ByProject[0].Runs != 3 || d.ByClient != nil || d.ByTask != nil || len(d.ByUser) != 1 {
		t.Errorf("%+v %+v %+v", d.ByProject, d.ByClient, d.ByTask)
	}
}

func TestDayWithoutGitIsUnknownAndNotZero(t *testing.T) {
	h := newHome(t)
	s := h.begin(dawn, 1, meta{"cwd": "/gone/repo"})
	s.ask("gpt-5.4", "do").answer(small).changed("/gone/repo/a.go", 3).end()
	o := dayOptions(h, time.UTC, dawn.Add(time.Hour))
	hist, err := Load(context.Background(), o, Range{Detail: true})
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []Commits{{}, (&Git{err: ErrNoGit}).Read(context.Background(), nil, dawn)} {
		d := DayOf(DayInput{Date: dawn, Now: dawn, Zone: time.UTC, Runs: hist.Members(), Commits: c, PullRequests: -1})
		if got := d.Output; got.Commits != -1 || got.Accepted != -1 || got.Linked != -1 || got.RevertedCost != -1 || got.Git == "" || got.Files != 1 {
			t.Errorf("%+v", got)
		}
	}
}

func TestDaysOf23And25Hours(t *testing.T) {
	zone := inBerlin(t)
	for _, c := range []struct {
		date  string
		hours int
		spent map[int]int // hour since midnight → responses, of one in every hour UTC
	}{
		{"2026-03-29", 23, map[int]int{0: 1, 1: 1, 2: 1, 22: 1}},
		{"2026-10-25", 25, map[int]int{0: 1, 2: 1, 3: 1, 24: 1}},
		{"2026-11-20", 24, map[int]int{0: 1, 23: 1}},
	} {
		t.Run(c.date, func(t *testing.T) {
			day, err := time.ParseInLocation(time.DateOnly, c.date, zone)
			if err != nil {
				t.Fatal(err)
			}
			th := model.NewThread("run-1", model.Options{})
			for h := -3; h < 30; h++ {
				at := day.Add(time.Duration(h) * time.Hour)
				th.Rows[model.Bucket{Quarter: model.QuarterOf(at), Model: "gpt-5.4"}] = model.Count{Usage: small, Responses: 1}
			}
			in := DayInput{Date: day.Add(13 * time.Hour), Now: day, Zone: zone, Runs: map[model.RunID][]Member{"run-1": {{th, "p"}}}}
			d := DayOf(in)
			if d.Hours != c.hours || int(d.Usage.Responses) != c.hours || !d.Date.Equal(day) {
				t.Errorf("%d hours, %d responses from %s", d.Hours, d.Usage.Responses, d.Date)
			}
			one := price.Default().Cost(model.Bucket{Quarter: model.QuarterOf(day), Model: "gpt-5.4"}, small)
			for h := range d.ByHour {
				want := price.Cost{}
				if h < c.hours {
					want = one
				}
				if d.ByHour[h] != want {
					t.Errorf("hour %d: %s", h, d.ByHour[h].USD)
				}
			}
		})
	}
}

// A run that was killed in its turn and resumed the next day was not busy in between.
func TestNightBetweenAKilledTurnAndItsResumptionIsNotActive(t *testing.T) {
	h := newHome(t)
	s := h.begin(dawn, 1, meta{"cwd": "/home/dev/x"})
	s.ask("gpt-5.4", "do").answer(small).wait(2 * time.Minute).answer(small)
	s.wait(20*time.Hour).ask("gpt-5.4", "go on").wait(3 * time.Minute).answer(small).end()
	s.touched()
	for _, days := range []struct {
		at   time.Time
		want time.Duration
	}{{dawn, 2 * time.Minute}, {dawn.AddDate(0, 0, 1), 3 * time.Minute}} {
		d := readDay(t, dayOptions(h, time.UTC, s.now.Add(time.Minute)), DayQuery{Date: days.at})
		if d.Active != days.want {
			t.Errorf("%s: active %s, want %s", days.at.Format(time.DateOnly), d.Active, days.want)
		}
	}
}

func TestUsualDayIsTheMedianOfActiveOnes(t *testing.T) {
	th := model.NewThread("run-1", model.Options{})
	spend := func(daysAgo int, responses int64) {
		q := model.QuarterOf(dawn.AddDate(0, 0, -daysAgo))
		u := small
		u.Input, u.Cached, u.Output, u.Reasoning = small.Input*model.Tokens(responses), small.Cached*model.Tokens(responses), small.Output*model.Tokens(responses), 0
		th.Rows[model.Bucket{Quarter: q, Model: "gpt-5.4"}] = model.Count{Usage: u, Responses: responses}
	}
	account := func() *Day {
		return DayOf(DayInput{Date: dawn, Now: dawn, Zone: time.UTC, Runs: map[model.RunID][]Member{"run-1": {{th, "p"}}}})
	}
	one := price.Default().Cost(model.Bucket{Quarter: model.QuarterOf(dawn), Model: "gpt-5.4"}, small).USD
	spend(0, 7)
	spend(1, 1)
	spend(9, 5)
	if d := account(); d.Median != -1 || d.Previous.USD != one {
		t.Errorf("two active days make no usual one: %s; the day before %s", d.Median, d.Previous.USD)
	}
	spend(30, 3)
	spend(31, 100) // too long ago
	if d := account(); d.Median != 3*one || d.Cost.USD != 7*one {
		t.Errorf("median %s, want %s; cost %s", d.Median, 3*one, d.Cost.USD)
	}
	spend(29, 10)
	if d := account(); d.Median != 4*one {
		t.Errorf("median of an even number of days %s, want %s", d.Median, 4*one)
	}
}

func TestDayAgainstBudgets(t *testing.T) {
	zone := inBerlin(t)
	h := newHome(t)
	at := time.Date(2026, 11, 20, 12, 0, 0, 0, zone)
	s := h.begin(at, 1, meta{"cwd": "/home/dev/code/x"})
	for range 40 {
		s.wait(time.Minute).ask("gpt-5.4", "ACME-7 go on").answer(model.Usage{Input: 100_000, Output: 100}).end()
	}
	plan := budget.Plan{Zone: zone, Task: "[A-Z]+-[0-9]+", Clients: []budget.Client{{Name: "acme", Projects: []string{"/home/dev/code/*"}}}, Budgets: []budget.Budget{
		{Name: "month", Period: budget.Period{Name: budget.Month}, Limit: budget.Limit{Amount: int64(100 * price.Dollar)}},
		{Name: "day", Period: budget.Period{Name: budget.Day}, Limit: budget.Limit{Amount: int64(20 * price.Dollar)}},
		{Name: "run", Period: budget.Period{Name: budget.Run}, Limit: budget.Limit{Amount: int64(1 * price.Dollar)}},
	}}
	e := budget.Exception{ID: "x", Rule: budget.RuleNoArtifact, Run: model.RunID(s.id), At: at, State: budget.Stopped, Advice: budget.Advice{Saving: 2 * price.Dollar}}
	old := e
	old.At = at.AddDate(0, 0, -1)
	q := DayQuery{Date: at, Plan: plan, Exceptions: []budget.Exception{old, e}}
	d := readDay(t, dayOptions(h, zone, at.AddDate(0, 0, 3)), q)
	if d.Open || d.Budget == nil || d.Budget.Budget.Name != "day" || d.Budget.Spent != int64(d.Cost.USD) || d.Cost.USD < 10*price.Dollar {
		t.Fatalf("%+v, cost %s", d.Budget, d.Cost.USD)
	}
	if len(d.Headroom) != 2 || d.Headroom[0].Spent != int64(d.Cost.USD) || d.Headroom[1].Spent != 0 {
		t.Errorf("room: %+v", d.Headroom)
	}
	if len(d.Exceptions) != 1 || len(d.ByClient) != 1 || d.ByClient[0].Name != "acme" || d.ByTask[0].Name != "ACME-7" {
		t.Errorf("%+v %+v %+v", d.Exceptions, d.ByClient, d.ByTask)
	}
	notes := strings.Join(d.Notes, "\n")
	for _, want := range []string{"over its run budget; 100% of its input was not cached", "1 stop saved ≈ $2.00/h"} {
		if !strings.Contains(notes, want) {
			t.Errorf("notes lack %q:\n%s", want, notes)
		}
	}
	q.Client = "nobody"
	if d := readDay(t, dayOptions(h, zone, at), q); d.Runs != 0 || d.Cost != (price.Cost{}) || d.Budget != nil || len(d.Exceptions) != 0 {
		t.Errorf("another client's day: %+v", d)
	}
}

// An account is held against the budget that covers the same days, and no other.
func TestBudgetOfSeveralDays(t *testing.T) {
	zone := inBerlin(t)
	var standings []budget.Standing
	for _, p := range []string{budget.Month, budget.Week, budget.Day} {
		standings = append(standings, budget.Standing{Budget: budget.Budget{Name: p, Period: budget.Period{Name: p}}})
	}
	for _, c := range []struct {
		date string
		days int
		want string
	}{
		{"2026-10-25", 1, "day"}, {"2026-10-25", 7, "week"}, {"2026-10-24", 7, ""}, {"2026-10-31", 31, "month"}, {"2026-10-31", 30, ""}, {"2026-11-30", 30, "month"},
	} {
		date, err := time.ParseInLocation(time.DateOnly, c.date, zone)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if d := DayOf(DayInput{Date: date, Days: c.days, Now: date, Zone: zone, Standings: standings}); d.Budget != nil {
			got = d.Budget.Budget.Name
		}
		if got != c.want {
			t.Errorf("%d days up to %s: budget %q, want %q", c.days, c.date, got, c.want)
		}
	}
}

func TestWeekHasDays(t *testing.T) {
	th := model.NewThread("run-1", model.Options{})
	for i := range 14 {
		th.Rows[model.Bucket{Quarter: model.QuarterOf(dawn.AddDate(0, 0, -i)), Model: "gpt-5.4"}] = model.Count{Usage: small, Responses: 1}
	}
	d := DayOf(DayInput{Date: dawn, Days: 7, Now: dawn, Zone: time.UTC, Runs: map[model.RunID][]Member{"run-1": {{th, "p"}}}})
	if len(d.ByDay) != 7 || d.ByDay[0].Name != "2026-11-14" || d.ByDay[6].Name != "2026-11-20" || d.Previous != d.Cost || d.Median != -1 {
		t.Errorf("%+v; before %s of %s", d.ByDay, d.Previous.USD, d.Cost.USD)
	}
}

// However a day is split, the parts are the whole.
func TestPartsOfADayAddUp(t *testing.T) {
	t.Parallel()
	zone := inBerlin(t)
	models := []string{"gpt-5.4", "gpt-6.2-sol", "nobody-1", ""}
	plan := budget.Plan{Task: "[A-Z]+-[0-9]+", Clients: []budget.Client{{Name: "acme", Projects: []string{"/acme/*"}}}}
	rapid.Check(t, func(t *rapid.T) {
		date := rapid.SampledFrom([]string{"2026-03-29", "2026-10-25", "2026-11-20"}).Draw(t, "date")
		day, _ := time.ParseInLocation(time.DateOnly, date, zone)
		runs := map[model.RunID][]Member{}
		for i := range rapid.IntRange(0, 5).Draw(t, "threads") {
			th := model.NewThread(fmt.Sprint("thread-", i), model.Options{Detail: rapid.Bool().Draw(t, "detail")})
			th.Meta.Cwd = rapid.SampledFrom([]string{"/acme/a", "/acme/b", "/own"}).Draw(t, "cwd")
			th.Meta.GitBranch = rapid.SampledFrom([]string{"main", "ACME-1", "ACME-2"}).Draw(t, "branch")
			for range rapid.IntRange(0, 6).Draw(t, "rows") {
				b := model.Bucket{Quarter: model.QuarterOf(day) + rapid.Int64Range(-30, 130).Draw(t, "quarter"), Model: rapid.SampledFrom(models).Draw(t, "model")}
				var whole model.Count
				for _, k := range model.Kinds()[:rapid.IntRange(1, 3).Draw(t, "kinds")] {
					n := model.Count{Usage: model.Usage{Input: model.Tokens(rapid.Int64Range(0, 1e6).Draw(t, "in")), Output: model.Tokens(rapid.Int64Range(0, 1e5).Draw(t, "out"))}, Responses: 1}
					whole = whole.Plus(n)
					if th.KindRows != nil {
						th.KindRows[model.KindBucket{Bucket: b, Kind: k}] = n
					}
				}
				th.Rows[b] = whole
			}
			run := model.RunID(fmt.Sprint("thread-", i-i%2))
			runs[run] = append(runs[run], Member{th, th.Meta.Cwd})
		}
		s, err := NewSpending(plan, price.Default(), "ada")
		if err != nil {
			t.Fatal(err)
		}
		d := DayOf(DayInput{Date: day, Now: day, Zone: zone, Runs: runs, Spending: s})
		for name, parts := range map[string][]Share{"project": d.ByProject, "model": d.ByModel, "kind": d.ByKind, "user": d.ByUser, "client": d.ByClient, "task": d.ByTask} {
			var sum Share
			for _, p := range parts {
				sum.Cost, sum.Usage = sum.Cost.Add(p.Cost), sum.Usage.Plus(p.Usage)
				if p.Runs < 1 || p.Runs > d.Runs {
					t.Fatalf("%s %s has %d of %d runs", name, p.Name, p.Runs, d.Runs)
				}
			}
			if parts != nil && (sum.Cost != d.Cost || sum.Usage != d.Usage) {
				t.Fatalf("by %s: %+v, want %+v", name, sum.Cost, d.Cost)
			}
		}
		var hours, perRun price.Cost
		for _, c := range d.ByHour {
			hours = hours.Add(c)
		}
		for _, r := range d.PerRun {
			perRun = perRun.Add(r.Cost)
			var kinds price.Cost
			for _, k := range r.Kinds {
				kinds = kinds.Add(k.Cost)
			}
			if kinds != r.Cost {
				t.Fatalf("kinds of %s: %+v, want %+v", r.ID, kinds, r.Cost)
			}
		}
		if hours != d.Cost || perRun != d.Cost {
			t.Fatalf("by hour %+v, by run %+v, want %+v", hours, perRun, d.Cost)
		}
	})
}

// Whatever runs and commits there are, a linked commit's credit is one whole.
func TestCreditsAddUp(t *testing.T) {
	t.Parallel()
	names := []string{"a", "b", "c", "d", "e"}
	rapid.Check(t, func(t *rapid.T) {
		c := Commits{Known: true, Places: map[string]Place{"/r": {Tree: "/r", Repo: "/r/.git"}}, Repos: map[string]*RepoLog{"/r/.git": {}}}
		var works []Work
		for i := range rapid.IntRange(1, 5).Draw(t, "works") {
			w := worked(fmt.Sprint("run-", i), "/r", rapid.IntRange(0, 30).Draw(t, "from"), rapid.IntRange(30, 90).Draw(t, "to"), nil)
			for _, n := range rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID[string]).Draw(t, "paths") {
				w.Edits = append(w.Edits, Edit{At: w.From, Path: "/r/" + n, Added: rapid.IntRange(-1, 1_000_000).Draw(t, "lines")})
			}
			works = append(works, w)
		}
		log := c.Repos["/r/.git"]
		for i := range rapid.IntRange(0, 6).Draw(t, "commits") {
			k := Commit{Hash: fmt.Sprintf("%040x", i), Author: dawn.Add(time.Duration(rapid.IntRange(-10, 120).Draw(t, "at")) * time.Minute), Reachable: rapid.Bool().Draw(t, "reachable")}
			k.Committed = k.Author
			for _, n := range rapid.SliceOfDistinct(rapid.SampledFrom(names), rapid.ID[string]).Draw(t, "files") {
				k.Paths = append(k.Paths, CommitPath{Path: n, Added: rapid.IntRange(-1, 1_000_000).Draw(t, "added")})
			}
			if i > 0 && rapid.Bool().Draw(t, "reverts") {
				k.Reverts = []string{fmt.Sprintf("%040x", rapid.IntRange(0, i).Draw(t, "which"))}
			}
			log.Commits = append(log.Commits, k)
		}
		links := Link(works, c)
		for _, l := range links {
			var sum int64
			for _, p := range l.Parts {
				sum += p.Credit
				if p.Credit < 0 || p.Confidence <= 0 || p.Confidence > 1 {
					t.Fatalf("%+v", l)
				}
			}
			if l.Linked && sum != CreditWhole || !l.Linked && sum != 0 || len(l.Parts) == 0 {
				t.Fatalf("credits add up to %d: %+v", sum, l)
			}
		}
		slices.Reverse(works) // the order does not matter
		if again := Link(works, c); fmt.Sprint(again) != fmt.Sprint(links) {
			t.Fatalf("%v\n%v", again, links)
		}
	})
}
