package tui

import (
	"bytes"
	"fmt"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/charmbracelet/colorprofile"

	tea "charm.land/bubbletea/v2"
)

// sheet keeps what is written to it, and in how many pieces.
type sheet struct {
	bytes.Buffer
	writes int
}

func (s *sheet) Write(b []byte) (int, error) {
	s.writes++
	return s.Buffer.Write(b)
}

func words(n int) picture {
	return picture{content: fmt.Sprintf("%-12s", fmt.Sprintf("picture %d", n)), w: 12, h: 1}
}

// The screen is drawn while there is one: not before Bubble Tea has entered it, nor after it left,
// and all of it again where Bubble Tea cleared it.
func TestCanvasDrawsWhatIsOpen(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &sheet{}
		c := newCanvas(out)
		defer c.stop()
		step := func(what, write string, n int, want string) {
			t.Helper()
			out.Reset()
			if write != "" {
				c.Write([]byte(write))
			}
			if n > 0 {
				c.show(words(n))
			}
			time.Sleep(2 * frameTime)
			synctest.Wait()
			got := strings.TrimPrefix(out.String(), write)
			if want == "" && got != "" || !strings.Contains(got, want) {
				t.Errorf("%s: %q, want %q", what, got, want)
			}
		}
		step("before the first snapshot", "", 1, "")
		c.begin()
		step("before the screen", "", 1, "")
		step("a screen without colours", "\x1b[?1049h\x1b[?25l", 0, "")
		c.hear(tea.ColorProfileMsg{Profile: colorprofile.TrueColor})
		step("the colours are known", "", 2, "\x1b[1;9H2")
		step("nothing new", "", 2, "")
		step("a title", "\x1b]2;title\a", 0, "")
		step("cleared", "\x1b[H\x1b[2J", 0, "picture 2")
		step("left", "\x1b[?1049l", 3, "")
		step("entered again", "\x1b[?1049h", 0, "picture 3")
		c.stop()
		step("over", "", 4, "")
	})
}

// No more than 30 frames a second reach the terminal, and the last one does.
func TestCanvasKeepsTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &sheet{}
		c := newCanvas(out)
		defer c.stop()
		c.begin()
		c.Write(enterScreen)
		c.hear(tea.ColorProfileMsg{Profile: colorprofile.TrueColor})
		out.writes = 0
		for n := range 1000 {
			c.show(words(n))
			time.Sleep(time.Millisecond)
		}
		synctest.Wait()
		if out.writes < framesPerSecond-1 || out.writes > framesPerSecond+1 {
			t.Errorf("%d frames in a second", out.writes)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		if last := strings.Join(c.painter.text, ""); last != words(999).content {
			t.Errorf("at last: %q", last)
		}
		out.Reset()
		began := time.Now()
		c.show(words(1))
		synctest.Wait()
		if out.Len() == 0 || time.Since(began) > time.Millisecond {
			t.Error("what comes after a rest is not drawn at once")
		}
	})
}

// A picture that did not come through, or not all of it, is drawn again.
func TestCanvasDrawsAgainWhatWasCutOff(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out := &full{}
		c := newCanvas(out)
		defer c.stop()
		c.begin()
		c.Write(enterScreen)
		c.hear(tea.ColorProfileMsg{Profile: colorprofile.TrueColor})
		c.show(picture{content: "\x1b[7mpicture 0   \x1b[m", w: 12, h: 1, cursor: true})
		synctest.Wait()
		out.room = 8
		c.show(words(1))
		time.Sleep(2 * frameTime)
		synctest.Wait()
		if out.room >= 0 {
			t.Fatal("nothing was cut off: the test does not show what becomes of it")
		}
		_, again, _ := strings.Cut(out.String(), "\x1b[m\x1b[?7h\x1b[?25l")
		x := newTube(t, 12, 1)
		x.write([]byte(again))
		x.wants(words(1))
	})
}

// full is a terminal that takes so many bytes, then none, and then all again.
type full struct {
	bytes.Buffer
	room int // 0: no end to it
}

func (f *full) Write(b []byte) (int, error) {
	if f.room > 0 && len(b) > f.room {
		n, _ := f.Buffer.Write(b[:f.room])
		f.room = -1
		return n, syscall.EAGAIN
	}
	return f.Buffer.Write(b)
}
