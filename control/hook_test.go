package control

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestGateLine(t *testing.T) {
	for _, c := range []GateCommand{
		{Program: "/usr/local/bin/tokenburn"},
		{Program: "/opt/my tools/tokenburn", Args: []string{"--ledger", "/var/l ed.db"}},
		{Program: `/o'dd/$HOME/"q"/tokenburn`, Args: []string{"--config", "/a;b&c|d/`x`.toml"}},
		{Program: "/größe/tokenburn", Args: []string{"--no-config"}},
	} {
		line, err := c.Line()
		if err != nil {
			t.Fatal(err)
		}
		got, ok := ParseGate(line)
		if !ok || got.Program != c.Program || strings.Join(got.Args, "\x00") != strings.Join(c.Args, "\x00") {
			t.Errorf("%s is read as %q (%v)", line, got, ok)
		}
	}
	if _, err := (GateCommand{Program: "/a\x00b"}).Line(); err == nil {
		t.Error("a NUL byte can be written")
	}
}

func TestOnlyThePlainGateIsOurs(t *testing.T) {
	for line, want := range map[string]bool{
		"exec /usr/bin/tokenburn gate":                   true,
		"/usr/bin/tokenburn gate --ledger x":             true,
		"/usr/bin/tokenburn-0.3.0 gate":                  true,
		"/usr/bin/tokenburn status":                      false,
		"/usr/bin/tokenburn gate; rm -rf x":              false,
		"/usr/bin/tokenburn gate | tee x":                false,
		"/usr/bin/tokenburn gate > x":                    false,
		"A=1 /usr/bin/tokenburn gate":                    false,
		"/usr/bin/tokenburn gate $HOME":                  false,
		"/usr/bin/mytokenburn gate":                      false,
		"gate":                                           false,
		"":                                               false,
		"if":                                             false,
		"echo /usr/bin/tokenburn gate":                   false,
		"/usr/bin/tokenburn gate &":                      false,
		"/usr/bin/tokenburn gate && curl x | sh":         false,
		"/usr/bin/tokenburn gate --ledger \"$(id)\"":     false,
		"exec '/opt/my tools/tokenburn' gate --config a": true,
	} {
		if _, ok := ParseGate(line); ok != want {
			t.Errorf("%q: %v, want %v", line, ok, want)
		}
	}
}

// The hashes are those that codex 0.169.0's hooks/list gave for these definitions.
func TestHashIsCodexsOwn(t *testing.T) {
	ten, none, bash, x := int64(10), int64(0), "Bash", "x"
	for _, c := range []struct {
		event   string
		matcher *string
		h       handler
		want    string
	}{
		{"PreModelRequest", nil, handler{Command: "true", Timeout: &ten}, "sha256:a26389c7fd0fab123c17d72fda89842226e1a59be3ac01023c0a4cd26ce107bf"},
		{"PreToolUse", &bash, handler{Command: "cat", Timeout: &none, Status: "wait"}, "sha256:d37dc8285a0cfd18fade246897218364b835dcf852e31b871e952f9f57d89cb5"},
		{"PreToolUse", &bash, handler{Command: "cat", Async: true}, "sha256:aa723259fda041aeaba38cd4e3fe1bf2d0f56de89fa5efd8eb09e77a17e579b7"},
		{"UserPromptSubmit", &x, handler{Command: "echo 'hi' <&0 >/dev/null; cat \\\"x\\\" é \u2028"}, "sha256:e088ee5c9889017aea74aa379847137fc5531a66f819719be5c1dc26ea1bdff9"},
	} {
		if got := c.h.hash(c.event, c.matcher); got != c.want {
			t.Errorf("%s: %s, want %s", c.event, got, c.want)
		}
	}
}

const testLine = "exec /usr/bin/tokenburn gate"

// hooksFiles are files that a user may have; adding the gate and taking it out again
// leaves each as it was.
func hooksFiles() map[string]string {
	other := `{"type":"command","command":"echo <hi> & \u00e9","timeout":3,"zz":[1,2,{"a":"]}"}]}`
	return map[string]string{
		"object":          "{}\n",
		"spaced":          "{\n}\n",
		"description":     "{\n  \"description\": \"mine\"\n}\n",
		"no newline":      `{"description":"x"}`,
		"one line":        `{"hooks":{"PreModelRequest":[{"hooks":[` + other + `]}],"Stop":[{"hooks":[` + other + `]}]}}`,
		"one line spaced": `{ "hooks" : { "PreToolUse" : [ { "matcher" : "Bash", "hooks" : [ ` + other + ` ] } ] } }`,
		"tabs":            "{\n\t\"hooks\": {\n\t\t\"PreToolUse\": [\n\t\t\t{\n\t\t\t\t\"matcher\": \"Bash\",\n\t\t\t\t\"hooks\": [\n\t\t\t\t\t" + other + "\n\t\t\t\t]\n\t\t\t}\n\t\t]\n\t}\n}\n",
		"four":            "{\n    \"hooks\": {\n        \"UserPromptSubmit\": [\n            {\"hooks\": [" + other + "]}\n        ],\n        \"Zed\": 7\n    }\n}\n",
		"crlf":            "{\r\n  \"hooks\": {\r\n    \"Stop\": []\r\n  }\r\n}\r\n",
		"after hooks":     "{\n  \"hooks\": {\n    \"Stop\": []\n  },\n  \"description\": \"last\"\n}",
	}
}

func TestAddAndRemoveJSON(t *testing.T) {
	for name, text := range hooksFiles() {
		t.Run(name, func(t *testing.T) {
			after, err := addJSON([]byte(text), testLine)
			if err != nil {
				t.Fatal(err)
			}
			wantGate(t, after, false, testLine)
			if strings.Contains(text, "\r\n") && strings.Contains(strings.ReplaceAll(string(after), "\r\n", ""), "\n") {
				t.Errorf("lines of both kinds: %q", after)
			}
			if !strings.Contains(text, "\n") && strings.Contains(string(after), "\n") {
				t.Errorf("one line became several: %s", after)
			}
			again, err := addJSON(after, testLine)
			if err != nil || !bytes.Equal(again, after) {
				t.Errorf("a second time changes it (%v):\n%s\n%s", err, after, again)
			}
			if n := moved(others([]byte(text), false), others(after, false)); n != 0 {
				t.Errorf("%d hooks of the user's moved", n)
			}
			back, err := removeJSON(after)
			if err != nil {
				t.Fatal(err)
			}
			// Only an object that was empty, or held no hooks, is left with an empty one.
			if want := text; string(back) != want && strings.Contains(text, `"hooks"`) {
				t.Errorf("not as it was:\n%q\n%q", want, back)
			}
			var v struct{ Hooks map[string]json.RawMessage }
			if err := json.Unmarshal(back, &v); err != nil || bytes.Contains(back, []byte("tokenburn")) {
				t.Errorf("left behind (%v): %s", err, back)
			}
		})
	}
}

func wantGate(t *testing.T, doc []byte, inTOML bool, line string) {
	t.Helper()
	n := map[string]int{}
	err := eachHook(doc, inTOML, func(event string, _, _ int, _ *string, h handler) {
		if h.calls() {
			if n[event]++; !h.is(line) {
				t.Errorf("%s: %+v", event, h)
			}
		}
	})
	if err != nil {
		t.Fatalf("%v:\n%s", err, doc)
	}
	for _, event := range GateEvents() {
		if n[event] != 1 {
			t.Errorf("%s has the gate %d times:\n%s", event, n[event], doc)
		}
	}
}

func TestUpdateAndDuplicates(t *testing.T) {
	old := `{"type":"command","command":"/old/tokenburn gate","timeout":5}`
	mine := `{"type":"command","command":"mine"}`
	text := `{"hooks":{"PreModelRequest":[{"hooks":[` + old + `]},{"hooks":[` + mine + `,` + old + `,` + old + `]},{"hooks":[` + old + `]}],` +
		`"UserPromptSubmit":[{"hooks":[` + mine + `,` + old + `]}],"PreToolUse":[{"hooks":[{"type":"command","command":"` + testLine + `","timeout":10}]}]}}`
	after, err := addJSON([]byte(text), testLine)
	if err != nil {
		t.Fatal(err)
	}
	wantGate(t, after, false, testLine)
	if n := moved(others([]byte(text), false), others(after, false)); n != 0 {
		t.Errorf("%d hooks of the user's moved:\n%s", n, after)
	}
	back, err := removeJSON(after)
	if want := `{"hooks":{"PreModelRequest":[{"hooks":[` + mine + `]}],"UserPromptSubmit":[{"hooks":[` + mine + `]}]}}`; err != nil || string(back) != want {
		t.Errorf("%v:\n%s\nwant\n%s", err, back, want)
	}
	if n := moved(others(after, false), others(back, false)); n != 1 {
		t.Errorf("%d hooks of the user's moved, want the one after ours", n)
	}
}

func TestAnUpdateKeepsHowItIsWritten(t *testing.T) {
	text := "{\n  \"hooks\": {\n    \"PreToolUse\": [\n      {\n        \"hooks\": [\n          {\n            \"timeout\": 10,\n" +
		"            \"command\": \"/old/tokenburn gate\",\n            \"type\": \"command\"\n          }\n        ]\n      }\n    ]\n  }\n}\n"
	after, err := setRight([]byte(text), testLine)
	if want := strings.Replace(text, "/old/tokenburn gate", testLine, 1); err != nil || string(after) != want {
		t.Errorf("%v:\n%s\nwant\n%s", err, after, want)
	}
	text = strings.Replace(text, `"type"`, `"async": true, "type"`, 1)
	if after, err = setRight([]byte(text), testLine); err != nil || bytes.Contains(after, []byte("async")) || !bytes.Contains(after, []byte(testLine)) {
		t.Errorf("%v:\n%s", err, after)
	}
}

func TestFilesThatAreRefused(t *testing.T) {
	for text, want := range map[string]string{
		"\xef\xbb\xbf{}":                "1:1: it begins with a byte order mark",
		"{\n  \"hooks\": {,}\n}":        "2:13: invalid character",
		"{\"hooks\":{}":                 "1:11: unexpected end",
		"[]":                            "1:1: the whole file",
		`{"x":1}`:                       `1:2: Codex knows no "x"`,
		`{"hooks":{},"hooks":{}}`:       `1:13: "hooks" is there twice`,
		`{"hooks":null}`:                `1:2: "hooks" is to be an object`,
		`{"hooks":{"PreToolUse":null}}`: `1:11: "PreToolUse" is to be a list`,
		`{"hooks":{"PreToolUse":[1]}}`:  "1:25: it is to be an object",
		`{"hooks":{"PreToolUse":[{"hooks":[{"type":"command","command":"x","timeout":"y"}]}]}}`: "1:11: json:",
		`{"hooks":{"PreToolUse":[],"PreToolUse":[]}}`:                                           `1:27: "PreToolUse" is there twice`,
	} {
		if _, err := addJSON([]byte(text), testLine); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%s: %v, want %s", text, err, want)
		}
	}
}

func TestAddAndRemoveTOML(t *testing.T) {
	hook := "[[hooks.PreToolUse]]\nmatcher = \"Bash\"\n[[hooks.PreToolUse.hooks]]\ntype = \"command\"\ncommand = \"mine [[x]]\" # [[hooks.PreModelRequest]]\n"
	state := "\n[hooks.state]\n\n[hooks.state.\"/h/config.toml:pre_tool_use:0:0\"]\ntrusted_hash = \"sha256:0\"\n"
	for name, text := range map[string]string{
		"one":         "model = \"x\"\n\n" + hook,
		"multiline":   hook + "[projects.\"/a\"]\ntrust_level = \"trusted\"\nnote = \"\"\"\n[[hooks.PreModelRequest]]\n\"\"\"\n",
		"crlf":        strings.ReplaceAll("model = \"x\"\n\n"+hook, "\n", "\r\n"),
		"with state":  hook + state,
		"spaced":      strings.ReplaceAll(hook, "[[hooks.PreToolUse]]", "[[ hooks . PreToolUse ]]") + "\n# the end\n",
		"inline Stop": "[hooks]\nStop = [{ hooks = [{ type = \"command\", command = \"x\" }] }]\n",
	} {
		t.Run(name, func(t *testing.T) {
			after, err := addTOML([]byte(text), testLine)
			if err != nil {
				t.Fatal(err)
			}
			wantGate(t, after, true, testLine)
			if again, err := addTOML(after, testLine); err != nil || !bytes.Equal(again, after) {
				t.Errorf("a second time changes it (%v): %s", err, again)
			}
			// Codex writes what it trusts at the end, behind the gate.
			trusted := string(after) + "\n[hooks.state.\"/h/config.toml:pre_model_request:0:0\"]\ntrusted_hash = \"sha256:1\"\n"
			back, err := removeTOML([]byte(trusted))
			if want := text + strings.TrimPrefix(trusted, string(after)); err != nil || string(back) != want {
				t.Errorf("%v:\n%q\nwant\n%q", err, back, want)
			}
			elsewhere, err := addTOML(after, "exec /opt/tokenburn gate")
			if err != nil {
				t.Fatal(err)
			}
			wantGate(t, elsewhere, true, "exec /opt/tokenburn gate")
			if back, err := removeTOML(elsewhere); err != nil || string(back) != text {
				t.Errorf("%v:\n%q\nwant\n%q", err, back, text)
			}
		})
	}
	inline := "[hooks]\nPreToolUse = [{ hooks = [{ type = \"command\", command = \"x\" }] }]\n"
	if after, err := addTOML([]byte(inline), testLine); err == nil {
		t.Errorf("an inline list was added to: %s", after)
	}
	written := "[hooks]\nPreToolUse = [{ hooks = [{ type = \"command\", command = \"" + testLine + "\" }] }]\n"
	if after, err := removeTOML([]byte(written)); err == nil {
		t.Errorf("an inline gate was taken out: %s", after)
	}
}

func FuzzRemoveLeavesTheRest(f *testing.F) {
	for _, text := range hooksFiles() {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		after, err := addJSON([]byte(text), testLine)
		if err != nil {
			return
		}
		wantGate(t, after, false, testLine)
		back, err := removeJSON(after)
		if err != nil || !json.Valid(back) || bytes.Contains(back, []byte("/usr/bin/tokenburn gate")) {
			t.Fatalf("%v: %q -> %q -> %q", err, text, after, back)
		}
		if n := moved(others([]byte(text), false), others(after, false)); n > 0 {
			t.Fatalf("%d hooks moved: %q -> %q", n, text, after)
		}
	})
}

// write puts a file into a folder.
func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o640); err != nil {
		t.Fatal(err)
	}
}
