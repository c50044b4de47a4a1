package cli

import "runtime/debug"

// rested gives back to the system what reading history needed and what goes on from there
// does not: the runtime would keep the heap's free pages for minutes.
func rested() { debug.FreeOSMemory() }
