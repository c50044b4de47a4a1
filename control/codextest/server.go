package codextest

import (
	"encoding/json"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Server is a model server on 127.0.0.1. All its methods may be called from any goroutine.
type Server struct {
	http *httptest.Server

	mu      sync.Mutex
	scripts map[string]Script
	log     []Served
	number  int              // of the newest response id
	done    map[turnKey]int  // successful turn requests of a turn: its next step
	tries   map[tryKey]int   // attempts of a step that were refused or cut
	answers map[string]int64 // successful requests of a thread, for made-up usage
	begun   map[string]int   // requests that arrived, by the run that they are of
}

type turnKey struct{ thread, turn string }

type tryKey struct {
	turnKey
	step int
}

// NewServer starts a model server that knows [Scripts]; it stops when the test ends.
func NewServer(t testing.TB) *Server {
	t.Helper()
	s := &Server{
		scripts: maps.Clone(Scripts()),
		done:    map[turnKey]int{},
		tries:   map[tryKey]int{},
		answers: map[string]int64{},
		begun:   map[string]int{},
	}
	s.http = httptest.NewServer(s)
	t.Cleanup(func() {
		s.http.CloseClientConnections() // an answer that still waits for its Gate ends here
		s.http.Close()
	})
	return s
}

// URL is the base URL for a model provider's base_url.
func (s *Server) URL() string { return s.http.URL + "/v1" }

// Set makes a script known under a name, in place of an older one of that name.
func (s *Server) Set(name string, script Script) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scripts[name] = script
}

// ServeHTTP answers a model request; everything else that Codex asks gets an empty answer.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || !strings.Contains(r.URL.Path, "/responses") {
		writeJSON(w, http.StatusOK, map[string]any{"object": "list", "data": []any{}, "models": []any{}})
		return
	}
	req, err := readRequest(r)
	if err != nil {
		writeJSON(w, http.StatusBadRequest, apiError("invalid_request_error", "invalid_request", err.Error()))
		return
	}
	a := s.begin(req)
	if a.status != http.StatusOK {
		s.refuse(w, a)
		return
	}
	if !a.wait(r) {
		a.Outcome = Gone
		s.record(a.Served)
		return
	}
	s.answer(w, r, a)
}

// answer is one attempt to answer a request.
type answer struct {
	Served
	req    *request
	step   Step
	status int
	cut    bool
	before int64 // responses of the thread before this one
}

// begin decides what an attempt gets, and counts it as a try where it is to fail.
func (s *Server) begin(req *request) *answer {
	s.mu.Lock()
	defer s.mu.Unlock()
	turn := turnKey{req.thread, req.turn}
	a := &answer{req: req, status: http.StatusOK, before: s.answers[req.thread]}
	a.Served = Served{
		Status: http.StatusOK, ThreadID: req.thread, SessionID: req.session, ParentID: req.parent,
		TurnID: req.turn, Kind: req.kind, Script: req.script, Step: s.done[turn],
		Model: req.Model, Effort: req.Reasoning.Effort, Tier: req.Tier,
	}
	s.number++
	s.begun[first(req.session, req.thread)]++
	a.ResponseID = fmt.Sprintf("resp_%s_%d", strings.TrimPrefix(s.http.URL, "http://127.0.0.1:"), s.number)
	if req.kind == "compaction" {
		a.step = Step{Text: "A summary of the work so far.", Usage: &model.Usage{Input: 7000, Output: 333}}
		return a
	}
	a.step = s.scripts[req.script].step(a.Step)
	try := tryKey{turn, a.Step}
	n := s.tries[try]
	switch {
	case n < len(a.step.Errors):
		a.status = a.step.Errors[n]
		s.tries[try]++
	case n < len(a.step.Errors)+a.step.Cuts:
		a.cut = true
		s.tries[try]++
	}
	return a
}

// succeed counts the attempt as the answer of its step.
func (s *Server) succeed(a *answer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if a.Kind == "turn" {
		s.done[turnKey{a.ThreadID, a.TurnID}] = a.Step + 1
	}
	s.answers[a.ThreadID]++
}

// wait holds the answer back as its step says; false where the client went away.
func (a *answer) wait(r *http.Request) bool {
	if a.step.Gate != nil {
		select {
		case <-a.step.Gate:
		case <-r.Context().Done():
			return false
		}
	}
	return pause(r, a.step.Delay)
}

func pause(r *http.Request, d time.Duration) bool {
	if d <= 0 {
		return r.Context().Err() == nil
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-r.Context().Done():
		return false
	}
}

func (s *Server) refuse(w http.ResponseWriter, a *answer) {
	a.Outcome, a.Status, a.ResponseID = Refused, a.status, ""
	s.record(a.Served)
	kind, code := "server_error", "server_error"
	if a.status == http.StatusTooManyRequests {
		kind, code = "rate_limit_exceeded", "rate_limit_exceeded"
		w.Header().Set("Retry-After", "1")
	}
	writeJSON(w, a.status, apiError(kind, code, fmt.Sprintf("scripted status %d", a.status)))
}

func apiError(kind, code, message string) map[string]any {
	return map[string]any{"error": map[string]string{"type": kind, "code": code, "message": message}}
}

func writeJSON(w http.ResponseWriter, status int, v any) {
	b, err := json.Marshal(v)
	if err != nil {
		http.Error(w, err.Error(), http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	w.Write(b) // a client that went away is none of the server's business
}
