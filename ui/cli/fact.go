package cli

import (
	"cmp"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/ui/report"
)

// factLine is one line of "watch --json". Which fields a line has depends on its
// type; what is not known is left out.
type factLine struct {
	At   *string `json:"at"`
	Type string  `json:"type"`

	Schema int    `json:"schema,omitempty"` // ready
	Run    string `json:"run,omitempty"`
	Name   string `json:"name,omitempty"`
	Thread string `json:"thread,omitempty"`
	Turn   int    `json:"turn,omitempty"`

	Model  string      `json:"model,omitempty"`
	Effort string      `json:"effort,omitempty"`
	Usage  *tokensJSON `json:"usage,omitempty"`
	*costJSON

	Tool       string   `json:"tool,omitempty"`
	Command    string   `json:"command,omitempty"`
	CallID     string   `json:"call_id,omitempty"`
	Done       *bool    `json:"done,omitempty"`
	ExitCode   *int     `json:"exit_code,omitempty"`
	DurationMS *float64 `json:"duration_ms,omitempty"`

	Path    string `json:"path,omitempty"`
	Change  string `json:"change,omitempty"`
	Added   *int   `json:"added,omitempty"`
	Removed *int   `json:"removed,omitempty"`

	Status string     `json:"status,omitempty"`
	Reason string     `json:"reason,omitempty"`
	Limit  *limitJSON `json:"limit,omitempty"`
	Text   string     `json:"text,omitempty"`

	Exception *exceptionJSON `json:"exception,omitempty"`
	Known     *bool          `json:"known,omitempty"` // exception
}

// tokensJSON is tokens without a price beside them.
type tokensJSON struct {
	InputTokens           int64 `json:"input_tokens"`
	CachedInputTokens     int64 `json:"cached_input_tokens"`
	CacheWriteInputTokens int64 `json:"cache_write_input_tokens"`
	OutputTokens          int64 `json:"output_tokens"`
	ReasoningOutputTokens int64 `json:"reasoning_output_tokens"`
}

// costJSON is what one response costs; CostUSD is null where its model has no price.
type costJSON struct {
	CostUSD        *string `json:"cost_usd"`
	CostIsFloor    bool    `json:"cost_is_floor"`
	UnpricedTokens int64   `json:"unpriced_tokens"`
}

func factJSON(f monitor.Fact) factLine {
	l := factLine{
		At: instant(f.At), Type: f.Type, Run: model.Clean(string(f.Run), 200), Name: model.Clean(f.Name, 200),
		Thread: model.Clean(f.Thread, 200), Turn: max(0, f.Turn),
		Model: model.Clean(f.Model, 200), Effort: model.Clean(f.Effort, 40),
		Tool: model.Clean(f.Tool, 200), Command: model.Clean(f.Command, model.MaxText), CallID: model.Clean(f.CallID, 200),
		Path: model.Clean(f.Path, model.MaxText), Change: model.Clean(f.Change, 40),
		Status: model.Clean(f.Status, 40), Reason: model.Clean(f.Reason, 400), Text: model.Clean(f.Text, model.MaxText),
	}
	switch f.Type {
	case "ready":
		l.Schema = schema
	case "response":
		u := toJSON(report.Usage{Count: model.Count{Usage: f.Usage}, Cost: f.Cost})
		l.Model = report.Label(f.Model)
		used := toTokens(f.Usage)
		l.Usage = &used
		l.costJSON = &costJSON{u.CostUSD, u.CostIsFloor, u.UnpricedTokens}
	case "tool":
		l.Done, l.ExitCode = &f.Done, f.ExitCode
		if f.Done && f.Duration > 0 {
			l.DurationMS = milliseconds(f.Duration)
		}
	case "artifact":
		l.Added, l.Removed = known(f.Added), known(f.Removed)
	case "turn_ended":
		if f.Duration > 0 {
			l.DurationMS = milliseconds(f.Duration)
		}
	}
	if f.Exception != nil {
		e := toExceptionJSON(*f.Exception)
		l.Exception, l.Known = &e, &f.Known
	}
	if f.Limit != nil {
		limit := toLimit(*f.Limit)
		l.Limit = &limit
	}
	return l
}

func milliseconds(d time.Duration) *float64 {
	ms := round(float64(d)/float64(time.Millisecond), 3)
	return &ms
}

// known gives nil for a number of lines that the file did not tell (-1).
func known(n int) *int {
	if n < 0 {
		return nil
	}
	return &n
}

// plainPrinter writes a fact as one line of words, in a single write.
func plainPrinter(w io.Writer, zone *time.Location, plain func(string) string) func(monitor.Fact) error {
	return func(f monitor.Fact) error {
		at := "--:--:--"
		if !f.At.IsZero() {
			at = f.At.In(zone).Format("15:04:05")
		}
		who := ""
		if f.Run != "" {
			who = cmp.Or(model.Clean(f.Name, 60), beginning(string(f.Run), idLength)) + ": "
		}
		_, err := io.WriteString(w, plain(at+" "+who+sentence(f)+"\n"))
		return err
	}
}

// sentence says a fact in words.
func sentence(f monitor.Fact) string {
	turn := dash(f.Turn > 0, "turn "+strconv.Itoa(f.Turn))
	switch f.Type {
	case "ready":
		return "ready, history is read; from here on live"
	case "run_started":
		return "run started" + with(" with ", model.Clean(f.Model, 60))
	case "turn_started":
		return turn + " started" + with(" with ", model.Clean(f.Model, 60)) + with(", effort ", model.Clean(f.Effort, 20))
	case "response":
		u := report.Usage{Count: model.Count{Usage: f.Usage}, Cost: f.Cost}
		cost := "cost unknown, the model has no price"
		if u.Priced() {
			cost = "$" + f.Cost.USD.String()
		}
		return fmt.Sprintf("%s answered, %s tokens in (%s cached), %s out, %s", report.Label(f.Model), tokens(f.Usage.Input),
			tokens(f.Usage.Cached), tokens(f.Usage.Output), cost)
	case "tool":
		return toolSentence(f)
	case "artifact":
		return "file " + model.Clean(f.Path, 400) + " " + with("", model.Clean(f.Change, 40)) + lines(f)
	case "turn_ended":
		return turn + " ended, " + model.Clean(f.Status, 40) + with(", ", model.Clean(f.Reason, 400)) + took(f.Duration)
	case "action":
		return model.Clean(f.Text, 1000)
	case "limit":
		if f.Limit != nil {
			return limitSentence(*f.Limit)
		}
	}
	return strings.ReplaceAll(model.Clean(f.Type, 40), "_", " ") + with(", ", model.Clean(f.Text, 1000))
}

func toolSentence(f monitor.Fact) string {
	text := model.Clean(cmp.Or(f.Command, f.Tool), 400)
	if !f.Done {
		return "tool started, " + text
	}
	exit := with(", ", model.Clean(f.Status, 40))
	if f.ExitCode != nil {
		exit = ", exit code " + strconv.Itoa(*f.ExitCode)
	}
	return "tool ended" + exit + took(f.Duration) + ", " + text
}

func limitSentence(l model.Limit) string {
	text := fmt.Sprintf("limit of %s used %.0f%%", window(l.Minutes), round(l.Used, 1))
	if !l.ResetsAt.IsZero() {
		text += ", resets " + l.ResetsAt.UTC().Format("2006-01-02 15:04") + " UTC"
	}
	return text
}

// window names a rate-limit window by its length.
func window(minutes int) string {
	switch {
	case minutes <= 0:
		return "spend"
	case minutes%1440 == 0:
		return plural(int64(minutes/1440), "day")
	case minutes%60 == 0:
		return plural(int64(minutes/60), "hour")
	}
	return plural(int64(minutes), "minute")
}

func lines(f monitor.Fact) string {
	if f.Added < 0 || f.Removed < 0 {
		return ""
	}
	return fmt.Sprintf(", %s added, %d removed", plural(int64(f.Added), "line"), f.Removed)
}

func took(d time.Duration) string {
	if d <= 0 {
		return ""
	}
	return ", took " + d.Round(10*time.Millisecond).String()
}

// with puts a word before a text that may be missing.
func with(before, text string) string {
	if text == "" {
		return ""
	}
	return before + text
}
