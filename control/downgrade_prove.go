package control

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// free waits until nothing holds the thread.
func (r *resumption) free(ctx context.Context) bool {
	r.told.step("free", StepWaiting, "waiting for the session to be free")
	err := r.c.until(ctx, r.c.o.Patience, func() bool {
		o, err := r.c.Owner(ctx, r.plan.Target.Home, r.plan.Target.root())
		return err == nil && o.Kind == None
	})
	if err != nil {
		r.told.step("free", StepFailed, "the session is not free")
		return false
	}
	r.told.step("free", StepDone, "the session is free: nothing holds its lock")
	return true
}

// start begins the process, in a session of its own so that it outlives this one.
func (r *resumption) start() error {
	cmd := exec.Command(r.exe, r.args[1:]...)
	cmd.Dir, cmd.Env = r.dir, r.env
	cmd.Stdout, cmd.Stderr = r.file, r.file
	detach(cmd)
	r.began = r.c.o.Now()
	if err := cmd.Start(); err != nil {
		return err
	}
	r.process, r.ended = cmd.Process, make(chan int, 1)
	go func() { // it ends with the process, or with this one
		_ = cmd.Wait()
		r.ended <- cmd.ProcessState.ExitCode()
	}()
	r.told.step("start", StepDone, fmt.Sprintf("codex exec resume started in its folder, pid %d", cmd.Process.Pid))
	r.told.step("output", StepNote, "what it says goes to "+model.Clean(r.output, 400))
	return nil
}

// prove waits for what tells that it goes on as it was to: the lock, a new turn,
// and that turn's settings. Of a process that was quicker than that the session
// file tells all the same.
func (r *resumption) prove(ctx context.Context) bool {
	return (r.holds(ctx) || r.died()) && r.turns(ctx)
}

// holds waits until the new process holds the thread.
func (r *resumption) holds(ctx context.Context) bool {
	r.told.step("lock", StepWaiting, "waiting for the new process to take the session")
	holder := 0
	err := r.c.until(ctx, lockPatience, func() bool {
		o, err := r.c.Owner(ctx, r.plan.Target.Home, r.plan.Target.root())
		if err == nil && o.Kind == Exec && (o.Process.PID == r.process.Pid || o.Process.PPID == r.process.Pid) {
			holder = o.Process.PID
		}
		return holder != 0 || r.died()
	})
	switch {
	case holder != 0:
		r.told.step("lock", StepDone, fmt.Sprintf("pid %d holds the session", holder))
	case err == nil:
		r.told.step("lock", StepNote, "the new process ended before it was seen to take the session"+r.lastWords())
	default:
		r.told.step("lock", StepFailed, fmt.Sprintf("pid %d was not seen to take the session%s", r.process.Pid, r.lastWords()))
	}
	return holder != 0
}

// turns waits for a new turn, and compares what it runs with with what was wanted.
// One that may do more than the last could is ended at once.
func (r *resumption) turns(ctx context.Context) bool {
	t, ok := r.c.nextTurn(ctx, r.plan, r.told, r.died)
	if !ok {
		if r.died() {
			r.told.step("turn", StepFailed, "the new process ended before its turn's settings were written"+r.lastWords())
		}
		return false
	}
	if err := sameRights(r.plan.Turns[r.plan.Target.root()].Settings, t.Settings); err != nil {
		r.told.step("turn", StepFailed, fmt.Sprintf("turn %d may do other things than the last one: %v; it is interrupted again", t.Number, err))
		r.callOff(ctx)
		return false
	}
	if !r.wish.matches(t, r.told) {
		return false
	}
	r.told.step("rights", StepDone, "its sandbox, approvals and folder are those of the last turn")
	return true
}

// nextTurn waits until the settings of a turn after the plan's are recorded, or over
// says that there will be none.
func (c *Control) nextTurn(ctx context.Context, p Plan, told *telling, over func() bool) (now Turn, ok bool) {
	root := p.Target.root()
	thread := Thread{ID: root}
	for _, t := range p.Target.Threads {
		if t.ID == root {
			thread = t
		}
	}
	told.step("turn", StepWaiting, "waiting for its next turn")
	seen := ""
	_ = c.until(ctx, contextPatience, func() bool {
		ended := over() // before the file is read again: what was written last counts
		t, err := c.o.Reader.Turn(ctx, thread)
		if err == nil && t.Number > 0 && t.ID != p.Turns[root].ID {
			if t.ID != seen {
				told.step("turn", StepWaiting, fmt.Sprintf("turn %d began; its settings are written once its context fits the new model", t.Number))
				seen = t.ID
			}
			now, ok = t, t.Settings.Turn == t.ID
		}
		return ok || ended
	})
	return now, ok
}

// matches says whether a turn runs with what was wanted.
func (s Switch) matches(t Turn, told *telling) bool {
	now := t.Settings
	if now.Model != s.Model || s.Effort != "" && now.Effort != "" && now.Effort != s.Effort {
		told.step("turn", StepFailed, fmt.Sprintf("turn %d runs with %s, not %s", t.Number, Switch{Model: now.Model, Effort: now.Effort}.words(), s.words()))
		return false
	}
	told.step("turn", StepDone, fmt.Sprintf("turn %d runs with %s", t.Number, s.words()))
	return true
}

// sameRights says what is different of what a turn may do.
func sameRights(old, now Settings) error {
	a, err := readSandbox(old)
	if err != nil {
		return err
	}
	b, err := readSandbox(now)
	switch {
	case err != nil:
		return err
	case !a.equal(b):
		return errors.New("its sandbox is another one")
	case old.Approval != now.Approval || old.Reviewer != "" && old.Reviewer != now.Reviewer:
		return errors.New("its approvals are others")
	case old.Cwd != now.Cwd:
		return errors.New("it works in another folder")
	}
	return nil
}

// callOff ends what was started, by the same way as any other run.
func (r *resumption) callOff(ctx context.Context) {
	p, err := r.c.Plan(ctx, r.plan.Target)
	if err == nil {
		_, err = r.c.Act(ctx, p, Interrupt, r.told.take)
	}
	if err != nil && !errors.Is(err, ErrEnded) {
		r.told.step("off", StepFailed, "it could not be interrupted: "+err.Error())
	}
}

// died says that the process that was started has ended.
func (r *resumption) died() bool {
	select {
	case code := <-r.ended:
		r.ended <- code
		return true
	default:
		return false
	}
}

// lastWords is the last line that the process wrote, for the reason of its end.
func (r *resumption) lastWords() string {
	const tail = 4 << 10
	f, err := os.Open(r.output)
	if err != nil {
		return ""
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() > tail {
		_, _ = f.Seek(-tail, io.SeekEnd) // else it is read from its beginning
	}
	b, err := io.ReadAll(io.LimitReader(f, tail))
	if err != nil && !errors.Is(err, fs.ErrClosed) {
		return ""
	}
	lines := strings.Split(strings.TrimSpace(string(b)), "\n")
	if last := model.Clean(lines[len(lines)-1], 300); last != "" {
		return ": " + last
	}
	return ""
}

// telling passes steps on and keeps them: a later one takes the place of an earlier
// one of its key.
type telling struct {
	now   func() time.Time
	tell  func(Step)
	steps []Step
}

func newTelling(c *Control, tell func(Step)) *telling {
	if tell == nil {
		tell = func(Step) {}
	}
	return &telling{now: c.o.Now, tell: tell}
}

func (t *telling) step(key string, state StepState, text string) {
	t.take(Step{At: t.now(), Key: "resume-" + key, State: state, Text: model.Clean(text, 600)})
}

func (t *telling) take(s Step) {
	t.tell(s)
	for i := range t.steps {
		if s.Key != "" && t.steps[i].Key == s.Key {
			t.steps[i] = s
			return
		}
	}
	t.steps = append(t.steps, s)
}

// done says that the step of a key was observed.
func (t *telling) done(key string) bool { return t.is(key, StepDone) }

// failed says that the step of a key was waited for in vain.
func (t *telling) failed(key string) bool { return t.is(key, StepFailed) }

func (t *telling) is(key string, state StepState) bool {
	for _, s := range t.steps {
		if s.Key == key {
			return s.State == state
		}
	}
	return false
}
