package model

import (
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"
)

// Whatever a session file says a call was: it is judged, once and for all the
// same, and its evidence can be shown.
func FuzzKindOfCall(f *testing.F) {
	text, err := os.ReadFile(filepath.Join("..", "testdata", "kinds", "commands.txt"))
	if err != nil {
		f.Fatal(err)
	}
	for i, c := range commandsIn(string(text)) {
		if i%7 == 0 {
			f.Add("exec_command", c, "", "review this")
		}
	}
	for _, s := range []string{
		`const r = await Promise.all(["ls","cat x"].map(cmd => tools.exec_command({cmd}))); text(r)`,
		"text(await tools.apply_patch(`*** Begin Patch\n*** Add File: docs/a.md\n+x\n*** End Patch`));",
		`tools.exec_command({command:["bash","-lc","go test ./...`, "tools.", "tools.x(\"", "`${",
	} {
		f.Add("exec", "", s, "")
	}
	f.Add("apply_patch", "", "*** Begin Patch\n*** Update File: a.py\n@@\n-\"\"\"x\n+\"\"\"y\n", "fix")
	f.Add("write_stdin", "", `{"session_id": 12, "chars": ""}`, "")
	f.Add("shell", "cat <<'E' > \x1b[31m\xff.go\n", "", "migrate")
	f.Add("mcp__x.create_file", "", `{"path":"../../etc/passwd"}`, "")
	f.Fuzz(func(t *testing.T, name, line, args, prompt string) {
		line, args, prompt = line[:min(len(line), MaxText)], args[:min(len(args), MaxText)], Clean(prompt, 200)
		c := Call{Tool: Tool{Name: name, Command: line, Args: args, CallID: "c", Cwd: "/home/dev/app"}}
		judged := func() work {
			turn := []work{{id: "c", did: looker{cwd: "/home/dev/app"}.look(&c), polls: polled(args)}, {did: []doing{{deed: doTest}}}}
			var s scene
			s.enter(&Thread{Cwd: "/home/dev/app"})
			s.begin(new(asked).read(prompt, intentNone), turn)
			s.judge(turn)
			return turn[0]
		}
		a, b := judged(), judged()
		if a.kind != b.kind || a.kind >= kinds || len(a.why) > 3 {
			t.Fatalf("%v and %v, %v", a.kind, b.kind, a.why)
		}
		for _, e := range a.why {
			if !utf8.ValidString(e.Why) || e.Why != Clean(e.Why, MaxText) || e.Points <= 0 {
				t.Fatalf("%q is not clean, or says nothing", e.Why)
			}
		}
	})
}
