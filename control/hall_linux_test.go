package control

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/coder/websocket"

	"github.com/tokenburn-sentinel/tokenburn/control/appserver"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Threads beside [thread] in the made-up server: two of a run of its own, and one
// that keeps titles. The kid is a sub-agent of thread, and was not shown.
const (
	kid        = "01a20000-0000-7000-8000-0000000000a1"
	otherRoot  = "01a20000-0000-7000-8000-0000000000b0"
	otherChild = "01a20000-0000-7000-8000-0000000000b1"
	title      = "01a20000-0000-7000-8000-0000000000c0"
)

// hall is a made-up shared server: this process listens, and in the made-up process
// file system it is Codex's app-server.
type hall struct {
	*madeUp
	told *told
	c    *Control

	mu      sync.Mutex
	order   []string               // threads, as they were loaded
	threads map[string]*hallThread // those that are loaded
	asked   []string               // what would change something, as "method thread"
	answer  func(method string, p hallParams) (result any, failed string)
	after   func(method string, p hallParams) // when it was done; it holds mu
}

type hallThread struct {
	session string
	turn    int
	running bool
	secret  bool // ephemeral
	behind  []string
}

type hallParams struct{ ThreadID, TurnID, ExpectedTurnID, Model, Effort string }

func newHall(t *testing.T) *hall {
	t.Helper()
	h := &hall{madeUp: newMadeUp(t), told: &told{}, threads: map[string]*hallThread{}}
	h.c = New(Options{Proc: h.root, Reader: h.told, Patience: 10 * time.Second, Env: []string{"PATH="}})
	pid := os.Getpid()
	for _, id := range []string{thread, kid, otherRoot, otherChild} {
		h.lock(id, pid)
	}
	h.add(fake{pid: pid, ppid: 1, ticks: 77, uid: os.Getuid(), args: []string{"codex", "app-server", "--listen", "unix://"},
		opens: []string{thread, kid, otherRoot, otherChild}})
	h.load(thread, hallThread{session: thread, turn: 4, running: true})
	h.load(otherRoot, hallThread{session: otherRoot, turn: 1, running: true, behind: []string{"make watch"}})
	h.load(otherChild, hallThread{session: otherRoot, turn: 1, running: true})
	h.load(title, hallThread{session: title, turn: 1, running: true, secret: true})
	h.listen()
	return h
}

// load is a thread, with what its session file says.
func (h *hall) load(id string, t hallThread) {
	h.order = append(h.order, id)
	h.threads[id] = &t
	if !t.secret {
		h.record(id)
	}
}

func (h *hall) record(id string) {
	t, state := h.threads[id], model.TurnAborted
	if t.running {
		state = model.TurnRunning
	}
	h.told.set(id, t.turn, state)
}

func (h *hall) listen() {
	h.t.Helper()
	dir, err := os.MkdirTemp("", "hall") // short: a socket's path has 104 bytes at most
	if err != nil {
		h.t.Fatal(err)
	}
	l, err := net.Listen("unix", dir+"/s")
	if err != nil {
		h.t.Fatal(err)
	}
	h.mkdir(h.home + "/app-server-control")
	h.link(dir+"/s", appserver.SocketPath(h.home))
	var open sync.WaitGroup
	server := &http.Server{Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		open.Add(1)
		defer open.Done()
		ws, err := websocket.Accept(w, r, nil)
		if err != nil {
			return
		}
		defer ws.CloseNow()
		for h.talk(ws) == nil {
		}
	})}
	go server.Serve(l)
	h.t.Cleanup(func() { server.Close(); open.Wait(); os.RemoveAll(dir) })
}

func (h *hall) talk(ws *websocket.Conn) error {
	_, b, err := ws.Read(context.Background()) // a client that closes ends it
	if err != nil {
		return err
	}
	var m struct {
		ID     int64
		Method string
		Params hallParams
	}
	if err := json.Unmarshal(b, &m); err != nil {
		return err
	}
	if m.Method == "initialized" {
		return nil
	}
	result, failed := h.reply(m.Method, m.Params)
	reply := map[string]any{"id": m.ID, "result": result}
	if failed != "" {
		reply = map[string]any{"id": m.ID, "error": map[string]any{"code": -32600, "message": failed}}
	}
	out, err := json.Marshal(reply)
	if err != nil {
		return err
	}
	return ws.Write(context.Background(), websocket.MessageText, out)
}

// reply answers as Codex 0.169.0 does, or as the test wants it.
func (h *hall) reply(method string, p hallParams) (any, string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.after != nil {
		defer h.after(method, p)
	}
	if slices.Contains([]string{"turn/interrupt", "turn/steer", "turn/start", "thread/settings/update", "thread/backgroundTerminals/clean"}, method) {
		h.asked = append(h.asked, method+" "+p.ThreadID)
	}
	if h.answer != nil {
		if result, failed := h.answer(method, p); result != nil || failed != "" {
			return result, failed
		}
	}
	t := h.threads[p.ThreadID]
	if t == nil && p.ThreadID != "" {
		return nil, "thread not found: " + p.ThreadID
	}
	return h.usual(method, p, t)
}

func (h *hall) usual(method string, p hallParams, t *hallThread) (any, string) {
	list := func(data any) any { return map[string]any{"data": data, "nextCursor": nil} }
	status := map[bool]string{true: "inProgress", false: "interrupted"}
	switch method {
	case "thread/loaded/list":
		return list(h.order), ""
	case "thread/read":
		return map[string]any{"thread": map[string]any{"id": p.ThreadID, "sessionId": t.session, "ephemeral": t.secret}}, ""
	case "thread/turns/list":
		if t.secret {
			return nil, "ephemeral threads do not support thread/turns/list"
		}
		return list([]map[string]string{{"id": fmt.Sprintf("turn-%d", t.turn), "status": status[t.running]}}), ""
	case "turn/interrupt":
		if !t.running || p.TurnID != fmt.Sprintf("turn-%d", t.turn) {
			return nil, "no active turn to interrupt"
		}
		t.running = false
		h.record(p.ThreadID)
	case "thread/backgroundTerminals/list":
		var data []map[string]string
		for _, c := range t.behind {
			data = append(data, map[string]string{"processId": "1", "command": c})
		}
		return list(data), ""
	case "thread/backgroundTerminals/clean":
		t.behind = nil
	}
	return map[string]any{}, ""
}

func (h *hall) target() Target {
	return Target{Run: thread, Home: h.home, Threads: []Thread{{ID: thread}}}
}

func (h *hall) plan() Plan {
	h.t.Helper()
	p, err := h.c.Plan(h.t.Context(), h.target())
	if err != nil {
		h.t.Fatal(err)
	}
	return p
}

// change is for what happens on the server's side between a plan and a deed.
func (h *hall) change(f func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	f()
}
