package control

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/control/codextest"
)

// What the files are read to say is what Codex itself says, for hooks in either file:
// that they are not trusted, then that they are, then that they are gone.
func TestCodexSaysWhatTheFilesSay(t *testing.T) {
	t.Parallel()
	mine := "[[hooks.PreToolUse]]\nmatcher = \"Bash\"\n[[hooks.PreToolUse.hooks]]\ntype = \"command\"\ncommand = \"true\"\n"
	for name, config := range map[string]string{"hooks.json": "", "config.toml": mine} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			codex := codextest.NewHome(t, codextest.NewServer(t))
			if config != "" {
				codex.Config(config)
			}
			h := newGateHome(t)
			place, err := UserPlace(codex.Dir)
			h.must(err)
			h.GatePlace = place
			c := New(Options{Codex: codextest.Codex(t), Env: codex.Env()})
			before := h.read(h.config())
			h.must(h.install())

			asked := func(what string, s GateState, err error, want bool) {
				t.Helper()
				if err != nil || !s.Asked || s.Enforced() != want {
					t.Errorf("%s: Codex asked %v, enforced %v (%s), %v", what, s.Asked, s.Enforced(), s.Why(), err)
				}
				if read := ReadGate(place, nil); read.Enforced() != want || !want && !strings.Contains(read.Why(), "not trusted") {
					t.Errorf("%s: by its files, enforced %v (%s)", what, read.Enforced(), read.Why())
				}
				for _, k := range s.Hooks {
					if filepath.Base(k.File) != name || !k.Listed {
						t.Errorf("%s: %+v", what, k)
					}
				}
			}
			s, err := c.AskGate(t.Context(), place, h.record)
			asked("installed", s, err, false)
			s, err = c.TrustGate(t.Context(), place, h.record)
			asked("trusted", s, err, true)
			if len(h.record.Known) > 0 {
				t.Errorf("Codex computes other hashes: %v", h.record.Known)
			}
			if strings.Contains(h.read(h.config()), "pre_tool_use:0:0") != (name == "hooks.json") {
				t.Errorf("another hook was trusted:\n%s", h.read(h.config()))
			}
			var keys []string
			for _, k := range s.Hooks {
				keys = append(keys, k.Key)
			}
			h.must(c.ForgetGate(t.Context(), place, keys))
			s, err = c.AskGate(t.Context(), place, h.record)
			asked("forgotten", s, err, false)
			h.must(h.remove())
			if got := h.read(h.config()); strings.TrimRight(got, "\n") != strings.TrimRight(before, "\n") && name == "hooks.json" {
				t.Errorf("config.toml is not as it was:\n%s\nwant\n%s", got, before)
			}
			if _, err := os.Stat(h.hooks()); !os.IsNotExist(err) {
				t.Errorf("hooks.json: %v", err)
			}
		})
	}
}
