package appserver

import (
	"errors"
	"fmt"
	"strings"
)

// The errors that a caller tells apart.
var (
	ErrNoServer = errors.New("no shared Codex server listens here")
	ErrUnsafe   = errors.New("the socket can't be trusted")
	ErrClosed   = errors.New("the connection to Codex's server is closed")
	ErrNoTurn   = errors.New("no turn is running")
	ErrNoThread = errors.New("the server does not have this thread")
	ErrMethod   = errors.New("this Codex does not know the request")
	ErrProtocol = errors.New("codex's server sent what can't be understood")
)

// errNotYet says that a server can't do yet what it will be able to do.
var errNotYet = errors.New("not supported yet")

// RPCError is what a server answered in the place of a result.
type RPCError struct {
	Method  string
	Code    int
	Message string // cleaned
}

// Error says what was asked and what the server said.
func (e *RPCError) Error() string {
	return fmt.Sprintf("%s: %s (code %d)", e.Method, e.Message, e.Code)
}

// methodNotFound is JSON-RPC's code. Codex also says "unknown variant" under
// the code of an invalid request.
const methodNotFound = -32601

// Is tells [ErrNoTurn], [ErrNoThread] and [ErrMethod]. Codex has one code,
// -32600, for nearly everything, so that its words have to be looked at; they
// are those of 0.169.0.
func (e *RPCError) Is(target error) bool {
	says := func(words ...string) bool {
		for _, w := range words {
			if strings.Contains(strings.ToLower(e.Message), w) {
				return true
			}
		}
		return false
	}
	switch target {
	case ErrNoTurn:
		return says("no active turn", "expected active turn")
	case ErrNoThread:
		return says("thread not found", "thread not loaded", "no rollout found")
	case errNotYet:
		return e.Code == methodNotFound && says("not supported yet")
	case ErrMethod:
		return e.Code == methodNotFound || says("unknown variant", "method not found", "requires experimentalapi")
	}
	return false
}
