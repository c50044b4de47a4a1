package control

import "fmt"

// serverOffers are the deeds that are offered for a run in a shared server, weakest first.
func (p Plan) serverOffers(running []serverTurn, beside int) []Choice {
	var choices []Choice
	agents := len(running)
	for _, t := range running {
		if t.thread.ID == p.Target.root() {
			agents--
			choices = append(choices, p.wrapUpChoice(beside))
		}
	}
	return append(choices, p.serverInterrupt(agents, beside))
}

// where says in what its turns run.
func (p Plan) where(beside int) string {
	s := fmt.Sprintf("Its turns run in the shared Codex server, pid %d", p.Owner.Process.PID)
	if beside > 0 {
		s += ", with " + count(beside, "other run", "other runs")
	}
	return s + ". Closing the window would not stop it."
}

func (p Plan) serverInterrupt(agents, beside int) Choice {
	c := Choice{Way: Interrupt, Label: "Interrupt this turn (asks the server; the window stays open)"}
	c.Effects = []string{p.where(beside), "The server is asked over its socket; no signal goes to any process, and it stays."}
	if agents > 0 {
		c.Effects = append(c.Effects, count(agents, "running sub-agent is", "running sub-agents are")+" interrupted too.")
	}
	c.Effects = append(c.Effects, "Commands that run on behind it are ended.")
	if beside > 0 {
		c.Effects = append(c.Effects, one(beside, "The other run in the server goes", "The other runs in the server go")+" on.")
	}
	return p.common(c)
}

func (p Plan) wrapUpChoice(beside int) Choice {
	return Choice{Way: WrapUp, Label: "Ask the model to wrap up (nothing is cut)", Effects: []string{
		p.where(beside),
		"A message is put into the running turn: finish the step, start nothing new, end with a summary.",
		"It burns on until the model ends its turn. It may not obey.",
	}}
}
