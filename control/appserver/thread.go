package appserver

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// maxPages bounds a list that a server says goes on: 200 pages of [pageSize].
const maxPages, pageSize = 200, 100

// TurnStatus is how a turn stands, in the server's words.
type TurnStatus string

// The states of a turn.
const (
	InProgress  TurnStatus = "inProgress"
	Completed   TurnStatus = "completed"
	Interrupted TurnStatus = "interrupted"
	Failed      TurnStatus = "failed"
)

// Turn is a turn of a thread, as the server has it.
type Turn struct {
	ID     string
	Status TurnStatus
}

// Thread is a thread that the server has loaded.
type Thread struct {
	ID        string
	Session   string // of the root thread: one for all threads of a run
	Parent    string // "" for a root
	Agent     string // nickname of a sub-agent, cleaned
	Ephemeral bool   // it has no session file
	Active    bool   // a turn runs, as far as the server says
	Path      string // of its session file, "" none
	Model     string // cleaned
}

// LoadedThreads gives the ids of all threads that the server holds, idle,
// ephemeral and sub-agents' threads too.
func (c *Conn) LoadedThreads(ctx context.Context) ([]string, error) {
	return list[string](ctx, c, "thread/loaded/list", map[string]any{})
}

// ReadThread tells of one thread. One that isn't loaded is read from its file;
// what the server does not know is [ErrNoThread].
func (c *Conn) ReadThread(ctx context.Context, thread string) (Thread, error) {
	var got struct {
		Thread struct {
			ID             string  `json:"id"`
			SessionID      string  `json:"sessionId"`
			ParentThreadID *string `json:"parentThreadId"`
			AgentNickname  *string `json:"agentNickname"`
			Ephemeral      bool    `json:"ephemeral"`
			Path           *string `json:"path"`
			Model          *string `json:"model"`
			Status         struct {
				Type string `json:"type"`
			} `json:"status"`
		} `json:"thread"`
	}
	params := map[string]any{"threadId": thread, "includeTurns": false}
	if err := c.Call(ctx, "thread/read", params, &got); err != nil {
		return Thread{}, err
	}
	t := got.Thread
	if t.ID != thread {
		return Thread{}, fmt.Errorf("thread/read: %w: another thread than the one asked for", ErrProtocol)
	}
	return Thread{
		ID: t.ID, Session: t.SessionID, Parent: text(t.ParentThreadID), Agent: model.Clean(text(t.AgentNickname), maxText),
		Ephemeral: t.Ephemeral, Active: t.Status.Type == "active", Path: text(t.Path), Model: model.Clean(text(t.Model), maxText),
	}, nil
}

// newThreadTime is how long a server may need to know how a new thread is kept. Until then
// Codex 0.169 refuses to list its turns, as if that were not written yet.
const (
	newThreadTime = 2 * time.Second
	newThreadStep = 50 * time.Millisecond
)

// NewestTurn gives the newest turn of a thread; ok is false where it has none. It
// waits for what a server knows of a thread that has just begun, two seconds at most.
func (c *Conn) NewestTurn(ctx context.Context, thread string) (t Turn, ok bool, err error) {
	var page struct {
		Data []Turn `json:"data"`
	}
	params := map[string]any{"threadId": thread, "limit": 1, "sortDirection": "desc", "itemsView": "notLoaded"}
	for until := time.Now().Add(newThreadTime); ; {
		err = c.Call(ctx, "thread/turns/list", params, &page)
		if !errors.Is(err, errNotYet) || time.Now().After(until) {
			break
		}
		select {
		case <-ctx.Done():
			return Turn{}, false, err
		case <-time.After(newThreadStep):
		}
	}
	if err != nil || len(page.Data) == 0 {
		return Turn{}, false, err
	}
	return page.Data[0], true, nil
}

// Interrupt asks the server to end a running turn. Commands that the turn started
// and sub-agents of the thread go on: see [Conn.CleanTerminals]. Where the turn
// ended meanwhile the error is [ErrNoTurn].
func (c *Conn) Interrupt(ctx context.Context, thread, turn string) error {
	return c.Call(ctx, "turn/interrupt", map[string]string{"threadId": thread, "turnId": turn}, nil)
}

// Steer puts a message into a running turn. Where another turn runs by now, or
// none, the error is [ErrNoTurn].
func (c *Conn) Steer(ctx context.Context, thread, turn, message string) error {
	return c.Call(ctx, "turn/steer", map[string]any{
		"threadId": thread, "expectedTurnId": turn, "input": input(message)}, nil)
}

// StartTurn begins a turn on an idle thread and gives its id. Model and effort
// that are "" stay as they are; what is named holds for later turns too.
func (c *Conn) StartTurn(ctx context.Context, thread, message, model, effort string) (string, error) {
	params := map[string]any{"threadId": thread, "input": input(message)}
	settings(params, model, effort)
	var got struct {
		Turn Turn `json:"turn"`
	}
	if err := c.Call(ctx, "turn/start", params, &got); err != nil {
		return "", err
	}
	return got.Turn.ID, nil
}

// UpdateSettings sets what later turns of a thread run with; one that runs goes
// on as it is. What is "" stays.
func (c *Conn) UpdateSettings(ctx context.Context, thread, model, effort string) error {
	params := map[string]any{"threadId": thread}
	settings(params, model, effort)
	return c.Call(ctx, "thread/settings/update", params, nil)
}

// Terminal is a command that runs on behind a thread.
type Terminal struct {
	Process string  // Codex's own number
	Command string  // cleaned
	PID     int     // 0 where the server does not tell
	CPU     float64 // percent, -1 where the server does not tell
}

// Terminals lists the commands that run on behind a thread.
func (c *Conn) Terminals(ctx context.Context, thread string) ([]Terminal, error) {
	type terminal struct {
		ProcessID string   `json:"processId"`
		Command   string   `json:"command"`
		PID       *int     `json:"osPid"`
		CPU       *float64 `json:"cpuPercent"`
	}
	got, err := list[terminal](ctx, c, "thread/backgroundTerminals/list", map[string]any{"threadId": thread})
	var out []Terminal
	for _, g := range got {
		t := Terminal{Process: model.Clean(g.ProcessID, maxText), Command: model.Clean(g.Command, maxText), CPU: -1}
		if g.PID != nil {
			t.PID = *g.PID
		}
		if g.CPU != nil {
			t.CPU = *g.CPU
		}
		out = append(out, t)
	}
	return out, err
}

// CleanTerminals ends every command that runs on behind a thread.
func (c *Conn) CleanTerminals(ctx context.Context, thread string) error {
	return c.Call(ctx, "thread/backgroundTerminals/clean", map[string]string{"threadId": thread}, nil)
}

// list asks for all pages.
func list[T any](ctx context.Context, c *Conn, method string, params map[string]any) ([]T, error) {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second+Patience)
	defer cancel()
	params["limit"] = pageSize
	var all []T
	for range maxPages {
		var page struct {
			Data []T     `json:"data"`
			Next *string `json:"nextCursor"`
		}
		if err := c.Call(ctx, method, params, &page); err != nil {
			return nil, err
		}
		all = append(all, page.Data...)
		if text(page.Next) == "" {
			return all, nil
		}
		params["cursor"] = *page.Next
	}
	return nil, fmt.Errorf("%s: %w: a list without end", method, ErrProtocol)
}

func input(message string) []map[string]string {
	return []map[string]string{{"type": "text", "text": message}}
}

func settings(params map[string]any, model, effort string) {
	if model != "" {
		params["model"] = model
	}
	if effort != "" {
		params["effort"] = effort
	}
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
