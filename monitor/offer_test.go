package monitor

import (
	"errors"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget"
	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/control"
	"github.com/tokenburn-sentinel/tokenburn/ledger"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

var offerNow = time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)

// offerRun is a root of one turn with answers ten minutes apart, each of 100 000
// tokens of input, four fifths of them cached, and 1000 of output.
func offerRun(name string, answers int) *model.Thread {
	t := model.NewThread("t", model.Options{})
	began := offerNow.Add(-time.Duration(answers) * 10 * time.Minute)
	t.Turns = []model.Turn{{Started: began}}
	for i := range answers {
		at := began.Add(time.Duration(i+1) * 10 * time.Minute)
		t.Responses = append(t.Responses, model.Response{At: at, Bucket: model.Bucket{Quarter: at.Unix() / model.QuarterSeconds, Model: name},
			Usage: model.Usage{Input: 100_000, Cached: 80_000, Output: 1000, Reasoning: 600}, Context: 101_000})
	}
	return t
}

func offerModels() []control.Model {
	efforts := []string{"low", "medium", "high", "xhigh"}
	return []control.Model{
		{Slug: "gpt-6-astra", Efforts: efforts, DefaultEffort: "low", Window: 258_400, CompHash: "3000"},
		{Slug: "gpt-5.5", Efforts: efforts, DefaultEffort: "medium", Window: 258_400, CompHash: "2911"},
		{Slug: "gpt-6-luna", Efforts: []string{"low"}, DefaultEffort: "low", Window: 258_400, CompHash: "3000"},
		{Slug: "gpt-6-sol", Efforts: efforts, DefaultEffort: "medium", Window: 90_000, CompHash: "3000"},
		{Slug: "gpt-of-nobody", DefaultEffort: "medium", Window: 258_400, CompHash: "2911"},
		{Slug: "gpt-5.6-luna", Hidden: true, Window: 258_400},
	}
}

func offerInput(threads ...*model.Thread) OfferInput {
	return OfferInput{Now: offerNow, Zone: time.UTC, Prices: price.Default(), Threads: threads, Models: offerModels(), Context: 100_000,
		Settings: control.Settings{Model: "gpt-5.5", Effort: "high", CompHash: "2911"}, Today: price.Cost{USD: 10 * price.Dollar}}
}

func names(offers []ModelOffer) (list []string) {
	for _, o := range offers {
		list = append(list, o.Model+" "+o.Effort)
	}
	return list
}

func TestOffersAreOfTheRunsOwnTokens(t *testing.T) {
	offers := Offers(offerInput(offerRun("gpt-5.5", 6)))
	want := []string{"gpt-5.5 high", "gpt-5.5 medium", "gpt-5.5 low", "gpt-6-sol high", "gpt-6-luna low", "gpt-of-nobody medium"}
	if got := names(offers); !slices.Equal(got, want) {
		t.Fatalf("%q, want %q", got, want)
	}
	use, at := model.Usage{Input: 600_000, Cached: 480_000, Output: 6000}, offerNow.Unix()/model.QuarterSeconds
	cost := func(m string) price.Money { return price.Default().Cost(model.Bucket{Quarter: at, Model: m}, use).USD }
	for _, o := range offers[:1] {
		if !o.Current || o.Now.USD != cost("gpt-5.5") || o.After != o.Now || o.Turns != 1 {
			t.Errorf("present: %+v, want %s an hour", o, cost("gpt-5.5"))
		}
		near(t, "day end", o.DayEnd.USD, 10*price.Dollar+6*cost("gpt-5.5"))
	}
	luna := offers[4]
	near(t, "luna's hour", luna.After.USD, cost("gpt-6-luna"))
	near(t, "what it saves", luna.Saves, cost("gpt-5.5")-cost("gpt-6-luna"))
	near(t, "its day", luna.DayEnd.USD, 10*price.Dollar+6*cost("gpt-6-luna")+luna.OneOff.USD)
	if !luna.Compacts || !luna.Fits || luna.Risk == "" || luna.Why != "" {
		t.Errorf("luna: %+v", luna)
	}
	// The compaction is one request with the whole context on the old model.
	once := price.Default().Cost(model.Bucket{Quarter: at, Model: "gpt-5.5"}, model.Usage{Input: 100_000, Cached: 80_000, Output: 2000}).USD
	if luna.OneOff.USD <= once || luna.OneOff.USD > once*2 {
		t.Errorf("the switch costs %s, the compaction alone %s", luna.OneOff.USD, once)
	}
	if sol := offers[3]; sol.Fits {
		t.Errorf("100 000 tokens do not fit into %d: %+v", offerModels()[3].Window, sol)
	}
	for _, o := range []ModelOffer{offers[1], offers[5]} {
		if o.Why == "" || o.Saves != 0 || o.After.USD != 0 {
			t.Errorf("what is not known is told as known: %+v", o)
		}
	}
	if !strings.Contains(offers[1].Why, "thinking costs $") || offers[1].OneOff.USD != 0 {
		t.Errorf("lower effort: %+v", offers[1])
	}
}

func near(t *testing.T, what string, got, want price.Money) {
	t.Helper()
	if d := got - want; d > 10 || d < -10 { // pico-dollars: of the ratio's rounding
		t.Errorf("%s: %s, want %s", what, got, want)
	}
}

func TestOffersWhereLittleIsKnown(t *testing.T) {
	empty := offerInput(model.NewThread("t", model.Options{}))
	for _, o := range Offers(empty)[1:] {
		if o.Why == "" || o.Saves != 0 {
			t.Errorf("nothing was used, and yet: %+v", o)
		}
	}
	unpriced := offerInput(offerRun("gpt-of-nobody", 3))
	unpriced.Settings.Model = "gpt-of-nobody"
	for _, o := range Offers(unpriced) {
		if o.Saves != 0 || o.Current != (o.Why == "") || !o.Now.Floor() {
			t.Errorf("the present model has no price, and yet: %+v", o)
		}
	}
	if got := Offers(OfferInput{Now: offerNow, Prices: price.Default()}); len(got) != 1 || !got[0].Current {
		t.Errorf("nothing at all gives %+v", got)
	}
	allowed := offerInput(offerRun("gpt-5.5", 2))
	allowed.Policy = budget.Policy{Models: []string{"gpt-5.5", "gpt-6-l*"}}
	if got := names(Offers(allowed)); slices.Contains(got, "gpt-6-sol high") || !slices.Contains(got, "gpt-6-luna low") {
		t.Errorf("the policy allows %q", got)
	}
}

// Sub-agents go on with what they have: only the root's part of the rate is saved.
func TestOffersSaveOfTheRootsPartOnly(t *testing.T) {
	in := offerInput(offerRun("gpt-5.5", 6), offerRun("gpt-5.5", 6))
	in.Rate.USDPerHour = 4 * price.Dollar
	alone := offerInput(offerRun("gpt-5.5", 6))
	alone.Rate.USDPerHour = 4 * price.Dollar
	a, b := Offers(in), Offers(alone)
	i := slices.IndexFunc(b, func(o ModelOffer) bool { return o.Model == "gpt-6-luna" })
	if a[i].Now.USD != 4*price.Dollar {
		t.Errorf("now %s, want the rate that is shown", a[i].Now.USD)
	}
	near(t, "half of it", a[i].Saves*2, b[i].Saves)
}

func TestSavingIsWhatTheOldModelWouldHaveCost(t *testing.T) {
	at := offerNow.Add(-40 * time.Minute)
	root := offerRun("gpt-5.5", 3) // before the switch
	use := func(min int, name string, turn int, u model.Usage) {
		when := at.Add(time.Duration(min) * time.Minute)
		root.Responses = append(root.Responses, model.Response{At: when, Turn: turn, Bucket: model.Bucket{Quarter: when.Unix() / model.QuarterSeconds, Model: name}, Usage: u})
	}
	for i := range root.Responses {
		root.Responses[i].At = root.Responses[i].At.Add(-time.Hour)
	}
	compaction := model.Usage{Input: 100_000, Cached: 80_000, Output: 333}
	first := model.Usage{Input: 20_000, Output: 100}
	later := model.Usage{Input: 20_000, Cached: 15_000, Output: 100}
	use(1, "gpt-5.5", 1, compaction)
	use(2, "gpt-6-luna", 1, first)
	use(3, "gpt-6-luna", 2, later)
	use(30, "gpt-6-luna", 3, later)
	s := ledger.Saving{Run: "t", At: at, Method: savedByResume, FromModel: "gpt-5.5", ToModel: "gpt-6-luna", Promised: price.Dollar}
	s = MeasureSaving(s, root, offerNow)
	if s.Turns != 2 && s.Turns != 3 || !s.Until.IsZero() {
		t.Errorf("measured %d turns until %s", s.Turns, s.Until)
	}
	list := price.Default()
	cost := func(name string, u model.Usage) price.Money {
		return list.Cost(model.Bucket{Quarter: at.Unix() / model.QuarterSeconds, Model: name}, u).USD
	}
	v := SavedBy(s, list, offerNow)
	served := first
	served.Cached = 15_000 // three quarters, as later ones
	before := cost("gpt-5.5", served) + 2*cost("gpt-5.5", later)
	actual := cost("gpt-5.5", compaction) + cost("gpt-6-luna", first) + 2*cost("gpt-6-luna", later)
	if v.Before.USD != before || v.Actual.USD != actual || v.Total != before-actual || v.Why != "" || v.Early {
		t.Errorf("%+v\nwant before %s, actual %s", v, before, actual)
	}
	near(t, "an hour", v.Hour, price.Money(float64(2*cost("gpt-5.5", later)-2*cost("gpt-6-luna", later))*60/40))
	if again := MeasureSaving(s, root, at.Add(2*time.Hour)); again.Until != at.Add(time.Hour) {
		t.Errorf("it is measured until %s", again.Until)
	}
	if same := SavedBy(ledger.Saving{FromModel: "gpt-5.5", ToModel: "gpt-5.5", At: at, Turns: 2}, list, offerNow); same.Why == "" || same.Total != 0 {
		t.Errorf("what less effort saved is told as known: %+v", same)
	}
}

// From the next turn on: what the turn that was left alone uses is none of it.
func TestSavingOfALaterSwitchBeginsWithTheNewModel(t *testing.T) {
	root := offerRun("gpt-5.5", 6)
	root.Responses[5].Bucket.Model, root.Responses[5].Turn = "gpt-6-luna", 1
	s := ledger.Saving{At: offerNow.Add(-35 * time.Minute), Method: savedBySettings, FromModel: "gpt-5.5", ToModel: "gpt-6-luna"}
	if s = MeasureSaving(s, root, offerNow); s.Turns != 1 || len(s.Used) != 1 || s.Used[0].Responses != 1 {
		t.Errorf("%+v", s)
	}
}

// Two switches of one run never count one token twice, whichever processes made them: the
// first one ends with the second, and who still measures it does not begin it again.
func TestASavingEndsWithTheNextSwitch(t *testing.T) {
	ctx, book := t.Context(), ledgerAt(t, filepath.Join(t.TempDir(), "ledger.db"))
	at := offerNow.Add(-30 * time.Minute)
	root := &model.Thread{}
	for min := range 30 {
		when := at.Add(time.Duration(min) * time.Minute)
		root.Responses = append(root.Responses, model.Response{At: when, Turn: 1 + min/10, Bucket: model.Bucket{Quarter: when.Unix() / model.QuarterSeconds, Model: "gpt-6-luna"}, Usage: model.Usage{Input: 1000}})
	}
	before := &model.Thread{Responses: root.Responses[:10]}
	first := ledger.Saving{ID: "1", Run: "r", At: at, Method: savedByServer, FromModel: "gpt-5.5", ToModel: "gpt-6-luna"}
	other := ledger.Saving{ID: "2", Run: "other", At: at, Method: savedByServer, FromModel: "gpt-5.5", ToModel: "gpt-6-luna"}
	second := first
	second.ID, second.At = "3", at.Add(10*time.Minute)
	if err := errors.Join(book.PutSaving(ctx, first), book.PutSaving(ctx, other), beginSaving(ctx, book, second, before), book.PutSaving(ctx, MeasureSaving(first, root, offerNow))); err != nil {
		t.Fatal(err)
	}
	all, err := book.Savings(ctx, time.Time{})
	if err != nil || len(all) != 3 {
		t.Fatal(all, err)
	}
	for _, s := range all {
		var n int64
		for _, u := range s.Used {
			n += u.Responses
		}
		switch over := !s.Until.IsZero(); {
		case s.ID == "1" && (!s.Until.Equal(second.At) || n != 10):
			t.Errorf("the first is measured until %s, %d responses; want until %s, 10", s.Until, n, second.At)
		case s.ID != "1" && over:
			t.Errorf("%s is over", s.ID)
		}
	}
}
