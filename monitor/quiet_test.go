package monitor

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
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

func TestSavingIsNoMoreThanWhatBurns(t *testing.T) {
	advise := func(saving price.Money) budget.Advice { return budget.Advice{Saving: saving} }
	es := []budget.Exception{{ID: "1", Run: "idle", Advice: advise(5)}, {ID: "2", Run: "busy", Advice: advise(7)}, {ID: "3", Run: "slower", Advice: advise(9)}, {ID: "4", Advice: advise(3)}}
	got := savingAtMost(es, map[model.RunID]price.Money{"idle": 0, "busy": 8, "slower": 6})
	for i, want := range []price.Money{0, 7, 6, 3} {
		if got[i].Advice.Saving != want {
			t.Errorf("%s: %d, want %d", got[i].ID, got[i].Advice.Saving, want)
		}
	}
	if es[0].Advice.Saving != 5 {
		t.Errorf("what was recommended then is changed: %+v", es[0])
	}
}
