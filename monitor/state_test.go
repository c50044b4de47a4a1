package monitor

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

func TestJudge(t *testing.T) {
	now := time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	thread := func(state model.TurnState, age time.Duration, pending int, m model.Meta) *model.Thread {
		return &model.Thread{Meta: m, TurnCount: 1, Turn: model.Turn{State: state, Started: now.Add(-2 * time.Hour)}, LastAt: now.Add(-age), Pending: pending}
	}
	exec := model.Meta{Originator: "codex_exec"}
	agent := model.Meta{ParentID: "p"}
	for _, c := range []struct {
		name string
		t    *model.Thread
		want State
		next time.Duration // after now; 0 never
	}{
		{"working", thread(model.TurnRunning, time.Second, 0, model.Meta{}), StateWorking, 119 * time.Second},
		{"nothing for just two minutes", thread(model.TurnRunning, 2*time.Minute, 0, model.Meta{}), StateSilent, 28 * time.Minute},
		{"a long command", thread(model.TurnRunning, 20*time.Minute, 1, model.Meta{}), StateWorking, 10 * time.Minute},
		{"died", thread(model.TurnRunning, 30*time.Minute, 0, model.Meta{}), StateDied, 0},
		{"died in a command", thread(model.TurnRunning, 30*time.Minute, 1, model.Meta{}), StateDied, 0},
		{"died by a later turn", thread(model.TurnDied, 0, 0, model.Meta{}), StateDied, 0},
		{"idle", thread(model.TurnDone, time.Minute, 0, model.Meta{}), StateIdle, 59 * time.Minute},
		{"idle for an hour", thread(model.TurnDone, time.Hour, 0, model.Meta{}), StateDone, 0},
		{"exec", thread(model.TurnDone, time.Second, 0, exec), StateDone, 0},
		{"sub-agent", thread(model.TurnDone, time.Second, 0, agent), StateDone, 0},
		{"stopped", thread(model.TurnAborted, time.Second, 0, exec), StateStopped, 0},
		{"failed", thread(model.TurnFailed, time.Second, 0, exec), StateFailed, 0},
		{"clock went back", thread(model.TurnRunning, -time.Hour, 0, model.Meta{}), StateWorking, 2 * time.Minute},
		{"no turn yet", &model.Thread{Meta: exec, LastAt: now}, StateIdle, time.Hour},
	} {
		got, next := judge(c.t, now, now)
		if got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
		if c.next == 0 && !next.IsZero() || c.next != 0 && next.Sub(now) != c.next {
			t.Errorf("%s: changes after %v, want %v", c.name, next.Sub(now), c.next)
		}
	}
}

func TestOrigin(t *testing.T) {
	for _, c := range []struct{ originator, source, want string }{
		{"codex_exec", "exec", "exec"},
		{"codex-tui", "cli", "tui"},
		{"codex-tui", "vscode", "tui"}, // a terminal on the app server
		{"codex_cli_rs", "cli", "tui"},
		{"codex_cli_rs", "exec", "exec"},
		{"codex_vscode", "vscode", "vscode"},
		{"my\x1b[31mclient", "vscode", "myclient"},
		{"", "mcp", "mcp"},
		{"", "", ""},
	} {
		if got := origin(model.Meta{Originator: c.originator, Source: c.source}); got != c.want {
			t.Errorf("%q %q: %q, want %q", c.originator, c.source, got, c.want)
		}
	}
}

// What time alone does to a run, shown by a monitor that runs through it.
func TestStatesOverTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHome(t)
		began := bubbleNow()
		s := h.begin(began, 1, nil).ask(gpt, "do").answer(small)
		l := start(t, Options{Homes: []string{h.path}, Poll: true, Now: bubbleNow})
		l.wait = 24 * time.Hour
		state := func(want State) Snapshot {
			t.Helper()
			return l.until(want.String(), func(sn Snapshot) bool { return ready(sn) && len(sn.Runs) == 1 && sn.Runs[0].State == want })
		}
		at := func(sn Snapshot, want time.Duration) {
			t.Helper()
			if got := sn.At.Sub(began); got < want || got > want+3*time.Second {
				t.Errorf("after %v, want %v", got, want)
			}
		}
		sn := state(StateWorking)
		if r := sn.Runs[0]; !r.Sampling || r.Pending != "" || r.Rate.USDPerHour <= 0 || sn.Rate != r.Rate {
			t.Errorf("at first: %+v, all %+v", r, sn.Rate)
		}
		first := sn.Rate
		at(state(StateSilent), 2*time.Minute)

		s.now = bubbleNow()
		id := s.call("sleep 600")
		sn = state(StateWorking)
		if r := sn.Runs[0]; r.Sampling || r.Pending != "sleep 600" {
			t.Errorf("in a call: pending %q, sampling %v", r.Pending, r.Sampling)
		}
		called := s.now.Sub(began)
		at(state(StateDied), called+30*time.Minute)

		s.now = bubbleNow()
		s.output(id, 0).end()
		ended := s.now.Sub(began)
		at(state(StateIdle), ended)
		sn = state(StateDone)
		at(sn, ended+time.Hour)
		if sn.Rate.USDPerHour >= first.USDPerHour/10 {
			t.Errorf("the rate was %v and is %v", first, sn.Rate)
		}
		quiet := l.until("quiet", func(sn Snapshot) bool { return sn.Rate == Rate{} })
		if quiet.Runs[0].Cost != sn.Runs[0].Cost || quiet.Runs[0].Cost.USD <= 0 {
			t.Errorf("cost %v, then %v", sn.Runs[0].Cost, quiet.Runs[0].Cost)
		}
	})
}

// While nothing happens there is hardly a snapshot.
func TestIdle(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		h := newHome(t)
		h.begin(bubbleNow().Add(-20*time.Hour), 1, nil).ask(gpt, "do").answer(small).end()
		l := start(t, Options{Homes: []string{h.path}, Poll: true, Now: bubbleNow})
		l.wait = 24 * time.Hour
		s := l.until("history", responses(1))
		from, n := s.At, 0
		l.until("an hour", func(s Snapshot) bool { n++; return s.At.Sub(from) >= time.Hour })
		if n > 4*60+70 {
			t.Errorf("%d snapshots in an hour", n)
		}
	})
}
