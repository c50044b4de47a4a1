package ledger

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
)

// Episode is a budget's alert with when it was over.
type Episode struct {
	budget.Alert
	Resolved time.Time // zero while it lasts
}

const (
	sqlPutAlert = `INSERT INTO alerts (budget, subject, tier, percent, since, resolved_at, body) VALUES (?, ?, ?, ?, ?, ?, ?)
		ON CONFLICT (budget, subject, tier, percent, since) DO UPDATE SET resolved_at = excluded.resolved_at, body = excluded.body`
	sqlAlerts     = `SELECT resolved_at, body FROM alerts WHERE resolved_at = 0 OR resolved_at >= ? ORDER BY since, budget, subject, tier, percent`
	sqlOpenAlerts = `SELECT resolved_at, body FROM alerts WHERE resolved_at = 0 ORDER BY since, budget, subject, tier, percent`
)

// PutAlerts writes episodes as they stand now. One is known by budget, key, tier,
// percent and since.
func (l *Ledger) PutAlerts(ctx context.Context, es ...Episode) error {
	if len(es) == 0 {
		return nil
	}
	err := l.change(ctx, survivesProcess, func(t tx) error {
		for _, e := range es {
			if err := t.putAlert(e); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return fmt.Errorf("write alerts: %w", err)
	}
	return nil
}

func (t tx) putAlert(e Episode) error {
	body, err := json.Marshal(e.Alert)
	if err != nil {
		return err
	}
	return t.exec(sqlPutAlert, e.Budget, e.Key, string(e.Tier), e.Percent, nanos(e.Since), nanos(e.Resolved), string(body))
}

// Alerts gives the episodes that last, oldest first.
func (l *Ledger) Alerts(ctx context.Context) ([]Episode, error) {
	return l.episodes(ctx, sqlOpenAlerts, nil)
}

// AlertsSince gives the episodes that last and those that were over since an
// instant (zero: all), oldest first.
func (l *Ledger) AlertsSince(ctx context.Context, since time.Time) ([]Episode, error) {
	return l.episodes(ctx, sqlAlerts, []any{nanos(since)})
}

func (l *Ledger) episodes(ctx context.Context, text string, args []any) ([]Episode, error) {
	var es []Episode
	err := l.query(ctx, text, args, func(scan func(...any) error) error {
		var e Episode
		var resolved int64
		var body []byte
		if err := scan(&resolved, &body); err != nil {
			return err
		}
		e.Resolved = instant(resolved)
		if err := json.Unmarshal(body, &e.Alert); err != nil {
			return err
		}
		es = append(es, e)
		return nil
	})
	if err != nil {
		return es, fmt.Errorf("read alerts: %w", err)
	}
	return es, nil
}
