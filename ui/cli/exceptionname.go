package cli

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/ui/report"
)

// later reads an instant that is yet to come: a time from now, an hour of today or
// else of tomorrow, or the end of a day.
func later(text string, c model.Clock) (time.Time, error) {
	now := c.Now.In(c.Zone)
	if n, ok := strings.CutSuffix(text, "d"); ok {
		if days, err := strconv.Atoi(n); err == nil && days > 0 && days < 3650 {
			return now.AddDate(0, 0, days), nil
		}
	}
	if d, err := time.ParseDuration(text); err == nil && d > 0 {
		return now.Add(d), nil
	}
	if t, err := time.Parse("15:04", text); err == nil {
		at := time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), 0, 0, c.Zone)
		if !at.After(now) {
			at = time.Date(now.Year(), now.Month(), now.Day()+1, t.Hour(), t.Minute(), 0, 0, c.Zone)
		}
		return at, nil
	}
	for _, layout := range []string{"2006-01-02 15:04", "2006-01-02T15:04"} {
		if at, err := time.ParseInLocation(layout, text, c.Zone); err == nil && at.After(now) {
			return at, nil
		}
	}
	if _, err := time.Parse(time.DateOnly, text); err == nil {
		if at, err := report.Until(text, c); err == nil && at.After(now) {
			return at, nil
		}
	}
	return time.Time{}, usagef("Write 2h, 90m, 3d, 18:00, 2026-12-01 or '2026-12-01 18:00'.", "%q is no time that is yet to come", text)
}

// exceptionNamed finds an exception by the beginning of its id: in the ledger,
// else among what the sessions raise.
func (a *app) exceptionNamed(ctx context.Context, name string) (budget.Exception, error) {
	stored, err := a.storedExceptions(ctx, time.Time{})
	if err != nil {
		return budget.Exception{}, &failure{err, "See docs/ledger.md for what to do."}
	}
	if e, n := matchException(name, stored); n == 1 {
		return e, nil
	}
	found, err := a.findExceptions(ctx, exceptionFlags{all: true})
	if err != nil {
		return budget.Exception{}, err
	}
	e, n := matchException(name, found.list)
	switch n {
	case 1:
		return e, nil
	case 0:
		return e, &notFoundError{fmt.Sprintf("%s: no such exception", model.Clean(name, 100)), "See: tokenburn exceptions --all"}
	}
	return e, &usageError{fmt.Sprintf("%s could be any of %d exceptions", model.Clean(name, 100), n), "Write more of its id; see: tokenburn exceptions --all"}
}

// matchException gives the exception whose id is, or begins with, a name, and how many there are.
func matchException(name string, list []budget.Exception) (found budget.Exception, n int) {
	for _, e := range list {
		switch {
		case strings.EqualFold(e.ID, name):
			return e, 1
		case name != "" && strings.HasPrefix(strings.ToLower(e.ID), strings.ToLower(name)):
			found, n = e, n+1
		}
	}
	return found, n
}

// completeException offers the ids of the last 24 hours.
func (a *app) completeException(cmd *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 || a.prepare() != nil {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	found, err := a.findExceptions(cmd.Context(), exceptionFlags{})
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var ids []string
	for _, e := range found.list {
		ids = append(ids, cobra.CompletionWithDesc(e.ID, model.Clean(e.Observed, 60)))
	}
	return ids, cobra.ShellCompDirectiveNoFileComp
}
