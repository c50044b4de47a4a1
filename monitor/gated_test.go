package monitor

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/control"
)

// gateSettings are the settings of a home in which the gate is installed.
type gateSettings struct {
	t     *testing.T
	home  string
	trust string // what config.toml has to say
}

func newGateSettings(t *testing.T) *gateSettings {
	t.Helper()
	root, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	program, home := filepath.Join(root, "tokenburn"), filepath.Join(root, "codex")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(home, 0o700); err != nil {
		t.Fatal(err)
	}
	place, err := control.UserPlace(home)
	if err != nil {
		t.Fatal(err)
	}
	line, err := control.GateCommand{Program: program}.Line()
	if err != nil {
		t.Fatal(err)
	}
	record, err := control.ReadHookRecord(filepath.Join(root, "enforce.json"))
	if err != nil {
		t.Fatal(err)
	}
	changes, err := place.Install(line, record, false)
	if err != nil || len(changes) != 1 {
		t.Fatal(changes, err)
	}
	if err := changes[0].Apply(record); err != nil {
		t.Fatal(err)
	}
	s := &gateSettings{t: t, home: home}
	for _, h := range control.ReadGate(place, nil).Hooks {
		s.trust += fmt.Sprintf("[hooks.state.'%s']\ntrusted_hash = %q\n", h.Key, h.Hash)
	}
	return s
}

func (s *gateSettings) config(text string) {
	s.t.Helper()
	if err := os.WriteFile(filepath.Join(s.home, "config.toml"), []byte(text), 0o600); err != nil {
		s.t.Fatal(err)
	}
}

func TestGateWatchSeesWhatChanges(t *testing.T) {
	s := newGateSettings(t)
	w := newGateWatch(Options{Homes: []string{s.home, filepath.Join(s.home, "never")}})
	look := func(want bool, changed bool, why string) {
		t.Helper()
		g, c := w.look()
		if !g.Known || g.Trusted != want || c != changed || !strings.Contains(g.Why, why) || (len(g.Missing) == 0) != want {
			t.Errorf("%+v, changed %v; want %v, %v, %q", g, c, want, changed, why)
		}
	}
	look(false, true, "not trusted")
	look(false, false, "not trusted")
	s.config(s.trust)
	look(true, true, "")
	look(true, false, "")
	s.config("[features]\nhooks = false\n" + s.trust)
	look(false, true, "features.hooks")
	s.config(s.trust)
	look(true, true, "")
	program := filepath.Join(filepath.Dir(s.home), "tokenburn")
	if err := os.Remove(program); err != nil {
		t.Fatal(err)
	}
	look(false, true, "is not there any more")
}

func TestEveryHomeHasToAskTheGate(t *testing.T) {
	a, b := newGateSettings(t), newGateSettings(t)
	a.config(a.trust)
	if g := GateNow(Options{Homes: []string{a.home, b.home}}); g.Trusted || len(g.Missing) != 1 || g.Missing[0] != b.home {
		t.Errorf("%+v", g)
	}
	b.config(b.trust)
	if g := GateNow(Options{Homes: []string{a.home, b.home}}); !g.Trusted {
		t.Errorf("%+v", g)
	}
	if g := GateNow(Options{Homes: []string{filepath.Join(a.home, "never")}}); g.Trusted || !g.Known {
		t.Errorf("without any settings: %+v", g)
	}
}

// The monitor shows a gated budget as enforced only while Codex asks the gate, and says why it does not.
func TestMonitorTellsWhetherTheGateIsAsked(t *testing.T) {
	s := newGateSettings(t)
	limit, err := budget.ParseLimit("$5")
	if err != nil {
		t.Fatal(err)
	}
	plan := budget.Plan{Zone: time.UTC, Budgets: []budget.Budget{{Name: "held", Period: budget.Period{Name: budget.Day}, Limit: limit, AtLimit: budget.Gate}}}
	m := New(Options{Homes: []string{s.home}, Zone: time.UTC, Poll: true, Plan: func(Repositories) Planned { return Planned{Plan: plan} }})
	ctx, cancel := context.WithCancel(t.Context())
	ran := make(chan struct{})
	go func() { defer close(ran); _ = m.Run(ctx) }()
	defer func() { cancel(); <-ran }()
	await := func(what string, ok func(Snapshot) bool) {
		t.Helper()
		end := time.After(20 * time.Second)
		for {
			select {
			case x := <-m.Snapshots():
				if ok(x) {
					return
				}
			case <-end:
				t.Fatalf("no snapshot with %s", what)
			}
		}
	}
	notice := func(x Snapshot) bool {
		for _, n := range x.Notices {
			if strings.Contains(n.Text, "does not ask the gate") && strings.Contains(n.Effect, "held") && n.Fix != "" {
				return true
			}
		}
		return false
	}
	await("the reason", func(x Snapshot) bool { return x.Gate.Known && !x.Gate.Trusted && notice(x) })
	s.config(s.trust)
	await("the gate", func(x Snapshot) bool { return x.Gate.Trusted && !notice(x) })
}
