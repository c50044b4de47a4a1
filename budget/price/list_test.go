package price

import (
	"os"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

func at(date string) time.Time {
	t, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err)
	}
	return t
}

func bucket(name, date string) model.Bucket {
	return model.Bucket{Model: name, Quarter: at(date).Unix() / model.QuarterSeconds}
}

// TestDefaultIsSound reads the built-in list as a maintainer would check it.
func TestDefaultIsSound(t *testing.T) {
	l, err := Parse(builtin)
	if err != nil {
		t.Fatal(err)
	}
	if got := Default().AsOf; got != l.AsOf || got == "" {
		t.Errorf("Default is of %q, the file of %q", got, l.AsOf)
	}
	known := map[string]bool{"current": true, "legacy": true, "historical": true, "shutdown": true, "promo": true, "estimate": true}
	rows := l.Rows()
	if len(rows) < 40 || len(l.models) < 37 {
		t.Errorf("%d rows of %d models: some are missing", len(rows), len(l.models))
	}
	for i, r := range rows {
		id := r.Model + " " + r.From.Format(time.DateOnly)
		if !known[r.Status] || len(r.Sources) == 0 || r.Window == 0 {
			t.Errorf("%s: status %q, %d sources, window %d", id, r.Status, len(r.Sources), r.Window)
		}
		if i > 0 && rows[i-1].Model == r.Model && !rows[i-1].To.Equal(r.From) {
			t.Errorf("%s: a gap or an overlap with the row before", id)
		}
		if r.Status == "historical" && r.To.IsZero() {
			t.Errorf("%s: status %s, to %v", id, r.Status, r.To)
		}
		all := map[string]Rates{"standard": r.Rates}
		for k, v := range r.Tiers {
			all[k] = v
		}
		if r.Long != nil {
			all["long"] = *r.Long
			for k, v := range r.LongTiers {
				all["long "+k] = v
			}
			if len(r.LongTiers) != len(r.Tiers) {
				t.Errorf("%s: a tier has no long-context price", id)
			}
		}
		for k, v := range all {
			if v.Input <= 0 || v.Output <= v.Input || v.Cached <= 0 || v.Cached > v.Input || v.CacheWrite < v.Input {
				t.Errorf("%s: %s: odd rates %+v", id, k, v)
			}
		}
	}
}

func TestParseRefuses(t *testing.T) {
	const head = "as_of = \"2026-11-23\"\nupper = \"m\"\n"
	const row = "[[row]]\nmodel = \"m\"\nfrom = \"2026-01-01\"\nstatus = \"current\"\nsources = [\"x\"]\nusd = { input = \"1\", cached = \"0.1\", output = \"2\" }\n"
	const second = "[[row]]\nmodel = \"n\"\nfrom = \"2026-01-01\"\nstatus = \"current\"\nsources = [\"x\"]\nusd = { input = \"1\", output = \"2\" }\n"
	cases := []struct{ name, text, want string }{
		{"fine", head + row + second, ""},
		{"unknown key", head + row + "colour = 1\n", "strict mode"},
		{"no date", "as_of = \"soon\"\n" + row, "as_of"},
		{"overlap", head + row + row, "overlaps"},
		{"overlap by a day", head + strings.Replace(row, "from =", "to = \"2026-02-02\"\nfrom =", 1) + strings.Replace(row, "2026-01-01", "2026-02-01", 1), "overlaps"},
		{"too many decimals", head + strings.Replace(row, `"0.1"`, `"0.1234567"`, 1), "usd: cached: \"0.1234567\" is no whole number"},
		{"a sign", head + strings.Replace(row, `"0.1"`, `"-0.1"`, 1), "not a plain decimal"},
		{"an exponent", head + strings.Replace(row, `"1"`, `"1e3"`, 1), "not a plain decimal"},
		{"too dear", head + strings.Replace(row, `"2"`, `"10000"`, 1), "above 9999"},
		{"cached above input", head + strings.Replace(row, `"0.1"`, `"1.1"`, 1), "cached: 1.1 is above input"},
		{"no output", head + strings.Replace(row, `, output = "2"`, ``, 1), "output: is missing"},
		{"a multiple that is not whole", head + strings.Replace(row, `"0.1"`, `"0.000001"`, 1) + "times = { flex = \"0.5\" }\n", "no whole number"},
		{"alias twice", head + row + "aliases = [\"x\"]\n" + second + "aliases = [\"x\"]\n", "alias x is both"},
		{"alias is a model", head + row + "aliases = [\"n\"]\n" + second, "also a model"},
		{"tier's other name", head + row + "times = { priority = \"2\" }\n", "not a service tier's name"},
		{"moving to nowhere", head + row + "[[moving]]\nname = \"a\"\nmodel = \"z\"\nsources = [\"x\"]\n", "has no row"},
		{"no upper", strings.Replace(head, `"m"`, `"z"`, 1) + row, "upper"},
		{"ends before it begins", head + strings.Replace(row, "from =", "to = \"2025-02-02\"\nfrom =", 1), "not after from"},
		{"ultrafast overlaps", head + row + "ultrafast = [ { from = \"2026-01-05\", times = \"2\", to = \"2026-02-01\" }, { from = \"2026-01-07\", times = \"2\" } ]\n", "overlap"},
	}
	for _, c := range cases {
		_, err := Parse([]byte(c.text))
		switch {
		case c.want == "" && err != nil:
			t.Errorf("%s: %v", c.name, err)
		case c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)):
			t.Errorf("%s: error %v, want one with %q", c.name, err, c.want)
		}
	}
}

func TestUltrafastByDate(t *testing.T) {
	cases := []struct {
		model, date string
		long        bool
		want        Money // input
	}{
		{"gpt-6-astra", "2026-09-28", false, 0},
		{"gpt-6-astra", "2026-09-29", false, 60_000_000},
		{"gpt-6-astra", "2026-09-29", true, 120_000_000},
		{"gpt-6.2-sol", "2026-11-17", false, 6_000_000},
		{"gpt-6.2-sol", "2027-02-28", false, 6_000_000},
		{"gpt-6.2-sol", "2027-03-01", false, 12_000_000},
		{"gpt-6.2-sol", "2027-03-01", true, 24_000_000},
		{"gpt-5.5", "2026-11-17", false, 0},
	}
	for _, c := range cases {
		b := bucket(c.model, c.date)
		b.Tier, b.Long = "ultrafast", c.long
		q, ok := Default().Explain(b)
		if q.Rates.Input != c.want || ok != (c.want > 0) {
			t.Errorf("%s %s long=%v: input %d, priced %v; want %d", c.model, c.date, c.long, q.Rates.Input, ok, c.want)
		}
	}
}

func TestStale(t *testing.T) {
	cases := []struct {
		now  string
		want []string
	}{
		{"2026-11-20", nil},
		{"2026-11-21", nil},
		{"2026-11-23", []string{"gpt-5.6-sol is a promotion that was promised through 2026-11-21 and is reported to end on 2026-11-30"}},
		{"2026-12-25", []string{"2026-11-23, 32 days old", "promotion"}},
	}
	for _, c := range cases {
		got := Default().Stale(at(c.now))
		if len(got) != len(c.want) {
			t.Errorf("%s: %q, want %d sentences", c.now, got, len(c.want))
			continue
		}
		for i, w := range c.want {
			if !strings.Contains(got[i], w) {
				t.Errorf("%s: %q has no %q", c.now, got[i], w)
			}
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(builtin)
	f.Add([]byte("as_of = \"2026-11-23\"\nupper = \"m\"\n[[row]]\nmodel = \"m\"\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := Parse(data)
		if err != nil {
			return
		}
		if c := l.Cost(model.Bucket{Model: "gpt-5", Quarter: 1 << 21}, model.Usage{Input: 5}); c.USD < 0 || c.Upper < 0 {
			t.Fatalf("cost %+v", c)
		}
	})
}

// TestListIsTidy keeps the file easy to compare between versions.
func TestListIsTidy(t *testing.T) {
	data, err := os.ReadFile("prices.toml")
	if err != nil {
		t.Fatal(err)
	}
	for i, line := range strings.Split(string(data), "\n") {
		if strings.ContainsAny(line, "\t\r") || strings.HasSuffix(line, " ") {
			t.Errorf("line %d: a tab, carriage return or trailing space", i+1)
		}
	}
}
