package codextest

import (
	"context"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/control/appserver"
)

// AppServer is a shared app-server of a home, and one client of it, as a window
// would be: what is started through it has no other one.
type AppServer struct {
	*appserver.Conn // its PID is that of Codex itself, not of npm's wrapper

	h *Home
}

// AppServer starts the app-server that windows of this home share. It ends with
// the test. It is run directly, not as the daemon that Codex makes of it: that
// one is a copy of 400 MB.
func (h *Home) AppServer() *AppServer {
	h.t.Helper()
	cmd := exec.Command(h.binary, "app-server", "--listen", "unix://")
	cmd.Dir, cmd.Env = h.root, h.Env()
	ownGroup(cmd)
	cmd.Cancel = nil // only for commands with a context
	if err := cmd.Start(); err != nil {
		h.t.Fatalf("codex app-server: %v", err)
	}
	gone := make(chan struct{})
	go func() { defer close(gone); cmd.Wait() }()
	h.t.Cleanup(func() {
		socket, err := filepath.EvalSymlinks(appserver.SocketPath(h.Dir))
		killGroup(cmd)
		<-gone
		if err == nil { // it stands outside of the home, and a killed server leaves it
			os.Remove(socket)
			os.Remove(socket + ".lock")
		}
	})
	return &AppServer{h.dial(), h}
}

// dial waits until the home's server answers.
func (h *Home) dial() *appserver.Conn {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), Limit)
	defer cancel()
	for {
		c, err := appserver.Dial(ctx, h.Dir)
		if err == nil {
			h.t.Cleanup(func() { c.Close() })
			return c
		}
		if !errors.Is(err, appserver.ErrNoServer) {
			h.t.Fatalf("codex app-server: %v", err)
		}
		select {
		case <-ctx.Done():
			h.t.Fatalf("codex app-server does not listen: %v", err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

// Run starts a thread in a folder with its first turn, and gives its id. Model ""
// is the home's.
func (s *AppServer) Run(dir, model, prompt string) string {
	s.h.t.Helper()
	params := map[string]any{"cwd": dir}
	if model != "" {
		params["model"] = model
	}
	var got struct {
		Thread struct {
			ID string `json:"id"`
		} `json:"thread"`
	}
	if err := s.Call(s.h.t.Context(), "thread/start", params, &got); err != nil {
		s.h.t.Fatal(err)
	}
	if _, err := s.StartTurn(s.h.t.Context(), got.Thread.ID, prompt, "", ""); err != nil {
		s.h.t.Fatal(err)
	}
	return got.Thread.ID
}

// Ended waits until a thread's newest turn is over, and gives how it ended.
func (s *AppServer) Ended(thread string) appserver.TurnStatus {
	s.h.t.Helper()
	ctx, cancel := context.WithTimeout(s.h.t.Context(), Limit)
	defer cancel()
	for {
		turn, ok, err := s.NewestTurn(ctx, thread)
		if err == nil && ok && turn.Status != appserver.InProgress {
			return turn.Status
		}
		select {
		case <-ctx.Done():
			s.h.t.Fatalf("thread %s has not ended: %+v, %v", thread, turn, err)
		case <-time.After(20 * time.Millisecond):
		}
	}
}
