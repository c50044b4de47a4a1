package watch

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

// listed returns the paths of a scan, relative to dir.
func listed(t *testing.T, dir string, homes ...string) []string {
	t.Helper()
	files, problems := Scan(homes)
	for _, p := range problems {
		t.Errorf("problem: %s: %v", p.Path, p.Err)
	}
	var paths []string
	for _, f := range files {
		rel, err := filepath.Rel(dir, f.Path)
		must(t, err)
		paths = append(paths, filepath.ToSlash(rel))
	}
	return paths
}

func TestScan(t *testing.T) {
	const day = "h/sessions/2026/11/23/"
	tests := []struct {
		name  string
		files []string
		links map[string]string // link: target, relative to the folder of the link
		hard  map[string]string // new: old
		homes []string          // default h
		want  []string
	}{
		{name: "newest name first, other names left out",
			files: []string{"h/sessions/rollout-2025-05-07-" + uuidA + ".jsonl", day + nameA + ".jsonl", day + nameB + ".jsonl", "h/archived_sessions/rollout-2026-11-23T10-50-00-" + uuidA + ".jsonl",
				day + nameA + ".jsonl.tmp", day + nameB + ".jsonl.zst.tmp", day + "notes.txt", "h/history.jsonl", "h/rollout-x.jsonl", "h/archived_sessions/2026/rollout-y.jsonl"},
			want: []string{day + nameB + ".jsonl", "h/archived_sessions/rollout-2026-11-23T10-50-00-" + uuidA + ".jsonl", day + nameA + ".jsonl", "h/sessions/rollout-2025-05-07-" + uuidA + ".jsonl"}},
		{name: "plain wins over compressed in the same folder",
			files: []string{day + nameA + ".jsonl", day + nameA + ".jsonl.zst", day + nameB + ".jsonl.zst"},
			want:  []string{day + nameB + ".jsonl.zst", day + nameA + ".jsonl"}},
		{name: "and in the other folder",
			files: []string{day + nameA + ".jsonl.zst", "h/archived_sessions/" + nameA + ".jsonl"},
			want:  []string{"h/archived_sessions/" + nameA + ".jsonl"}},
		{name: "but not in another home",
			files: []string{day + nameA + ".jsonl.zst", "i/sessions/" + nameA + ".jsonl"}, homes: []string{"h", "i"},
			want: []string{day + nameA + ".jsonl.zst", "i/sessions/" + nameA + ".jsonl"}},
		{name: "two plain files of one name",
			files: []string{day + nameA + ".jsonl", "h/archived_sessions/" + nameA + ".jsonl"},
			want:  []string{"h/archived_sessions/" + nameA + ".jsonl", day + nameA + ".jsonl"}},
		{name: "a home given twice and through a link",
			files: []string{day + nameA + ".jsonl"}, links: map[string]string{"l": "h"}, homes: []string{"l", "h", "l", "h/../h"},
			want: []string{"l/sessions/2026/11/23/" + nameA + ".jsonl"}},
		{name: "sessions are a link",
			files: []string{"far/2026/" + nameA + ".jsonl"}, links: map[string]string{"h/sessions": "../far"},
			want: []string{"h/sessions/2026/" + nameA + ".jsonl"}},
		{name: "a link to a folder in sessions, and loops",
			files: []string{"far/2025/" + nameA + ".jsonl", day + nameB + ".jsonl"},
			links: map[string]string{"h/sessions/2025": "../../far/2025", "far/2025/loop": "..", "h/sessions/self": ".", "h/sessions/0": "2026", "h/sessions/2026/deep": "../../../far"},
			want:  []string{day + nameB + ".jsonl", "h/sessions/2025/" + nameA + ".jsonl"}},
		{name: "a hard link, and a link to a file",
			files: []string{day + nameA + ".jsonl"}, hard: map[string]string{"h/archived_sessions/" + nameA + ".jsonl": day + nameA + ".jsonl"},
			links: map[string]string{"h/archived_sessions/" + nameB + ".jsonl": "../sessions/2026/11/23/" + nameA + ".jsonl"},
			want:  []string{day + nameA + ".jsonl"}},
		{name: "a folder named like a file", files: []string{"h/sessions/rollout-x.jsonl/" + nameA + ".jsonl"},
			want: []string{"h/sessions/rollout-x.jsonl/" + nameA + ".jsonl"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := t.TempDir()
			for _, f := range tt.files {
				write(t, filepath.Join(dir, f), "{}\n")
			}
			for link, target := range tt.links {
				must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, link)), 0o755))
				must(t, os.Symlink(target, filepath.Join(dir, link)))
			}
			for link, old := range tt.hard {
				must(t, os.MkdirAll(filepath.Dir(filepath.Join(dir, link)), 0o755))
				must(t, os.Link(filepath.Join(dir, old), filepath.Join(dir, link)))
			}
			homes := []string{filepath.Join(dir, "h")}
			if tt.homes != nil {
				homes = nil
			}
			for _, h := range tt.homes {
				homes = append(homes, dir+"/"+h)
			}
			if got := listed(t, dir, homes...); !reflect.DeepEqual(got, tt.want) {
				t.Errorf("got  %q\nwant %q", got, tt.want)
			}
		})
	}
}

func TestScanTellsAboutFiles(t *testing.T) {
	home := t.TempDir()
	path := filepath.Join(home, "archived_sessions", nameA+"_"+uuidB+".jsonl.zst")
	write(t, path, "12345")
	files, _ := Scan([]string{home})
	if len(files) != 1 {
		t.Fatalf("%d files", len(files))
	}
	fi, err := os.Stat(path)
	must(t, err)
	want := File{Path: path, Home: home, Name: nameA + "_" + uuidB, ThreadID: uuidA, SegmentID: uuidB, Archived: true, Compressed: true,
		Size: 5, ModTime: fi.ModTime(), ID: fileID(fi)}
	if files[0] != want {
		t.Errorf("got  %+v\nwant %+v", files[0], want)
	}
}

func TestScanProblems(t *testing.T) {
	dir := t.TempDir()
	home := filepath.Join(dir, "h")
	good, dangling := filepath.Join(home, "sessions", nameA+".jsonl"), filepath.Join(home, "sessions", nameB+".jsonl")
	write(t, good, "{}\n")
	must(t, os.Symlink("nowhere", dangling))
	must(t, os.Symlink("nowhere", filepath.Join(home, "archived_sessions")))
	files, problems := Scan([]string{filepath.Join(dir, "none"), home})
	if len(files) != 1 || files[0].Path != good {
		t.Errorf("files %v", files)
	}
	if len(problems) != 3 {
		t.Fatalf("problems %v", problems)
	}
	if p := problems[0]; p.Path != filepath.Join(dir, "none") || !errors.Is(p.Err, fs.ErrNotExist) {
		t.Errorf("a home that does not exist: %+v", p)
	}
	if p := problems[1]; p.Path != dangling || !errors.Is(p.Err, errDangling) {
		t.Errorf("a dangling link to a file: %+v", p)
	}
	if p := problems[2]; p.Path != filepath.Join(home, "archived_sessions") || !errors.Is(p.Err, errDangling) {
		t.Errorf("a dangling link to a folder: %+v", p)
	}
}

// A file that is moved or compressed right after its folder was listed is looked for again.
func TestScanMissesNothingThatIsMoved(t *testing.T) {
	home := t.TempDir()
	from := filepath.Join(home, "sessions", "2026", "11", "23", nameA+".jsonl")
	for name, to := range map[string]string{"compressed": from + ".zst", "archived": filepath.Join(home, "archived_sessions", nameA+".jsonl"), "removed": ""} {
		write(t, from, "{}\n")
		must(t, os.MkdirAll(filepath.Join(home, "archived_sessions"), 0o700))
		s := scan{ids: map[FileID]bool{}}
		w := walk{seen: map[string]bool{}, file: s.entry, fail: s.failed}
		w.home(home)
		if to != "" {
			must(t, os.Rename(from, to))
		} else {
			must(t, os.Remove(from))
		}
		s.keep(s.look())
		if len(s.files)+len(s.problems) > 0 || !s.missed() {
			t.Errorf("%s: %d files, %d problems, missed %v", name, len(s.files), len(s.problems), s.missed())
		}
		if to == "" {
			continue
		}
		s.entries = nil
		w = walk{seen: map[string]bool{}, file: s.entry, fail: s.failed}
		w.home(home)
		if s.keep(s.look()); len(s.files) != 1 || s.files[0].Path != to || s.missed() {
			t.Errorf("%s: %v, missed %v", name, s.files, s.missed())
		}
		must(t, os.Remove(to))
	}
}

// So is what comes out of the archive once sessions were listed.
func TestScanMissesNothingThatIsUnarchived(t *testing.T) {
	home := t.TempDir()
	from, to := filepath.Join(home, "archived_sessions", nameA+".jsonl"), filepath.Join(home, "sessions", nameA+".jsonl")
	write(t, from, "{}\n")
	write(t, filepath.Join(home, "sessions", nameB+".jsonl"), "{}\n")
	long := time.Now().Add(-time.Hour)
	must(t, os.Chtimes(filepath.Dir(from), long, long))
	s := scan{ids: map[FileID]bool{}, enter: func(f folder) bool {
		if f.archived {
			must(t, os.Rename(from, to))
		}
		return true
	}}
	if s.homes([]string{home}); len(s.files) != 1 || !s.missed() {
		t.Errorf("%v, missed %v", s.files, s.missed())
	}
	if files, _ := Scan([]string{home}); len(files) != 2 {
		t.Errorf("%v", files)
	}
}

func TestScanEmptyHome(t *testing.T) {
	if files, problems := Scan([]string{t.TempDir()}); len(files)+len(problems) != 0 {
		t.Errorf("a new home: %v, %v", files, problems)
	}
}

func BenchmarkScan2000(b *testing.B) {
	home := b.TempDir()
	for i := range 2000 {
		write(b, filepath.Join(home, "sessions", "2026", "11", fmt.Sprintf("%02d", i%60), fmt.Sprintf("rollout-2026-11-23T10-38-41-019f21c8-aaaa-7001-8000-%012d.jsonl", i)), "{}\n")
	}
	for b.Loop() {
		if files, _ := Scan([]string{home}); len(files) != 2000 {
			b.Fatal(len(files))
		}
	}
}
