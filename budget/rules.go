package budget

import (
	"slices"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// The rules.
const (
	RuleLoopIdentical = "LOOP_IDENTICAL"
	RuleLoopRepeat    = "LOOP_REPEAT"
	RuleLoopError     = "LOOP_ERROR"
	RulePingPong      = "PINGPONG"
	RuleEditRetry     = "EDIT_RETRY"
	RuleNoArtifact    = "NO_ARTIFACT"
	RuleContextGrowth = "CONTEXT_GROWTH"
	RuleCacheMiss     = "CACHE_MISS"
	RuleRetryStorm    = "RETRY_STORM"
	RuleModelDrift    = "MODEL_DRIFT"
	RuleFanout        = "FANOUT"
	RuleOutlier       = "OUTLIER"
	RuleUnknownType   = "DATA_UNKNOWN_TYPE"
	RuleUnpriced      = "MODEL_UNPRICED"
	RuleChecksum      = "DATA_CHECKSUM"
)

// Subject is what a watcher judges and what it judges it by.
type Subject struct {
	Run        model.RunID
	Thresholds Thresholds
	Prices     *price.List // nil: price.Default()
	Policy     Policy
	RunBudget  price.Money // the limit of the run's budget; 0 none
	// Earlier are runs that had ended when this one began, in any order; OUTLIER and
	// NO_ARTIFACT compare it with those of its kind, from 8 on. It is only read.
	Earlier []Earlier
}

// Policy is what runs are to use. Of what a field leaves open, MODEL_DRIFT judges
// by what the run began with.
type Policy struct {
	Models  []string // names; one may end with *
	Efforts []string // the model's own default, which no session names, is always allowed
	Tiers   []string // as [price.Tier] has them, but "default" for the default one
}

// Watcher judges one run while it goes on. It is pure: the steps say what
// happened and when. It belongs to one goroutine.
type Watcher struct {
	s        Subject
	t        Thresholds
	now      time.Time
	threads  map[string]*track
	order    []*track
	spends   []spent // of the last half hour, oldest first
	cost     price.Money
	agents   price.Money // the part of cost that sub-agents spent
	answers  int         // responses of the run so far
	episodes map[episodeKey]*incident
	times    map[episodeKey]int // episodes so far
	recent   []warning          // of the last minutes, for the verdict
	changes  []Exception        // of the step that is being taken

	made     made        // the newest artifact
	progress made        // the newest sign that a failure is being mended
	gap      price.Money // the most that was spent before something came of it
	like     [2]*peers   // of Subject.Earlier: what a run of change, and one of research, is compared with
	kind     purpose
	edits    int
	looked   int // calls that only look at something
	calls    int
	attempts []time.Time
	births   []time.Time
	unpriced map[string]bool
	firstDay map[string]time.Time // of unpriced models: the first day with a price
}

// made is when something came of the run, and what was spent until then.
type made struct {
	at     time.Time
	cost   price.Money
	answer int
	any    bool
}

// spent is what one response cost; of a run that has very many, all of a second.
type spent struct {
	at        time.Time
	cost      price.Money
	responses int
}

// manySpends is how many are kept one by one.
const manySpends = 256

func (w *Watcher) spend(usd price.Money) {
	if n := len(w.spends); n >= manySpends {
		if last := &w.spends[n-1]; last.at.Unix() == w.now.Unix() {
			last.cost, last.responses = last.cost.Add(usd), last.responses+1
			return
		}
	}
	w.spends = append(w.spends, spent{w.now, usd, 1})
}

// NewWatcher gives a watcher of a run of which nothing is known yet.
func NewWatcher(s Subject) *Watcher {
	if s.Prices == nil {
		s.Prices = price.Default()
	}
	return &Watcher{s: s, t: s.Thresholds.Defaults(), threads: map[string]*track{},
		episodes: map[episodeKey]*incident{}, times: map[episodeKey]int{}, unpriced: map[string]bool{}, firstDay: map[string]time.Time{}}
}

// track is what a watcher knows of one thread of the run.
type track struct {
	id      string
	agent   string // what made it a sub-agent
	depth   int
	live    bool
	last    time.Time // newest line
	turn    int
	line    int64
	cost    price.Money
	answers int
	asked   bool // the user wrote since the newest response

	loops   loops
	edits   editing
	context contexts
	cache   cacheState
	drift   drifting
}

func (w *Watcher) track(s *Step) *track {
	tr := w.threads[s.Thread]
	if tr == nil {
		tr = &track{id: s.Thread}
		w.threads[s.Thread] = tr
		w.order = append(w.order, tr)
	}
	return tr
}

// Apply takes one step and returns the exceptions that it raised, made worse or
// resolved; those that are resolved have that state. Steps should come in the
// order of their times; one that is late is taken at the time of the newest.
func (w *Watcher) Apply(s Step) []Exception {
	w.changes = nil
	if s.At.After(w.now) {
		w.now = s.At
	}
	tr := w.track(&s)
	if s.At.After(tr.last) {
		tr.last = s.At
	}
	if s.Turn > 0 {
		tr.turn = s.Turn
	}
	tr.line = s.Line
	w.step(tr, &s)
	return w.changes
}

func (w *Watcher) step(tr *track, s *Step) {
	switch s.Kind {
	case StepThread:
		w.born(tr, s)
	case StepAsked:
		w.userAsked(tr, s.Text)
	case StepTurn:
		tr.live = true
		w.countLive()
	case StepTurnEnded:
		w.turnEnded(tr, s.Text)
	case StepResponse:
		w.response(tr, s.Response)
	case StepCall:
		tr.loops.script(s.Call)
	case StepCallDone:
		w.callDone(tr, s.Call)
	case StepChanged:
		w.changed(tr, s.Call)
	case StepCompacted:
		w.compacted(tr)
	case StepAttempt:
		w.attempt(tr)
	case StepReroute:
		w.rerouted(tr)
	case StepUnknown:
		w.raise(finding{rule: RuleUnknownType, key: s.Text, family: "data", level: Notice, fact: true, tr: tr, observed: "line type " + s.Text,
			threshold: "known line types", why: causeData})
	case StepSum:
		w.raise(finding{rule: RuleChecksum, key: tr.id, family: "data", level: Warn, fact: true, tr: tr, observed: s.Text,
			threshold: "the thread's sum grows by what each response used", why: causeData})
	}
}

// Tick says that time went by without a step.
func (w *Watcher) Tick(now time.Time) []Exception {
	w.changes = nil
	if now.After(w.now) {
		w.now = now
	}
	w.countLive()
	w.calm()
	return w.changes
}

// Open gives the exceptions that hold now, the most severe first.
func (w *Watcher) Open() []Exception {
	var all []Exception
	for _, e := range w.episodes {
		all = append(all, e.Exception)
	}
	slices.SortStableFunc(all, func(a, b Exception) int {
		if a.Severity != b.Severity {
			return int(b.Severity) - int(a.Severity)
		}
		if c := a.At.Compare(b.At); c != 0 {
			return c
		}
		return compareText(a.ID, b.ID)
	})
	return all
}

func compareText(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// Cost is what the run's steps cost so far, as the rules judge it: what was used
// before its model had a price is estimated.
func (w *Watcher) Cost() price.Money { return w.cost }

// Responses is how many responses the run has had.
func (w *Watcher) Responses() int { return w.answers }

// response takes what the model answered.
func (w *Watcher) response(tr *track, r *model.Response) {
	c := w.s.Prices.Cost(r.Bucket, r.Usage)
	w.answers++
	tr.answers++
	usd := w.estimate(r, c)
	w.cost, tr.cost = w.cost.Add(usd), tr.cost.Add(usd)
	if tr.agent != "" {
		w.agents = w.agents.Add(usd)
	}
	w.spend(usd)
	for len(w.spends) > 0 && w.now.Sub(w.spends[0].at) > 30*time.Minute {
		w.spends = w.spends[1:]
	}
	tr.live = true
	w.judgeUnpriced(tr, r, c)
	w.judgeCache(tr, r)
	w.judgeContext(tr, r)
	w.judgeDrift(tr, r)
	w.judgeSpend(tr)
	w.judgeOutlier(tr)
	w.countLive()
	tr.asked = false
	w.calm()
}

// estimate is what a response costs, for judging by. A model that was used before
// its first listed day is taken at that day's price; one that is not listed at all
// costs nothing here, and MODEL_UNPRICED says so.
func (w *Watcher) estimate(r *model.Response, c price.Cost) price.Money {
	if !c.Floor() {
		return c.USD
	}
	name := r.Bucket.Model
	day, known := w.firstDay[name]
	if !known {
		for _, row := range w.s.Prices.Rows() {
			if _, ok := w.s.Prices.Lookup(name, row.From); ok && (day.IsZero() || row.From.Before(day)) {
				day = row.From
			}
		}
		w.firstDay[name] = day
	}
	if day.IsZero() {
		return c.USD
	}
	b := r.Bucket
	b.Quarter = model.QuarterOf(day)
	return w.s.Prices.Cost(b, r.Usage).USD
}

// rate is what the run spends an hour, as of the last quarter of an hour.
func (w *Watcher) rate() price.Money {
	var sum price.Money
	first := w.now
	for _, s := range w.spends {
		if w.now.Sub(s.at) <= 15*time.Minute {
			sum = sum.Add(s.cost)
			if s.at.Before(first) {
				first = s.at
			}
		}
	}
	d := max(time.Minute, w.now.Sub(first))
	return price.Money(float64(sum) * float64(time.Hour) / float64(d))
}

// compacted notes a compaction: the next request begins a new prompt.
func (w *Watcher) compacted(tr *track) {
	tr.context = contexts{compacted: tr.context.compacted + 1}
	tr.cache.explained = "after a compaction"
	w.resolve(RuleContextGrowth, tr.id)
}

// turnEnded ends what loops within a turn, and counts an answer as what came of
// a run that was asked a question.
func (w *Watcher) turnEnded(tr *track, state string) {
	tr.live = false
	if tr.agent == "" && state == "done" && w.purpose() != purposeChange {
		w.produced(tr, false)
	}
	w.endLoops(tr)
	w.countLive()
}

func (w *Watcher) judgeUnpriced(tr *track, r *model.Response, c price.Cost) {
	if !c.Floor() {
		return
	}
	name := model.Clean(r.Bucket.Model, 60)
	day := r.At.UTC().Format(time.DateOnly)
	if w.unpriced[name+day] {
		return
	}
	w.unpriced[name+day] = true
	reason := "the price list does not have it"
	if q, ok := w.s.Prices.Explain(r.Bucket); !ok && q.Reason != "" {
		reason = q.Reason
	}
	w.raise(finding{rule: RuleUnpriced, key: name + " " + day, family: "data", level: Warn, fact: true, tr: tr,
		observed: name + ": " + reason, threshold: "every model has a price", why: causeUnpriced, shared: true})
}
