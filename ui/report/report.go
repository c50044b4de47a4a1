package report

import (
	"sort"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Input is all that a report is made of.
type Input struct {
	Fleet    *model.Fleet      // nil is an empty one
	Projects map[string]string // thread id → project; a thread without one is counted under its folder
	Prices   *price.List
	Zone     *time.Location
	User     string // who all of it is counted for
	Span     Span
}

// Thread is one thread's part in a report. Its texts are cleaned.
type Thread struct {
	Usage
	ID      string
	Run     string
	Project string
	Title   string
	LastAt  time.Time
	Models  Parts // by the model's name as the session file has it
	Days    Parts // by date in the report's zone, 2006-01-02

	unmetered int
}

// Parts is usage split up by name, in the order of the names. Most threads have one model and a
// day or two: maps of them would be most of what a long report holds.
type Parts []Part

// Part is the usage of one name.
type Part struct {
	Name string
	Usage
}

// add adds usage to a name's.
func (p *Parts) add(name string, u Usage) {
	i := sort.Search(len(*p), func(i int) bool { return (*p)[i].Name >= name })
	if i == len(*p) || (*p)[i].Name != name {
		*p = append(*p, Part{})
		copy((*p)[i+1:], (*p)[i:])
		(*p)[i] = Part{Name: name}
	}
	(*p)[i].Usage = (*p)[i].Plus(u)
}

// Report is what was used within a span of time. Threads that used nothing in it
// are left out.
type Report struct {
	Overall Usage
	Models  map[string]Usage
	Days    map[string]Usage
	Threads map[string]*Thread
	// Unpriced counts the tokens of each model that has no price, by name.
	Unpriced map[string]model.Tokens
	// Unmetered are attempts that were sent and never metered, of the threads above.
	Unmetered int

	user   string
	titles map[string]string // run id → title of its root thread
}

// Build counts a fleet. It reads the fleet's rows only and keeps none of its memory but strings.
func Build(in Input) *Report {
	b := NewBuilder(in)
	if in.Fleet != nil {
		for id, t := range in.Fleet.Threads {
			b.Add(t, in.Fleet.RunOf(id), in.Projects[id])
		}
	}
	return b.Report()
}

// Builder counts threads one by one, so that nobody needs to have all of them at once. It
// belongs to one goroutine.
type Builder struct {
	in      Input
	days    dayNames
	threads map[string]*Thread // by id as files have it
}

// NewBuilder gives a builder without threads; of the input it takes no fleet and no projects.
func NewBuilder(in Input) *Builder {
	return &Builder{in: in, days: dayNames{zone: in.Zone, known: map[int64]string{}}, threads: map[string]*Thread{}}
}

// Add counts a thread, in place of what was counted under its id. It keeps nothing of
// it but strings. A thread without a project is counted under its folder.
func (b *Builder) Add(t *model.Thread, run model.RunID, project string) {
	th := &Thread{ID: Label(t.ID), Title: model.Clean(t.Title, MaxLabel), LastAt: t.LastAt, unmetered: t.Unmetered}
	if th.Run = th.ID; string(run) != t.ID {
		th.Run = Label(string(run))
	}
	if project == "" {
		project = t.Cwd
	}
	th.Project = Label(project)
	for bucket, c := range t.Rows {
		if c == (model.Count{}) || !b.in.Span.Has(bucket) {
			continue
		}
		u := Usage{c, b.in.Prices.Cost(bucket, c.Usage)}
		th.Usage = th.Plus(u)
		th.Models.add(Label(bucket.Model), u)
		th.Days.add(b.days.of(bucket.Quarter), u)
	}
	b.threads[t.ID] = th
}

// Report gives what was counted; the builder is of no use after it.
func (b *Builder) Report() *Report {
	r := &Report{
		Models: map[string]Usage{}, Days: map[string]Usage{}, Threads: make(map[string]*Thread, len(b.threads)),
		Unpriced: map[string]model.Tokens{}, user: Label(b.in.User), titles: map[string]string{},
	}
	for _, th := range b.threads {
		r.add(th)
	}
	return r
}

func (r *Report) add(th *Thread) {
	if th.Run == th.ID {
		r.titles[th.Run] = th.Title
	}
	if th.IsZero() {
		return
	}
	for _, m := range th.Models {
		if m.Cost.Unpriced > 0 {
			r.Unpriced[m.Name] += m.Cost.Unpriced
		}
	}
	r.Unmetered += th.unmetered
	r.Overall = r.Overall.Plus(th.Usage)
	merge(r.Models, th.Models)
	merge(r.Days, th.Days)
	same := r.Threads[th.ID]
	if same == nil {
		r.Threads[th.ID] = th
		return
	}
	same.Usage = same.Plus(th.Usage) // hostile ids that differ only in what was cleaned away
	for _, m := range th.Models {
		same.Models.add(m.Name, m.Usage)
	}
	for _, d := range th.Days {
		same.Days.add(d.Name, d.Usage)
	}
}

func merge(into map[string]Usage, from Parts) {
	for _, p := range from {
		into[p.Name] = into[p.Name].Plus(p.Usage)
	}
}

// MaxLabel is the most bytes of a name that a report keeps.
const MaxLabel = 200

// Label makes a name from a session file fit to be a key and to be shown: clean,
// short, and never empty ("unknown" then).
func Label(name string) string {
	if c := model.Clean(name, MaxLabel); c != "" {
		return c
	}
	return model.UnknownModel
}

// dayNames remembers the dates: formatting one for every row would cost more than
// all the rest of a report.
type dayNames struct {
	zone  *time.Location
	known map[int64]string // by days since the Unix epoch
}

func (d dayNames) of(quarter int64) string {
	at := time.Unix(quarter*model.QuarterSeconds, 0).In(d.zone)
	_, offset := at.Zone()
	local := at.Unix() + int64(offset)
	day := (local - (local%86400+86400)%86400) / 86400
	name, ok := d.known[day]
	if !ok {
		name = at.Format(time.DateOnly)
		d.known[day] = name
	}
	return name
}
