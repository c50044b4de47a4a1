package status

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
)

// line is the JSON form, version 1. Money is a decimal number of dollars as text.
type line struct {
	Schema        int            `json:"schema"`
	At            string         `json:"at"`
	Level         string         `json:"level"` // ok, warning, critical
	Live          int            `json:"live"`
	States        map[string]int `json:"states"` // runs by state, of the last 24 hours
	USDPerHour    string         `json:"usd_per_hour"`
	RateIsFloor   bool           `json:"rate_is_floor"`
	TokensPerMin  float64        `json:"tokens_per_minute"`
	TodayUSD      string         `json:"today_usd"`
	TodayIsFloor  bool           `json:"today_is_floor"`
	TodayUnpriced model.Tokens   `json:"today_unpriced_tokens"`
	APIEquivalent bool           `json:"api_equivalent"`
	Attention     []jsonAlert    `json:"attention"`
	Limits        []jsonLimit    `json:"limits"`
	DayBudget     *float64       `json:"day_budget_percent"` // null where no day budget counts everything
}

type jsonAlert struct {
	Level string `json:"level"`
	Run   string `json:"run,omitempty"`
	Text  string `json:"text"`

	Exception string `json:"exception,omitempty"`
}

type jsonLimit struct {
	WindowMinutes int     `json:"window_minutes"`
	UsedPercent   float64 `json:"used_percent"`
	ResetsAt      *string `json:"resets_at"`
}

func jsonLine(s monitor.Snapshot, alerts []alert) string {
	l := line{Schema: 1, At: instant(s.At), Level: worst(alerts).String(), Live: live(s), States: map[string]int{},
		USDPerHour: (s.Rate.USDPerHour / micro * micro).String(), RateIsFloor: s.Rate.Floor, TokensPerMin: math.Round(s.Rate.TokensPerMinute*10) / 10,
		TodayUSD: s.Today.USD.String(), TodayIsFloor: todayIsFloor(s), TodayUnpriced: s.Today.Unpriced, APIEquivalent: s.APIPrices,
		Attention: []jsonAlert{}, Limits: []jsonLimit{}}
	for _, r := range s.Runs {
		l.States[r.State.String()]++
	}
	for _, a := range alerts {
		l.Attention = append(l.Attention, jsonAlert{a.level.String(), a.run, a.text, a.exception})
	}
	if b, ok := dayBudget(s); ok {
		used := math.Round(b.Used*10) / 10
		l.DayBudget = &used
	}
	for _, x := range s.Limits {
		if !current(x, s.At) {
			continue
		}
		j := jsonLimit{WindowMinutes: x.Minutes, UsedPercent: x.Used}
		if !x.ResetsAt.IsZero() {
			at := instant(x.ResetsAt)
			j.ResetsAt = &at
		}
		l.Limits = append(l.Limits, j)
	}
	return encode(l)
}

// micro is a millionth of a dollar: a rate is an estimate and is told no finer.
const micro = price.Dollar / 1_000_000

// instant writes a time as all our JSON does: in UTC, to the millisecond.
func instant(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func worst(alerts []alert) level {
	if len(alerts) == 0 {
		return calm
	}
	return alerts[0].level
}

// waybarLine writes what a custom module of Waybar reads. Text and tooltip are
// Pango markup there, so "&" and the angle brackets are written as entities.
func waybarLine(s monitor.Snapshot, alerts []alert, o Options, hide bool) string {
	var w struct {
		Text    string `json:"text"`
		Tooltip string `json:"tooltip"`
		Class   string `json:"class"`
	}
	switch live := live(s); {
	case hide:
		w.Class = "hidden"
		return encode(w)
	case worst(alerts) > calm:
		w.Class = worst(alerts).String()
	case live > 0:
		w.Class = "active"
	default:
		w.Class = "idle"
	}
	o.Format = Plain
	w.Text = pango(join(fit(parts(s, alerts, o.glyphs()), o.Width), o))
	var tip []string
	for _, a := range alerts {
		tip = append(tip, a.level.String()+": "+a.text)
	}
	for _, r := range s.Runs {
		if r.State.Live() && len(tip) < 12 {
			tip = append(tip, fmt.Sprintf("%s  %s  %s/h", clean(r.Name), r.State, amount(r.Rate.USDPerHour, r.Rate.Floor, o.glyphs())))
		}
	}
	if s.APIPrices {
		tip = append(tip, "API-equivalent prices of "+s.PricesAsOf)
	}
	w.Tooltip = pango(strings.Join(tip, "\n"))
	return encode(w)
}

func pango(s string) string {
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;").Replace(s)
}

// encode writes a value as one line. The types here always have a JSON form.
func encode(v any) string {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(v); err != nil {
		return "{}"
	}
	return strings.TrimSuffix(b.String(), "\n")
}
