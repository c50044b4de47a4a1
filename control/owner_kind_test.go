package control

import (
	"strings"
	"testing"
)

func TestKindByArguments(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]Kind{
		"codex":                                       TUI,
		"codex --no-daemon":                           TUI,
		"codex fix the exec command":                  TUI,
		"codex resume 01a2":                           TUI,
		"codex fork --last":                           TUI,
		"codex -m exec":                               TUI,
		"codex -i a.png exec":                         TUI, // the image flag takes all that follows
		"codex -- exec":                               TUI,
		"codex exec --json go":                        Exec,
		"codex e go":                                  Exec,
		"codex exec app-server":                       Exec, // a prompt
		"codex -m gpt-5.5 -c a=b --oss exec go":       Exec,
		"codex --model=gpt-5.5 -mfoo exec resume X":   Exec,
		"codex --strict-config review":                Exec,
		"codex app-server --listen unix://":           Server,
		"codex -c a=b app-server":                     Server,
		"codex --enable exec app-server":              Server,
		"codex --from-tomorrow exec app-server":       Unproved,
		"codex --from-tomorrow x app-server --listen": Unproved,
		"codex --from-tomorrow exec go":               Exec,
		"codex mcp-server":                            Unproved,
		"codex remote-control":                        Unproved,
	} {
		if got, _ := kindOf(strings.Fields(args)); got != want {
			t.Errorf("%s: %s, want %s", args, got, want)
		}
	}
	if got, why := kindOf(nil); got != Unproved || why == "" {
		t.Errorf("no arguments: %s %q", got, why)
	}
}

func TestWhatIsCodex(t *testing.T) {
	t.Parallel()
	for exe, want := range map[string]bool{
		"/usr/lib/node_modules/@openai/codex/vendor/x86_64-unknown-linux-musl/bin/codex": true,
		"/opt/codex-x86_64-unknown-linux-musl":                                           true,
		"/opt/codex-aarch64-apple-darwin":                                                true,
		"/opt/bin/codex-code-mode-host":                                                  false,
		"/usr/bin/node":                                                                  false,
		"/home/u/codex/bin/server":                                                       false,
		"/opt/bin/mycodex":                                                               false,
		"":                                                                               false,
	} {
		if got := isCodex(exe); got != want {
			t.Errorf("%s: %v", exe, got)
		}
	}
}
