package model

import (
	"encoding/json"
	"strings"
)

// look takes a call apart into what it did, without its context.
func (l looker) look(c *Call) []doing {
	if c.Cwd != "" {
		l.cwd = c.Cwd
	}
	name := c.Name
	if i := strings.LastIndexByte(name, '.'); i > 0 && hasAny(name[:i], "functions", "container", "collaboration", "multi_agent", "tools") {
		name = name[i+1:]
	}
	switch name {
	case "apply_patch":
		return l.changes(c)
	case "exec_command", "shell", "shell_command", "local_shell", "local_shell_call", "bash", "exec_shell", "run_command", "terminal", "run_terminal_cmd", "execute_command":
		return l.shell(c)
	case "exec":
		return l.codeMode(c.Args)
	case "write_stdin", "wait", "kill_session", "read_output", "exec_wait":
		return one(doPoll, name)
	case "update_plan", "request_user_input", "create_goal", "update_goal", "get_goal", "todo_write", "set_title", "report_progress", "ask_user", "enter_plan_mode", "exit_plan_mode", "Plan", "request_permissions", "notify", "plan", "Sleep", "sleep", "get_context_remaining", "new_context":
		return one(doPlan, name)
	case "web_search", "web_fetch", "web.run", "run", "web_search_call", "tool_search", "open_page", "fetch", "browse", "search_query", "list_mcp_resources", "list_mcp_resource_templates", "read_mcp_resource", "tool_suggest":
		return one(doWeb, name)
	case "view_image", "image_view", "ImageView":
		return one(doLook, name)
	case "spawn_agent", "send_input", "wait_agent", "close_agent", "resume_agent", "list_agents", "send_message", "followup_task", "interrupt_agent", "spawn_agents_on_csv", "assign_task", "wait_agents", "report_agent_job_result":
		return []doing{{deed: doAgent, tool: name, traits: traits{text: c.Args}}}
	case "read_file", "list_dir", "grep_files", "search_files", "glob", "read", "list_files", "grep", "codebase_search", "file_search":
		return []doing{{deed: doRead, tool: name}}
	case "write_file", "edit_file", "create_file", "str_replace", "str_replace_editor", "replace_in_file", "multi_edit", "edit":
		return l.written(name, argument(c.Args, "path", "file_path", "file", "filename"))
	case "js_repl", "python", "javascript", "code_interpreter", "js":
		text := argument(c.Args, "code", "input", "script")
		if text == "" {
			text = c.Args
		}
		return l.script(name, text)
	case "image_generation", "imagegen", "ImageGeneration":
		return []doing{{deed: doWrite, tool: name}}
	}
	if len(c.Changes) > 0 {
		return l.changes(c)
	}
	if c.Command != "" {
		return l.shell(c)
	}
	return l.mcp(name, c.Args)
}

// shell judges a command line, and the patch that it may hold.
func (l looker) shell(c *Call) []doing {
	var did []doing
	if len(c.Changes) > 0 {
		did = l.changes(c)
		if !strings.Contains(c.Command, "<<") {
			return did
		}
		for _, d := range l.commands(c.Command) {
			if d.tool != "apply_patch" {
				did = append(did, d)
			}
		}
		return did
	}
	did = l.commands(c.Command)
	if c.Command == "" && (strings.Contains(c.Parsed, "read") || strings.Contains(c.Parsed, "search") || strings.Contains(c.Parsed, "list_files")) {
		did = append(did, doing{deed: doRead, tool: "parsed"})
	}
	return did
}

// changes gives the writes of a patch: from what it changed, else from its text.
func (l looker) changes(c *Call) []doing {
	if len(c.Changes) == 0 {
		text := c.Args
		if i := strings.Index(text, "*** Begin Patch"); i > 0 {
			text = strings.ReplaceAll(text[i:], `\n`, "\n")
		}
		return l.patch(text)
	}
	did := make([]doing, 0, len(c.Changes))
	for _, f := range c.Changes {
		d := doing{deed: doWrite, place: placeOf(f.Path, l.cwd), path: f.Path, tool: "patch", named: true, add: f.Kind == "add"}
		if f.MovedTo != "" {
			d.place = placeOf(f.MovedTo, l.cwd)
		}
		d.Traits = f.Traits
		d.lines = max(0, f.Added) + max(0, f.Removed)
		did = append(did, d)
	}
	return did
}

// codeMode judges a script of code mode by the calls that stand in it.
func (l looker) codeMode(script string) (did []doing) {
	for _, s := range codeModeCalls(script) {
		c := Call{Tool: Tool{Name: strings.Replace(strings.TrimPrefix(s.tool, "mcp__"), "__", ".", 1), Args: s.text}}
		switch s.tool {
		case "exec_command", "shell", "shell_command":
			c.Command = s.text
		case "exec":
			continue
		}
		did = append(did, l.look(&c)...)
	}
	return did
}

// mcp judges a tool of a server by the words of its name.
func (l looker) mcp(name, args string) []doing {
	low := strings.ToLower(name)
	words := strings.FieldsFunc(splitCamel(name), func(r rune) bool { return strings.ContainsRune("._-/ :", r) })
	has := func(list string) bool {
		for _, w := range words {
			if hasWord(list, w) {
				return true
			}
		}
		return false
	}
	writes := has("create update write edit delete add remove set put post push merge insert append rename move upsert apply submit close reopen assign replace save")
	switch {
	case strings.Contains(low, "pull_request_diff"), strings.Contains(low, "get_diff"), strings.Contains(low, "pull_request_files"):
		return []doing{{deed: doDiff, tool: name, traits: traits{major: true}}}
	case strings.Contains(low, "review") && writes, strings.Contains(low, "pending_review"):
		return one(doVerdict, name)
	case has("playwright browser chrome puppeteer devtools selenium simulator") && !has("docs"):
		return one(doRun, name)
	case writes && (has("file files filesystem") || strings.Contains(low, "symbol")):
		if p := argument(args, "path", "file_path", "relative_path", "filename"); p != "" {
			return l.written(name, p)
		}
		return []doing{{deed: doWrite, tool: name}}
	case writes && has("page doc docs document confluence notion wiki"):
		return []doing{{deed: doWrite, place: placeDoc, tool: name, named: true}}
	case has("migration migrate migrations"):
		return one(doMigrate, name)
	case has("execute_sql sql query") || has("execute") && has("postgres db database supabase sqlite"):
		return l.sql(&command{name: name, args: []string{args}})
	case writes:
		return one(doVCS, name)
	case has("run") && has("test tests"):
		return one(doTest, name)
	}
	return one(doWeb, name)
}

// splitCamel makes getIssue "get issue".
func splitCamel(s string) string { return camelWords(s) }

// argument gives a text member of a call's JSON arguments.
func argument(args string, names ...string) string {
	var m map[string]any
	if json.Unmarshal([]byte(args), &m) != nil {
		return ""
	}
	for _, n := range names {
		if s, ok := m[n].(string); ok {
			return s
		}
	}
	return ""
}
