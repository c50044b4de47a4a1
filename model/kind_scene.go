package model

import (
	"strings"
)

// work is one call of the open turn, as the judge of kinds keeps it.
type work struct {
	call   int64 // running number
	id     string
	did    []doing
	outer  string // call id of the code-mode call it ran in
	cwd    string // the thread's folder then
	inner  int    // how many calls ran in it
	review bool   // it was made in review mode
	polls  string // the session that it waits for
	opened string // the session that its command left running
	stale  bool   // what is known of the call has grown since did was made

	kind   Kind
	second Kind // where kind is in doubt: what else it may be; else kind
	share  [2]int
	why    []Evidence
}

// scene is what the calls of a turn are judged against. It goes from turn to turn.
type scene struct {
	intent   intent
	thread   intent // what the whole thread is for, as its source says
	products []string
	about    bool // the product deals with documentation, tests or migrations itself

	// What came before the call that is judged.
	edited  bool // something was changed in this turn
	earlier bool // something was changed in an earlier turn
	major   bool // an upgrade or a port is under way
	schema  bool // a schema change is under way
	last    Kind // of the newest change
	code    Kind // of the newest change that is no documentation; documentation where there is none
	prev    Kind // of the newest call
	pushed  bool
	scratch map[string]Kind // what the files outside of the work were written for
	open    map[string]Kind // sessions whose commands run on

	// What the turn as a whole tells.
	reviewUntil int  // calls before this one belong to a review
	reviewing   bool // the turn is a review, and nothing was changed in it yet
	removed     map[string]bool
}

// maxRemembered bounds what a scene remembers of files and sessions.
const maxRemembered = 256

func remember(m *map[string]Kind, key string, k Kind) {
	if *m == nil || len(*m) >= maxRemembered {
		*m = map[string]Kind{}
	}
	(*m)[key] = k
}

// enter takes up the thread's own facts.
func (s *scene) enter(t *Thread) {
	m := &t.Meta
	role := strings.ToLower(m.AgentRole + " " + m.AgentName + " " + m.AgentPath)
	switch {
	case m.SubAgent == "review" || m.SubAgent == "guardian" || strings.Contains(m.ThreadSource, "review") || strings.Contains(m.ThreadSource, "guardian") || strings.Contains(role, "review"):
		s.thread = intentReview
	case strings.Contains(role, "explor") || strings.Contains(role, "research"):
		s.thread = intentResearch
	}
	s.products = s.products[:0]
	cwd := strings.TrimRight(strings.ReplaceAll(t.Cwd, `\`, "/"), "/")
	s.products = append(s.products, toolWords(cwd[strings.LastIndexByte(cwd, '/')+1:])...)
	url := strings.TrimSuffix(m.GitURL, ".git")
	s.products = append(s.products, toolWords(url[strings.LastIndexAny(url, "/:")+1:])...)
}

// isProduct says that a tool is what is being worked on.
func (s *scene) isProduct(d *doing) bool {
	if s.about && (d.deed == doDocs || d.deed == doMigrate || d.deed == doCodemod) {
		return true
	}
	tool, _, _ := strings.Cut(d.tool, " ")
	for _, w := range s.products {
		if len(w) >= 4 && len(tool) >= 4 && (strings.HasPrefix(w, tool) || strings.HasPrefix(tool, w)) && !hasAny(w, "docs", "test", "tests", "next", "rails", "cargo", "migrate") {
			return true
		}
		if hasAny(w, "docgen", "migrator") && (d.deed == doDocs || d.deed == doMigrate) {
			return true
		}
	}
	return false
}

// begin looks at the whole turn: whether it is a review, and up to where, and
// which files it throws away again.
func (s *scene) begin(ask asked, turn []work) {
	before := s.intent
	s.intent = ask.intent
	s.about = ask.about || s.about && s.intent == before
	carried := s.intent == intentNone && hasIntent(before, intentReview, intentResearch, intentDocs, intentMajor, intentTest)
	if carried {
		s.intent = before
	}
	if s.thread != intentNone && (s.intent == intentNone || s.thread == intentReview) {
		s.intent = s.thread
	}
	s.earlier = s.earlier || s.edited
	s.edited, s.code = false, KindDocumentation
	if s.intent == intentMajor && onlySchema(turn) {
		s.intent = intentSchema
	}
	s.major = s.intent == intentMajor
	s.schema = s.intent == intentSchema
	s.removed = removedFiles(turn)
	s.reviewUntil = 0
	first := s.firstChange(turn)
	switch {
	case s.thread == intentReview:
		s.reviewUntil = len(turn)
	case s.intent == intentReview && !(carried && first < len(turn)):
		s.reviewUntil = first
	case s.intent == intentNone && first == len(turn) && s.looksAtChange(turn):
		s.reviewUntil = len(turn)
	}
	s.reviewing = s.reviewUntil > 0 && s.reviewUntil == len(turn)
}

// goOn looks at a further part of the same turn.
func (s *scene) goOn(turn []work) {
	s.removed = removedFiles(turn)
	s.reviewUntil = 0
	if s.thread == intentReview {
		s.reviewUntil = len(turn)
	} else if s.reviewing {
		s.reviewUntil = s.firstChange(turn)
	}
	s.reviewing = s.reviewUntil > 0 && s.reviewUntil == len(turn)
}

// onlySchema says that what a turn migrates is a schema or data: the code that it
// changes besides only follows.
func onlySchema(turn []work) bool {
	schema := false
	for i := range turn {
		for j := range turn[i].did {
			switch d := &turn[i].did[j]; {
			case d.deed == doCodemod || d.deed == doDepend:
				return false
			case d.deed == doMigrate || d.deed == doWrite && d.place == placeMigration:
				schema = true
			}
		}
	}
	return schema
}

func hasIntent(i intent, of ...intent) bool {
	for _, o := range of {
		if i == o {
			return true
		}
	}
	return false
}

// removedFiles gives the names of the files that a turn made and removed again.
func removedFiles(turn []work) map[string]bool {
	var made, gone map[string]bool
	for i := range turn {
		for j := range turn[i].did {
			d := &turn[i].did[j]
			switch {
			case d.deed == doWrite && d.add && d.path != "":
				if made == nil {
					made = map[string]bool{}
				}
				made[baseOf(d.path)] = true
			case d.deed == doRemove && made[baseOf(d.path)]:
				if gone == nil {
					gone = map[string]bool{}
				}
				gone[baseOf(d.path)] = true
			}
		}
	}
	return gone
}

func baseOf(p string) string { return p[strings.LastIndexAny(p, `/\`)+1:] }

// firstChange gives the index of the first call that changes the work itself, the
// turn's length where none does.
func (s *scene) firstChange(turn []work) int {
	for i := range turn {
		for j := range turn[i].did {
			d := &turn[i].did[j]
			if d.deed == doFormat || d.deed == doDepend || d.deed == doWrite && s.changes(d) {
				return i
			}
		}
	}
	return len(turn)
}

// changes says that a write is to the work itself: not to a file that is thrown
// away, and not a report of what was found.
func (s *scene) changes(d *doing) bool {
	return d.place != placeScratch && d.place != placeReport && d.place != placePlan && d.place != placeOutput && !s.removed[baseOf(d.path)]
}

// looksAtChange says that a turn begins with somebody's change.
func (s *scene) looksAtChange(turn []work) bool {
	for i := range turn {
		for j := range turn[i].did {
			if d := &turn[i].did[j]; d.deed == doDiff && d.major || d.deed == doVerdict {
				return true
			}
		}
	}
	return false
}

// inReview says that the i-th call of the turn belongs to a review.
func (s *scene) inReview(i int, w *work) bool { return w.review || i < s.reviewUntil }

// messageFile are files outside of the work that hold a commit's or a pull request's text.
var messageFile = lazily(`(?i)(commit|msg|message|pr[-_]?body|body\.md|pr\.md|description|release[-_]notes)`)
