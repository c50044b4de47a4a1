package codextest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// EnvBinary names the environment variable that says which codex to test with.
const EnvBinary = "TOKENBURN_CODEX"

// Codex gives the path of the Codex CLI: $TOKENBURN_CODEX, or codex on PATH.
// Where there is none it skips the test and says why.
func Codex(t testing.TB) string {
	t.Helper()
	name := first(os.Getenv(EnvBinary), "codex")
	path, err := exec.LookPath(name)
	if err != nil {
		t.Skipf("no Codex CLI here (%v): install it with npm install -g @openai/codex, or name one in $%s", err, EnvBinary)
	}
	return path
}

// Home is a CODEX_HOME of its own whose model provider is a [Server].
type Home struct {
	Dir string // CODEX_HOME

	t      testing.TB
	binary string
	root   string // holds Dir, the work folders, and what stands in for the user's home
}

// apiKey is the variable that holds the provider's key; the server asks for none.
const apiKey = "TOKENBURN_TEST_KEY"

// NewHome makes a CODEX_HOME. The default model is gpt-5.5, commands run without
// a sandbox and are never asked about: scripts are the test's own.
func NewHome(t testing.TB, s *Server) *Home {
	t.Helper()
	root := tempDir(t)
	h := &Home{Dir: filepath.Join(root, "codex"), t: t, binary: Codex(t), root: root}
	config := `model = "gpt-5.5"
model_provider = "loopback"
approval_policy = "never"
sandbox_mode = "danger-full-access"
check_for_update_on_startup = false

[analytics]
enabled = false

[model_providers.loopback]
name = "loopback"
base_url = "` + s.URL() + `"
wire_api = "responses"
env_key = "` + apiKey + `"
stream_idle_timeout_ms = 20000
`
	h.write(filepath.Join(h.Dir, "config.toml"), config)
	return h
}

// With gives the same home for another codex program.
func (h *Home) With(binary string) *Home {
	other := *h
	other.binary = binary
	return &other
}

// Config adds lines to the end of config.toml; begin with a table's head.
func (h *Home) Config(lines string) {
	h.t.Helper()
	path := filepath.Join(h.Dir, "config.toml")
	old, err := os.ReadFile(path)
	if err != nil {
		h.t.Fatal(err)
	}
	h.write(path, string(old)+"\n"+lines+"\n")
}

// Work makes a git repository with one commit and gives its path.
func (h *Home) Work(name string) string {
	h.t.Helper()
	dir := filepath.Join(h.root, "work", name)
	h.write(filepath.Join(dir, "README.md"), "# "+name+"\n")
	for _, args := range [][]string{
		{"init", "-q", "-b", "main"},
		{"config", "user.email", "test@example.com"},
		{"config", "user.name", "Test"},
		{"add", "README.md"},
		{"commit", "-q", "-m", "init"},
	} {
		cmd := exec.Command("git", args...)
		cmd.Dir, cmd.Env = dir, h.Env()
		if out, err := cmd.CombinedOutput(); err != nil {
			h.t.Fatalf("git %s: %v\n%s", strings.Join(args, " "), err, out)
		}
	}
	return dir
}

// Env is the environment that Codex gets: nothing of the user's but PATH.
func (h *Home) Env() []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + h.root, "TMPDIR=" + h.root,
		"CODEX_HOME=" + h.Dir, apiKey + "=none",
		"LC_ALL=C.UTF-8", "TZ=UTC", "TERM=dumb", "NO_PROXY=127.0.0.1",
	}
}

func (h *Home) write(path, text string) {
	h.t.Helper()
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		h.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// tempDir is t.TempDir, but a process that Codex left behind for a moment and
// that still writes into it cannot fail the test, and the path has no symlink in
// it, since Codex records real paths.
func tempDir(t testing.TB) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "codextest-")
	if err == nil {
		dir, err = filepath.EvalSymlinks(dir)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		for range 20 {
			if err = os.RemoveAll(dir); err == nil {
				return
			}
			time.Sleep(50 * time.Millisecond)
		}
		t.Logf("left behind: %v", err)
	})
	return dir
}
