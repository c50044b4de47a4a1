package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"slices"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/ui/report"
)

// warnings says in words what makes a report less than the whole truth.
func (a *app) warnings(h *monitor.History, r *report.Report) []string {
	var all []string
	for _, m := range r.UnpricedModels() {
		all = append(all, fmt.Sprintf("no price for model %s: %s tokens are not in the cost", m, tokens(r.Unpriced[m])))
	}
	if n := r.Unknown(); n > 0 {
		all = append(all, fmt.Sprintf("%s tokens were used before their file named a model: counted as %q", tokens(n), model.UnknownModel))
	}
	if r.Unmetered > 0 {
		all = append(all, plural(int64(r.Unmetered), "attempt")+" went to the model and never reported usage: not counted")
	}
	if h.Remembered > 0 {
		all = append(all, plural(int64(h.Remembered), "thread")+" counted from the ledger: the files are gone (--no-ledger leaves them out)")
	}
	for _, reason := range slices.Sorted(maps.Keys(h.Skipped)) {
		if n := h.Skipped[reason]; n > 0 {
			all = append(all, fmt.Sprintf("%s skipped: %s", plural(n, "line"), model.Clean(reason, 100)))
		}
	}
	for _, p := range h.Problems {
		all = append(all, problemText(p))
	}
	return all
}

func problemText(p monitor.Problem) string {
	text, err, fix := model.Clean(p.Path, 400), p.Err, p.Fix
	if inner := (*fs.PathError)(nil); errors.As(err, &inner) && inner.Path == p.Path {
		err = inner.Err // which path it is stands there already
	}
	if fix == "" && errors.Is(err, fs.ErrNotExist) && filepath.Ext(strings.TrimSuffix(p.Path, ".zst")) != ".jsonl" {
		fix = "run codex once, or name the right folder with --codex-home or CODEX_HOME"
	}
	if err != nil {
		text += ": " + model.Clean(err.Error(), 400)
	}
	if fix != "" {
		text += " (" + model.Clean(fix, 400) + ")"
	}
	return text
}

// maxWarnings is how many warnings a table is followed by; the others are counted.
const maxWarnings = 8

// warn writes the warnings to stderr, where they stand beside a table.
func (a *app) warn(h *monitor.History, r *report.Report) {
	all := a.warnings(h, r)
	for i, w := range all {
		if i == maxWarnings {
			fmt.Fprintf(a.err, "tokenburn: %d more warnings; see: tokenburn doctor\n", len(all)-i)
			return
		}
		fmt.Fprintf(a.err, "tokenburn: %s\n", w)
	}
}
