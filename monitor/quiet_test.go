package monitor

import (
	"testing"
	"testing/synctest"
	"time"
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
