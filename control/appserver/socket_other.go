//go:build !unix

package appserver

import "fmt"

// checkSocket refuses every socket: nothing here tells whose it is.
func checkSocket(path string) error {
	return fmt.Errorf("%w: on this system nothing tells whose %q is", ErrUnsafe, path)
}
