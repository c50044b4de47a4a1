package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/ui/report"
)

func (a *app) checkSettings(c *checkup) {
	err := a.prepare()
	if err != nil {
		c.add("Settings", "error", "tokenburn config check", "%v", err)
		return
	}
	switch {
	case a.flags.noConfig:
		c.add("Settings", "note", "", "left out by --no-config")
	case a.file == "":
		c.add("Settings", "ok", "", "none (%s does not exist): all is at its default", a.shortPath(a.settingsPath()))
	default:
		c.add("Settings", "ok", "", "%s", a.shortPath(a.file))
	}
	c.add("Settings", "ok", "", "days are counted in the zone %s, runs for the user %s", a.zoneName(a.withoutLedger().Zone), cmp.Or(a.user(), "(unknown)"))
}

func (a *app) checkHomes(c *checkup, h *monitor.History) {
	for _, home := range h.Homes {
		path := a.shortPath(home.Path)
		info, err := os.Stat(home.Path)
		switch {
		case errors.Is(err, os.ErrNotExist):
			c.add("Sessions", "warning", "run codex once, or name the right folder with --codex-home or CODEX_HOME", "%s does not exist yet", path)
			continue
		case err != nil:
			c.add("Sessions", "error", "run codex once, or name the right folder with --codex-home or CODEX_HOME", "%s cannot be opened: %v", path, err)
			continue
		case info.Mode().Perm()&0o077 != 0:
			c.add("Sessions", "note", "chmod go= "+path, "%s can be opened by other accounts (mode %04o); sessions hold what you typed", path, info.Mode().Perm())
		default:
			c.add("Sessions", "ok", "", "%s", path)
		}
		c.add("Sessions", levelOf(home.Sessions), "", "%s: %s", filepath.Join(path, "sessions"), home.Sessions)
		c.add("Sessions", levelOf(home.Archived), "", "%s: %s", filepath.Join(path, "archived_sessions"), home.Archived)
	}
	for _, p := range h.Problems {
		if slices.ContainsFunc(h.Homes, func(h monitor.Home) bool { return h.Path == p.Path }) {
			continue // has been told
		}
		c.add("Sessions", "error", p.Fix, "%s", problemText(monitor.Problem{Path: p.Path, Err: p.Err}))
	}
}

// levelOf judges how a folder stands: only an error's text is a warning.
func levelOf(state string) string {
	switch state {
	case "exists":
		return "ok"
	case "empty", "missing":
		return "note"
	}
	return "warning"
}

func checkFiles(c *checkup, h *monitor.History, r *report.Report) {
	c.add("Files", "ok", "", "%s, %s, %s, %s", plural(int64(h.Files), "session file"), humanize.IBytes(uint64(max(0, h.Bytes))),
		plural(int64(len(h.Fleet.Threads)), "thread"), plural(r.Overall.Responses, "response"))
	for _, v := range slices.Sorted(maps.Keys(h.Versions)) {
		c.add("Files", "ok", "", "written by Codex %s: %s", model.Clean(v, 40), plural(h.Versions[v], "thread"))
	}
	for _, t := range slices.Sorted(maps.Keys(h.Unknown)) {
		c.add("Files", "note", "", "line type not known to this version, ignored: %s (%s)", report.Label(t), plural(h.Unknown[t], "line"))
	}
	for _, reason := range slices.Sorted(maps.Keys(h.Skipped)) {
		c.add("Files", "warning", "", "%s skipped: %s", plural(h.Skipped[reason], "line"), report.Label(reason))
	}
	if n := r.Unknown(); n > 0 {
		c.add("Files", "warning", "", "%s tokens were used before their file named a model", tokens(n))
	}
	if r.Unmetered > 0 {
		c.add("Files", "note", "", "%s went to the model and never reported usage: not counted, may have been billed", plural(int64(r.Unmetered), "attempt"))
	}
}

// checkWatching compares what watching needs with what the system allows.
func checkWatching(c *checkup, h *monitor.History) {
	if runtime.GOOS != "linux" {
		c.add("Watching", "ok", "", "change notifications of %s", runtime.GOOS)
		return
	}
	folders := 0
	for _, home := range h.Homes {
		folders += countFolders(filepath.Join(home.Path, "sessions")) + countFolders(filepath.Join(home.Path, "archived_sessions"))
	}
	watches, err := inotify("max_user_watches")
	if err != nil {
		c.add("Watching", "warning", "", "the limits on change notifications cannot be read (%v): it rescans where they fail", err)
		return
	}
	instances, _ := inotify("max_user_instances")
	level, fix := "ok", ""
	if folders > watches*3/4 {
		level, fix = "warning", fmt.Sprintf("sudo sysctl fs.inotify.max_user_watches=%d", max(524288, 4*folders))
	}
	c.add("Watching", level, fix, "%s to watch; this account may watch %s with %s", plural(int64(folders), "folder"), count(int64(watches)), plural(int64(instances), "inotify instance"))
}

func inotify(name string) (int, error) {
	b, err := os.ReadFile("/proc/sys/fs/inotify/" + name)
	if err != nil {
		return 0, err
	}
	return strconv.Atoi(strings.TrimSpace(string(b)))
}

func countFolders(root string) (n int) {
	_ = filepath.WalkDir(root, func(_ string, d os.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			n++
		}
		return nil
	})
	return n
}

// codexPatience is how long "codex --version" may take.
const codexPatience = 5 * time.Second

func (a *app) checkCodex(ctx context.Context, c *checkup) {
	path, err := exec.LookPath("codex")
	if err != nil {
		c.add("Codex", "note", "", "no codex on PATH: its sessions can be read all the same")
		return
	}
	ctx, cancel := context.WithTimeout(ctx, codexPatience)
	defer cancel()
	cmd := exec.CommandContext(ctx, path, "--version")
	cmd.WaitDelay = time.Second
	out, err := cmd.Output()
	if err != nil {
		c.add("Codex", "warning", "", "%s --version failed: %v", path, err)
		return
	}
	c.add("Codex", "ok", "", "%s is %s", path, model.Clean(string(out), 100))
}

func (a *app) checkPrices(c *checkup, r *report.Report) {
	list := a.prices()
	c.add("Prices", "ok", "", "list of %s, %s, %s of your own", list.AsOf, plural(int64(len(list.Rows())), "row"), count(int64(len(a.settings.Prices))))
	for _, m := range r.UnpricedModels() {
		c.add("Prices", "warning", "add a [[price]] for it to the settings (tokenburn config default shows how)", "model %s has no price: %s tokens make totals a floor", m, tokens(r.Unpriced[m]))
	}
	for _, s := range list.Stale(time.Now()) {
		c.add("Prices", "note", "", "%s", s)
	}
}

func (a *app) checkTerminal(c *checkup) {
	if !a.isTerminal(a.out) {
		c.add("Terminal", "note", "", "stdout is no terminal: the live monitor would print one plain frame")
	} else {
		c.add("Terminal", "ok", "", "%d x %d cells, TERM=%s, COLORTERM=%s", a.width(), a.height(), a.env.get("TERM"), a.env.get("COLORTERM"))
	}
	c.add("Terminal", "ok", "", "colours %s, %s", onOff(a.colored(a.out)), map[bool]string{true: "plain ASCII", false: "Unicode"}[a.ascii()])
	if a.env.get("TMUX") != "" {
		c.add("Terminal", "note", "", "inside tmux: tokenburn status --format tmux fits its status line")
	}
}

func onOff(on bool) string {
	if on {
		return "on"
	}
	return "off"
}
