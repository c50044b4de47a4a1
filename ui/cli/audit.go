package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/ui/report"
)

type auditFlags struct {
	json, verify bool
	since        string
}

// audit is the command that shows what was decided, and by whom.
func (a *app) audit() *cobra.Command {
	var f auditFlags
	c := &cobra.Command{
		Use:   "audit",
		Short: "What was decided and done, by whom, and whether the record is whole",
		Long: "Lists the audit trail: every decision about an exception, every extension, label and stop, oldest first. The trail is only ever " +
			"appended to; each entry holds the hash of the one before. --verify checks all of it and fails where an entry was changed or is missing.",
		Example: "tokenburn audit --since 7d\ntokenburn audit --verify\ntokenburn audit --json",
		Args:    noArgs,
		RunE:    a.do(func(cmd *cobra.Command, _ []string) error { return a.runAudit(cmd.Context(), f) }),
	}
	c.Flags().BoolVar(&f.json, "json", false, "print JSON (docs/json.md)")
	c.Flags().BoolVar(&f.verify, "verify", false, "check that no entry was changed or taken away")
	c.Flags().StringVar(&f.since, "since", "", "leave out what was done before")
	fixed(c, "since", "today", "yesterday", "week", "month", "7d", "30d")
	return c
}

// auditJSON is what "audit --json" prints.
type auditJSON struct {
	Schema   int              `json:"schema"`
	Ledger   string           `json:"ledger"`
	Entries  []auditEntryJSON `json:"entries"`
	Verified *verifiedJSON    `json:"verified"`
}

type auditEntryJSON struct {
	Seq          int64   `json:"seq"`
	At           *string `json:"at"`
	Actor        *string `json:"actor"`
	Host         *string `json:"host"`
	Action       *string `json:"action"`
	Subject      *string `json:"subject"`
	Before       *string `json:"before"`
	After        *string `json:"after"`
	Reason       *string `json:"reason"`
	Evidence     *string `json:"evidence"`
	PriceVersion *string `json:"price_version"`
	PrevHash     string  `json:"prev_hash"`
	Hash         string  `json:"hash"`
}

// verifiedJSON is the result of a check.
type verifiedJSON struct {
	OK      bool    `json:"ok"`
	Right   int64   `json:"right_entries"`
	Problem *string `json:"problem"`
}

func (a *app) runAudit(ctx context.Context, f auditFlags) error {
	if a.flags.noLedger {
		return usagef("The audit trail is in the ledger.", "audit and --no-ledger contradict each other")
	}
	var since time.Time
	if f.since != "" {
		var err error
		if since, err = report.Since(f.since, a.clock()); err != nil {
			return usagef("", "--since: %v", err)
		}
	}
	doc := auditJSON{Schema: schema, Ledger: a.ledgerPath(), Entries: []auditEntryJSON{}}
	entries, broken, right, err := a.trail(ctx, f, since)
	if err != nil {
		return err
	}
	if !f.json {
		return a.auditText(f, entries, right, broken)
	}
	for _, e := range entries {
		doc.Entries = append(doc.Entries, entryJSON(e))
	}
	if f.verify {
		doc.Verified = &verifiedJSON{OK: broken == nil, Right: right}
		if broken != nil {
			doc.Verified.Problem = word(broken.Error())
		}
	}
	if err := writeJSON(a.out, doc); err != nil {
		return err
	}
	return brokenError(broken)
}

// trail reads the trail. Where there is no ledger yet, there is none, and none is made.
func (a *app) trail(ctx context.Context, f auditFlags, since time.Time) (entries []ledger.Entry, broken *ledger.BrokenError, right int64, err error) {
	if _, err := os.Stat(a.ledgerPath()); errors.Is(err, fs.ErrNotExist) {
		return nil, nil, 0, nil
	}
	l, err := a.ledger()
	if err != nil {
		return nil, nil, 0, &failure{err, "See docs/ledger.md for what to do."}
	}
	if text := l.Notice(); text != "" {
		fmt.Fprintf(a.err, "tokenburn: %s\n", model.Clean(text, 2000))
	}
	if f.verify {
		right, err = l.Verify(ctx)
		if err != nil && !errors.As(err, &broken) {
			return nil, nil, 0, err
		}
	}
	entries, err = l.Trail(ctx, since)
	return entries, broken, right, err
}

func brokenError(broken *ledger.BrokenError) error {
	if broken == nil {
		return nil
	}
	return &failure{broken, "What stands before that entry is as it was written."}
}

func (a *app) auditText(f auditFlags, entries []ledger.Entry, right int64, broken *ledger.BrokenError) error {
	switch {
	case broken != nil:
		return brokenError(broken)
	case f.verify && right == 0:
		_, err := fmt.Fprintln(a.out, "The audit trail is empty.")
		return err
	case f.verify:
		_, err := fmt.Fprintf(a.out, "The audit trail is whole: %s; the newest one's hash is %s\n", entriesOf(right), lastHash(entries))
		return err
	case len(entries) == 0:
		_, err := fmt.Fprintln(a.out, "Nothing was decided yet, or nothing in that time.")
		return err
	}
	t := table{columns: []column{
		{Title: "#", Right: true}, {Title: "WHEN"}, {Title: "WHO", Min: 5, Max: 20}, {Title: "DID", Min: 6, Max: 24},
		{Title: "TO", Min: 8, Max: 40}, {Title: "BEFORE", Min: 5, Max: 24, Drop: 2}, {Title: "AFTER", Min: 5, Max: 24, Drop: 1},
		{Title: "WHY", Min: 8, Max: 60, Drop: 3}, {Title: "HOST", Max: 20, Drop: 4},
	}}
	zone := a.withoutLedger().Zone
	for _, e := range entries {
		t.add(strconv.FormatInt(e.Seq, 10), e.At.In(zone).Format("2006-01-02 15:04:05"), cell(e.Actor), cell(e.Action), cell(e.Subject),
			cell(e.Before), cell(e.After), cell(e.Reason), cell(e.Host))
	}
	return a.print(t.text(a.width(), a.styles()))
}

// entriesOf counts entries in words.
func entriesOf(n int64) string {
	if n == 1 {
		return "1 entry"
	}
	return fmt.Sprintf("%s entries", count(n))
}

// lastHash is the newest entry's hash, to be kept elsewhere.
func lastHash(entries []ledger.Entry) string {
	if len(entries) == 0 {
		return "older than --since"
	}
	return entries[len(entries)-1].Hash
}

func cell(s string) string {
	s = model.Clean(s, 200)
	return dash(s != "", s)
}

func entryJSON(e ledger.Entry) auditEntryJSON {
	return auditEntryJSON{Seq: e.Seq, At: instant(e.At), Actor: word(e.Actor), Host: word(e.Host), Action: word(e.Action), Subject: word(e.Subject),
		Before: word(e.Before), After: word(e.After), Reason: word(e.Reason), Evidence: word(e.Evidence), PriceVersion: word(e.Prices),
		PrevHash: e.PrevHash, Hash: e.Hash}
}
