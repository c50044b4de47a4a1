//go:build unix

package cli

import (
	"context"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// pollMilliseconds is how long one wait for the closing of a pipe lasts.
const pollMilliseconds = 500

// waitClosed waits until the reader of w, where that is a pipe or a socket, has
// gone, and is true then; it is false when ctx is done, or at once where w is anything else.
func waitClosed(ctx context.Context, w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	if err != nil || info.Mode()&(os.ModeNamedPipe|os.ModeSocket) == 0 {
		return false
	}
	fds := []unix.PollFd{{Fd: int32(f.Fd())}} // no events asked for: only errors and hang-ups are told
	for ctx.Err() == nil {
		n, err := unix.Poll(fds, pollMilliseconds)
		if err != nil && err != unix.EINTR {
			return false
		}
		if n > 0 && fds[0].Revents&(unix.POLLERR|unix.POLLNVAL) != 0 {
			return true
		}
		if n > 0 { // a socket that was half closed: it can still be written to
			return false
		}
	}
	return false
}
