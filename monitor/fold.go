package monitor

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/watch"
	"github.com/tokenburn-sentinel/tokenburn/watch/rollout"
)

// folder is what one goroutine needs to fold files into threads. Its buffers are
// used again for every file.
type folder struct {
	prices   *price.List
	now      func() time.Time
	ancestor func(id string) (pairs []model.Pair, found, lost bool)

	steps  bool         // keep each thread's steps, for judging them
	trims  bool         // but of very long threads not all calls
	live   bool         // what is folded is followed: its responses of the last day are kept apart
	whole  bool         // with all turns, responses and calls that a thread keeps, for those who look at them
	lines  *watch.Lines // nil until something is read
	plain  *rollout.Decoder
	detail *rollout.Decoder
	event  model.Event
	spare  model.Spare
}

func newFolder(p *price.List, now func() time.Time, ancestor func(string) (pairs []model.Pair, found, lost bool)) *folder {
	return &folder{
		prices: p, now: now, ancestor: ancestor,
		plain:  rollout.NewDecoder(rollout.Options{}),
		detail: rollout.NewDecoder(rollout.Options{Detail: true}),
	}
}

// folded is a thread with what was learnt while its files were folded. It belongs
// to one goroutine at a time: the worker hands it over to the loop.
type folded struct {
	key      string
	files    []watch.File
	thread   *model.Thread
	tail     *watch.Tail // of the newest file, at its end; nil unless detail
	burn     burn
	failed   int // tool calls that failed
	slimmed  int // calls that were there when their texts were last cut
	detail   bool
	waiting  bool // there is an unterminated last line
	lost     bool // a file of its own, or of a thread that it was forked from, was gone when it was to be read
	bytes    int64
	problems []Problem
	unknown  map[string]int64
	facts    []Fact // of lines that are news
	since    news
	tap      *budget.Tap   // nil unless steps are kept
	steps    []budget.Step // what happened, in the order of the lines
	trimAt   int           // how many of them are cut next

	recent      []recentUse // responses of the last day; none where the thread has them itself, in detail and not live
	joinAt      int         // how many of them are joined next
	live        bool        // as the folder's
	older       []olderCall // what came of calls that are kept no longer
	unsure      bool        // reading the files again may say something else, though they did not change
	stored      bool        // it came from the ledger
	kept        bool        // it was written to the ledger
	lastProject string      // of a thread whose files are gone: its project as it was then
}

// reading gives what lines are read with; it has half a megabyte of buffers.
func (f *folder) reading() *watch.Lines {
	if f.lines == nil {
		f.lines = watch.NewLines(nil, nil)
	}
	return f.lines
}

// news says which lines nobody was told of: none where it is the zero value.
type news struct {
	after time.Time // what is later than this
	lines int64     // of what is of that very instant: the lines after so many; 0 means none of them
}

// is says that a line of an instant is news, the last of so many.
func (n news) is(at time.Time, lines int64) bool {
	return at.After(n.after) || n.lines > 0 && lines > n.lines && at.Equal(n.after)
}

func (n news) none() bool { return n.after.IsZero() }

// fold folds all files of a group into a new thread. Facts are collected of lines
// that are news. The error is that of ctx.
func (f *folder) fold(ctx context.Context, g *group, detail bool, since news) (*folded, error) {
	id := g.key
	if len(g.files) > 0 && g.files[0].ThreadID == "" {
		id = ""
	}
	d := &folded{key: g.key, files: g.files, detail: detail, since: since, live: f.live}
	d.thread = model.NewThread(id, model.Options{Detail: detail, Ancestor: f.ancestorOf(d), OneFile: !detail && len(g.files) == 1, Spare: f.spareFor(d),
		Short: f.live && !f.whole, Older: d.noteOlder})
	if f.steps {
		d.tap = &budget.Tap{}
	}
	for i, file := range g.files {
		d.thread.BeginFile(file.Path)
		var err error
		if detail || file.Compressed {
			tail := watch.NewTail(file)
			var change watch.Change
			change, err = f.read(ctx, d, tail, 0)
			d.lost = d.lost || change == watch.Gone
			f.takeRest(d, file, tail.Offset(), tail.Pending(), tail.Rest)
			if i == len(g.files)-1 {
				d.tail = tail
			}
		} else {
			err = f.readOnce(ctx, d, file)
		}
		d.bytes += file.Size
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if err != nil {
			d.problem(file.Path, err)
		}
	}
	if !detail {
		d.thread.Seal()
	}
	return d, nil
}

// spareFor gives the memory of sealed threads. A thread that is followed gets none: the
// loop seals it, while the worker that folded it may be at its next thread.
func (f *folder) spareFor(d *folded) *model.Spare {
	if d.live && d.detail {
		return nil
	}
	return &f.spare
}

// ancestorOf is the way to other threads' files for a fold, which is noted. It does not
// hold the folder, whose buffers are large.
func (f *folder) ancestorOf(d *folded) func(string) ([]model.Pair, bool) {
	ancestor := f.ancestor
	if ancestor == nil {
		return nil
	}
	return func(id string) ([]model.Pair, bool) {
		d.unsure = true // what it says depends on other files too
		pairs, found, lost := ancestor(id)
		d.lost = d.lost || lost
		return pairs, found
	}
}

// lean leaves out what only a reading in detail keeps.
func (d *folded) lean(now time.Time) {
	t := d.thread
	d.recent = d.recentUse(now)
	d.unsure = d.unsure || d.trimmed()
	d.detail, d.tail, d.older = false, nil, nil
	t.Kinds, t.Turns, t.Responses, t.Calls, t.TurnBase = nil, nil, nil, nil, 0
	t.Seal()
}

// errEnough ends a reading that has done its share; the rest is read later.
var errEnough = errors.New("enough for now")

// read applies the lines that a file has got since the last reading. Where budget
// is not 0, it stops with errEnough after about that many bytes.
func (f *folder) read(ctx context.Context, d *folded, tail *watch.Tail, budget int64) (watch.Change, error) {
	n, from := 0, tail.Offset()
	defer d.thread.Judge()
	return tail.Read(f.reading(), func(l watch.Line) error {
		if n++; n&1023 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		if budget > 0 && l.Offset-from >= budget {
			return errEnough
		}
		f.line(d, l)
		return nil
	})
}

// readOnce applies all lines of a plain file that nobody will follow.
func (f *folder) readOnce(ctx context.Context, d *folded, file watch.File) error {
	r, err := watch.Open(file.Path)
	if err != nil {
		return err
	}
	defer r.Close()
	f.reading().Reset(r, 0)
	for n := 0; f.lines.Next(); n++ {
		if n&1023 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		f.line(d, f.lines.Line())
	}
	if at := f.lines.Offset(); !r.Compressed() {
		f.takeRest(d, file, at, file.Size-at, func() []byte { return readFrom(file.Path, at) })
	}
	return f.lines.Err()
}

// readFrom gives the bytes of a file from a position on, at most 1 MiB.
func readFrom(path string, at int64) []byte {
	f, err := os.Open(path)
	if err != nil {
		return nil
	}
	defer f.Close()
	rest, err := io.ReadAll(io.NewSectionReader(f, at, 1<<20))
	if err != nil {
		return nil
	}
	return rest
}

// line applies one line.
func (f *folder) line(d *folded, l watch.Line) {
	dec := f.plain
	if d.detail {
		dec = f.detail
	}
	if err := dec.Decode(l, &f.event); err != nil {
		var bad rollout.BadLine
		reason := "unreadable"
		if errors.As(err, &bad) {
			reason = bad.Reason
		}
		d.thread.Skip(reason)
		for _, piece := range rollout.Glued(l.Bytes) {
			if !l.Cut() && dec.Decode(watch.Line{Bytes: piece, Offset: l.Offset, Size: int64(len(piece))}, &f.event) == nil {
				f.apply(d)
			}
		}
		return
	}
	// A thread's title is its first prompt, the one message that is always wanted.
	if f.event.Kind == model.EventUserMessage && !d.detail && d.thread.Title == "" {
		if err := f.detail.Decode(l, &f.event); err != nil {
			return // its envelope was read, so it has been judged to be no usage
		}
	}
	f.apply(d)
}

// apply folds in the event that was decoded last.
func (f *folder) apply(d *folded) {
	e := &f.event
	if e.Kind == model.EventOther && e.Type == "" { // an empty line
		return
	}
	if e.Unknown {
		if d.unknown == nil {
			d.unknown = map[string]int64{}
		}
		d.unknown[e.Type]++
	}
	fact := d.thread.Apply(e)
	if d.tap != nil {
		d.steps = append(d.steps, d.tap.Take(d.thread, e, fact, !e.Unknown)...)
		if f.trims && len(d.steps) >= max(2*stepsWhole, d.trimAt) {
			d.steps = trimSteps(d.steps)
			d.trimAt = len(d.steps) + stepsWhole
		}
	}
	if fact.Kind != model.FactNone {
		f.note(d, e, fact)
	}
	if fact.Call != nil && fact.Call.Done {
		fact.Call.Output = "" // the steps have it; of what is kept its length is told
	}
}

// note takes what a fact tells about burn, and keeps it for those who follow.
func (f *folder) note(d *folded, e *model.Event, fact model.Fact) {
	var cost price.Cost
	now := f.now()
	switch fact.Kind {
	case model.FactResponse:
		if now.Sub(fact.At) < burnKept || !d.since.none() {
			r := fact.Response
			cost = f.prices.Cost(r.Bucket, r.Usage)
			d.burn.response(fact.At, now, cost, r.Usage.Total())
			if (!d.detail || d.live) && now.Sub(fact.At) < burnKept {
				d.keepRecent(recentUse{fact.At, r.Bucket, r.Usage}, now)
			}
		}
	case model.FactToolDone, model.FactArtifact:
		if c := fact.Call; c.Done && (c.HasExit && c.ExitCode != 0 || c.Status == "failed") {
			d.failed++
		}
	case model.FactCompacted:
		d.burn.compaction(fact.At)
	}
	if !d.since.none() && d.since.is(fact.At, d.thread.Lines) {
		d.facts = appendFacts(d.facts, d.thread, e, fact, cost)
	}
}

// takeRest takes the bytes after the last newline as a line where they are
// complete JSON, which the beginning of a line never is.
func (f *folder) takeRest(d *folded, file watch.File, at, pending int64, read func() []byte) {
	d.waiting = pending > 0
	if !d.waiting {
		return
	}
	// Looked at first without taking it: a reading of half a line is nothing that
	// the next one would have to undo.
	if peek := readFrom(file.Path, at); !file.Compressed && !json.Valid(peek) {
		return
	}
	if rest := read(); bytes.HasPrefix(rest, []byte("{")) && json.Valid(rest) {
		d.waiting = false
		f.line(d, watch.Line{Bytes: rest, Offset: at, Size: int64(len(rest))})
		d.thread.Judge()
	}
}

func (d *folded) problem(path string, err error) {
	if errors.Is(err, fs.ErrNotExist) {
		d.lost = true
		return // gone between the listing and the reading: the next listing tells
	}
	p := Problem{Path: path, Err: err}
	if errors.Is(err, fs.ErrPermission) {
		p.Fix = "chmod u+r " + shellQuote(path)
	}
	d.problems = append(d.problems, p)
}

const (
	fullCalls = 32      // the newest calls of a thread that are kept whole while it is followed
	slimText  = 1 << 10 // bytes that are kept of the texts of older ones
)

// slim cuts the long texts of all calls that ended but the newest few: nobody compares them
// any more, and a thousand of them would hold megabytes.
func (d *folded) slim(whole int) {
	calls := d.thread.Calls
	fresh := d.thread.CallCount - d.slimmed // calls since the last time
	d.slimmed = d.thread.CallCount
	end := max(0, len(calls)-whole)
	for i := max(0, end-fresh-1); i < end; i++ {
		if c := &calls[i]; c.Done {
			c.Output = ""
			if c.Args, c.Command = cutText(c.Args), cutText(c.Command); c.Command != "" {
				c.Args = "" // which say the same once more
			}
		}
	}
}

// cutText gives a copy of a text's beginning, so that the rest is freed.
func cutText(s string) string {
	if len(s) <= slimText {
		return s
	}
	return strings.Clone(s[:slimText])
}
