package monitor

import (
	"bytes"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// ErrNoGit says that there is no git program to read repositories with.
var ErrNoGit = errors.New("git is not installed")

const (
	gitTime    = 8 * time.Second // for one repository
	gitBytes   = 64 << 20        // of one answer
	gitCommits = 5000            // that are read of one repository, newest first
	maxPlaces  = 4000            // folders that are looked up
)

// Git reads what repositories on this disk were given: commits with the paths
// they change. It reads local files only, changes nothing, takes no lock, never goes
// to the network, and runs nothing that a repository's settings name. Any
// goroutine may use it.
type Git struct {
	program string
	err     error
}

// NewGit finds the git program. Where there is none, all that is asked of it is
// unknown, with [ErrNoGit] as the reason.
func NewGit() *Git {
	program, err := exec.LookPath("git")
	if err != nil {
		return &Git{err: ErrNoGit}
	}
	return &Git{program: program}
}

// Commit is one commit of a repository, merges left out.
type Commit struct {
	Hash      string
	Author    time.Time // when it was written; a rebase or an amendment keeps it
	Committed time.Time
	By        string // the author's address
	Subject   string // cleaned
	Paths     []CommitPath
	Reachable bool     // from a branch, a tag or HEAD
	Reverts   []string // commits that its message says it reverts
	Runs      []string // of its TokenBurn-Run trailers
}

// CommitPath is one file of a commit, as seen from the repository's top.
type CommitPath struct {
	Path, Old string // Old is its name before, "" where that did not change
	Added     int    // lines; -1 of a binary file
	Removed   int
}

// Place is where a folder lies: in which working tree of which repository.
type Place struct {
	Tree string // top of the working tree
	Repo string // the repository's own folder, the same for all its working trees; "" in none
}

// RepoLog is what one repository tells.
type RepoLog struct {
	Commits []Commit // newest first
	Why     string   // why nothing, or not all, is known of it; "" where all is
	Partial bool     // some commits are known, not all
}

// Commits is what git tells of the folders that were asked for. It is immutable.
type Commits struct {
	Places map[string]Place    // by folder
	Repos  map[string]*RepoLog // by Place.Repo
	Why    string              // why nothing is known at all, "" where git could be asked
	Known  bool                // it was read; else it is still to be
}

// Read reads the commits since an instant of all repositories that folders lie
// in. What can't be read is said in the result; it takes at most a few seconds for each repository.
func (g *Git) Read(ctx context.Context, folders []string, since time.Time) Commits {
	c := Commits{Places: map[string]Place{}, Repos: map[string]*RepoLog{}, Known: true}
	trees := map[string]string{}
	for i, f := range folders {
		if i == maxPlaces || ctx.Err() != nil {
			break
		}
		p := placeOf(f)
		c.Places[f] = p
		if p.Repo != "" && (trees[p.Repo] == "" || p.Tree < trees[p.Repo]) {
			trees[p.Repo] = p.Tree
		}
	}
	if g.err != nil {
		c.Why = g.err.Error()
		return c
	}
	for repo, tree := range trees {
		c.Repos[repo] = g.repository(ctx, tree, since)
	}
	return c
}

// repository reads one repository through one of its working trees.
func (g *Git) repository(ctx context.Context, tree string, since time.Time) *RepoLog {
	ctx, stop := context.WithTimeout(ctx, gitTime)
	defer stop()
	l := &RepoLog{}
	fail := func(err error) *RepoLog {
		l.Why, l.Partial = model.Clean(err.Error(), 200), len(l.Commits) > 0
		return l
	}
	from := "--since=" + since.UTC().Format("2006-01-02T15:04:05Z")
	refs := []string{"--exclude=refs/stash", "--exclude=refs/notes/*", "--all", from, "--no-merges", "-n", strconv.Itoa(gitCommits)}
	out, err := g.run(ctx, tree, append([]string{"log", "--reflog", "-z", "--numstat", "-M", "-O/dev/null", "--no-color", "--no-ext-diff", "--no-textconv",
		"--no-show-signature", "--no-notes", "--format=" + logFormat}, refs...)...)
	if err != nil {
		if noCommits(err) {
			return l
		}
		return fail(err)
	}
	l.Commits, err = parseLog(out)
	if err != nil {
		return fail(err)
	}
	if len(l.Commits) == gitCommits {
		l.Why, l.Partial = fmt.Sprintf("only its newest %d commits were read", gitCommits), true
	}
	out, err = g.run(ctx, tree, append([]string{"rev-list"}, refs...)...)
	if err != nil {
		return fail(err)
	}
	reachable := map[string]bool{}
	for h := range strings.Lines(string(out)) {
		reachable[strings.TrimSpace(h)] = true
	}
	for i := range l.Commits {
		l.Commits[i].Reachable = reachable[l.Commits[i].Hash]
	}
	g.unmerge(ctx, tree, l)
	return l
}

// unmerge replaces a merge that was reverted by the commits that it had brought in.
func (g *Git) unmerge(ctx context.Context, tree string, l *RepoLog) {
	const most = 20
	asked := 0
	for i := range l.Commits {
		c := &l.Commits[i]
		for _, pair := range c.Reverts {
			merge, parent, ok := strings.Cut(pair, " ")
			if !ok {
				continue
			}
			if asked++; asked > most {
				return
			}
			out, err := g.run(ctx, tree, "rev-list", "-n", strconv.Itoa(gitCommits), merge, "^"+parent, "--")
			if err != nil {
				continue
			}
			c.Reverts = append(slices.DeleteFunc(c.Reverts, func(r string) bool { return r == pair }), strings.Fields(string(out))...)
		}
	}
}

// run runs git in a folder and gives what it prints. Nothing that the folder's
// repository configures is run: no pager, hook, monitor, external diff, text
// conversion or signature check, and no transport, so that a partial clone is not completed either.
func (g *Git) run(ctx context.Context, folder string, args ...string) ([]byte, error) {
	return g.runWith(ctx, folder, nil, args...)
}

// runWith is run with more variables in git's environment.
func (g *Git) runWith(ctx context.Context, folder string, env []string, args ...string) ([]byte, error) {
	all := append([]string{"--no-pager", "--no-replace-objects", "--literal-pathspecs", "-C", folder,
		"-c", "core.fsmonitor=", "-c", "core.hooksPath=" + os.DevNull, "-c", "core.pager=cat", "-c", "log.showSignature=false",
		"-c", "log.showRoot=true", "-c", "log.follow=false", "-c", "diff.renameLimit=400",
		"-c", "diff.relative=false", "-c", "protocol.allow=never", "-c", "credential.helper="}, args...)
	cmd := exec.CommandContext(ctx, g.program, all...)
	cmd.Env = append(gitEnv(), env...)
	cmd.WaitDelay = time.Second
	var out, said limitedBuffer
	out.left, said.left = gitBytes, 4<<10
	cmd.Stdout, cmd.Stderr = &out, &said
	err := cmd.Run()
	switch {
	case ctx.Err() != nil:
		return nil, fmt.Errorf("git took longer than %s", gitTime)
	case out.full:
		return nil, errors.New("git's answer is too large")
	case err != nil:
		first, _, _ := strings.Cut(strings.TrimSpace(said.String()), "\n")
		return nil, fmt.Errorf("git %s: %s", args[0], cmp.Or(first, err.Error()))
	}
	return out.Bytes(), nil
}

// gitEnv is git's environment: nothing of the caller's that points it elsewhere.
func gitEnv() []string {
	env := []string{"LC_ALL=C", "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_ALLOW_PROTOCOL=none", "GIT_NO_LAZY_FETCH=1",
		"GIT_PAGER=cat", "GIT_ASKPASS=", "SSH_ASKPASS=", "GIT_EXTERNAL_DIFF=", "GIT_ATTR_NOSYSTEM=1"}
	for _, name := range []string{"PATH", "HOME", "XDG_CONFIG_HOME", "USERPROFILE", "SYSTEMROOT", "SystemRoot", "TMPDIR", "TEMP"} {
		if v, ok := os.LookupEnv(name); ok {
			env = append(env, name+"="+v)
		}
	}
	return env
}

// noCommits says that a repository is empty.
func noCommits(err error) bool {
	s := err.Error()
	return strings.Contains(s, "does not have any commits") || strings.Contains(s, "bad default revision")
}

// limitedBuffer keeps so many bytes and remembers that there were more.
type limitedBuffer struct {
	bytes.Buffer
	left int
	full bool
}

func (b *limitedBuffer) Write(p []byte) (int, error) {
	if len(p) > b.left {
		b.full = true
		return 0, io.ErrShortWrite
	}
	b.left -= len(p)
	return b.Buffer.Write(p)
}

// placeOf finds the working tree and the repository that a folder lies in, by
// their files alone. The folder itself need not exist any more.
func placeOf(folder string) Place {
	if !filepath.IsAbs(folder) || strings.HasPrefix(folder, `\\`) || runtime.GOOS != "windows" && strings.HasPrefix(folder, "//") {
		return Place{}
	}
	for dir := filepath.Clean(folder); ; dir = filepath.Dir(dir) {
		mark := filepath.Join(dir, ".git")
		fi, err := os.Stat(mark)
		switch {
		case err != nil:
		case fi.IsDir():
			if _, err := os.Stat(filepath.Join(mark, "HEAD")); err == nil {
				return Place{Tree: dir, Repo: realPath(mark)}
			}
		case fi.Mode().IsRegular():
			if at, ok := strings.CutPrefix(strings.TrimSpace(readSmall(mark)), "gitdir:"); ok {
				own := from(dir, strings.TrimSpace(at))
				if common := strings.TrimSpace(readSmall(filepath.Join(own, "commondir"))); common != "" {
					own = from(own, common)
				}
				return Place{Tree: dir, Repo: realPath(own)}
			}
		}
		if filepath.Dir(dir) == dir {
			return Place{}
		}
	}
}

// realPath follows links as far as it can.
func realPath(path string) string {
	if real, err := filepath.EvalSymlinks(path); err == nil {
		return real
	}
	return path
}
