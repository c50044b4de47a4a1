package cli

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/ui/config"
)

// editConfig opens the settings file in an editor and checks what was saved.
func (a *app) editConfig(ctx context.Context) error {
	file := a.settingsPath()
	name := firstOf(a.env.get("VISUAL"), a.env.get("EDITOR"))
	if name == "" && !a.isTerminal(a.in) {
		return &failure{errors.New("there is no terminal to edit in"), "Edit " + a.shortPath(file) + ", then: tokenburn config check"}
	}
	made, err := beginSettings(file)
	if err != nil {
		return err
	}
	if name == "" {
		name = defaultEditor()
	}
	c := editor(ctx, name, file)
	c.Stdin, c.Stdout, c.Stderr, c.Env = a.in, a.out, a.err, a.env
	if err := c.Run(); err != nil {
		if made {
			_ = os.Remove(file) // as it was before
		}
		return &failure{fmt.Errorf("the editor %q: %w", model.Clean(name, 100), err), "Set VISUAL or EDITOR to your editor, or edit " + a.shortPath(file)}
	}
	if _, err := config.Read(file); err != nil {
		return err
	}
	return a.print(a.shortPath(file) + ": fine\n")
}

// beginSettings puts the default text where no settings file is, and says whether it did.
func beginSettings(file string) (made bool, err error) {
	if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
		return false, err
	}
	f, err := os.OpenFile(file, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if errors.Is(err, fs.ErrExist) {
		return false, nil
	} else if err != nil {
		return false, err
	}
	_, err = f.WriteString(config.Default())
	return true, errors.Join(err, f.Close())
}

func defaultEditor() string {
	if runtime.GOOS == "windows" {
		return "notepad"
	}
	return "vi"
}

// editor is the command of an editor, whose name may hold flags: "code --wait".
func editor(ctx context.Context, name, file string) *exec.Cmd {
	if runtime.GOOS == "windows" {
		words := append(strings.Fields(name), file)
		return exec.CommandContext(ctx, words[0], words[1:]...)
	}
	return exec.CommandContext(ctx, "sh", "-c", name+` "$1"`, "sh", file)
}
