package tui

import (
	"fmt"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/themes"
)

// readingView draws how far history is read, above the run list: one line where
// there is little room, else the folders, a gauge and the date it has come to.
// What was skipped is said in one line. "" once all is read.
func readingView(s monitor.Snapshot, width, height int, st themes.Styles) string {
	r := s.Reading
	if width <= 0 || height <= 0 || r.Done {
		return ""
	}
	if r.Skipped {
		text := "history before " + inZone(r.At, s.Zone, "2006-01-02") + " was skipped: totals that reach into it are floors"
		return cut(firstFit(width, text, "history skipped: older totals are floors", "history skipped"), width, st.Glyphs)
	}
	done := readShare(r)
	if height < 4 || width < 40 {
		return clip([]string{readingLine(s, done, width, st)}, width, height)
	}
	g := st.Glyphs
	homes := ""
	for i, h := range s.Source.Homes {
		if i > 0 {
			homes += ", "
		}
		homes += safe(h.Path)
	}
	files := fmt.Sprintf("%s of %s files   %s of %s", thousands(r.FilesDone), thousands(r.FilesTotal), byteSize(r.BytesDone), byteSize(r.BytesTotal))
	if width < 64 {
		files = fmt.Sprintf("%s of %s files", thousands(r.FilesDone), thousands(r.FilesTotal))
	}
	lines := []string{
		"  " + ends(homes, files, width-4, g),
		"  " + gaugePlain(done, width-10, st) + padLeft(percent(done), 6),
		"  " + cut(readSoFar(s, width), width-4, g),
		"",
	}
	for _, l := range wrapText("Live runs are already watched. Keys work while this goes on.", width-4, 2, g) {
		lines = append(lines, "  "+l)
	}
	lines = append(lines, "")
	return clip(lines, width, height)
}

// readShare is how much is read, in percent: by bytes, else by files; -1 unknown.
func readShare(r monitor.Reading) float64 {
	switch {
	case r.BytesTotal > 0:
		return min(100, 100*float64(r.BytesDone)/float64(r.BytesTotal))
	case r.FilesTotal > 0:
		return min(100, 100*float64(r.FilesDone)/float64(r.FilesTotal))
	}
	return -1
}

// readSoFar says which days are complete.
func readSoFar(s monitor.Snapshot, w int) string {
	const first = "newest first"
	if s.Reading.At.IsZero() {
		return first
	}
	day := inZone(s.Reading.At, s.Zone, "2006-01-02")
	if day < inZone(s.At, s.Zone, "2006-01-02") {
		if w < 56 {
			return "today is complete, now at " + day
		}
		return first + ": today is complete, now at " + day
	}
	return first + ": now at today"
}

// readingLine is the short form: "reading history 34% ━━━━╌╌╌╌ at 2026-11-02".
func readingLine(s monitor.Snapshot, done float64, w int, st themes.Styles) string {
	left := "reading " + percent(done)
	if w >= 36 {
		left = "reading history " + percent(done)
	}
	right := ""
	if !s.Reading.At.IsZero() && w >= 52 {
		right = " at " + inZone(s.Reading.At, s.Zone, "2006-01-02")
	}
	room := w - cells(left) - cells(right) - 2
	if room < 4 {
		return cut(left+right, w, st.Glyphs)
	}
	return left + " " + gaugePlain(done, room, st) + st.Muted.Render(right)
}

// thousands writes a number with commas: "3,910".
func thousands(n int) string {
	s := fmt.Sprintf("%d", max(0, n))
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// byteSize writes bytes with their unit: "1.9 GB".
func byteSize(n int64) string {
	f := float64(max(0, n))
	for _, u := range []string{"B", "KB", "MB", "GB"} {
		if f < 999.5 {
			if u == "B" || f >= 99.95 {
				return fmt.Sprintf("%.0f %s", f, u)
			}
			return fmt.Sprintf("%.1f %s", f, u)
		}
		f /= 1000
	}
	return fmt.Sprintf("%.1f TB", f)
}
