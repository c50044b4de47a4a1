package monitor

import (
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

const (
	statusTime  = 1500 * time.Millisecond // what a stop may wait for git
	statusBytes = 64 << 10                // of the status that are kept
)

// Status gives what "git status --porcelain=v2 --branch" says of a folder, at most
// 64 KiB of it. It runs nothing that the repository's settings name, not even the
// filters that git else passes changed files through, does not look into submodules,
// and takes a second and a half at most.
func (g *Git) Status(ctx context.Context, folder string) (string, error) {
	switch {
	case g.err != nil:
		return "", g.err
	case placeOf(folder).Repo == "":
		return "", fmt.Errorf("it lies in no repository")
	}
	ctx, stop := context.WithTimeout(ctx, statusTime)
	defer stop()
	env, err := g.withoutFilters(ctx, folder)
	if err != nil {
		return "", err
	}
	out, err := g.runWith(ctx, folder, env, "status", "--porcelain=v2", "--branch", "--ignore-submodules=all", "--no-renames", "--no-ahead-behind")
	if err != nil {
		return "", err
	}
	text := string(out)
	if len(text) > statusBytes {
		text = text[:statusBytes]
		text = text[:strings.LastIndexByte(text, '\n')+1] + "# cut: there is more\n"
	}
	return cleanStatus(text), nil
}

// withoutFilters is the environment in which the filters of a repository's settings
// are nothing: they are programs, and git runs them over files whose content it compares.
func (g *Git) withoutFilters(ctx context.Context, folder string) ([]string, error) {
	out, err := g.run(ctx, folder, "config", "--name-only", "-z", "--get-regexp", `^filter\.`)
	if err != nil && ctx.Err() != nil {
		return nil, err
	}
	var env []string
	n := 0
	for key := range strings.SplitSeq(string(out), "\x00") {
		if key == "" {
			continue
		}
		value := ""
		if strings.HasSuffix(key, ".required") {
			value = "false"
		}
		env = append(env, fmt.Sprintf("GIT_CONFIG_KEY_%d=%s", n, key), fmt.Sprintf("GIT_CONFIG_VALUE_%d=%s", n, value))
		n++
	}
	return append(env, "GIT_CONFIG_COUNT="+strconv.Itoa(n)), nil
}

// cleanStatus cleans each line: names of files may hold anything.
func cleanStatus(text string) string {
	var b strings.Builder
	for l := range strings.Lines(text) {
		b.WriteString(model.Clean(strings.TrimSuffix(l, "\n"), 4096))
		b.WriteByte('\n')
	}
	return b.String()
}
