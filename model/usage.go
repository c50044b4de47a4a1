// Package model is what happened: usage, threads, runs, turns, tool calls and
// file changes, and the fold that builds them from the events of session files.
//
// The package is pure: it does no I/O, reads no clock, starts no goroutine and
// holds no lock. Whoever folds a [Thread] or a [Fleet] owns it alone.
package model

import "time"

// LongContextTokens is the size of one request's input above which OpenAI bills
// the whole request at the long-context rate, for the models that have one.
// Source: OpenAI's model pages for gpt-5.4 and later ("more than 272K input tokens").
const LongContextTokens = 272_000

// Tokens is a number of tokens.
type Tokens int64

// Usage counts the tokens of one response, or of many added up.
//
// Cached and CacheWrite are parts of Input; Reasoning is a part of Output. The
// zero Usage is no usage at all.
type Usage struct {
	Input      Tokens `json:",omitzero"` // all input, with Cached and CacheWrite
	Cached     Tokens `json:",omitzero"` // input that was read from the prompt cache
	CacheWrite Tokens `json:",omitzero"` // input that was written to the prompt cache
	Output     Tokens `json:",omitzero"` // all output, with Reasoning
	Reasoning  Tokens `json:",omitzero"` // output that was reasoning
}

// Total is input and output together; the parts are already in them.
func (u Usage) Total() Tokens { return u.Input + u.Output }

// Fresh is the input that was neither read from nor written to the cache, never negative.
func (u Usage) Fresh() Tokens { return max(0, u.Input-u.Cached-u.CacheWrite) }

// IsZero says that no counter is set.
func (u Usage) IsZero() bool { return u == Usage{} }

// Add gives the sum of both.
func (u Usage) Add(o Usage) Usage {
	return Usage{u.Input + o.Input, u.Cached + o.Cached, u.CacheWrite + o.CacheWrite, u.Output + o.Output, u.Reasoning + o.Reasoning}
}

// Sub gives u less o; counters may become negative.
func (u Usage) Sub(o Usage) Usage {
	return Usage{u.Input - o.Input, u.Cached - o.Cached, u.CacheWrite - o.CacheWrite, u.Output - o.Output, u.Reasoning - o.Reasoning}
}

// Bucket is what tokens are counted under besides their thread: enough to price
// them again at any time, in any time zone.
type Bucket struct {
	Quarter int64  // start of the quarter of an hour, in quarters since the Unix epoch, UTC
	Model   string // as the session file names it; UnknownModel where it names none
	Tier    string // service tier as requested, "" is the default one
	Long    bool   // the request's input was above LongContextTokens
}

// UnknownModel is the model of a response before its file named one.
const UnknownModel = "unknown"

// QuarterSeconds is the length of a [Bucket] in seconds: every time zone's day starts on one.
const QuarterSeconds = 900

// QuarterOf is the quarter of an hour that an instant lies in, as a [Bucket] counts
// them; before 1970 it is negative.
func QuarterOf(t time.Time) int64 { return floorDiv(t.Unix(), QuarterSeconds) }

// QuarterTime is the instant at which a quarter of an hour begins, in the local zone.
func QuarterTime(q int64) time.Time { return time.Unix(q*QuarterSeconds, 0) }

// Count is usage with the number of responses that it came from.
type Count struct {
	Usage
	Responses int64 `json:",omitzero"`
}

// Plus gives the sum of both.
func (c Count) Plus(o Count) Count { return Count{c.Usage.Add(o.Usage), c.Responses + o.Responses} }
