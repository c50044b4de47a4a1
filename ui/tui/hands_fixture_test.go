package tui

import (
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// fakePlan is what can be done about the first run: codex exec with one child.
func fakePlan() control.Plan {
	run := fakeRuns()[0]
	id := string(run.ID)
	return control.Plan{
		At:     fakeNow,
		Target: control.Target{Run: run.ID, Name: run.Name, Home: run.Home, Cwd: run.Cwd, Threads: []control.Thread{{ID: id}, {ID: "agent", Parent: id, Agent: "reviewer"}}},
		Owner: control.Owner{Thread: id, Home: run.Home, Kind: control.Exec, Holds: []string{id}, Process: control.Process{
			PID: 13073, Started: fakeNow.Add(-41 * time.Minute), Ticks: 77, Exe: "/opt/codex/codex", Command: `codex exec "fix flaky retries in gateway"`, Cwd: run.Cwd}},
		Turns: map[string]control.Turn{
			id:      {ID: "t40", Number: 40, State: model.TurnRunning, Started: fakeNow.Add(-38 * time.Second), Context: 211_000, Window: 258_400},
			"agent": {ID: "a1", Number: 2, State: model.TurnRunning, Started: fakeNow},
		},
		Children: []control.Process{{PID: 13391, Command: "go test ./...", Started: fakeNow}},
		Choices: []control.Choice{{Way: control.Interrupt, Label: "Interrupt the turn and end the run", Effects: []string{
			"SIGINT goes to 13073 only. Codex ends the turn, writes turn_aborted and exits.", "Edits already made stay. What it started may live on; it is listed afterwards."}}},
		Resume: []string{"codex", "exec", "resume", id},
	}
}

// fakeOrders are the soft landings.
func fakeOrders() []monitor.OrderOffer {
	return []monitor.OrderOffer{
		{Kind: monitor.OrderTurnEnd, Label: "Stop at the end of this turn", Effects: []string{"This turn goes on to its end; no further one is accepted."}},
		{Kind: monitor.OrderAmount, Label: "Stop when it has cost so much", Effects: []string{"The turn that passes the amount is interrupted."}},
		{Kind: monitor.OrderHold, Label: "Hold: refuse new turns for a while", Effects: []string{"The running turn goes on. New turns are refused by the gate until then."}},
	}
}

// fakeDeed is a deed of a kind and state about the first run, for whoever asks for it.
func fakeDeed(kind monitor.DeedKind, state monitor.DeedState) monitor.Deed {
	run := fakeRuns()[0]
	d := monitor.Deed{Kind: kind, Run: run.ID, Name: run.Name, State: state, Cost: run.Cost, Rate: usd(3.42), RateNow: usd(3.42), Gated: true,
		Command: "cd /home/ann/src/api-gateway && codex exec resume 01a2080a-e315-79e2-ba3f-3b671dc9dc65"}
	if state == monitor.DeedLooking {
		d.Command = ""
		return d
	}
	d.Plan = fakePlan()
	switch kind {
	case monitor.DeedStop:
		d.Orders = fakeOrders()
	case monitor.DeedTakeOver:
		d.Places = []control.Place{control.PlaceWindow, control.PlacePrint}
	case monitor.DeedDowngrade:
		d.Models, d.How = fakeOffers(), []string{"interrupt turn 40 (SIGINT to 13073) and wait for the end of the process", "resume in its folder, with its sandbox and approval settings, on the other model"}
	}
	return d
}

func fakeOffers() []monitor.ModelOffer {
	c := func(d float64) price.Cost { return price.Cost{USD: usd(d)} }
	base := monitor.ModelOffer{Now: c(1.98), Turns: 12, Fits: true}
	offer := func(name, effort string, after, saves, end, once float64) monitor.ModelOffer {
		o := base
		o.Model, o.Effort, o.After, o.Saves, o.DayEnd, o.OneOff = name, effort, c(after), usd(saves), c(end), c(once)
		return o
	}
	now := offer("gpt-5.2-codex", "high", 1.98, 0, 26.84, 0)
	now.Current = true
	medium := offer("gpt-5.2-codex", "medium", 1.31, 0.67, 25.18, 0)
	mini := offer("gpt-5.1-codex-mini", "medium", 0.53, 1.45, 23.26, 0.19)
	mini.Risk = "a smaller model may need retries"
	nano := offer("gpt-5-nano", "low", 0.12, 1.86, 22.25, 0.04)
	nano.Compacts = true
	small := offer("gpt-4-old", "", 0.40, 1.58, 23.00, 0.1)
	small.Fits = false
	floor := offer("gpt-5.3-half", "high", 0.90, 1.08, 24.10, 0.2)
	floor.After.Unpriced, floor.DayEnd.Unpriced = 1000, 1000
	secret := monitor.ModelOffer{Model: "gpt-9-secret", Now: c(1.98), Turns: 12, Fits: true, Why: "no price is known for it"}
	return []monitor.ModelOffer{now, medium, mini, nano, small, floor, secret}
}

// serverDeed is stopping the second run, whose turns run in a shared server.
func serverDeed() monitor.Deed {
	run := fakeRuns()[1]
	d := fakeDeed(monitor.DeedStop, monitor.DeedReady)
	d.Run, d.Name, d.Cost, d.Command = run.ID, run.Name, run.Cost, "codex resume "+string(run.ID)
	d.Plan.Target = control.Target{Run: run.ID, Name: run.Name, Cwd: run.Cwd, Threads: []control.Thread{{ID: string(run.ID)}}}
	d.Plan.Turns = map[string]control.Turn{string(run.ID): {ID: "t22", Number: 22, State: model.TurnRunning, Started: fakeNow.Add(-12 * time.Second)}}
	d.Plan.Owner = control.Owner{Kind: control.Server, Process: control.Process{PID: 17065, Started: fakeNow.Add(-3 * time.Hour), Ticks: 9, Command: "codex app-server --listen"}}
	d.Plan.Others, d.Plan.Children = []string{string(fakeRuns()[3].ID)}, nil
	d.Plan.Choices = []control.Choice{
		{Way: control.WrapUp, Label: "Ask it to wrap up", Effects: []string{"The model is told to come to an end; it goes on until it does."}},
		{Way: control.Interrupt, Label: "Interrupt this turn", Effects: []string{"The server is asked to interrupt turn 22. The window stays open. The other run is not touched."}},
	}
	return d
}

// step gives a step at some seconds after the snapshot.
func fakeStep(seconds int, key string, state control.StepState, text string) control.Step {
	return control.Step{At: fakeNow.Add(time.Duration(seconds) * time.Second), Key: key, State: state, Text: text}
}

// stoppedDeed ended well, but for a child that lives on.
func stoppedDeed() monitor.Deed {
	d := fakeDeed(monitor.DeedStop, monitor.DeedEnded)
	d.RateNow = usd(1.44)
	d.Steps = []control.Step{
		fakeStep(3, "signal", control.StepDone, "SIGINT sent to 13073"), fakeStep(4, "turn", control.StepDone, "turn 40 ended: turn_aborted, read from the session file"),
		fakeStep(4, "gone", control.StepDone, "process 13073 is gone"),
	}
	d.Outcome = control.Outcome{At: fakeNow.Add(4 * time.Second), Way: control.Interrupt, Steps: d.Steps, Stopped: true, Gone: true, ExitCode: -1,
		Survivors: []control.Process{{PID: 13391, Command: "go test ./..."}},
		Next:      []control.Choice{{Way: control.Children, Label: "End go test ./... (13391)", Effects: []string{"SIGTERM goes to 13391."}}}}
	return d
}

// failedDeed was proved not to have worked: the next step is asked.
func failedDeed() monitor.Deed {
	d := fakeDeed(monitor.DeedStop, monitor.DeedEnded)
	d.Steps = []control.Step{
		fakeStep(3, "signal", control.StepDone, "SIGINT sent to 13073"), fakeStep(4, "turn", control.StepWaiting, "turn 40 goes on"),
		fakeStep(8, "turn", control.StepFailed, "turn 40 did not end within 5 s"), fakeStep(8, "gone", control.StepFailed, "process 13073 lives"), fakeStep(8, "", control.StepNote, "it may be inside a tool call"),
	}
	d.Outcome = control.Outcome{At: fakeNow.Add(8 * time.Second), Way: control.Interrupt, ExitCode: -1, Next: []control.Choice{
		{Way: control.Again, Label: "Send SIGINT once more", Effects: []string{"SIGINT goes to 13073 again."}},
		{Way: control.Terminate, Label: "Send SIGTERM", Effects: []string{"SIGTERM goes to 13073; the turn is not written to its end."}},
	}}
	return d
}

// orderedDeed is an order that was taken; the plan is still offered with it.
func orderedDeed() monitor.Deed {
	d := fakeDeed(monitor.DeedStop, monitor.DeedEnded)
	d.Steps = []control.Step{fakeStep(1, "order", control.StepDone, "ordered: stop when it has cost $10.50")}
	d.Outcome = control.Outcome{At: fakeNow, ExitCode: -1, Steps: d.Steps, Next: d.Plan.Choices}
	return d
}

// actingDeed is on its way.
func actingDeed() monitor.Deed {
	d := fakeDeed(monitor.DeedStop, monitor.DeedActing)
	d.Steps = []control.Step{fakeStep(3, "signal", control.StepDone, "SIGINT sent to 13073"), fakeStep(3, "turn", control.StepWaiting, "waiting for the end of turn 40")}
	return d
}

// refusedDeed was not done.
func refusedDeed() monitor.Deed {
	d := fakeDeed(monitor.DeedStop, monitor.DeedRefused)
	d.Why = control.ErrEnded.Error()
	return d
}

// handsSnapshot is the judged state with owners, orders that hold, and a gate that is not asked.
func handsSnapshot() monitor.Snapshot {
	s := judgedSnapshot()
	s.Runs[0].Owner = monitor.Owner{Known: true, Kind: control.Exec, PID: 13073, Started: fakeNow.Add(-41 * time.Minute)}
	s.Runs[1].Owner = monitor.Owner{Known: true, Kind: control.Server, PID: 17065, Started: fakeNow.Add(-26 * time.Hour), Shared: 1, Pane: "%3"}
	s.Runs[3].Owner = monitor.Owner{Known: true, Kind: control.None}
	s.Orders = []monitor.Order{
		{ID: "o1", Run: s.Runs[1].ID, Kind: monitor.OrderAmount, Amount: usd(5), At: fakeNow.Add(-3 * time.Minute), Actor: "ann", Reason: "enough for a translation"},
		{ID: "o2", Run: s.Runs[3].ID, Kind: monitor.OrderHold, Until: fakeNow.Add(4 * time.Hour), At: fakeNow, Actor: "ann"},
	}
	s.Gate = monitor.Gate{Known: true, Missing: []string{"/home/ann/.codex"}, Why: "the hook is not trusted"}
	return s
}

// answered gives the model after the monitor has answered what it asked for with a deed.
func answered(m Model, d monitor.Deed) Model {
	s := m.newest()
	d.ID = m.hands.id
	s.Deed = &d
	return feed(m, SnapshotMsg(s))
}

// countingDown is a state in which a budget is about to stop runs.
func countingDown() monitor.Snapshot {
	s := handsSnapshot()
	s.Countdowns = []monitor.Countdown{
		{Run: s.Runs[0].ID, Name: s.Runs[0].Name, Budget: "day", At: fakeNow.Add(8 * time.Second), Why: "$25.10 of $25.00"},
		{Run: s.Runs[1].ID, Name: s.Runs[1].Name, Budget: "acme month", At: fakeNow.Add(9500 * time.Millisecond), Why: "over"},
	}
	return s
}
