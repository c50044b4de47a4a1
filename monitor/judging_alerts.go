package monitor

import (
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

const (
	// settleFor is how long after the start alerts may take to fire again before the
	// ledger's count as over: a page wants two judgements.
	settleFor = time.Minute
	// newsFor is how old an alert may be at the start and still be news: a quarter of
	// an hour, and another one because it is known by the quarter of an hour that it began in.
	newsFor = 30 * time.Minute
)

// alertKey tells episodes of one period apart; since does not, because it is
// another one after a restart.
type alertKey struct {
	budget, key string
	tier        budget.Tier
	percent     int
	from        int64
}

func keyOf(a budget.Alert) alertKey {
	k := alertKey{a.Budget, a.Key, a.Tier, a.Percent, 0}
	if !a.From.IsZero() && a.Key == "" {
		k.from = a.From.Unix()
	}
	return k
}

// reconcile compares the alerts that fire now with the queue: each is raised once
// an episode, and over when it recovered.
func (l *loop) reconcile(now time.Time) {
	firing := map[alertKey]bool{}
	for _, s := range l.standings {
		hard := false
		for _, a := range s.Alerts {
			hard = hard || a.Tier == budget.Hard
		}
		for _, a := range s.Alerts {
			if hard && a.Tier == budget.Threshold && a.Percent >= 100 {
				continue // the limit's own alert says it
			}
			k := keyOf(a)
			firing[k] = true
			l.alert(k, s, a)
		}
	}
	for k, x := range l.queue.firing {
		// An extension stays what it is until it ends, although the limit is not passed while it holds.
		if !firing[k] && x.State != budget.Extended {
			delete(l.queue.firing, k)
			l.keep.alert(ledger.Episode{Alert: x.alert, Resolved: now})
			l.resolve(x, now)
		}
	}
	if now.Sub(l.readyAt) < settleFor {
		return
	}
	for k, a := range l.queue.lasting {
		delete(l.queue.lasting, k)
		l.keep.alert(ledger.Episode{Alert: a, Resolved: now})
		for _, x := range l.queue.all {
			if x.byTier && x.key == k {
				l.resolve(x, now)
			}
		}
	}
}

// alert takes one alert that fires.
func (l *loop) alert(k alertKey, s budget.Standing, a budget.Alert) {
	x := l.queue.firing[k]
	if x == nil {
		x = l.adopt(k, s, a)
	}
	if x != nil && x.State == budget.Extended && (a.Tier == budget.Hard || a.Tier == budget.Threshold) && s.Granted > 0 {
		// What was granted is spent, too: that is another time of trouble.
		delete(l.queue.firing, k)
		l.keep.alert(ledger.Episode{Alert: x.alert, Resolved: l.now()})
		l.resolve(x, l.now())
		x = nil
	}
	if x != nil {
		a.Since = x.alert.Since
		e := s.Exception(a)
		e.ID = x.ID
		if e.Severity > x.Severity {
			l.again(x, e)
		} else if e.Observed != x.Observed || e.Severity != x.Severity {
			x.found(e)
			l.queue.changed = true
		}
		return
	}
	old, known := l.queue.lasting[k]
	if known {
		a.Since = old.Since
		delete(l.queue.lasting, k)
	} else if r := l.runs[model.RunID(s.Key)]; s.Budget.Period.Name == budget.Run && (r == nil || !r.view.State.Live()) {
		return // that run is over: nothing can be done about it
	}
	e := s.Exception(a)
	for l.queue.all[e.ID] != nil && !known {
		e.ID += "x" // the same quarter of an hour again
	}
	if x = l.queue.all[e.ID]; x != nil {
		x.found(e)
		x.key, x.alert, x.byTier = k, a, true
		l.queue.firing[k] = x
		l.queue.changed = true
		return
	}
	x = &raised{Exception: e, key: k, alert: a, byTier: true}
	l.queue.firing[k] = x
	l.keep.alert(ledger.Episode{Alert: a})
	l.raise(x, known || a.Since.Before(l.readyAt.Add(-newsFor)))
}

// adopt finds what was decided by a command about this very alert while no monitor
// was there to write down that it fires; nil where nothing was.
func (l *loop) adopt(k alertKey, s budget.Standing, a budget.Alert) *raised {
	if _, known := l.queue.lasting[k]; known {
		return nil
	}
	id := s.Exception(a).ID
	for l.queue.all[id+"x"] != nil { // the newest of its quarter of an hour
		id += "x"
	}
	x := l.queue.all[id]
	if x == nil || !x.before || x.State == budget.Resolved {
		return nil
	}
	x.key, x.alert, x.byTier = k, a, true
	l.queue.firing[k] = x
	l.keep.alert(ledger.Episode{Alert: a})
	return x
}
