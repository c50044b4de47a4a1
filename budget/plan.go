// Package budget is what usage means: budgets and scopes, burn rates, forecasts,
// the rules that raise exceptions, advice, and the life of an exception.
//
// Like package model it is pure: the time is always an argument.
package budget

import (
	"time"

	"github.com/tokenburn-sentinel/tokenburn/budget/price"
	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Plan is what a settings file asks for. The zero Plan has no budgets and the
// default thresholds.
type Plan struct {
	Clients    []Client
	Task       string // pattern that finds a task in a branch or prompt, RE2; "" none
	Budgets    []Budget
	Thresholds Thresholds
	Policy     Policy            // what runs are to use
	Approvers  map[string]string // who is asked: budget name → user; "" the default one
	Unpriced   string            // "deny": hard limits count unpriced models at their upper bound and block them; "" counts only
	Zone       *time.Location    // that days are counted in; nil: UTC
	Home       string            // the folder that ~ stands for, "" none
}

// Client is who a project is done for.
type Client struct {
	Name     string
	Projects []string // folder globs (~ is the home folder) or remote URLs without scheme, with *
}

// Scope limits what a budget counts; the zero Scope is everything.
type Scope struct {
	Project, User, Model, Client, Task, Kind string
}

// Unit is what a limit is counted in.
type Unit uint8

// The units of limits.
const (
	USD Unit = iota
	TokenUnit
	CreditUnit
)

// Limit is an amount in its unit: pico-dollars, tokens, or credits times 1e12.
type Limit struct {
	Unit   Unit
	Amount int64
}

// Period is the time that a limit is for.
type Period struct {
	Name string    // month, week, day, run, task; "" for From and To
	From time.Time // of a milestone: its first day, local midnight
	To   time.Time // the local midnight after its last day
}

// Action is what happens at a limit.
type Action uint8

// The actions at a limit.
const (
	Notify Action = iota
	Ask
	Gate
	Stop
)

// Budget is one limit.
type Budget struct {
	Name     string
	Scope    Scope
	Period   Period
	Limit    Limit
	Parent   string  // the envelope that it is a part of, "" none
	Share    float64 // of the parent's limit, 0 to 1; then Limit is computed from it
	WarnAt   []int   // percent
	AtLimit  Action
	FailOpen bool   // where the gate cannot decide
	Line     int    // of the settings file
	File     string // that it stands in, where that is a repository's own; "" the user's
}

// Spend is usage with all that scopes ask for. Rows of one run, quarter and
// attributes are added up by whoever makes them. Client and Task are found by a
// [Matcher].
type Spend struct {
	Quarter int64 // as model.Bucket.Quarter
	Run     model.RunID
	Project string
	Folder  string // of the repository, or the working folder, as a full path; "" unknown
	User    string
	Model   string
	Client  string
	Task    string
	Kind    model.Kind
	Count   model.Count
	Cost    price.Cost
	Credits int64 // times 1e12; 0 where unknown: then the dollars bound them
}
