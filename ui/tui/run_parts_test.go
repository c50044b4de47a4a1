package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/charmbracelet/x/exp/golden"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

func noticeFixture() []monitor.Notice {
	return []monitor.Notice{
		{At: runAt.Add(-time.Minute), Text: "Cannot read ~/.codex/sessions/2026/11/22: permission denied (owner root).", Effect: "3 files left out, totals are floors.", Fix: "sudo chown -R $USER ~/.codex"},
		{At: runAt.Add(-2 * time.Minute), Text: `config.toml:14 budget "5 dollars" is no amount (try 5.00).`, Effect: "Kept: $25.00/day."},
		{At: runAt.Add(-3 * time.Minute), Text: "inotify limit reached (8192 watches).", Effect: "Looking every 2 s instead.", Fix: "sudo sysctl fs.inotify.max_user_watches=524288"},
		{At: runAt.Add(-4 * time.Minute), Text: "日本語のフォルダーは読めません: /home/ada/仕事/セッション", Effect: "1 file left out."},
	}
}

func readingFixture() monitor.Snapshot {
	return monitor.Snapshot{
		At: runAt, Zone: time.UTC,
		Source: monitor.Source{Homes: []monitor.Home{{Path: "/home/ada/.codex", Sessions: "exists"}}},
		Reading: monitor.Reading{
			FilesDone: 1284, FilesTotal: 3910, BytesDone: 1_900_000_000, BytesTotal: 5_600_000_000, At: runAt.AddDate(0, 0, -21),
		},
	}
}

func firstFixture() monitor.Snapshot {
	return monitor.Snapshot{At: runAt, Zone: time.UTC, Source: monitor.Source{
		Homes: []monitor.Home{
			{Path: "/home/ada/.codex", Sessions: "empty", Archived: "missing"},
			{Path: "/srv/shared/team/with/a/long/path/to/codex-home", Sessions: "permission denied", Archived: "missing"},
		},
		Live: true, Rescan: 30 * time.Second,
	}}
}

func partCases() []screenCase {
	s := runSnapshot()
	bare := runSnapshot().Runs[0]
	bare.Usage, bare.Inherited, bare.Cost, bare.Split, bare.Unmetered, bare.Unknown, bare.Threads, bare.Context, bare.Window, bare.Percent, bare.Turn = s.Detail.Turns[0].Usage, bare.Usage, s.Detail.Turns[0].Cost, monitor.Split{}, 0, false, nil, 0, 0, -1, 0
	polling := firstFixture()
	polling.Source.Live, polling.Source.Why = false, "watch limit reached"
	withNotices := monitor.Snapshot{At: runAt, Zone: time.UTC, Notices: noticeFixture()}
	return []screenCase{
		{"detail", func(w, h int, st themes.Styles) string { return detailPanel(s, s.Runs[0], s.Detail, w, h, st) }},
		{"detail bare", func(w, h int, st themes.Styles) string { return detailPanel(s, bare, nil, w, h, st) }},
		{"banners", func(w, h int, st themes.Styles) string { return noticeBanners(noticeFixture(), w, h, st) }},
		{"banners 3 lines", func(w, h int, st themes.Styles) string { return noticeBanners(noticeFixture(), w, min(h, 3), st) }},
		{"notices", func(w, h int, st themes.Styles) string {
			return noticeList{focus: noticeFixture()[2]}.View(withNotices, w, h, st)
		}},
		{"no notices", func(w, h int, st themes.Styles) string { return noticeList{}.View(monitor.Snapshot{}, w, h, st) }},
		{"first start", func(w, h int, st themes.Styles) string { return firstStart(firstFixture(), w, h, st) }},
		{"first start polling", func(w, h int, st themes.Styles) string { return firstStart(polling, w, h, st) }},
		{"reading", func(w, h int, st themes.Styles) string { return readingView(readingFixture(), w, h, st) }},
		{"reading one line", func(w, h int, st themes.Styles) string { return readingView(readingFixture(), w, 1, st) }},
		{"theme picker", func(w, h int, st themes.Styles) string { return newThemePicker("cvd").View(w, h, st) }},
		{"copy menu", func(w, h int, st themes.Styles) string { return newCopyMenu(s.Runs[0]).View(w, h, st) }},
	}
}

func TestParts(t *testing.T) {
	st := runStyles(t, themes.Options{})
	for _, c := range partCases() {
		for _, size := range append(goldenSizes, [2]int{45, 36}) {
			t.Run(fmt.Sprintf("%s %dx%d", c.name, size[0], size[1]), func(t *testing.T) {
				out := c.draw(size[0], size[1], st)
				mustFit(t, out, size[0], size[1])
				golden.RequireEqual(t, []byte(ansi.Strip(out)+"\n"))
			})
		}
	}
}

// TestRunASCII holds that the plain signs are enough for every screen of a run.
func TestRunASCII(t *testing.T) {
	st := runStyles(t, themes.Options{ASCII: true, NoColor: true})
	s := runSnapshot()
	for i := range s.Detail.Turns {
		s.Detail.Turns[i].LastTool = "make test"
	}
	for i := range s.Detail.Calls {
		s.Detail.Calls[i].Text = "make test"
	}
	s.Runs[0].Title, s.Runs[0].Threads[2].Name = "fix it", "checker"
	for v := range runViews {
		out := ansi.Strip(runScreen(s, runState{id: runRoot, view: v}, 100, 40, st))
		for i, r := range out {
			if r > 126 {
				t.Errorf("%v: %q at %d is not ASCII: …%s…", v, r, i, out[max(0, i-30):min(len(out), i+30)])
				break
			}
		}
	}
	golden.RequireEqual(t, []byte(ansi.Strip(runScreen(s, newRunState(runRoot), 80, 24, st))+"\n"))
}

// TestRunFits holds for every size that nothing panics, no line is too wide and
// there are not too many, with empty, plain and hostile data.
func TestRunFits(t *testing.T) {
	st := runStyles(t, themes.Options{})
	cases := append(runCases(), partCases()...)
	empty := monitor.Snapshot{At: runAt, Runs: []monitor.Run{{ID: runRoot, Percent: -1}}, Detail: &monitor.RunDetail{ID: runRoot}}
	hostile := hostileSnapshot()
	for v := range runViews {
		for name, s := range map[string]monitor.Snapshot{"empty": empty, "hostile": hostile} {
			cases = append(cases, screenCase{fmt.Sprint(name, " ", v), func(w, h int, st themes.Styles) string {
				return runScreen(s, runState{id: runRoot, view: v, filter: "x"}, w, h, st)
			}})
		}
	}
	cases = append(cases,
		screenCase{"hostile turn", func(w, h int, st themes.Styles) string {
			return runScreen(hostile, runState{id: runRoot, opened: true, turn: keyOfTurn(hostile.Detail.Turns[0])}, w, h, st)
		}},
		screenCase{"hostile panel", func(w, h int, st themes.Styles) string {
			return detailPanel(hostile, hostile.Runs[0], hostile.Detail, w, h, st)
		}},
		screenCase{"hostile notices", func(w, h int, st themes.Styles) string {
			return noticeBanners(hostile.Notices, w, h, st) + "\n" + noticeList{}.View(hostile, w, h-min(h, len(hostile.Notices)*2), st)
		}},
		screenCase{"hostile copy", func(w, h int, st themes.Styles) string { return newCopyMenu(hostile.Runs[0]).View(w, h, st) }})
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			for w := 1; w <= 250; w += 1 + w/6 {
				for h := 1; h <= 80; h += 1 + h/4 {
					out := c.draw(w, h, st)
					if c.name == "hostile notices" {
						continue // two parts: only that nothing panics
					}
					mustFit(t, out, w, h)
					if t.Failed() {
						t.Fatalf("at %dx%d", w, h)
					}
				}
			}
		})
	}
}

// hostileSnapshot is what no session should hold: escapes, newlines, floods,
// negative and huge numbers, times that went back.
func hostileSnapshot() monitor.Snapshot {
	s := runSnapshot()
	evil := "\x1b[2J\x1b]0;owned\x07a\nb\tc\u202ex\u200d\U0001F469\u200d\U0001F469\u200d\U0001F467\uFE0F" + string(make([]byte, 40)) + "\u65e5\u672c"
	r := &s.Runs[0]
	for _, p := range []*string{&r.Name, &r.Title, &r.Cwd, &r.Branch, &r.Model, &r.Effort, &r.Origin, &r.CLI, &r.Reason, &r.Pending, &r.Project} {
		*p = evil
	}
	r.Turn, r.Calls, r.Window, r.Context, r.Percent, r.StartedAt = -4, 1<<40, -1, 1<<60, 9e9, runAt.Add(90*time.Hour)
	r.Usage.Input, r.Usage.Cached = 1<<62, -9
	for i := range s.Detail.Turns {
		x := &s.Detail.Turns[i]
		x.Agent, x.LastTool, x.Reason, x.Model, x.Prompt, x.Number = evil, evil, evil, evil, evil, 1<<40-i
		x.Ended, x.Usage.Input, x.Context = x.Started.Add(-time.Hour), -1, -5
		x.Cost.USD = -1 << 62
	}
	for i := range s.Detail.Calls {
		c := &s.Detail.Calls[i]
		c.Agent, c.Text, c.Name, c.Status, c.ExitCode, c.Output, c.Duration, c.Added = evil, evil+"x", evil, evil, -1<<31, 1<<62, -time.Hour, 1<<40
	}
	for i := range s.Detail.Context {
		s.Detail.Context[i].Tokens, s.Detail.Context[i].Turn = -7, 1<<40
	}
	s.Detail.Context[3].Tokens = 1 << 62
	for i := range s.Runs[0].Threads {
		t := &s.Runs[0].Threads[i]
		t.Name, t.Model, t.Parent = evil, evil, s.Runs[0].Threads[(i+1)%4].ID // a circle of parents
	}
	s.Notices = []monitor.Notice{{Text: evil, Effect: evil, Fix: evil}, {Text: evil}}
	return s
}

func TestHostileReachesNoTerminal(t *testing.T) {
	st := runStyles(t, themes.Options{NoColor: true})
	s := hostileSnapshot()
	var outs []string
	for v := range runViews {
		outs = append(outs, runScreen(s, runState{id: runRoot, view: v}, 120, 40, st))
	}
	outs = append(outs, runScreen(s, runState{id: runRoot, opened: true, turn: keyOfTurn(s.Detail.Turns[0])}, 120, 40, st),
		detailPanel(s, s.Runs[0], s.Detail, 50, 40, st), noticeBanners(s.Notices, 80, 9, st), noticeList{}.View(s, 80, 24, st), newCopyMenu(s.Runs[0]).View(80, 24, st))
	for i, out := range outs {
		for _, r := range ansi.Strip(out) {
			if r != '\n' && (r < 0x20 || r >= 0x7f && r < 0xa0 || r == 0x202e || r == 0x200d || r == 0xfe0f) {
				t.Errorf("screen %d shows %U", i, r)
				break
			}
		}
		for _, bad := range []string{"\x1b[2J", "\x1b]0;"} {
			if strings.Contains(out, bad) {
				t.Errorf("screen %d passes on %q", i, bad)
			}
		}
	}
}
