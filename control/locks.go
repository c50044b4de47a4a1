package control

// LocksMark is made of the system's list of flocks on files with some inodes, without a look at
// any process or file: where two of them are equal, nobody took or gave up such a lock in
// between, as far as the list tells, so that [Control.Owners] would find the same processes. Other
// programs take and give up theirs all the time. "" where there is no such list. It costs a
// hundredth of Owners with fifty owners.
func (c *Control) LocksMark(inodes map[uint64]bool) string { return c.locksMark(inodes) }
