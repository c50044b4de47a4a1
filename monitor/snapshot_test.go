package monitor

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// loadAt gives the snapshot of a home at a time.
func loadAt(t *testing.T, h codexHome, now time.Time, zone *time.Location) Snapshot {
	t.Helper()
	o := Options{Homes: []string{h.path}, Zone: zone, User: "dev", Now: func() time.Time { return now }}
	hist, err := Load(context.Background(), o, Range{Detail: true})
	if err != nil {
		t.Fatal(err)
	}
	return hist.Snapshot(o)
}

func zone(t *testing.T, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Skip(err)
	}
	return z
}

func TestLocalDays(t *testing.T) {
	one := price.Default().Cost(model.Bucket{Quarter: model.QuarterOf(time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)), Model: gpt}, small).USD
	kathmandu, berlin, saoPaulo := zone(t, "Asia/Kathmandu"), zone(t, "Europe/Berlin"), zone(t, "America/Sao_Paulo")
	at := func(z *time.Location, y int, m time.Month, d, hh, mm int) time.Time {
		return time.Date(y, m, d, hh, mm, 0, 0, z)
	}
	for _, c := range []struct {
		name             string
		zone             *time.Location
		uses             []time.Time // each one response
		now              time.Time
		today, yesterday int
		hours            map[int]int
	}{
		{"a minute before midnight", kathmandu, []time.Time{at(kathmandu, 2026, 11, 22, 23, 50), at(kathmandu, 2026, 11, 23, 0, 5), at(kathmandu, 2026, 11, 23, 23, 59)},
			at(kathmandu, 2026, 11, 23, 23, 59), 2, 1, map[int]int{0: 1, 23: 1}},
		{"at midnight", kathmandu, []time.Time{at(kathmandu, 2026, 11, 22, 23, 50), at(kathmandu, 2026, 11, 23, 0, 5), at(kathmandu, 2026, 11, 23, 23, 59)},
			at(kathmandu, 2026, 11, 24, 0, 0), 0, 2, nil},
		{"the day of 25 hours", berlin, []time.Time{
			time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC), time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC), at(berlin, 2026, 10, 24, 23, 59), at(berlin, 2026, 10, 25, 23, 50)},
			at(berlin, 2026, 10, 25, 23, 55), 3, 1, map[int]int{2: 2, 23: 1}},
		{"the day of 23 hours", berlin, []time.Time{at(berlin, 2026, 3, 28, 23, 50), at(berlin, 2026, 3, 29, 0, 10), at(berlin, 2026, 3, 29, 3, 10)},
			at(berlin, 2026, 3, 29, 12, 0), 2, 1, map[int]int{0: 1, 3: 1}},
		{"a day that begins at one", saoPaulo, []time.Time{time.Date(2018, 11, 4, 2, 50, 0, 0, time.UTC), time.Date(2018, 11, 4, 3, 10, 0, 0, time.UTC)},
			time.Date(2018, 11, 4, 15, 0, 0, 0, time.UTC), 1, 1, map[int]int{1: 1}},
	} {
		h := newHome(t)
		s := h.begin(c.uses[0].Add(-time.Minute), 1, nil).ask(gpt, "do")
		for _, u := range c.uses {
			s.now = u
			s.answer(small)
		}
		sn := loadAt(t, h, c.now, c.zone)
		if c.now.Year() < 2026 { // no price then: count what is unpriced
			if sn.TodayUsage.Responses != int64(c.today) || sn.Yesterday.Unpriced != model.Tokens(c.yesterday)*small.Total() {
				t.Errorf("%s: %d today, %d yesterday", c.name, sn.TodayUsage.Responses, sn.Yesterday.Unpriced)
			}
			for hour, n := range c.hours {
				if sn.ByHour[hour].Unpriced != model.Tokens(n)*small.Total() {
					t.Errorf("%s: hour %d: %v", c.name, hour, sn.ByHour[hour])
				}
			}
			continue
		}
		if sn.TodayUsage.Responses != int64(c.today) {
			t.Errorf("%s: %d responses today, want %d", c.name, sn.TodayUsage.Responses, c.today)
		}
		one := one
		if c.now.Month() != 11 {
			one = price.Default().Cost(model.Bucket{Quarter: model.QuarterOf(c.now), Model: gpt}, small).USD
		}
		if sn.Today.USD != one*price.Money(c.today) || sn.Yesterday.USD != one*price.Money(c.yesterday) {
			t.Errorf("%s: today %v, yesterday %v; one response is %v", c.name, sn.Today, sn.Yesterday, one)
		}
		for hour, cost := range sn.ByHour {
			if cost.USD != one*price.Money(c.hours[hour]) {
				t.Errorf("%s: hour %d: %v, want %d responses", c.name, hour, cost.USD, c.hours[hour])
			}
		}
	}
}

// Every quarter of an hour belongs to exactly one day, in any zone, all year.
func TestDayStart(t *testing.T) {
	for _, name := range []string{"UTC", "Europe/Berlin", "America/Sao_Paulo", "Asia/Kathmandu", "Africa/Cairo", "Atlantic/Azores", "Australia/Lord_Howe", "Pacific/Apia"} {
		z := zone(t, name)
		day := time.Date(2010, 12, 20, 12, 0, 0, 0, z)
		for range 2 * 366 {
			d := daysAt(day, z)
			first, last := model.QuarterTime(d.today).In(z), model.QuarterTime(d.tomorrow-1).In(z)
			if first.Day() != day.Day() || last.Day() != day.Day() {
				t.Errorf("%s, %v: from %v to %v", name, day, first, last)
			}
			if before := model.QuarterTime(d.today - 1).In(z); before.Day() == day.Day() {
				t.Errorf("%s: %v is the same day as %v", name, before, day)
			}
			y, m, dd := day.Date()
			day = time.Date(y, m, dd+1, 12, 0, 0, 0, z)
		}
	}
}

func TestMidnightLive(t *testing.T) {
	// The book alone: a day goes by without a line being written.
	o := Options{Zone: time.UTC, Prices: price.Default()}
	b := newBook(o)
	h := newHome(t)
	at := time.Date(2026, 11, 23, 23, 50, 0, 0, time.UTC)
	s := h.begin(at, 1, nil).ask(gpt, "do").answer(small)
	hist, err := Load(context.Background(), Options{Homes: []string{h.path}, Now: func() time.Time { return at }}, Range{Detail: true})
	if err != nil {
		t.Fatal(err)
	}
	b.install(hist.folds[0], at)
	before := b.snapshot(at.Add(time.Minute))
	after := b.snapshot(at.Add(10 * time.Minute))
	if before.Today.USD == 0 || after.Today.USD != 0 || after.Yesterday != before.Today || len(after.ByModel) != 0 || len(before.ByModel) != 1 {
		t.Errorf("before midnight today %v; after it today %v, yesterday %v", before.Today, after.Today, after.Yesterday)
	}
	if after.Runs[0].TodayCost.USD != 0 || after.Runs[0].Cost != before.Runs[0].Cost {
		t.Errorf("run %s: today %v of %v", s.id, after.Runs[0].TodayCost, after.Runs[0].Cost)
	}
	week := b.snapshot(at.Add(6 * 24 * time.Hour))
	if len(week.Runs) != 1 && len(week.Runs) != 0 {
		t.Errorf("runs %v", week.Runs)
	}
	sum := func(m []price.Money) (n price.Money) {
		for _, x := range m {
			n += x
		}
		return n
	}
	cost := before.Today.USD
	if sum(before.Series.Minute) != cost || sum(before.Series.Quarter) != cost || sum(week.Series.Minute) != 0 || sum(week.Series.Quarter) != cost {
		t.Errorf("series of %v: %v, %v; a week later %v, %v", cost, sum(before.Series.Minute), sum(before.Series.Quarter), sum(week.Series.Minute), sum(week.Series.Quarter))
	}
	if n := len(before.Series.Minute); n != 1440 || before.Series.Minute[n-2] != cost || len(before.Series.Quarter) != 672 || sum(before.Runs[0].Spark) != cost {
		t.Errorf("the series do not end at the snapshot's time")
	}
}

// A run is its root with its sub-agents, in whatever order they are found.
func TestRunWithAgents(t *testing.T) {
	h := newHome(t)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	root := h.begin(now.Add(-10*time.Minute), 1, meta{"git": map[string]any{"repository_url": "git@GitHub.com:acme/thing.git", "branch": "main"}}).ask(gpt, "build it").answer(small)
	child := h.begin(now.Add(-9*time.Minute), 2, meta{"session_id": root.id, "parent_thread_id": root.id, "thread_source": "subagent", "agent_nickname": "Averroes"}).ask(gpt, "part").answer(small).end()
	// A grandchild of an older version names its parent only.
	grand := h.begin(now.Add(-8*time.Minute), 3, meta{"session_id": nil, "parent_thread_id": child.id}).ask(gpt, "part of part").answer(small).wait(7 * time.Minute).answer(small)
	root.wait(time.Second).abort()
	sn := loadAt(t, h, now, time.UTC)
	if len(sn.Runs) != 1 {
		t.Fatalf("%s", describe(sn))
	}
	r := sn.Runs[0]
	if r.ID != model.RunID(root.id) || r.Usage.Responses != 4 || len(r.Threads) != 3 || r.Threads[0].Name != "root" || r.LiveAgents != 1 {
		t.Errorf("run %+v", r)
	}
	if r.State != StateWorking || r.Threads[0].State != StateStopped {
		t.Errorf("state %s, root %s: a sub-agent still works", r.State, r.Threads[0].State)
	}
	if r.Project != "github.com/acme/thing" || r.Name != "thing" || r.Branch != "main" || r.Title != "build it" || r.User != "dev" {
		t.Errorf("project %q, name %q, branch %q, title %q, user %q", r.Project, r.Name, r.Branch, r.Title, r.User)
	}
	if s := r.Split; s.Input+s.Cached+s.CacheWrite+s.Output != r.Cost.USD || s.Cached == 0 || s.Output == 0 {
		t.Errorf("split %+v of %v", s, r.Cost)
	}
	if len(sn.ByProject) != 1 || sn.ByProject[0].Runs != 1 || sn.ByProject[0].Cost != sn.Today || len(sn.ByModel) != 1 || sn.ByModel[0].Name != gpt || sn.ByModel[0].Usage.Responses != 4 {
		t.Errorf("by project %+v, by model %+v", sn.ByProject, sn.ByModel)
	}
	names := []string{}
	for _, v := range r.Threads {
		names = append(names, v.Name)
	}
	if !slices.Contains(names, "Averroes") {
		t.Errorf("threads %v", names)
	}
	_ = grand
	// The same, one after the other, the youngest first.
	o := Options{Zone: time.UTC, Prices: price.Default()}
	b := newBook(o)
	hist, err := Load(context.Background(), Options{Homes: []string{h.path}}, Range{})
	if err != nil {
		t.Fatal(err)
	}
	slices.SortFunc(hist.folds, func(x, y *folded) int { return y.thread.FirstAt.Compare(x.thread.FirstAt) })
	for _, d := range hist.folds {
		b.install(d, now)
		b.snapshot(now)
	}
	if len(b.list) != 1 || len(b.runs) != 1 || b.snapshot(now).Runs[0].Usage.Responses != 4 {
		t.Errorf("%d runs, want one", len(b.list))
	}
}

func TestNames(t *testing.T) {
	h := newHome(t)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	for i := range 3 {
		h.begin(now.Add(time.Duration(i-10)*time.Minute), 1+i, nil).ask(gpt, "do").answer(small)
	}
	h.begin(now.Add(-20*time.Minute), 8, nil).ask(gpt, "do").answer(small).abort()
	h.begin(now.Add(-30*time.Minute), 9, meta{"cwd": "/home/dev/\x1b]0;evil\x07work/\u202eevil"}).ask(gpt, "do").answer(small).answer(small).answer(small)
	sn := loadAt(t, h, now, time.UTC)
	var names []string
	for _, r := range sn.Runs {
		names = append(names, r.Name)
	}
	slices.Sort(names)
	if want := []string{"evil", "x", "x", "x 2", "x 3"}; !slices.Equal(names, want) {
		t.Errorf("names %q, want %q", names, want)
	}
	for i := range sn.Runs {
		if !slices.ContainsFunc(sn.Runs, func(r Run) bool { return r.Number == i+1 }) {
			t.Errorf("no run has number %d", i+1)
		}
	}
	if !slices.IsSortedFunc(sn.Runs, func(a, b Run) int { return int(b.Rate.USDPerHour - a.Rate.USDPerHour) }) {
		t.Error("the dearest burn is not first")
	}
}

// A model without a price makes floors, and is told of.
func TestUnpriced(t *testing.T) {
	h := newHome(t)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	h.begin(now.Add(-10*time.Minute), 1, nil).ask("gpt-99-\x1b[2Jnova", "do").answer(small)
	s := h.begin(now.Add(-5*time.Minute), 2, nil)
	s.msg("task_started", meta{"turn_id": threadID(s.now, 5), "started_at": s.now.Unix()}).answer(small)
	sn := loadAt(t, h, now, time.UTC)
	if !sn.Today.Floor() || sn.Today.USD != 0 || sn.Today.Unpriced != 2*small.Total() || sn.Today.Upper <= 0 || !sn.Rate.Floor {
		t.Errorf("today %+v, rate %+v", sn.Today, sn.Rate)
	}
	var texts []string
	for _, n := range sn.Notices {
		texts = append(texts, n.Text)
	}
	for _, want := range []string{"no price is known for gpt-99-nova", "1 response of a model that its file does not name"} {
		if !slices.Contains(texts, want) {
			t.Errorf("notices %q, want %q", texts, want)
		}
	}
	if !slices.ContainsFunc(sn.Runs, func(r Run) bool { return r.Unknown }) {
		t.Error("no run has responses of an unknown model")
	}
}

func TestLimits(t *testing.T) {
	h := newHome(t)
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	a := h.begin(now.Add(-30*time.Minute), 1, nil).ask(gpt, "do").answer(small).count(small, 7)
	h.begin(now.Add(-20*time.Minute), 2, nil).ask(gpt, "do").answer(small).count(small, 9)
	sn := loadAt(t, h, now, time.UTC)
	if len(sn.Limits) != 1 || sn.Limits[0].Used != 9 || sn.Limits[0].Minutes != 300 || !sn.APIPrices {
		t.Errorf("limits %+v", sn.Limits)
	}
	a.now = now.Add(-10 * time.Minute)
	a.answer(small).count(small, 8)
	if sn = loadAt(t, h, now, time.UTC); sn.Limits[0].Used != 8 {
		t.Errorf("limits %+v, want the newest report", sn.Limits)
	}
}
