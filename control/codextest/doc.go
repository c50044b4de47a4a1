// Package codextest lets a test run the real Codex CLI against a model server
// on the loopback interface, and tells afterwards exactly which usage that server
// reported, for which thread, turn and model.
//
// It is test support: nothing outside of tests may import it. A test does
//
//	codextest.Codex(t)                    // skips where no codex is installed
//	server := codextest.NewServer(t)      // the model, with scripted answers
//	home := codextest.NewHome(t, server)  // a CODEX_HOME that points at it
//	work := home.Work("shop")             // a git repository
//	result := home.Exec(work, codextest.Prompt("list the files", "tools"))
//	server.Usage()                        // what was served: the truth to compare with
//
// The server speaks OpenAI's Responses API as far as Codex 0.169.0 needs it:
// POST /v1/responses answered by server-sent events, compaction requests,
// zstd-compressed request bodies and rate-limit headers. What it answers is a
// [Script]: a list of [Step] values, one for each model request of a turn.
package codextest
