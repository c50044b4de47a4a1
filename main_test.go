package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// binary is the built program. TestMain sets it before any test runs.
var binary string

// TestMain builds the program once: what is tested here is what a user starts.
func TestMain(m *testing.M) {
	if code, ok := beTheScreen(); ok {
		os.Exit(code)
	}
	dir, err := os.MkdirTemp("", "tokenburn-test-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Chmod(dir, 0o755) // one test runs it as another user
	binary = filepath.Join(dir, "tokenburn")
	if runtime.GOOS == "windows" {
		binary += ".exe"
	}
	code := 1
	if out, err := exec.Command("go", "build", "-buildvcs=false", "-o", binary, ".").CombinedOutput(); err != nil {
		fmt.Fprintf(os.Stderr, "go build: %v\n%s", err, out)
	} else {
		code = m.Run()
	}
	os.RemoveAll(dir)
	os.Exit(code)
}

// patience is how long a test waits for what should take far less than a second.
const patience = 20 * time.Second

// environment is what the program gets: nothing of the user's but PATH.
func environment(dir string) []string {
	return []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + dir, "USERPROFILE=" + dir, "TMPDIR=" + dir,
		"XDG_CONFIG_HOME=" + filepath.Join(dir, "config"), "XDG_STATE_HOME=" + filepath.Join(dir, "state"),
		"XDG_CACHE_HOME=" + filepath.Join(dir, "cache"), "XDG_DATA_HOME=" + filepath.Join(dir, "data"),
		"TZ=UTC", "LC_ALL=C.UTF-8", "TERM=xterm-256color",
	}
}

// output is what a command of the program printed and how it ended.
type output struct {
	out, err string
	code     int
	peak     int64 // peak memory in bytes; 0 where the system does not tell
}

// run runs the program to its end, which must come within patience.
func run(t *testing.T, args ...string) output {
	t.Helper()
	return runAs(t, nil, args...)
}

// runAs is run with the command changed before it starts, where as is not nil.
func runAs(t *testing.T, as func(*exec.Cmd), args ...string) output {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, binary, args...)
	cmd.Env = environment(t.TempDir())
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	cmd.WaitDelay = time.Second
	if as != nil {
		as(cmd)
	}
	err := cmd.Run()
	if ctx.Err() != nil {
		t.Fatalf("tokenburn %s: no end within %s\n%s%s", strings.Join(args, " "), patience, stdout.String(), stderr.String())
	}
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatalf("tokenburn %s: %v", strings.Join(args, " "), err)
	}
	return output{stdout.String(), stderr.String(), cmd.ProcessState.ExitCode(), peakMemory(cmd.ProcessState)}
}

// counted is the U of the JSON contract.
type counted struct {
	Input      model.Tokens `json:"input_tokens"`
	Cached     model.Tokens `json:"cached_input_tokens"`
	CacheWrite model.Tokens `json:"cache_write_input_tokens"`
	Output     model.Tokens `json:"output_tokens"`
	Reasoning  model.Tokens `json:"reasoning_output_tokens"`
	Responses  int64        `json:"responses"`
	CostUSD    *string      `json:"cost_usd"`
	Floor      bool         `json:"cost_is_floor"`
}

func (c counted) usage() model.Usage {
	return model.Usage{Input: c.Input, Cached: c.Cached, CacheWrite: c.CacheWrite, Output: c.Output, Reasoning: c.Reasoning}
}

func (c counted) count() model.Count { return model.Count{Usage: c.usage(), Responses: c.Responses} }

// usageReport is what "usage --json" prints.
type usageReport struct {
	Schema  int                `json:"schema"`
	Overall counted            `json:"overall"`
	Models  map[string]counted `json:"models"`
	Threads map[string]struct {
		counted
		Models  map[string]counted `json:"models"`
		Run     string             `json:"run"`
		Project string             `json:"project"`
	} `json:"threads"`
	Skipped  map[string]int64 `json:"skipped"`
	Warnings []any            `json:"warnings"`
}

// usageOf runs "usage --json" on a home; it must succeed.
func usageOf(t *testing.T, home string, args ...string) usageReport {
	t.Helper()
	got := run(t, append([]string{"--codex-home", home, "usage", "--json"}, args...)...)
	if got.code != 0 {
		t.Fatalf("usage --json: exit code %d\n%s", got.code, got.err)
	}
	var r usageReport
	if err := json.Unmarshal([]byte(got.out), &r); err != nil {
		t.Fatalf("usage --json: %v\n%s", err, got.out)
	}
	if r.Schema != 1 {
		t.Errorf("usage --json: schema %d, want 1", r.Schema)
	}
	return r
}
