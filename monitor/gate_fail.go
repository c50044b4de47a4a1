package monitor

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// writeTime is how long the writing down of a refusal or a failure may take. What was
// decided does not wait for anything else.
const writeTime = 2 * time.Second

// writeDown raises what was refused, and what could not be written before.
func (g *gate) writeDown(ctx context.Context) {
	if g.o.Try {
		return
	}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer cancel()
	for _, r := range g.raised {
		var err error
		if r.exception.ID == "" {
			err = g.ledger.Audit(ctx, r.entry)
		} else {
			err = g.ledger.Raise(ctx, r.exception, r.entry)
		}
		if err != nil {
			g.log("a refusal could not be written down: " + model.Clean(err.Error(), 200))
		}
	}
	g.takeLog(ctx)
}

// GateFailure is one time that the gate could not decide, as its log keeps it while
// the ledger can't.
type GateFailure struct {
	At      time.Time `json:"at"`
	Event   string    `json:"event"`
	Thread  string    `json:"thread"`
	Problem string    `json:"problem"`
	Refused bool      `json:"refused"`
}

// GateLog is the file beside a ledger that failures of the gate are put into while
// the ledger can't be written. The next decision takes them from there into the ledger.
func GateLog(ledger string) string { return filepath.Join(filepath.Dir(ledger), "gate.log") }

// NoteGateFailure writes down that the gate could not decide, or that what it decided
// could not be carried out: in the ledger as an exception and in the audit trail, or else in [GateLog].
func NoteGateFailure(ctx context.Context, q GateQuestion, o GateOptions, problem string, refused bool) {
	if o.Now == nil {
		o.Now = time.Now
	}
	f := GateFailure{At: o.Now(), Event: q.Event, Thread: q.Thread, Problem: model.Clean(problem, 300), Refused: refused}
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), writeTime)
	defer cancel()
	l, err := ledger.OpenGate(o.Ledger, GateWait)
	if err == nil {
		defer l.Close()
		err = raiseFailure(ctx, l, f)
	}
	if err != nil {
		appendFailure(GateLog(o.Ledger), f)
	}
}

// raiseFailure makes a failure an exception: one a day for each problem.
func raiseFailure(ctx context.Context, l *ledger.Ledger, f GateFailure) error {
	sum := sha256.Sum256([]byte(f.At.UTC().Format(time.DateOnly) + f.Problem))
	e := budget.Exception{ID: budget.RuleDegraded + "-" + hex.EncodeToString(sum[:])[:8], Rule: budget.RuleDegraded, Severity: budget.Warn,
		Thread: f.Thread, At: f.At.UTC(), Changed: f.At.UTC(), State: budget.Open, Observed: "the gate could not decide: " + f.Problem,
		Threshold: "it decides on every request", Advice: budget.Advice{Action: "none", Detail: "tokenburn doctor says what is wrong"}}
	after := "let go on"
	if f.Refused {
		e.Severity, after = budget.Critical, "refused"
	}
	return l.Raise(ctx, e, ledger.Entry{At: f.At, Actor: selfActor, Action: "gate failed", Subject: f.Thread, After: after, Reason: f.Problem, Evidence: f.Event})
}

// mostLog is the most that is kept of failures that the ledger does not have.
const mostLog = 256 << 10

func (g *gate) log(problem string) {
	appendFailure(GateLog(g.o.Ledger), GateFailure{At: g.now, Event: g.q.Event, Thread: g.q.Thread, Problem: problem})
}

// appendFailure adds a line to the log. Where that can't be done either, nobody is
// left to tell.
func appendFailure(path string, f GateFailure) {
	if info, err := os.Lstat(path); err == nil && (!info.Mode().IsRegular() || info.Size() > mostLog) {
		return
	}
	line, err := json.Marshal(f)
	if err != nil {
		return
	}
	if os.MkdirAll(filepath.Dir(path), 0o700) != nil {
		return
	}
	w, err := os.OpenFile(path, os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		return
	}
	_, _ = w.Write(append(line, '\n'))
	_ = w.Close()
}

// takeLog takes failures from the log into the ledger. One process does it: whoever
// renames the file.
func (g *gate) takeLog(ctx context.Context) {
	path := GateLog(g.o.Ledger)
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		return
	}
	mine := path + ".taken"
	if os.Rename(path, mine) != nil {
		return
	}
	f, err := os.Open(mine)
	if err != nil {
		return
	}
	defer os.Remove(mine)
	defer f.Close()
	text, _ := io.ReadAll(io.LimitReader(f, 2*mostLog))
	for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
		var one GateFailure
		if json.Unmarshal(lines.Bytes(), &one) != nil || one.At.IsZero() {
			continue
		}
		one.Problem, one.Thread, one.Event = model.Clean(one.Problem, 300), model.Clean(one.Thread, 100), model.Clean(one.Event, 40)
		if raiseFailure(ctx, g.ledger, one) != nil {
			return
		}
	}
}
