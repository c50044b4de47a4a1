package monitor

import (
	"context"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
)

// month plays a month of Codex sessions, and drives the monitor's own loop through
// it on a clock that only it moves.
type month struct {
	t     *testing.T
	l     *loop
	home  codexHome
	zone  *time.Location
	clock time.Time
	n     int
	spent map[string]price.Money // by local date
	said  chan Fact
	facts []Fact
}

func newMonth(t *testing.T, zone *time.Location, begin time.Time, p budget.Plan) *month {
	t.Helper()
	m := &month{t: t, home: newHome(t), zone: zone, clock: begin, spent: map[string]price.Money{}, said: make(chan Fact, 1<<16)}
	p.Zone = zone
	c := New(Options{Homes: []string{m.home.path}, Zone: zone, User: "dev", Now: func() time.Time { return m.clock }, Plan: planOf(p)})
	c.said = m.said
	m.l = newLoop(&c.core)
	ctx, stop := context.WithCancel(context.Background())
	t.Cleanup(stop)
	m.l.ctx = ctx
	m.l.look()
	m.l.takePlan(planOf(p)(nil))
	m.l.publishIfDue()
	return m
}

// wake does what the loop does whenever it wakes.
func (m *month) wake() time.Duration {
	m.l.foldWanted()
	m.l.readOn()
	return m.l.publishIfDue()
}

// until lets time go by as the loop asks to be woken, though not more often than
// every five minutes where nothing happens.
func (m *month) until(at time.Time) {
	for m.clock.Before(at) {
		wait := max(m.wake(), 5*time.Minute)
		m.clock = m.clock.Add(min(wait, at.Sub(m.clock)))
	}
	m.wake()
	for {
		select {
		case f := <-m.said:
			m.facts = append(m.facts, f)
			continue
		default:
		}
		return
	}
}

// begin starts a run.
func (m *month) begin(prompt string) *session {
	m.n++
	s := m.home.begin(m.clock, m.n, nil).ask(gpt, prompt).touched()
	m.l.look()
	m.wake()
	return s
}

// wrote tells the loop of what a session wrote, as change notifications do.
func (m *month) wrote(s *session) {
	m.clock = s.now
	s.touched()
	m.l.hint(watch.Hint{Paths: []string{s.path}})
	m.until(s.now.Add(time.Second))
}

// answer plays one response, and books it for the local day.
func (m *month) answer(s *session, u model.Usage) {
	m.book(s.now, u)
	s.answer(u)
	m.wrote(s)
}

func (m *month) book(at time.Time, u model.Usage) {
	c := price.Default().Cost(model.Bucket{Quarter: model.QuarterOf(at), Model: gpt}, u)
	m.spent[at.In(m.zone).Format(time.DateOnly)] += c.USD
}

// work plays a productive run: edits between the answers.
func (m *month) work(r *rand.Rand, answers int, size model.Usage) {
	s := m.begin("implement the next part")
	for i := range answers {
		s.now = m.clock.Add(time.Duration(20+r.IntN(60)) * time.Second)
		m.answer(s, size)
		s.now = m.clock.Add(2 * time.Second)
		s.played("go test ./part"+string(rune('a'+i%26)), 0, "ok\n")
		s.patch("/home/dev/code/x/file" + string(rune('a'+i%26)) + ".go")
		m.wrote(s)
	}
	s.wait(time.Second).end()
	m.wrote(s)
}

func TestMonth(t *testing.T) {
	zone, err := time.LoadLocation("Europe/Berlin")
	if err != nil {
		t.Skip(err)
	}
	begin := time.Date(2026, 10, 1, 0, 0, 0, 0, zone) // clocks go back on the 25th
	r := rand.New(rand.NewPCG(1, 2))
	size := model.Usage{Input: 20_000, Cached: 15_000, Output: 1500, Reasoning: 300}
	one := price.Default().Cost(model.Bucket{Quarter: model.QuarterOf(begin), Model: gpt}, size).USD
	dayLimit, monthLimit := 150*one, 2000*one
	m := newMonth(t, zone, begin, budget.Plan{Budgets: []budget.Budget{
		{Name: "month", Period: budget.Period{Name: budget.Month}, Limit: budget.Limit{Amount: int64(monthLimit)}},
		{Name: "day", Period: budget.Period{Name: budget.Day}, Limit: budget.Limit{Amount: int64(dayLimit)}},
	}})
	var total price.Money
	for day := begin; day.Before(begin.AddDate(0, 1, 0)); day = day.AddDate(0, 0, 1) {
		date := day.Format(time.DateOnly)
		busy, loop := day.Day() == 13, day.Day() == 21
		runs, weekend := 3, day.Weekday() == time.Saturday || day.Weekday() == time.Sunday
		switch {
		case day.Day() == 25: // in the hour that comes twice, both times
			runs = 2
			m.until(time.Date(2026, 10, 25, 0, 30, 0, 0, time.UTC))
			m.work(r, 3, size)
			m.until(time.Date(2026, 10, 25, 1, 30, 0, 0, time.UTC))
			m.work(r, 3, size)
		case weekend:
			runs = 0
		}
		for i := range runs {
			m.until(day.Add(time.Duration(9+3*i) * time.Hour))
			answers := 28
			if busy {
				answers = 56
			}
			m.work(r, answers, size)
		}
		if loop {
			m.runaway(size)
		}
		m.until(time.Date(day.Year(), day.Month(), day.Day(), 23, 59, 0, 0, zone))
		total += m.spent[date]
		s := m.l.book.snapshot(m.clock)
		if s.Today.USD != m.spent[date] {
			t.Errorf("%s: today %s, played %s", date, s.Today.USD, m.spent[date])
		}
		for _, b := range m.l.standings {
			want := map[string]price.Money{"month": total, "day": m.spent[date]}[b.Budget.Name]
			if b.Spent != int64(want) {
				t.Errorf("%s: %s has spent %s, played %s", date, b.Budget.Name, price.Money(b.Spent), want)
			}
			if b.Budget.Name == "day" && b.To.Sub(b.From) != map[bool]time.Duration{false: 24 * time.Hour, true: 25 * time.Hour}[day.Day() == 25] {
				t.Errorf("%s has %s", date, b.To.Sub(b.From))
			}
		}
		next := time.Date(day.Year(), day.Month(), day.Day()+1, 0, 0, 20, 0, zone)
		m.until(next)
		if b := m.l.standings[1]; b.Spent != 0 || !b.From.Equal(next.Add(-20*time.Second)) {
			t.Errorf("after %s: the new day has spent %s since %s", date, price.Money(b.Spent), b.From)
		}
	}
	if b := m.l.standings[0]; b.Spent != 0 || b.From.Month() != time.November {
		t.Errorf("the new month has spent %s since %s", price.Money(b.Spent), b.From)
	}
	m.check(total > monthLimit)
}

// runaway plays a run that fails the same way until somebody stops it, at the seventh request.
func (m *month) runaway(size model.Usage) {
	s := m.begin("fix the build")
	for range 7 {
		m.book(s.now.Add(10*time.Second), small)
		s.fails("make all")
		m.wrote(s)
	}
	s.abort()
	m.wrote(s)
}

// check looks at all that was told in the month.
func (m *month) check(over bool) {
	var news []Fact
	for _, f := range m.facts {
		if f.Type == factException && !f.Known && f.Exception.State == budget.Open {
			news = append(news, f)
		}
	}
	count := func(rule, name string, s budget.Severity) (n int, at time.Time) {
		for _, f := range news {
			if e := f.Exception; e.Rule == rule && e.Budget == name && e.Severity == s {
				n, at = n+1, e.At
			}
		}
		return n, at
	}
	if n, at := count(budget.RuleHard, "day", budget.Critical); n != 1 || at.In(m.zone).Day() != 13 {
		m.t.Errorf("the day's limit was told %d times, the last at %s", n, at)
	}
	if n, _ := count(budget.RuleHard, "month", budget.Critical); n != 0 && !over || n != 1 && over {
		m.t.Errorf("the month's limit was told %d times; it was passed: %v", n, over)
	}
	for _, percent := range []budget.Severity{budget.Notice, budget.Warn} { // 50 and 80 percent
		if n, _ := count(budget.RuleThreshold, "month", percent); n != 1 {
			m.t.Errorf("a %s about the month's threshold was told %d times", percent, n)
		}
	}
	pages := 0
	for _, f := range news {
		e := f.Exception
		if e.Severity != budget.Page || e.Budget != "" {
			continue
		}
		pages++
		if e.At.In(m.zone).Day() != 21 || e.ResponseIndex > 7 {
			m.t.Errorf("a page at %s: %s", e.At, f.Text)
		}
	}
	if pages == 0 {
		m.t.Error("nobody was told of the runaway")
	}
	if i := slices.IndexFunc(m.l.queue.open, func(e budget.Exception) bool { return e.Budget == "" }); i >= 0 {
		m.t.Errorf("still open at the end: %+v", m.l.queue.open[i])
	}
}
