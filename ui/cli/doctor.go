package cli

import (
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/ui/report"
)

// doctor is the command that tells what can be seen and what can't.
func (a *app) doctor() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:   "doctor",
		Short: "What it can see and what it can't",
		Long: "Looks at the session folders and their permissions, the limits on watching, Codex itself, the versions and line types " +
			"in the session files, lines that could not be read, models without a price, the settings file and the terminal. Exit code 1 where something is broken.",
		Args: noArgs,
		RunE: a.bare(func(cmd *cobra.Command, _ []string) error { return a.runDoctor(cmd.Context(), asJSON) }),
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON (docs/json.md)")
	return c
}

// finding is one thing that doctor looked at.
type finding struct {
	Area  string  `json:"area"`
	Level string  `json:"level"` // ok, note, warning or error
	Text  string  `json:"text"`
	Fix   *string `json:"fix"`
}

// doctorJSON is what "doctor --json" prints.
type doctorJSON struct {
	Schema         int              `json:"schema"`
	Version        string           `json:"version"`
	Findings       []finding        `json:"findings"`
	CodexVersions  map[string]int64 `json:"codex_versions"`
	UnknownTypes   map[string]int64 `json:"unknown_line_types"`
	Skipped        map[string]int64 `json:"skipped"`
	UnpricedTokens map[string]int64 `json:"unpriced_tokens"`
}

// checkup gathers findings.
type checkup struct{ found []finding }

func (c *checkup) add(area, level, fix, format string, args ...any) {
	c.found = append(c.found, finding{area, level, cleanLines(fmt.Sprintf(format, args...)), word(fix)})
}

func (a *app) runDoctor(ctx context.Context, asJSON bool) error {
	c := &checkup{}
	a.checkSettings(c)
	h, err := monitor.Load(ctx, a.withoutLedger(), monitor.Range{})
	if err != nil {
		return err
	}
	o := a.withoutLedger()
	r := report.Build(report.Input{Fleet: h.Fleet, Projects: h.Projects, Prices: o.Prices, Zone: o.Zone, User: o.User})
	a.checkHomes(c, h)
	checkFiles(c, h, r)
	a.checkLedger(ctx, c, h)
	a.checkGate(ctx, c)
	checkWatching(c, h)
	a.checkCodex(ctx, c)
	a.checkPrices(c, r)
	a.checkTerminal(c)
	if asJSON {
		err = writeJSON(a.out, doctorDoc(c, h, r))
	} else {
		err = a.printFindings(c)
	}
	if err != nil {
		return err
	}
	if n := broken(c); n > 0 {
		return &failure{fmt.Errorf("doctor: %s broken", plural(int64(n), "thing")), ""}
	}
	return nil
}

func broken(c *checkup) (n int) {
	for _, f := range c.found {
		if f.Level == "error" {
			n++
		}
	}
	return n
}

func doctorDoc(c *checkup, h *monitor.History, r *report.Report) doctorJSON {
	doc := doctorJSON{Schema: schema, Version: thisBuild().String(), Findings: c.found, CodexVersions: cleanCounts(h.Versions),
		UnknownTypes: cleanCounts(h.Unknown), Skipped: cleanCounts(h.Skipped), UnpricedTokens: map[string]int64{}}
	for m, n := range r.Unpriced {
		doc.UnpricedTokens[m] = int64(n)
	}
	return doc
}

// cleanCounts makes keys that came from files fit to be shown.
func cleanCounts(m map[string]int64) map[string]int64 {
	out := make(map[string]int64, len(m))
	for k, n := range m {
		out[report.Label(k)] += n
	}
	return out
}

func (a *app) printFindings(c *checkup) error {
	st := a.styles()
	signs := map[string]string{"ok": st.Glyphs.Done, "note": st.Glyphs.Dot, "warning": st.Glyphs.Warning, "error": st.Glyphs.Failed}
	var b strings.Builder
	area := ""
	for _, f := range c.found {
		if f.Area != area {
			area = f.Area
			b.WriteString(st.Bold.Render(area) + "\n")
		}
		word := ""
		if f.Level == "warning" || f.Level == "error" {
			word = f.Level + ": "
		}
		b.WriteString(wrapHanging("  "+signs[f.Level]+" ", word+f.Text, a.width()) + "\n")
		if f.Fix != nil {
			b.WriteString(wrapHanging("    ", st.Glyphs.Arrow+" "+*f.Fix, a.width()) + "\n")
		}
	}
	return a.print(b.String())
}
