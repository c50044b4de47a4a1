package monitor

import (
	"context"
	"time"
)

// DayAsk is what a loop that shows a day wants to know and must not wait for:
// the commits of folders, or the account of a past day as a whole, whose threads it no
// longer holds with detail.
type DayAsk struct {
	Folders []string // see [Folders]
	Since   time.Time
	Past    *DayQuery // where it is set, Folders and Since are not used
	Options Options   // for Past
}

// DayAnswer is what was found out.
type DayAnswer struct {
	Ask     DayAsk
	Commits Commits
	Day     *Day  // of Ask.Past
	Err     error // why there is no Day
}

// Outputs reads repositories and past days beside a loop. Of several questions
// that wait, only the newest is answered.
type Outputs struct {
	git     *Git
	asks    chan DayAsk
	answers chan DayAnswer
}

// NewOutputs gives one that does not run yet.
func NewOutputs() *Outputs {
	return &Outputs{git: NewGit(), asks: make(chan DayAsk, 1), answers: make(chan DayAnswer, 1)}
}

// Ask puts a question in place of one that nobody began to answer. It never
// blocks, and must be called from one goroutine only.
func (o *Outputs) Ask(a DayAsk) {
	select {
	case <-o.asks:
	default:
	}
	o.asks <- a
}

// Answers gives the answers, each once. One that nobody took is replaced by the next.
func (o *Outputs) Answers() <-chan DayAnswer { return o.answers }

// Run answers questions until ctx is done.
func (o *Outputs) Run(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case a := <-o.asks:
			r := o.answer(ctx, a)
			select {
			case <-o.answers:
			default:
			}
			select {
			case o.answers <- r:
			case <-ctx.Done():
				return
			}
		}
	}
}

func (o *Outputs) answer(ctx context.Context, a DayAsk) DayAnswer {
	r := DayAnswer{Ask: a}
	if a.Past == nil {
		r.Commits = o.git.Read(ctx, a.Folders, a.Since)
		return r
	}
	r.Day, _, r.Err = ReadDay(ctx, a.Options, *a.Past)
	return r
}
