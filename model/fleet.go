package model

import "time"

// RunID names a run: the root thread's id.
type RunID string

// Fleet is every thread that is known, by id.
type Fleet struct {
	Threads map[string]*Thread
}

// NewFleet gives a fleet without threads.
func NewFleet() *Fleet { return &Fleet{Threads: map[string]*Thread{}} }

// Put adds the thread, in place of what was known under its id.
func (f *Fleet) Put(t *Thread) { f.Threads[t.ID] = t }

// RunOf gives the run that a thread belongs to: its root thread, by session_id
// where the file names one, else by following parents as far as they are known.
func (f *Fleet) RunOf(id string) RunID {
	for range 64 { // a chain of parents is short; a cycle in hostile files ends here
		t := f.Threads[id]
		if t == nil {
			return RunID(id)
		}
		if run, own := t.OwnRun(); own {
			return run
		}
		id = t.Meta.ParentID
	}
	return RunID(id)
}

// OwnRun is [Fleet.RunOf] for a thread that names its run itself; own is false
// where that is its parent's.
func (t *Thread) OwnRun() (run RunID, own bool) {
	switch {
	case t.Meta.SessionID != "" && t.Meta.SessionID != t.ID:
		return RunID(t.Meta.SessionID), true
	case t.Meta.ParentID != "" && t.Meta.ParentID != t.ID:
		return "", false
	}
	return RunID(t.ID), true
}

// Clock is the pair that every judgement needs: now, and the zone days are counted in.
type Clock struct {
	Now  time.Time
	Zone *time.Location
}
