package tui

import (
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// ordersOf are the orders that hold for a run.
func ordersOf(s monitor.Snapshot, run model.RunID) []monitor.Order {
	var out []monitor.Order
	for _, o := range s.Orders {
		if o.Run == run && o.Done.IsZero() {
			out = append(out, o)
		}
	}
	return out
}

// orderMark is an order in a few cells of a row: "→$10.00".
func orderMark(o monitor.Order, s monitor.Snapshot, g themes.Glyphs) string {
	switch o.Kind {
	case monitor.OrderTurnEnd:
		return g.Arrow + "end"
	case monitor.OrderAmount:
		return g.Arrow + "$" + money(o.Amount)
	case monitor.OrderHold:
		return g.Arrow + hourMinute(o.Until, s.Zone)
	}
	return g.Arrow
}

// orderWords say what will happen to a run.
func orderWords(o monitor.Order, s monitor.Snapshot) string {
	text := safe(string(o.Kind))
	switch o.Kind {
	case monitor.OrderTurnEnd:
		text = "no further turn after this one"
	case monitor.OrderAmount:
		text = "stops when it has cost $" + money(o.Amount)
	case monitor.OrderHold:
		text = "no new turn until " + dayTime(o.Until, s)
	}
	by := safe(o.Actor)
	if at := dayTime(o.At, s); at != "" {
		if by != "" {
			by += ", "
		}
		by += at
	}
	if by != "" {
		text += " (" + by + ")"
	}
	if reason := safe(o.Reason); reason != "" {
		text += ": " + reason
	}
	return text
}

// rowName is a run's name over w cells, with the mark of an order that holds at its end.
func rowName(r *monitor.Run, s monitor.Snapshot, w int, g themes.Glyphs) string {
	all := ordersOf(s, r.ID)
	if len(all) == 0 {
		return fit(r.Name, w, g)
	}
	mark := orderMark(all[0], s, g)
	if len(all) > 1 {
		mark += "+"
	}
	if cells(mark)+6 > w {
		mark = g.Arrow
	}
	if cells(mark)+2 > w {
		return fit(r.Name, w, g)
	}
	return fit(cut(r.Name, w-cells(mark)-1, g)+" "+mark, w, g)
}

// orderLines are the orders of the run on its own screen.
func (p runPage) orderLines(w, limit int) []string {
	var lines []string
	for _, o := range ordersOf(p.s, p.r.ID) {
		if len(lines) == limit {
			break
		}
		lines = append(lines, " "+p.st.Info.Render(p.st.Glyphs.Arrow)+" "+cut(orderWords(o, p.s), w-2-cells(p.st.Glyphs.Arrow), p.st.Glyphs))
	}
	return lines
}
