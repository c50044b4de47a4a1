// Package appserver speaks to Codex's app-server, the process that interactive
// windows share: it asks what its threads do, interrupts and steers turns, and
// reads and writes what Codex keeps about models and hooks.
//
// [Dial] reaches the shared server of a CODEX_HOME through its control socket: a
// WebSocket over a unix socket, one JSON-RPC message in a text frame, without the
// "jsonrpc" field. [Spawn] starts a server of our own over stdin and stdout for
// the time of a few questions; it ends with its [Conn]. Nothing here ever starts
// the shared one: that copies 400 MB and runs an updater.
//
// What a server says is hostile text: frames are bounded, every call has a
// deadline, and texts are cleaned before they are handed on. What a server asks
// of its clients, such as leave to run a command, is never answered: any answer,
// even a refusal, might decide what a human at another window is being asked.
package appserver
