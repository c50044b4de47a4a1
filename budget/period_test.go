package budget

import (
	"testing"
	"time"
	_ "time/tzdata"
)

func zone(t testing.TB, name string) *time.Location {
	t.Helper()
	z, err := time.LoadLocation(name)
	if err != nil {
		t.Fatal(err)
	}
	return z
}

func TestDaysBeginAtLocalMidnight(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		zone  string
		day   string
		first string // in UTC
		hours float64
	}{
		{"Europe/Berlin", "2026-03-28", "2026-03-27T23:00:00Z", 24},
		{"Europe/Berlin", "2026-03-29", "2026-03-28T23:00:00Z", 23},
		{"Europe/Berlin", "2026-10-25", "2026-10-24T22:00:00Z", 25},
		{"Europe/Berlin", "2026-11-16", "2026-11-15T23:00:00Z", 24},
		{"America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", 23}, // midnight did not exist
		{"America/Sao_Paulo", "2019-02-16", "2019-02-16T02:00:00Z", 25}, // 23:00 to 24:00 came twice
		{"America/Sao_Paulo", "2019-02-17", "2019-02-17T03:00:00Z", 24},
		{"America/Sao_Paulo", "2026-11-16", "2026-11-16T03:00:00Z", 24},
		{"Asia/Kolkata", "2026-11-16", "2026-11-15T18:30:00Z", 24},
		{"America/Havana", "2026-11-01", "2026-11-01T04:00:00Z", 25}, // midnight came twice
		{"Africa/Cairo", "2026-04-24", "2026-04-23T22:00:00Z", 23},   // midnight did not exist
		{"Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00Z", 24.5},
		{"Pacific/Apia", "2011-12-31", "2011-12-30T10:00:00Z", 24}, // the day before was left out
	} {
		z := zone(t, tt.zone)
		d, err := time.Parse(time.DateOnly, tt.day)
		if err != nil {
			t.Fatal(err)
		}
		from := Midnight(d.Year(), d.Month(), d.Day(), z)
		if got := from.UTC().Format(time.RFC3339); got != tt.first {
			t.Errorf("%s in %s begins at %s, want %s", tt.day, tt.zone, got, tt.first)
		}
		a, b := (Period{Name: Day}).At(from, z)
		if !a.Equal(from) || b.Sub(a).Hours() != tt.hours {
			t.Errorf("%s in %s: %s to %s, want %g hours", tt.day, tt.zone, a, b, tt.hours)
		}
		if a, _ := (Period{Name: Day}).At(b.Add(-1), z); !a.Equal(from) {
			t.Errorf("the last instant of %s in %s is in the day of %s", tt.day, tt.zone, a)
		}
	}
}

// Periods follow each other without gap or overlap, and begin on quarters of an hour.
func TestPeriodsCoverAllTime(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata", "America/Havana", "Australia/Lord_Howe", "UTC"} {
		z := zone(t, name)
		for _, p := range []string{Month, Week, Day} {
			at := time.Date(2017, 12, 28, 7, 0, 0, 0, z)
			for range 900 {
				from, to := (Period{Name: p}).At(at, z)
				if !from.Before(to) || at.Before(from) || !at.Before(to) || from.Unix()%900 != 0 {
					t.Fatalf("%s in %s: %s is not in %s to %s", p, name, at, from, to)
				}
				next, _ := (Period{Name: p}).At(to, z)
				if !next.Equal(to) {
					t.Fatalf("%s in %s: after %s comes %s", p, name, to, next)
				}
				if to.Year() > 2020 {
					break
				}
				at = to
			}
		}
	}
}

func TestPeriodNames(t *testing.T) {
	t.Parallel()
	z := zone(t, "Europe/Berlin")
	m := Period{From: Midnight(2026, 11, 1, z), To: Midnight(2026, 12, 16, z)}
	if m.String() != "2026-11-01 to 2026-12-15" || !m.Milestone() || !m.Calendar() {
		t.Errorf("%s", m)
	}
	for _, p := range []Period{{Name: Run}, {Name: Task}} {
		if from, to := p.At(start, z); p.Calendar() || !from.IsZero() || !to.IsZero() {
			t.Errorf("%s has bounds", p)
		}
	}
}
