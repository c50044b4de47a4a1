package report

import (
	"fmt"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// mdExceptions is how many exceptions are listed, worst first.
const mdExceptions = 20

// DayMarkdown writes the account of a day for a message or a wiki.
func DayMarkdown(d *monitor.Day, v DayView) string {
	g := themes.Unicode()
	var b strings.Builder
	title := dayTitle(d)
	if v.Client != "" {
		title += ", client " + Label(v.Client)
	}
	if d.Open {
		title += ", so far"
	}
	fmt.Fprintf(&b, "# %s\n\n", mdText(title))
	spent := "**" + money(d.Cost, g) + "**"
	if d.Budget != nil {
		spent += " (" + usedOf(d.Budget, g) + ", " + percent(float64(d.Budget.Spent), float64(d.Budget.Limit)) + " of the budget)"
	}
	spent += ", before: " + money(d.Previous, g)
	if d.Median >= 0 {
		spent += ", usual day: " + usd(d.Median)
	}
	fmt.Fprintf(&b, "%s.\n%s, %s, %s tokens in (%s cached), %s out, %s active.\n\n", spent, plural(d.Runs, "run"), plural(d.Turns, "turn"),
		short(d.Usage.Input), percent(float64(d.Usage.Cached), float64(d.Usage.Input)), short(d.Usage.Output), span(d.Active))
	for _, part := range []struct {
		title string
		all   []monitor.Share
	}{{"Day", d.ByDay}, {"Project", d.ByProject}, {"Client", d.ByClient}, {"Task", d.ByTask}, {"Kind of work", d.ByKind}, {"Model", d.ByModel}} {
		mdShares(&b, part.title, part.all, d, g)
	}
	if d.Runs > 0 {
		b.WriteString("## What it produced\n\n")
		mdList(&b, outputLines(d, g))
	}
	var list []string
	for i := range d.Exceptions {
		if i == mdExceptions {
			list = append(list, fmt.Sprintf("%d more", len(d.Exceptions)-i))
			break
		}
		list = append(list, exceptionLine(d, &d.Exceptions[i]))
	}
	mdPart(&b, "Exceptions and what was done", list)
	list = nil
	for i := range d.Alive {
		list = append(list, aliveText(&d.Alive[i], d, g))
	}
	mdPart(&b, "Left alive", list)
	list = nil
	for i := range d.Headroom {
		s := &d.Headroom[i]
		list = append(list, fmt.Sprintf("%s: %s, %s (%s)", Label(s.Budget.Name), leftOf(s), usedOf(s, g), s.Budget.Period))
	}
	mdPart(&b, "Room on the next day", list)
	list = nil
	for _, n := range d.Notes {
		list = append(list, noteText(n))
	}
	mdPart(&b, "Worth knowing", list)
	fmt.Fprintf(&b, "%s\n", mdText(dayFootnote(d, v.PricesAsOf)))
	return b.String()
}

// mdShares writes the parts of a total as a table.
func mdShares(b *strings.Builder, title string, all []monitor.Share, d *monitor.Day, g themes.Glyphs) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintf(b, "| %s | Cost | Share | Runs |\n|---|---:|---:|---:|\n", title)
	for _, s := range all {
		runs := ""
		if s.Runs > 0 {
			runs = fmt.Sprint(s.Runs)
		}
		fmt.Fprintf(b, "| %s | %s | %s | %s |\n", mdText(Label(s.Name)), money(s.Cost, g), shareOf(s.Cost, d.Cost), runs)
	}
	b.WriteString("\n")
}

func mdPart(b *strings.Builder, title string, list []string) {
	if len(list) == 0 {
		return
	}
	fmt.Fprintf(b, "## %s\n\n", title)
	mdList(b, list)
}

func mdList(b *strings.Builder, list []string) {
	for _, l := range list {
		fmt.Fprintf(b, "- %s\n", mdText(l))
	}
	b.WriteString("\n")
}

// mdText makes clean text plain in Markdown: what would be markup or HTML is not.
func mdText(s string) string {
	var b strings.Builder
	for _, r := range s {
		if strings.ContainsRune("\\`*_[]<>|#!~", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}
