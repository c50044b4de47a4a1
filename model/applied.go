package model

// Applied says that the call's changes were made to files and are in the numbers
// of its turn: a patch that was only asked for, declined or failed has none.
func (c *Call) Applied() bool { return c.counted && len(c.Changes) > 0 }
