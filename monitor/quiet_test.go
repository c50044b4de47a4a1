package monitor

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// A session that was quiet for so long that it is not held open any more goes on,
// and only a look at the folders tells of it.
func TestQuietSessionGoesOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHome(t)
		s := h.begin(bubbleNow(), 1, nil).ask(gpt, "do").answer(small).end().touched()
		l := start(t, Options{Homes: []string{h.path}, Poll: true, Now: bubbleNow})
		l.until("history", responses(1))
		for n := range 3 {
			time.Sleep(90 * time.Minute)
			s.now = bubbleNow()
			s.ask(gpt, "more").answer(small).end().touched()
			l.wait = time.Minute
			l.until("what came after a pause", responses(int64(n+2)))
		}
	})
}

// What was stopped burns nothing from then on, however fast it burnt.
func TestStoppedRunBurnsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHome(t)
		s := h.begin(bubbleNow(), 1, nil).ask(gpt, "do").answer(small).touched()
		l := start(t, Options{Homes: []string{h.path}, Poll: true, Now: bubbleNow})
		sn := l.until("history", responses(1))
		if sn.Rate.USDPerHour <= 0 || sn.Runs[0].Rate.USDPerHour <= 0 {
			t.Errorf("while it runs: %+v", sn.Rate)
		}
		time.Sleep(3 * time.Second)
		s.now = bubbleNow()
		s.abort().touched()
		sn = l.until("its end", func(sn Snapshot) bool { return sn.Runs[0].State == StateStopped })
		if sn.Rate.burning() || sn.Runs[0].Rate.burning() {
			t.Errorf("after it was stopped: %+v", sn.Rate)
		}
	})
}

// A session that waits for its user burns nothing once it has been silent for ten
// minutes, and an exception of it promises no saving then.
func TestIdleRunBurnsNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHome(t)
		h.begin(bubbleNow(), 1, nil).ask(gpt, "do").answer(small).end().touched()
		l := start(t, Options{Homes: []string{h.path}, Poll: true, Now: bubbleNow})
		sn := l.until("history", responses(1))
		if sn.Runs[0].State != StateIdle || !sn.Rate.burning() || !sn.Runs[0].Rate.burning() {
			t.Errorf("right after its turn: %v %+v", sn.Runs[0].State, sn.Rate)
		}
		time.Sleep(10 * time.Minute)
		sn = l.until("silence", func(sn Snapshot) bool { return !sn.Runs[0].Rate.burning() })
		if sn.Runs[0].State != StateIdle || sn.Rate.burning() {
			t.Errorf("after ten minutes: %v %+v", sn.Runs[0].State, sn.Rate)
		}
	})
}

func TestNoSavingWhereNothingBurns(t *testing.T) {
	es := []budget.Exception{{ID: "1", Run: "idle", Advice: budget.Advice{Saving: 5}}, {ID: "2", Run: "busy", Advice: budget.Advice{Saving: 7}}}
	got := savingNothing(es, map[model.RunID]bool{"idle": true})
	if got[0].Advice.Saving != 0 || got[1].Advice.Saving != 7 || es[0].Advice.Saving != 5 {
		t.Errorf("%+v, from %+v", got, es)
	}
}
