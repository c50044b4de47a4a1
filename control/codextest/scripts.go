package codextest

// Scripts are the scripts that every server knows, by name. Those whose name
// begins with "code" are for models that have only the code-mode tool, such as
// gpt-6-luna; the others are for gpt-5.5.
func Scripts() map[string]Script {
	return map[string]Script{
		"tools": {
			{Reasoning: "**Looking** at the folder", Calls: []Call{Shell("ls -la")}},
			{Calls: []Call{Shell("echo hi > a.txt; exit 3"), Shell("cat a.txt")}},
			{Text: "All done."},
		},
		"patch": {
			{Calls: []Call{Patch("*** Begin Patch\n*** Add File: p.txt\n+hello\n+world\n*** End Patch\n")}},
			{Calls: []Call{Patch("*** Begin Patch\n*** Update File: p.txt\n@@\n-hello\n+HELLO\n world\n*** End Patch\n")}},
			{Calls: []Call{Patch("*** Begin Patch\n*** Delete File: missing.txt\n*** End Patch\n")}},
			{Calls: []Call{Shell("git add -A && git commit -qm 'add p' && git log --oneline | head -1")}},
			{Text: "Patched."},
		},
		"retries": {
			{Errors: []int{429, 500}, Calls: []Call{Shell("echo a")}},
			{Cuts: 2, Text: "Survived."},
		},
		"quota": {
			{Calls: []Call{Shell("echo a")}},
			{Failed: &Failure{Code: "insufficient_quota", Message: "You exceeded your current quota"}},
		},
		"incomplete": {{Incomplete: "max_output_tokens", Text: "Cut sh"}},
		"unmetered":  {{NoUsage: true, Calls: []Call{Shell("echo a")}}, {Text: "ok"}},
		"web":        {{WebSearch: "codex session files", Text: "Searched."}},
		"compact": { // for model_auto_compact_token_limit = 50000
			{Input: 30_000, Calls: []Call{Shell("echo 1")}},
			{Input: 60_000, Calls: []Call{Shell("echo 2")}},
			{Input: 20_000, Calls: []Call{Shell("echo 3")}},
			{Text: "After the compaction."},
		},
		"agents": {
			{Calls: []Call{Shell("echo before")}},
			{Calls: []Call{Spawn(Prompt("child work", "child"), false)}},
			{Calls: []Call{Wait()}},
			{Text: "Parent done."},
		},
		"agents-fork": {
			{Calls: []Call{Shell("echo before")}},
			{Calls: []Call{Spawn(Prompt("child work", "child"), true)}},
			{Calls: []Call{Wait()}},
			{Text: "Parent done."},
		},
		"child": {{Calls: []Call{Shell("echo child")}}, {Text: "Child done."}},
		"code": {
			{Reasoning: "**Plan**", Calls: []Call{Code("const r = await tools.exec_command({cmd:\"ls -la; echo err >&2\"});\ntext(r.output);")}},
			{Calls: []Call{Code("text(await tools.apply_patch(\"*** Begin Patch\\n*** Add File: c.txt\\n+hello\\n+code mode\\n*** End Patch\\n\"));")}},
			{Text: "Code done."},
		},
		"code-agents": {
			{Calls: []Call{Code(codeEcho("before"))}},
			{Calls: []Call{Collaborate("kid", Prompt("child work", "code-child"), "all")}},
			{Calls: []Call{Await()}},
			{Text: "Parent done."},
		},
		"code-child": {{Calls: []Call{Code(codeEcho("child"))}}, {Text: "Child done."}},
		"runaway":    {{Calls: []Call{Shell("echo loop")}, Loop: true}},
	}
}

func codeEcho(word string) string {
	return `text((await tools.exec_command({cmd:"echo ` + word + `"})).output)`
}
