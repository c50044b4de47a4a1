package ledger

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Reservation is what a thread's next response is expected to use. It is made
// before the request leaves, and stands for the response until that is known, so
// that runs which ask at once don't all get what is left for one of them. A thread has at most one.
type Reservation struct {
	Thread  string
	Run     model.RunID
	Home    string
	Project string
	Folder  string
	Row     // what is expected, in the bucket that it is expected in
	At      time.Time
	Until   time.Time   // when it no longer counts, whatever happened
	Known   model.Count // what the ledger knew of the thread when it was made
	PID     int         // of the Codex process that asked, 0 unknown
	Ticks   uint64      // its start in clock ticks since boot, 0 unknown
}

const (
	sqlPutReservation = `REPLACE INTO reservations (thread, run, home, project, folder, quarter, model, tier, long, kind,
		input, cached, cache_write, output, reasoning, responses, at, until, known_tokens, known_responses, pid, ticks)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`
	sqlDropReservation = `DELETE FROM reservations WHERE thread = ?`
	// Those that are used up or over have no effect, and are left out.
	sqlReservations = `SELECT r.thread, r.run, r.home, r.project, r.folder, r.quarter, r.model, r.tier, r.long, r.kind,
		r.input, r.cached, r.cache_write, r.output, r.reasoning, r.responses, r.at, r.until, r.known_tokens, r.known_responses, r.pid, r.ticks
		FROM reservations r LEFT JOIN threads t ON t.id = r.thread
		WHERE r.until > ? AND coalesce(t.responses, 0) <= r.known_responses AND coalesce(t.tokens, 0) <= r.known_tokens
		ORDER BY r.thread`
)

func (t tx) putReservation(r Reservation) error {
	return t.exec(sqlPutReservation, r.Thread, string(r.Run), r.Home, r.Project, r.Folder, r.Quarter, r.Model, r.Tier, r.Long, int64(r.Kind),
		int64(r.Input), int64(r.Cached), int64(r.CacheWrite), int64(r.Output), int64(r.Reasoning), r.Responses,
		nanos(r.At), nanos(r.Until), int64(r.Known.Total()), r.Known.Responses, r.PID, int64(r.Ticks))
}

// Reservations gives those that count at an instant, by thread: neither is their
// time over, nor has the ledger learnt of a response of their thread since.
func (l *Ledger) Reservations(ctx context.Context, now time.Time) ([]Reservation, error) {
	var rs []Reservation
	if err := l.query(ctx, sqlReservations, []any{nanos(now)}, eachReservation(&rs)); err != nil {
		return rs, fmt.Errorf("read reservations: %w", err)
	}
	return rs, nil
}

// OpenReservations gives also those whose time is over, as long as nothing is known of
// a response: what became of them shows in the threads' files.
func (l *Ledger) OpenReservations(ctx context.Context) ([]Reservation, error) {
	return l.Reservations(ctx, time.Unix(0, math.MinInt64))
}

// eachReservation appends what it scans. Of Known only the total and the responses come back.
func eachReservation(rs *[]Reservation) func(scan func(...any) error) error {
	return func(scan func(...any) error) error {
		var r Reservation
		var kind, at, until, ticks int64
		err := scan(&r.Thread, &r.Run, &r.Home, &r.Project, &r.Folder, &r.Quarter, &r.Model, &r.Tier, &r.Long, &kind,
			&r.Input, &r.Cached, &r.CacheWrite, &r.Output, &r.Reasoning, &r.Responses,
			&at, &until, &r.Known.Input, &r.Known.Responses, &r.PID, &ticks)
		if kind > 0 && kind < int64(len(model.Kinds())) {
			r.Kind = model.Kind(kind)
		}
		r.At, r.Until, r.Ticks = instant(at), instant(until), uint64(ticks)
		*rs = append(*rs, r)
		return err
	}
}

// GateSeen is when the gate was last asked in a home.
type GateSeen struct {
	Home    string
	At      time.Time
	Event   string // of Codex's hooks, such as PreModelRequest
	Thread  string
	Refused int64     // how often it refused so far
	Last    time.Time // when it refused last, zero never
}

const (
	sqlPutGate = `INSERT INTO gates (home, at, event, thread, refused, refused_at) VALUES (?, ?, ?, ?, ?, ?)
		ON CONFLICT (home) DO UPDATE SET at = excluded.at, event = excluded.event, thread = excluded.thread,
		refused = refused + excluded.refused, refused_at = max(refused_at, excluded.refused_at)`
	sqlGates = `SELECT home, at, event, thread, refused, refused_at FROM gates ORDER BY home`
)

// GatesSeen tells when the gate was last asked, by home. It is asked on no account
// of a run that no budget with a gate counts, so silence alone proves nothing.
func (l *Ledger) GatesSeen(ctx context.Context) ([]GateSeen, error) {
	var gs []GateSeen
	err := l.query(ctx, sqlGates, nil, func(scan func(...any) error) error {
		var g GateSeen
		var at, refused int64
		err := scan(&g.Home, &at, &g.Event, &g.Thread, &g.Refused, &refused)
		g.At, g.Last = instant(at), instant(refused)
		gs = append(gs, g)
		return err
	})
	if err != nil {
		return gs, fmt.Errorf("read when the gate was asked: %w", err)
	}
	return gs, nil
}
