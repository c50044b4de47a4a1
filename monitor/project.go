package monitor

import (
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// projects tells which project a thread belongs to. It reads repositories' own
// files and never runs a program; what it found is remembered for its life. It
// belongs to one goroutine.
type projects struct {
	home  string // the user's folder, shown as ~; "" unknown
	byCwd map[string]string
}

func newProjects() *projects {
	home, err := os.UserHomeDir()
	if err != nil {
		home = ""
	}
	return &projects{home: home, byCwd: map[string]string{}}
}

// of gives the project of a thread: the repository's remote URL where the session
// file or the repository on disk names one ("github.com/acme/x"), else the
// repository's folder, else the working directory. Worktrees and subfolders give
// the project of their repository. "" where nothing is known.
func (p *projects) of(t *model.Thread) string {
	if r := canonicalRemote(t.Meta.GitURL); r != "" {
		return r
	}
	cwd := t.Meta.Cwd
	if cwd == "" {
		cwd = t.Cwd
	}
	if cwd == "" {
		return ""
	}
	if known, ok := p.byCwd[cwd]; ok {
		return known
	}
	name := p.find(cwd)
	p.byCwd[cwd] = name
	return name
}

func (p *projects) find(cwd string) string {
	cwd = strings.TrimPrefix(cwd, "file://")
	// A path to another machine must not make this one go there.
	if filepath.IsAbs(cwd) && !strings.HasPrefix(cwd, `\\`) && !strings.HasPrefix(cwd, "//") {
		if repo, config := findRepository(filepath.Clean(cwd)); repo != "" {
			if r := canonicalRemote(originURL(config)); r != "" {
				return r
			}
			return p.short(repo)
		}
	}
	return p.short(cwd)
}

// short puts ~ for the user's folder and makes the path fit to be shown.
func (p *projects) short(path string) string {
	if p.home != "" && p.home != "/" {
		if path == p.home {
			path = "~"
		} else if rest, ok := strings.CutPrefix(path, p.home+string(filepath.Separator)); ok {
			path = "~/" + filepath.ToSlash(rest)
		}
	}
	return model.Clean(path, maxPath)
}

// canonicalRemote gives a remote URL without scheme, credentials, port and ".git",
// its host in small letters: "github.com/acme/x" for https://, ssh:// and
// git@github.com:acme/x.git alike. "" for a local path or what is no URL.
func canonicalRemote(remote string) string {
	remote = strings.TrimSpace(remote)
	host, path := "", ""
	if strings.Contains(remote, "://") {
		u, err := url.Parse(remote)
		if err != nil || u.Scheme == "file" {
			return ""
		}
		host, path = u.Hostname(), u.Path
	} else { // scp's form: [user@]host:path; one letter before the colon is a Windows drive
		var ok bool
		host, path, ok = strings.Cut(remote, ":")
		if !ok || strings.ContainsAny(host, `/\`) {
			return ""
		}
		host = host[strings.LastIndexByte(host, '@')+1:]
		if len(host) < 2 {
			return ""
		}
	}
	path = strings.Trim(path, "/")
	path = strings.TrimSuffix(path, ".git")
	path = strings.Trim(path, "/")
	if host == "" || path == "" {
		return ""
	}
	return model.Clean(strings.ToLower(host)+"/"+path, maxPath)
}

// findRepository walks up from a folder to the repository that it lies in and
// gives the repository's main folder and its config file; "" where there is none.
// The folder itself need not exist any more. A .git without a HEAD is no repository:
// Codex's sandbox leaves such an empty folder in places it protects, /tmp among them.
func findRepository(folder string) (repo, config string) {
	for {
		mark := filepath.Join(folder, ".git")
		if fi, err := os.Stat(mark); err == nil {
			if fi.IsDir() && exists(filepath.Join(mark, "HEAD")) {
				return folder, filepath.Join(mark, "config")
			}
			if fi.Mode().IsRegular() {
				return linkedRepository(folder, mark)
			}
		}
		up := filepath.Dir(folder)
		if up == folder {
			return "", ""
		}
		folder = up
	}
}

// linkedRepository follows a .git file: a worktree's leads to its main repository,
// a submodule is a repository of its own.
func linkedRepository(folder, mark string) (repo, config string) {
	dir, ok := strings.CutPrefix(strings.TrimSpace(readSmall(mark)), "gitdir:")
	if !ok {
		return folder, ""
	}
	dir = from(folder, strings.TrimSpace(dir))
	common := strings.TrimSpace(readSmall(filepath.Join(dir, "commondir")))
	if common == "" {
		return folder, filepath.Join(dir, "config")
	}
	common = from(dir, common)
	config = filepath.Join(common, "config")
	if filepath.Base(common) == ".git" {
		return filepath.Dir(common), config
	}
	return common, config // worktree of a bare repository
}

func exists(path string) bool {
	_, err := os.Lstat(path)
	return err == nil
}

// from gives path as seen from a folder.
func from(folder, path string) string {
	if filepath.IsAbs(path) {
		return filepath.Clean(path)
	}
	return filepath.Join(folder, path)
}

// originURL reads remote.origin.url from a repository's config; "" where it has none.
func originURL(config string) string {
	inOrigin := false
	for line := range strings.Lines(readSmall(config)) {
		line = strings.TrimSpace(line)
		if strings.HasPrefix(line, "[") {
			section := strings.ToLower(strings.Join(strings.Fields(line), " "))
			inOrigin = strings.HasPrefix(section, `[remote "origin"]`)
			continue
		}
		key, value, ok := strings.Cut(line, "=")
		if inOrigin && ok && strings.EqualFold(strings.TrimSpace(key), "url") {
			return strings.Trim(strings.TrimSpace(value), `"`)
		}
	}
	return ""
}

// readSmall gives a regular file's first 64 KiB, "" where it can't be read.
func readSmall(path string) string {
	const most = 64 << 10
	if fi, err := os.Stat(path); err != nil || !fi.Mode().IsRegular() {
		return "" // also a FIFO, on which opening would wait
	}
	f, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer f.Close()
	buf := make([]byte, most)
	n := 0
	for n < most {
		k, err := f.Read(buf[n:])
		n += k
		if err != nil {
			break
		}
	}
	return string(buf[:n])
}
