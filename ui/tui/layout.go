package tui

// class is how the screen is laid out: by its width first, then by its height.
type class uint8

const (
	classText  class = iota // the text of a status line
	classLine               // one line a run, nothing else
	classCards              // two lines a run, panels below
	classTable              // a table, panels below
	classSplit              // table and panels, the selected run beside them
	classWide               // three columns
)

// layoutMode is what the user chose with the layout key.
type layoutMode uint8

const (
	layoutAuto layoutMode = iota
	layoutCompact
	layoutTable
	layoutWide
	layoutModes
)

func (l layoutMode) String() string {
	return [...]string{"auto", "compact", "table", "wide"}[l]
}

// classOf gives the layout of a screen. A mode asks for a layout; it is
// followed as far as the width allows. There is no size without a layout.
func classOf(w, h int, mode layoutMode) class {
	switch {
	case w < 20 || h < 3:
		return classText
	case w < 32 || h < 10 || mode == layoutCompact:
		return classLine
	case w < 60:
		return classCards
	case w < 100 || mode == layoutTable:
		return classTable
	case w < 160 && mode != layoutWide || w < 140:
		return classSplit
	}
	return classWide
}

// columnWidths gives the widths of the screen's columns without the bars of three
// cells between them; 0 where there is no such column. The first is capped in
// cells: what is left goes to the last.
func columnWidths(c class, w int) (left, middle, right int) {
	switch c {
	case classSplit:
		right = min(max(w*36/100, 36), 56)
		return w - 3 - right, 0, right
	case classWide:
		middle = min(max(w*27/100, 44), 56)
		right = min(max(w*22/100, 34), 60)
		left = w - 6 - middle - right
		if left > 110 {
			right += left - 110
			left = 110
		}
		return left, middle, right
	}
	return w, 0, 0
}

// panelID names a panel of a column.
type panelID uint8

const (
	panelChart panelID = iota
	panelLimits
	panelProjects
	panelModels
	panelHours
	panelLog
	panelRuns
	panelSource
	panelExceptions
	panelSnoozed
)

// panel is a panel with the least lines that it is of use with, and the most that it can fill.
type panel struct {
	id        panelID
	min, want int
	lines     int // given by stack
}

// stack shares out the lines of a column: the list gets what it wants up to two thirds,
// then each panel, most important first, its least, then the list the rest of what it wants,
// then the panels what they can fill. It gives the list's lines and the panels that got a place.
func stack(lines, listWant int, panels []panel) (list int, placed []panel) {
	list = min(listWant, max(min(lines, 5), lines*2/3))
	rest := lines - list
	for _, p := range panels {
		if p.want < p.min || p.min > rest {
			continue
		}
		p.lines = p.min
		rest -= p.min
		placed = append(placed, p)
	}
	more := min(rest, listWant-list)
	list, rest = list+more, rest-more
	for i := range placed {
		more := min(rest, placed[i].want-placed[i].lines)
		placed[i].lines += more
		rest -= more
	}
	if len(placed) == 0 {
		list += rest
	}
	return list, placed
}
