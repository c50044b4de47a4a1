package report

import (
	"cmp"
	"encoding/csv"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// Statement is what was spent for one client, by day, project and task: a cost
// breakdown that can be sent to it. It names no person and no prompt.
type Statement struct {
	Client   string
	From, To time.Time // local midnights, the second not included
	Lines    []StatementLine
	Total    Usage
	Runs     int
}

// StatementLine is one day's spend on one task of one project.
type StatementLine struct {
	Day     string // 2006-01-02
	Project string
	Task    string // "" where the run had none
	Runs    int
	Usage
}

// StatementOf makes the statement of a client from the spend of all runs. The
// lines add up to the total; they come by day, project and task.
func StatementOf(rows []budget.Spend, client string, from, to time.Time) *Statement {
	s := &Statement{Client: client, From: from, To: to}
	type key struct{ day, project, task string }
	lines := map[key]*StatementLine{}
	runs := map[key]map[model.RunID]bool{}
	all := map[model.RunID]bool{}
	span := Span{From: from, To: to}
	days := dayNames{zone: from.Location(), known: map[int64]string{}}
	for _, r := range rows {
		if r.Client != client || !span.Has(model.Bucket{Quarter: r.Quarter}) {
			continue
		}
		k := key{days.of(r.Quarter), Label(r.Project), r.Task}
		if lines[k] == nil {
			lines[k] = &StatementLine{Day: k.day, Project: k.project, Task: k.task}
			runs[k] = map[model.RunID]bool{}
		}
		u := Usage{r.Count, r.Cost}
		lines[k].Usage = lines[k].Plus(u)
		s.Total = s.Total.Plus(u)
		runs[k][r.Run], all[r.Run] = true, true
	}
	for k, l := range lines {
		l.Runs = len(runs[k])
	}
	sorted := slices.SortedFunc(maps.Values(lines), func(a, b *StatementLine) int {
		return cmp.Or(strings.Compare(a.Day, b.Day), strings.Compare(a.Project, b.Project), strings.Compare(a.Task, b.Task))
	})
	for _, l := range sorted {
		s.Lines = append(s.Lines, *l)
	}
	s.Runs = len(all)
	return s
}

// CSV writes the statement with exact amounts, one line for each day, project and task. A
// cost of which nothing is known is empty, never 0.
func (s *Statement) CSV(w io.Writer) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"client", "day", "project", "task", "runs", "input_tokens", "cached_input_tokens", "cache_write_input_tokens",
		"output_tokens", "api_equivalent_usd", "is_floor", "unpriced_tokens"})
	n := func(t model.Tokens) string { return strconv.FormatInt(int64(t), 10) }
	for _, l := range s.Lines {
		cost := ""
		if l.Priced() {
			cost = l.Cost.USD.String()
		}
		_ = out.Write([]string{sheetText(s.Client), l.Day, sheetText(l.Project), sheetText(l.Task), strconv.Itoa(l.Runs), n(l.Input), n(l.Cached),
			n(l.CacheWrite), n(l.Output), cost, strconv.FormatBool(l.Cost.Floor()), n(l.Cost.Unpriced)})
	}
	out.Flush()
	return out.Error()
}

// sheetText keeps a name from being read as a formula by a spreadsheet.
func sheetText(s string) string {
	if s != "" && strings.ContainsRune("=+-@\t", rune(s[0])) {
		return "'" + s
	}
	return s
}

// Markdown writes the statement for a reader: a table whose cents add up to its total.
func (s *Statement) Markdown(asOf string) string {
	g := themes.Unicode()
	d := &monitor.Day{Date: s.From, To: s.To, Cost: s.Total.Cost}
	var b strings.Builder
	fmt.Fprintf(&b, "# Statement for %s\n\n%s. %s, %s tokens in, %s out.\n\n", mdText(Label(s.Client)), dayTitle(d), plural(s.Runs, "run"),
		short(s.Total.Input), short(s.Total.Output))
	if len(s.Lines) == 0 {
		b.WriteString("Nothing was used.\n\n")
	} else {
		b.WriteString("| Day | Project | Task | Runs | Tokens | API-equivalent |\n|---|---|---|---:|---:|---:|\n")
		cents := centsThatAddUp(s.Lines, s.Total.Cost.USD)
		for i, l := range s.Lines {
			cost := "?"
			if l.Priced() {
				cost = floorMark(l.Cost, g) + centText(cents[i])
			}
			fmt.Fprintf(&b, "| %s | %s | %s | %d | %s | %s |\n", l.Day, mdText(Label(l.Project)), mdText(taskText(l.Task)), l.Runs, short(l.Total()), cost)
		}
		total := "?"
		if s.Total.Priced() {
			total = floorMark(s.Total.Cost, g) + centText(wholeCents(s.Total.Cost.USD))
		}
		fmt.Fprintf(&b, "| **Total** | | | %d | %s | **%s** |\n\n", s.Runs, short(s.Total.Total()), total)
	}
	b.WriteString(mdText(dayFootnote(d, asOf)) + "\n")
	return b.String()
}

func taskText(task string) string {
	if task == "" {
		return monitor.NoTask
	}
	return task
}

func floorMark(c price.Cost, g themes.Glyphs) string {
	if c.Floor() {
		return g.AtLeast
	}
	return ""
}

const cent = price.Dollar / 100

// wholeCents rounds half up.
func wholeCents(m price.Money) int64 {
	n := int64(m / cent)
	if m%cent >= cent/2 {
		n++
	}
	return n
}

func centText(n int64) string { return usd(price.Money(n) * cent) }

// centsThatAddUp rounds lines to cents so that they add up to the rounded total:
// down first, and what is missing goes where most was cut off.
func centsThatAddUp(lines []StatementLine, total price.Money) []int64 {
	out := make([]int64, len(lines))
	rest := make([]price.Money, len(lines))
	left := wholeCents(total)
	for i, l := range lines {
		out[i], rest[i] = int64(l.Cost.USD/cent), l.Cost.USD%cent
		left -= out[i]
	}
	for ; left > 0; left-- {
		best := 0
		for i := range rest {
			if rest[i] > rest[best] {
				best = i
			}
		}
		out[best]++
		rest[best] = -1
	}
	return out
}
