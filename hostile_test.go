package main_test

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/klauspost/compress/zstd"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// evil is text that does harm where a terminal gets it as it is: it clears the
// screen, sets the title and the clipboard, answers a query, rings, turns the
// text's direction and hides the rest of a line.
const evil = "\x1b[2J\x1b]0;owned\x07\x1b]52;c;b3duZWQ=\x07\x1b[6n\x1bP$q\"p\x1b\\\u009b31m\u202egnp.exe\x07\b\b\r\x00end"

// commands are those that read session files and end by themselves.
func commands() [][]string {
	return [][]string{
		{"--once"}, {"--once", "--width", "40"}, {"--once", "--width", "200"},
		{"ls"}, {"ls", "--json"}, {"ls", "--all"},
		{"usage"}, {"usage", "--json"}, {"usage", "--csv"}, {"usage", "--by", "project"}, {"usage", "--by", "thread"}, {"usage", "--by", "model"},
		{"status"}, {"status", "--format", "tmux"}, {"status", "--format", "json"}, {"status", "--format", "waybar"},
		{"doctor"},
	}
}

// sane runs all commands on a home: each must end with a code that is meant,
// without a crash, and let no control character through but a new line.
func sane(t *testing.T, home string, more ...[]string) {
	t.Helper()
	for _, args := range append(commands(), more...) {
		got := run(t, append([]string{"--codex-home", home}, args...)...)
		name := "tokenburn " + strings.Join(args, " ")
		if got.code < 0 || got.code > 4 {
			t.Errorf("%s: exit code %d\n%s", name, got.code, got.err)
		}
		for _, out := range []string{got.out, got.err} {
			if strings.Contains(out, "goroutine ") || strings.Contains(out, "panic:") {
				t.Errorf("%s crashed:\n%s", name, out)
			}
			if i := strings.IndexFunc(out, forbidden); i >= 0 {
				t.Errorf("%s lets %q through in %q", name, out[i:i+1], excerpt(out, i))
			}
		}
		if got.code != 0 && strings.TrimSpace(got.err) == "" {
			t.Errorf("%s: exit code %d and no word why", name, got.code)
		}
	}
}

// forbidden says that a terminal would act on the character instead of showing it.
func forbidden(r rune) bool {
	return r != '\n' && r != '\t' && (unicode.IsControl(r) || r == '\u202e')
}

func excerpt(s string, at int) string { return s[max(0, at-60):min(len(s), at+60)] }

func TestHostileTexts(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	home := filepath.Join(t.TempDir(), "codex")
	s := newSession(t, home, now, "/src/"+evil+"/shop")
	s.model = "gpt-" + evil
	s.begin(now, "branch-"+evil, "prompt "+evil)
	s.command(now, "echo "+evil, 1)
	s.edit(now, "/src/"+evil+".txt", evil)
	s.respond(now, model.Usage{Input: 1000, Output: 10})
	s.model = "gpt-5.5"
	s.ask(now, evil)
	s.respond(now, model.Usage{Input: 2000, Output: 20})
	s.write(now, evil, dict{"type": evil, evil: evil})
	s.raw([]byte(evil + "\n"))
	sane(t, home, []string{"why", s.id}, []string{"why", "1"})
	if got := usageOf(t, home).Overall.count(); got != (model.Count{Usage: model.Usage{Input: 3000, Output: 30}, Responses: 2}) {
		t.Errorf("counted %+v", got)
	}
	f := follow(t, home)
	s.ask(now, evil)
	s.command(now, "echo "+evil, 0)
	s.respond(now, model.Usage{Input: 3000, Output: 30})
	f.await("the response", func(facts []fact) bool {
		return some(facts, func(x fact) bool { return x.Type == "response" && x.Usage.Input == 3000 })
	})
	for _, x := range f.all() {
		if i := strings.IndexFunc(x.line, forbidden); i >= 0 {
			t.Errorf("watch --json lets %q through in %q", x.line[i:i+1], excerpt(x.line, i))
		}
	}
}

// What cannot be read is said; what can be read beside it still counts.
func TestHostileFiles(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	good := model.Count{Usage: model.Usage{Input: 22_000, Cached: 15_000, Output: 1_200}, Responses: 2}
	beside := func(t *testing.T, home, name string) string {
		dir := filepath.Dir(newSession(t, home, now, "/src").path)
		return filepath.Join(dir, strings.ReplaceAll(name, "ID", newSession(t, home, now, "/src").id))
	}
	write := func(t *testing.T, path string, b []byte) {
		if err := os.WriteFile(path, b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		name string
		make func(t *testing.T, home string)
	}{
		{"random bytes", func(t *testing.T, home string) {
			b := make([]byte, 1<<20)
			for i, r := 0, rand.New(rand.NewPCG(1, 2)); i < len(b); i++ {
				b[i] = byte(r.Uint32())
			}
			write(t, beside(t, home, "rollout-2026-01-01T00-00-00-ID.jsonl"), b)
			write(t, beside(t, home, "rollout-2026-01-01T00-00-01-ID.jsonl.zst"), b)
		}},
		{"an empty file", func(t *testing.T, home string) {
			write(t, beside(t, home, "rollout-2026-01-01T00-00-00-ID.jsonl"), nil)
			write(t, beside(t, home, "rollout-2026-01-01T00-00-01-ID.jsonl.zst"), nil)
		}},
		{"deep nesting", func(t *testing.T, home string) {
			write(t, beside(t, home, "rollout-2026-01-01T00-00-00-ID.jsonl"), append(bytes.Repeat([]byte(`{"type":[`), 200_000), '\n'))
		}},
		{"a folder by a file's name", func(t *testing.T, home string) {
			if err := os.Mkdir(beside(t, home, "rollout-2026-01-01T00-00-00-ID.jsonl"), 0o700); err != nil {
				t.Fatal(err)
			}
		}},
		{"a link to itself", func(t *testing.T, home string) {
			path := beside(t, home, "loop")
			if err := os.Symlink(filepath.Dir(path), path); err != nil {
				t.Skip(err)
			}
		}},
		{"a link to nothing", func(t *testing.T, home string) {
			if err := os.Symlink("/does/not/exist", beside(t, home, "rollout-2026-01-01T00-00-00-ID.jsonl")); err != nil {
				t.Skip(err)
			}
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			home := history(t, now, 1)
			c.make(t, home)
			sane(t, home)
			if got := usageOf(t, home).Overall.count(); got != good {
				t.Errorf("counted %+v, the good file says %+v", got, good)
			}
		})
	}
}

// A folder and a file that may not be read are named, with what is beside them counted.
func TestWithoutPermission(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	home := history(t, now, 1)
	closed := newSession(t, home, now, "/src/closed")
	closed.begin(now, "main", "not for you")
	folder := filepath.Join(home, "sessions", "2020")
	if err := os.MkdirAll(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	user := withoutPrivileges(t, home)
	for _, path := range []string{closed.path, folder} {
		if err := os.Chmod(path, 0); err != nil {
			t.Fatal(err)
		}
	}
	t.Cleanup(func() { os.Chmod(folder, 0o700) })
	for _, args := range [][]string{{"usage"}, {"usage", "--json"}, {"doctor"}, {"ls"}, {"--once"}} {
		got := runAs(t, user, append([]string{"--codex-home", home}, args...)...)
		name := "tokenburn " + strings.Join(args, " ")
		if strings.Contains(got.out+got.err, "panic:") || got.code < 0 || got.code > 1 {
			t.Errorf("%s: exit code %d\n%s%s", name, got.code, got.out, got.err)
		}
		if args[0] != "usage" && args[0] != "doctor" {
			continue
		}
		for _, want := range []string{"permission denied", filepath.Base(closed.path)} {
			if !strings.Contains(got.out+got.err, want) {
				t.Errorf("%s does not say %q:\n%s%s", name, want, got.out, got.err)
			}
		}
	}
	got := runAs(t, user, "--codex-home", home, "usage", "--json")
	var r usageReport
	if err := json.Unmarshal([]byte(got.out), &r); err != nil {
		t.Fatalf("%v\n%s", err, got.out)
	}
	if r.Overall.Responses != 2 || len(r.Warnings) == 0 {
		t.Errorf("%d responses counted, want 2, and warnings %v", r.Overall.Responses, r.Warnings)
	}
}

func TestTruncatedCompression(t *testing.T) {
	t.Parallel()
	now := time.Now().UTC()
	home := history(t, now, 1)
	path := usagePath(t, home)
	plain, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var packed bytes.Buffer
	z, err := zstd.NewWriter(&packed, zstd.WithEncoderCRC(true))
	if err != nil {
		t.Fatal(err)
	}
	half := bytes.LastIndexByte(plain[:len(plain)*9/10], '\n') + 1
	z.Write(plain[:half])
	z.Flush() // ends a block, so that what was written can be read without the rest
	z.Write(plain[half:])
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path+".zst", packed.Bytes()[:packed.Len()-20], 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	sane(t, home)
	r := usageOf(t, home)
	if r.Overall.Responses == 0 {
		t.Error("nothing is counted of the part that can be read")
	}
	if len(r.Warnings) == 0 && len(r.Skipped) == 0 {
		t.Error("no word about the part that is missing")
	}
}

// usagePath is the only session file of a home.
func usagePath(t *testing.T, home string) string {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(home, "sessions", "*", "*", "*", "rollout-*.jsonl"))
	if err != nil || len(found) != 1 {
		t.Fatalf("session files %v, %v", found, err)
	}
	return found[0]
}

// A file can be larger than memory; one line of it can be, too.
func TestHugeSparseFile(t *testing.T) {
	if testing.Short() {
		t.Skip("reads two gigabytes")
	}
	now := time.Now().UTC()
	home := history(t, now, 1)
	path := usagePath(t, home)
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	size, err := f.Seek(0, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := f.Truncate(size + 2<<30); err != nil {
		t.Skipf("no sparse file here: %v", err)
	}
	got := run(t, "--codex-home", home, "usage", "--json")
	if got.code != 0 || !strings.Contains(got.out, `"input_tokens":22000`) && !strings.Contains(got.out, `"input_tokens": 22000`) {
		t.Errorf("exit code %d\n%s%s", got.code, got.out, got.err)
	}
	const most = 256 << 20
	if got.peak > most {
		t.Errorf("%d MB of memory for a line of 2 GB", got.peak>>20)
	}
	t.Logf("peak memory %d MB", got.peak>>20)
}

// A home that goes away while it is watched, and one that never was.
func TestDeletedHome(t *testing.T) {
	t.Parallel()
	home := history(t, time.Now().UTC(), 3)
	f := follow(t, home)
	if err := os.RemoveAll(home); err != nil {
		t.Fatal(err)
	}
	sane(t, home)
	s := newSession(t, home, time.Now().UTC(), "/src/back")
	s.begin(time.Now(), "main", "back again")
	s.respond(time.Now(), model.Usage{Input: 4321, Output: 10})
	f.await("a session in the home that came back", func(facts []fact) bool {
		return some(facts, func(x fact) bool { return x.Type == "response" && x.Usage.Input == 4321 })
	})
}

func TestNoSuchRun(t *testing.T) {
	t.Parallel()
	if got := run(t, "--codex-home", history(t, time.Now().UTC(), 1), "why", "zzzz"); got.code != 4 || !strings.HasPrefix(got.err, "tokenburn: ") {
		t.Errorf("exit code %d, want 4: %s", got.code, got.err)
	}
}
