package cli

import (
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/ui/report"
)

// dayJSON is what "day --json" prints.
type dayJSON struct {
	Schema        int             `json:"schema"`
	At            *string         `json:"at"`
	Timezone      string          `json:"timezone"`
	From          string          `json:"from"`
	To            string          `json:"to"`
	Open          bool            `json:"open"`
	Client        *string         `json:"client"`
	Usage         usageJSON       `json:"usage"`
	Previous      costJSON        `json:"previous"`
	UsualUSD      *string         `json:"usual_usd"`
	Budget        *standingJSON   `json:"budget"`
	Runs          int             `json:"runs"`
	Turns         int             `json:"turns"`
	ActiveSeconds int64           `json:"active_seconds"`
	ByHour        []dayHourJSON   `json:"by_hour"`
	ByDay         []dayShareJSON  `json:"by_day"`
	ByProject     []dayShareJSON  `json:"by_project"`
	ByModel       []dayShareJSON  `json:"by_model"`
	ByClient      []dayShareJSON  `json:"by_client"`
	ByTask        []dayShareJSON  `json:"by_task"`
	ByKind        []dayShareJSON  `json:"by_kind"`
	ByUser        []dayShareJSON  `json:"by_user"`
	Output        outputJSON      `json:"output"`
	PerRun        []dayRunJSON    `json:"per_run"`
	Exceptions    []exceptionJSON `json:"exceptions"`
	Alive         []dayAliveJSON  `json:"alive"`
	Headroom      []standingJSON  `json:"headroom"`
	Notes         []string        `json:"notes"`
	Warnings      []string        `json:"warnings"`
}

// dayHourJSON is one hour of a day in which something was used.
type dayHourJSON struct {
	Hour string  `json:"hour"`
	At   *string `json:"at"`
	*costJSON
}

// dayShareJSON is one part of a day's spend.
type dayShareJSON struct {
	Name string `json:"name"`
	Runs int    `json:"runs"`
	usageJSON
}

// outputJSON is what a day's spend produced.
type outputJSON struct {
	Files         int             `json:"files"`
	Added         int             `json:"added"`
	Removed       int             `json:"removed"`
	IsFloor       bool            `json:"is_floor"`
	LinesFloor    bool            `json:"lines_are_floor"`
	TestsFixed    int             `json:"tests_fixed"`
	FirstPassed   int             `json:"first_test_passed"`
	FirstOf       int             `json:"first_test_of"`
	Reports       int             `json:"reports"`
	Commits       *int            `json:"commits"`
	Ambiguous     *int            `json:"ambiguous"`
	Reverted      *int            `json:"reverted"`
	Accepted      *int            `json:"accepted"`
	LinkedUSD     *string         `json:"linked_usd"`
	RevertedUSD   *string         `json:"reverted_usd"`
	PerChangeUSD  *string         `json:"usd_per_accepted_change"`
	PullRequests  *int            `json:"pull_requests"`
	UnknownReason *string         `json:"commits_unknown_because"`
	Links         []dayCommitJSON `json:"links"`
}

// dayCommitJSON is one commit with the runs that it may come from.
type dayCommitJSON struct {
	Repo    string              `json:"repository"`
	Hash    string              `json:"hash"`
	Subject string              `json:"subject"`
	At      *string             `json:"at"`
	Added   int                 `json:"added"`
	Removed int                 `json:"removed"`
	State   string              `json:"state"`
	Linked  bool                `json:"linked"`
	Runs    []dayCommitPartJSON `json:"runs"`
}

// dayCommitPartJSON is one run's part in a commit.
type dayCommitPartJSON struct {
	Run        string  `json:"run"`
	Confidence float64 `json:"confidence"`
	Exact      bool    `json:"exact"`
	Credit     float64 `json:"credit"`
}

// dayRunJSON is what one run was on a day.
type dayRunJSON struct {
	Run             string             `json:"run"`
	Name            string             `json:"name"`
	Project         string             `json:"project"`
	Client          *string            `json:"client"`
	Task            *string            `json:"task"`
	Usage           usageJSON          `json:"usage"`
	Kinds           map[string]*string `json:"kinds"`
	Files           int                `json:"files"`
	Added           int                `json:"added"`
	Removed         int                `json:"removed"`
	LinesFloor      bool               `json:"lines_are_floor"`
	TestsFixed      int                `json:"tests_fixed"`
	Commits         int                `json:"commits"`
	Credit          float64            `json:"credit"`
	Reverted        int                `json:"reverted"`
	Ambiguous       int                `json:"ambiguous"`
	Report          bool               `json:"report"`
	ChangedAt       *string            `json:"changed_at"`
	SinceChangeCost costJSON           `json:"since_change"`
}

// dayAliveJSON is a run that was left alive.
type dayAliveJSON struct {
	Run     string   `json:"run"`
	Name    string   `json:"name"`
	State   string   `json:"state"`
	Context *float64 `json:"context_percent"`
	LastAt  *string  `json:"last_event_at"`
}

func toDayJSON(d *monitor.Day, f dayFlags, now time.Time, zone string, warnings []string) dayJSON {
	doc := dayJSON{
		Schema: schema, At: instant(now), Timezone: zone, From: d.Date.Format(time.DateOnly), To: d.To.AddDate(0, 0, -1).Format(time.DateOnly),
		Open: d.Open, Client: word(f.client), Usage: toJSON(report.Usage{Count: d.Usage, Cost: d.Cost}), Previous: toCostJSON(d.Previous), UsualUSD: knownMoney(d.Median),
		Runs: d.Runs, Turns: d.Turns, ActiveSeconds: int64(d.Active.Seconds()), ByHour: []dayHourJSON{}, ByDay: toShares(d.ByDay),
		ByProject: toShares(d.ByProject), ByModel: toShares(d.ByModel), ByClient: toShares(d.ByClient), ByTask: toShares(d.ByTask), ByKind: toShares(d.ByKind),
		ByUser: toShares(d.ByUser), Output: toOutputJSON(&d.Output), PerRun: []dayRunJSON{}, Exceptions: []exceptionJSON{}, Alive: []dayAliveJSON{},
		Headroom: []standingJSON{}, Notes: []string{}, Warnings: orEmpty(warnings),
	}
	if d.Budget != nil {
		s := toStandingJSON(*d.Budget)
		doc.Budget = &s
	}
	for i, c := range d.ByHour {
		if c != (price.Cost{}) && i < d.Hours && len(d.ByDay) == 0 {
			at := d.Date.Add(time.Duration(i) * time.Hour)
			doc.ByHour = append(doc.ByHour, dayHourJSON{at.Format("15"), instant(at), new(toCostJSON(c))})
		}
	}
	for i := range d.PerRun {
		doc.PerRun = append(doc.PerRun, toDayRunJSON(&d.PerRun[i]))
	}
	for _, e := range d.Exceptions {
		doc.Exceptions = append(doc.Exceptions, toExceptionJSON(e))
	}
	for i := range d.Alive {
		r := &d.Alive[i]
		j := dayAliveJSON{Run: report.Label(string(r.ID)), Name: report.Label(r.Name), State: r.State.String(), LastAt: instant(r.LastAt)}
		if r.Percent >= 0 {
			j.Context = &r.Percent
		}
		doc.Alive = append(doc.Alive, j)
	}
	for _, s := range d.Headroom {
		doc.Headroom = append(doc.Headroom, toStandingJSON(s))
	}
	for _, n := range d.Notes {
		doc.Notes = append(doc.Notes, model.Clean(n, 400))
	}
	return doc
}

// toCostJSON is null where nothing of a cost is known.
func toCostJSON(c price.Cost) costJSON {
	j := costJSON{CostIsFloor: c.Floor(), UnpricedTokens: int64(c.Unpriced)}
	if c.USD > 0 || !c.Floor() {
		text := c.USD.String()
		j.CostUSD = &text
	}
	return j
}

// knownMoney is null where an amount is not known, which is below zero.
func knownMoney(m price.Money) *string {
	if m < 0 {
		return nil
	}
	text := m.String()
	return &text
}

// knownCount is null where a number is not known, which is below zero.
func knownCount(n int) *int {
	if n < 0 {
		return nil
	}
	return &n
}

func toShares(all []monitor.Share) []dayShareJSON {
	out := []dayShareJSON{}
	for _, s := range all {
		out = append(out, dayShareJSON{report.Label(s.Name), s.Runs, toJSON(report.Usage{Count: s.Usage, Cost: s.Cost})})
	}
	return out
}

func toOutputJSON(o *monitor.Output) outputJSON {
	j := outputJSON{
		Files: o.Files, Added: o.Added, Removed: o.Removed, IsFloor: o.IsFloor, LinesFloor: o.LinesFloor, TestsFixed: o.TestsFixed, FirstPassed: o.OneShot, FirstOf: o.OneShotOf,
		Reports: o.Reports, Commits: knownCount(o.Commits), Ambiguous: knownCount(o.Ambiguous), Reverted: knownCount(o.Reverted), Accepted: knownCount(o.Accepted),
		LinkedUSD: knownMoney(o.Linked), RevertedUSD: knownMoney(o.RevertedCost), PerChangeUSD: knownMoney(o.PerChange), PullRequests: knownCount(o.PullRequests),
		UnknownReason: word(o.Git), Links: []dayCommitJSON{},
	}
	for _, l := range o.Links {
		c := dayCommitJSON{Repo: model.Clean(l.Repo, 400), Hash: l.Hash, Subject: l.Subject, At: instant(l.At), Added: l.Added, Removed: l.Removed,
			State: l.State.String(), Linked: l.Linked, Runs: []dayCommitPartJSON{}}
		for _, p := range l.Parts {
			c.Runs = append(c.Runs, dayCommitPartJSON{report.Label(string(p.Run)), p.Confidence, p.Exact, float64(p.Credit) / monitor.CreditWhole})
		}
		j.Links = append(j.Links, c)
	}
	return j
}

func toDayRunJSON(r *monitor.DayRun) dayRunJSON {
	j := dayRunJSON{
		Run: report.Label(string(r.ID)), Name: report.Label(r.Name), Project: report.Label(r.Project), Client: word(r.Client), Task: word(r.Task),
		Usage: toJSON(report.Usage{Count: r.Usage, Cost: r.Cost}), Kinds: map[string]*string{}, Files: r.Files, Added: r.Added, Removed: r.Removed, LinesFloor: r.LinesFloor,
		TestsFixed: r.TestsFixed, Commits: r.Commits, Credit: float64(r.Credit) / monitor.CreditWhole, Reverted: r.Reverted, Ambiguous: r.Ambiguous,
		Report: r.Report, ChangedAt: instant(r.ChangedAt), SinceChangeCost: toCostJSON(r.SinceChange),
	}
	for _, k := range r.Kinds {
		j.Kinds[k.Name] = toCostJSON(k.Cost).CostUSD
	}
	return j
}
