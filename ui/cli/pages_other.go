//go:build !linux

package cli

// dropProgram does nothing: only Linux is known to let pages of a file go and bring them back.
func dropProgram() {}
