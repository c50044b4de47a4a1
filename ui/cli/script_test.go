package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"tokenburn": func() { os.Exit(Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr, os.Environ())) },
	})
}

// TestScripts runs testdata/script/*.txtar, one behaviour a file, each with a copy
// of testdata/home as its CODEX_HOME. UPDATE=1 writes
// what the commands print into them. Besides testscript's own commands there are:
//
//	exits CODE PROGRAM…  run the program, which must end with the code
//	stamp FILE…          write times such as @-10m@ in session files as of now, and $WORK as the script's folder
//	printable FILE…      fail where a file or "stdout" or "stderr" holds a control character
//	old FILE…            make files as if last written three days ago
//	widest N FILE…       fail where a line is wider than N cells
//	until FILE TEXT      wait until the file holds the text
//	end SIGNAL           send the signal to what runs in the background
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: os.Getenv("UPDATE") != "",
		Setup: func(e *testscript.Env) error {
			home := filepath.Join(e.WorkDir, "user")
			for _, v := range []string{"HOME=" + home, "USERPROFILE=" + home, "XDG_CONFIG_HOME=" + filepath.Join(home, ".config"),
				"XDG_STATE_HOME=" + filepath.Join(home, ".local", "state"), "XDG_CONFIG_DIRS=" + filepath.Join(home, "etc"), "CODEX_HOME=" + filepath.Join(e.WorkDir, "codex"), "TZ=UTC", "LC_ALL=C.UTF-8", "COLUMNS="} {
				name, value, _ := strings.Cut(v, "=")
				e.Setenv(name, value)
			}
			if err := os.CopyFS(filepath.Join(e.WorkDir, "codex"), os.DirFS("testdata/home")); err != nil {
				return err
			}
			return os.MkdirAll(home, 0o755)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "stamp": stamp, "printable": printableCmd, "widest": widest, "until": until, "end": end, "old": old,
		},
	})
}

func exits(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	var ended *exec.ExitError
	code := 0
	if err != nil {
		if !errors.As(err, &ended) {
			ts.Fatalf("%v", err)
		}
		code = ended.ExitCode()
	}
	if got := strconv.Itoa(code); got != args[0] {
		ts.Fatalf("exit code %s, want %s", got, args[0])
	}
}

var relative = regexp.MustCompile(`@-[0-9hms]+@`)

func stamp(ts *testscript.TestScript, _ bool, args []string) {
	now := time.Now().UTC()
	for _, name := range args {
		text := relative.ReplaceAllStringFunc(ts.ReadFile(name), func(at string) string {
			d, err := time.ParseDuration(strings.Trim(at, "@"))
			ts.Check(err)
			return now.Add(d).Format("2006-01-02T15:04:05.000Z")
		})
		folder, err := json.Marshal(ts.Getenv("WORK"))
		ts.Check(err)
		text = strings.ReplaceAll(text, "$WORK", strings.Trim(string(folder), `"`))
		ts.Check(os.WriteFile(ts.MkAbs(name), []byte(text), 0o644))
	}
}

func printableCmd(ts *testscript.TestScript, _ bool, args []string) {
	for _, name := range args {
		for i, r := range ts.ReadFile(name) {
			if r < ' ' && r != '\n' || r >= 0x7f && r < 0xa0 || r == 0x202e || r == 0x200d {
				ts.Fatalf("%s holds %U at %d", name, r, i)
			}
		}
	}
}

func widest(ts *testscript.TestScript, _ bool, args []string) {
	var most int
	_, err := fmt.Sscan(args[0], &most)
	ts.Check(err)
	for _, name := range args[1:] {
		for line := range strings.SplitSeq(ts.ReadFile(name), "\n") {
			if n := ansi.StringWidth(line); n > most {
				ts.Fatalf("%s has a line of %d cells: %s", name, n, line)
			}
		}
	}
}

func until(ts *testscript.TestScript, _ bool, args []string) {
	for deadline := time.Now().Add(20 * time.Second); ; {
		text, err := os.ReadFile(ts.MkAbs(args[0]))
		if err == nil && bytes.Contains(text, []byte(args[1])) {
			return
		}
		if time.Now().After(deadline) {
			ts.Fatalf("%s never held %s: %v\n%s", args[0], args[1], err, text)
		}
		time.Sleep(5 * time.Millisecond)
	}
}

func old(ts *testscript.TestScript, _ bool, args []string) {
	then := time.Now().Add(-72 * time.Hour)
	for _, name := range args {
		ts.Check(os.Chtimes(ts.MkAbs(name), then, then))
	}
}

func end(ts *testscript.TestScript, _ bool, args []string) {
	signal := map[string]os.Signal{"INT": os.Interrupt, "TERM": syscall.SIGTERM}[args[0]]
	for _, c := range ts.BackgroundCmds() {
		ts.Check(c.Process.Signal(signal))
	}
}
