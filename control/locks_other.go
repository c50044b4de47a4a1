//go:build !linux

package control

func (c *Control) locksMark() string { return "" }
