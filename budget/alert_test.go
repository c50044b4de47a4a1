package budget

import (
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// tiers gives the tiers of alerts that fire.
func tiers(s Standing) map[Tier]Alert {
	all := map[Tier]Alert{}
	for _, a := range s.Alerts {
		all[a.Tier] = a
	}
	return all
}

// burner burns steadily from start on, by one response every so often.
type burner struct {
	j     *Judge
	rows  []Spend
	total float64
}

func (b *burner) burn(run string, at time.Time, dollars float64) {
	s := spend(run, at, dollars)
	b.rows = append(b.rows, s)
	b.j.Put(model.RunID(run), b.rows[:len(b.rows):len(b.rows)])
	b.j.Burn(at, s)
	b.total += dollars
}

func TestPageFiresOnceAnEpisodeAndIsArmedAgain(t *testing.T) {
	t.Parallel()
	b := &burner{j: judge(t, Budget{Name: "month", Period: Period{Name: Month}, Limit: usd(400)})}
	now := start
	var episodes []string
	seen := map[string]bool{}
	firing := func() bool {
		a, ok := tiers(one(t, b.j, now))[PageFast]
		if ok && !seen[a.ID()] {
			seen[a.ID()] = true
			episodes = append(episodes, a.ID())
		}
		return ok
	}
	if firing() {
		t.Fatal("a page before anything burnt")
	}
	step := func(minutes int, dollars float64) (paged bool) {
		for range minutes {
			now = now.Add(time.Minute)
			if dollars > 0 {
				b.burn("r", now, dollars)
			}
			paged = firing() || paged
		}
		return paged
	}
	if step(20, 0.02) {
		t.Error("$1.20 an hour of $400 is no page")
	}
	if !step(20, 1) {
		t.Error("a dollar a minute is a page")
	}
	a := tiers(one(t, b.j, now))[PageFast]
	if a.Long != time.Hour || a.Short != 5*time.Minute || a.LongX < a.LimitX || a.LimitX != 6*dollar || len(a.Top) != 1 || a.Top[0] != "r" || a.TopRuns[0].Amount > int64(21*float64(dollar)) {
		t.Errorf("%+v", a)
	}
	step(10, 0)
	if _, ok := tiers(one(t, b.j, now))[PageFast]; ok {
		t.Error("nothing burns any more, and the page stays")
	}
	if !step(20, 1) {
		t.Error("it burns again")
	}
	if len(episodes) != 2 {
		t.Errorf("episodes: %v, want two", episodes)
	}
}

func TestPageNeedsTwoLooks(t *testing.T) {
	t.Parallel()
	b := &burner{j: judge(t, Budget{Name: "day", Period: Period{Name: Day}, Limit: usd(10)})}
	b.burn("r", start, 5)
	for range 3 { // the same instant is one look
		if _, ok := tiers(one(t, b.j, start))[PageFast]; ok {
			t.Error("a page at first sight")
		}
	}
	if a, ok := tiers(one(t, b.j, start.Add(time.Second)))[PageFast]; !ok || !a.Since.Equal(start.Add(time.Second)) {
		t.Errorf("no page at second sight: %+v", a)
	}
	if _, ok := tiers(one(t, b.j, start.Add(6*time.Minute)))[PageFast]; ok {
		t.Error("the short window is at its plan again")
	}
}

func TestSmallBudgetsDoNotPage(t *testing.T) {
	t.Parallel()
	b := &burner{j: judge(t, Budget{Name: "month", Period: Period{Name: Month}, Limit: usd(10), WarnAt: []int{}})}
	for i := range 10 {
		b.burn("r", start.Add(time.Duration(i)*time.Minute), 0.19)
		if s := one(t, b.j, start.Add(time.Duration(i)*time.Minute+time.Second)); len(s.Alerts) > 0 {
			t.Fatalf("after $%.2f: %+v", b.total, s.Alerts)
		}
	}
}

func TestPagesEndWithTheirPeriod(t *testing.T) {
	t.Parallel()
	b := &burner{j: judge(t, Budget{Name: "day", Period: Period{Name: Day}, Limit: usd(10)})}
	now := time.Date(2026, 11, 16, 23, 50, 0, 0, time.UTC)
	for range 9 {
		now = now.Add(time.Minute)
		b.burn("r", now, 1)
		one(t, b.j, now)
	}
	if _, ok := tiers(one(t, b.j, now))[PageFast]; !ok {
		t.Fatal("no page")
	}
	s := one(t, b.j, now.Add(time.Minute+time.Second))
	if len(s.Alerts) > 0 || s.Spent != 0 {
		t.Errorf("after midnight: %+v", s.Alerts)
	}
}

func TestSeldomPostsWidenTheShortWindow(t *testing.T) {
	t.Parallel()
	b := &burner{j: judge(t, Budget{Name: "month", Period: Period{Name: Month}, Limit: usd(400)})}
	now := start
	paged := 0
	for i := range 20 { // a response of $6 every 9 minutes
		b.burn("r", now, 6)
		for range 9 { // looked at between two posts
			now = now.Add(time.Minute)
			if a, ok := tiers(one(t, b.j, now))[PageFast]; ok && i > 7 {
				paged++
				if a.Short < 18*time.Minute {
					t.Fatalf("short window %s at posts 9 minutes apart", a.Short)
				}
			}
		}
	}
	if paged < 100 {
		t.Errorf("the page came and went with each post: firing at %d of 108 looks", paged)
	}
}

func TestProductiveOutputLowersAPageAndNothingElse(t *testing.T) {
	t.Parallel()
	b := &burner{j: judge(t, Budget{Name: "day", Period: Period{Name: Day}, Limit: usd(10)})}
	b.burn("r", start, 12)
	b.j.Productive("r", true)
	one(t, b.j, start)
	all := tiers(one(t, b.j, start.Add(time.Second)))
	if a := all[PageFast]; !a.Notice {
		t.Errorf("%+v", a)
	}
	if a, ok := all[Hard]; !ok || a.Notice {
		t.Errorf("the hard limit: %+v", all)
	}
	b.j.Productive("r", false)
	if a := tiers(one(t, b.j, start.Add(2*time.Second)))[PageFast]; a.Notice {
		t.Errorf("%+v", a)
	}
}

func TestThresholdsOnceEach(t *testing.T) {
	t.Parallel()
	b := &burner{j: judge(t, Budget{Name: "day", Period: Period{Name: Day}, Limit: usd(100), WarnAt: []int{50, 80, 120}})}
	var got []int
	seen := map[string]bool{}
	for i := range 140 {
		at := start.Add(time.Duration(i) * 4 * time.Minute)
		b.burn("r", at, 1)
		for _, a := range one(t, b.j, at).Alerts {
			if (a.Tier == Threshold || a.Tier == Hard) && !seen[a.ID()] {
				seen[a.ID()] = true
				got = append(got, a.Percent)
			}
		}
	}
	if want := []int{50, 80, 100, 120}; len(got) != 4 || got[0] != want[0] || got[1] != want[1] || got[2] != want[2] || got[3] != want[3] {
		t.Errorf("%v, want %v", got, want)
	}
	if err := b.j.Grant("day", "", 300*dollar, start.Add(24*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if s := one(t, b.j, start.Add(10*time.Hour)); len(tiers(s)) != 0 {
		t.Errorf("after an extension: %+v", s.Alerts)
	}
}

func TestForecastTicketNeedsTwoChecksAndThreeDays(t *testing.T) {
	t.Parallel()
	b := &burner{j: judge(t, Budget{Name: "month", Period: Period{Name: Month}, Limit: usd(100), WarnAt: []int{}})}
	month := time.Date(2026, 11, 1, 9, 0, 0, 0, time.UTC)
	for day := range 6 {
		at := month.AddDate(0, 0, day)
		for i := range 8 {
			b.burn("r", at.Add(time.Duration(i)*time.Hour), 0.75) // $6 a day: $180 a month
		}
		s := one(t, b.j, at.Add(10*time.Hour))
		all := tiers(s)
		_, ticket := all[Ticket]
		_, urgent := all[Urgent]
		if fired := ticket || urgent; fired != (day >= 3) {
			t.Errorf("day %d: ticket %v, urgent %v; forecast %+v", day+1, ticket, urgent, s.Forecast)
		}
		if ticket && urgent {
			t.Error("an urgent ticket is the ticket")
		}
	}
	// It ends when the forecast is back below the limit.
	if err := b.j.Grant("month", "", 200*dollar, month.AddDate(0, 1, 0)); err != nil {
		t.Fatal(err)
	}
	if all := tiers(one(t, b.j, month.AddDate(0, 0, 5).Add(11*time.Hour))); len(all) > 0 {
		t.Errorf("after an extension: %+v", all)
	}
}

func TestAClockThatWentBackPagesNobody(t *testing.T) {
	t.Parallel()
	b := &burner{j: judge(t, Budget{Name: "day", Period: Period{Name: Day}, Limit: usd(100), WarnAt: []int{}})}
	wrong := start.Add(6 * time.Hour)
	for i := range 30 { // steady, by a clock that is ahead
		at := wrong.Add(time.Duration(i*10) * time.Minute)
		b.burn("r", at, 0.5)
		if s := one(t, b.j, at); len(s.Alerts) > 0 {
			t.Fatalf("%+v", s.Alerts)
		}
	}
	for i := range 20 {
		at := start.Add(time.Duration(i) * time.Minute)
		s := one(t, b.j, at)
		if _, ok := tiers(s)[PageFast]; ok {
			t.Fatalf("what is said to come from later was counted as the present burn: %+v", s.Alerts)
		}
		if s.Spent != 15*dollar {
			t.Fatalf("spent %s", USD.Format(s.Spent))
		}
	}
	b.burn("r", start.Add(20*time.Minute), 30)
	one(t, b.j, start.Add(20*time.Minute))
	if _, ok := tiers(one(t, b.j, start.Add(21*time.Minute)))[PageFast]; !ok {
		t.Error("by the clock that is right now it burns")
	}
}
