//go:build !linux

package control

// environOf gives the environment that a process was started with; nil, as no
// other system tells it for certain.
func (c *Control) environOf(Process) []string { return nil }
