package model

// verdict is what one deed says for a kind.
type verdict struct {
	kind   Kind
	points int
	why    string
	lines  int // changed lines that it is about
}

// weigh judges one deed in its scene. Points are those of the evidence: 5 and
// more where the deed leaves no doubt, 3 and 4 where it is likely, 1 and 2 a hint;
// none where only the calls around it can tell.
func (s *scene) weigh(d *doing, review bool) verdict {
	if review {
		if v, ok := s.weighReview(d); ok {
			return v
		}
	}
	switch d.deed {
	case doRead, doHistory, doWeb, doLook, doGlance, doDiff, doStatus:
		return s.weighLook(d)
	case doTest, doDocTest, doVerify, doFormat, doMeasure, doCI:
		return s.weighCheck(d)
	case doRun:
		return s.weighRun(d)
	case doWrite, doRemove, doGenerate:
		return s.weighWrite(d)
	case doDocs:
		if s.isProduct(d) {
			return s.ownTool(d)
		}
		return verdict{kind: KindDocumentation, points: 4, why: "builds or checks documentation: " + d.tool}
	case doMigrate, doCodemod:
		if s.isProduct(d) {
			return s.ownTool(d)
		}
		if d.deed == doCodemod {
			s.major = true
		}
		return verdict{kind: KindMigration, points: 5, why: "migrates: " + d.tool}
	case doDepend, doInstall:
		return s.weighDepend(d)
	case doCommit:
		return verdict{kind: KindOther, points: 3, why: "commits"}
	case doVCS, doPropose:
		return verdict{kind: KindOther, points: 4, why: "git bookkeeping: " + d.tool + " " + d.text}
	case doVerdict:
		return verdict{kind: KindReview, points: 5, why: "says a review's result"}
	case doHouse:
		return verdict{kind: KindOther, points: 3, why: "housekeeping: " + d.tool}
	case doPlan:
		return verdict{kind: KindOther, points: 5, why: "plans: " + d.tool}
	case doAgent:
		return verdict{kind: KindOther, points: 2, why: "sub-agent: " + d.tool}
	}
	return verdict{}
}

// ownTool is a run of the tool that is being worked on.
func (s *scene) ownTool(d *doing) verdict {
	if s.edited || s.earlier {
		return verdict{kind: KindTest, points: 4, why: "tries the tool that is worked on: " + d.tool}
	}
	return verdict{kind: KindResearch, points: 3, why: "runs the tool that is worked on: " + d.tool}
}

// weighReview judges what is done for a review, and says whether it is that.
func (s *scene) weighReview(d *doing) (verdict, bool) {
	switch d.deed {
	case doDiff:
		return verdict{kind: KindReview, points: 6, why: "looks at a change in a review"}, true
	case doTest, doDocTest, doVerify, doMeasure, doRun:
		return verdict{kind: KindReview, points: 6, why: "runs in a review: " + d.tool}, true
	case doRead, doHistory, doWeb, doLook:
		return verdict{kind: KindReview, points: 5, why: "reads for a review: " + d.tool}, true
	case doDocs, doMigrate, doCodemod, doCI, doPropose:
		return verdict{kind: KindReview, points: 5, why: "checks for a review: " + d.tool}, true
	case doStatus, doGlance, doInstall:
		return verdict{kind: KindReview, points: 3, why: "prepares a review: " + d.tool}, true
	case doVCS:
		if d.major || hasAny(d.text, "fetch", "checkout", "switch") {
			return verdict{kind: KindReview, points: 4, why: "fetches the change to review"}, true
		}
	case doWrite:
		if d.place == placeScratch || d.place == placeReport || s.removed[baseOf(d.path)] {
			return verdict{kind: KindReview, points: 5, why: "writes for a review: " + d.path}, true
		}
	case doRemove:
		if d.place == placeScratch {
			return verdict{kind: KindReview, points: 1, why: "cleans up after a review"}, true
		}
	}
	return verdict{}, false
}

func (s *scene) weighLook(d *doing) verdict {
	switch d.deed {
	case doGlance:
		return verdict{kind: KindResearch, points: 1, why: "asks the shell: " + d.tool}
	case doStatus:
		return verdict{kind: KindOther, points: 2, why: "git status"}
	case doDiff:
		switch {
		case s.intent == intentResearch || s.intent == intentDocs:
			return verdict{kind: KindResearch, points: 3, why: "reads a change"}
		case d.major:
			return verdict{kind: KindReview, points: 4, why: "looks at a change"}
		case s.edited || s.earlier:
			return verdict{kind: KindReview, points: 3, why: "looks over its own change"}
		}
		return verdict{kind: KindResearch, points: 3, why: "reads what has changed"}
	case doLook:
		if s.edited {
			return verdict{kind: KindTest, points: 3, why: "looks at the result of a change"}
		}
		return verdict{kind: KindResearch, points: 3, why: "looks at an image"}
	case doWeb:
		return verdict{kind: KindResearch, points: 4, why: "reads outside: " + d.tool}
	}
	if s.intent == intentHouse && hasAny(d.tool, "df", "du", "free", "ps", "top", "htop", "lsof", "ss", "netstat", "docker images", "docker stats") {
		return verdict{kind: KindOther, points: 3, why: "looks after the machine: " + d.tool}
	}
	if k, ok := s.scratch[d.path]; ok && d.place == placeScratch {
		return verdict{kind: k, points: 3, why: "reads what an earlier call wrote"}
	}
	return verdict{kind: KindResearch, points: 3, why: "reads: " + d.tool}
}

func (s *scene) weighCheck(d *doing) verdict {
	switch d.deed {
	case doTest:
		return verdict{kind: KindTest, points: 4, why: "runs tests: " + d.tool}
	case doDocTest:
		if s.intent == intentDocs || s.edited && s.last == KindDocumentation {
			return verdict{kind: KindDocumentation, points: 4, why: "checks the examples of documentation"}
		}
		return verdict{kind: KindTest, points: 4, why: "runs documentation's examples as tests"}
	case doMeasure:
		if !s.edited && s.intent == intentResearch {
			return verdict{kind: KindResearch, points: 4, why: "measures: " + d.tool}
		}
		return verdict{kind: KindTest, points: 4, why: "measures: " + d.tool}
	case doCI:
		if s.edited || s.earlier || s.pushed {
			return verdict{kind: KindTest, points: 3, why: "waits for CI"}
		}
		return verdict{kind: KindResearch, points: 3, why: "looks at CI"}
	case doFormat:
		switch {
		case d.named && d.place == placeDoc, !d.named && s.edited && s.code == KindDocumentation:
			return verdict{kind: KindDocumentation, points: 4, why: "formats documentation: " + d.tool}
		case s.major:
			return verdict{kind: KindMigration, points: 4, why: "formats in a migration: " + d.tool}
		}
		return verdict{kind: KindEdit, points: 4, why: "formats: " + d.tool}
	}
	return s.weighVerify(d)
}

// weighVerify judges builds, type checks and lints: they serve what was changed.
func (s *scene) weighVerify(d *doing) verdict {
	switch {
	case d.named && d.place == placeDoc:
		return verdict{kind: KindDocumentation, points: 4, why: "checks documentation: " + d.tool}
	case s.major:
		return verdict{kind: KindMigration, points: 4, why: "compile loop of a migration: " + d.tool}
	case s.edited && s.code == KindTest:
		return verdict{kind: KindTest, points: 3, why: "checks a test: " + d.tool}
	case s.edited && s.code == KindDocumentation && !s.earlier:
		return verdict{kind: KindDocumentation, points: 3, why: "checks after a change of documentation: " + d.tool}
	case s.edited || s.earlier:
		return verdict{kind: KindEdit, points: 3, why: "checks a change: " + d.tool}
	case s.intent == intentResearch:
		return verdict{kind: KindResearch, points: 3, why: "checks the state: " + d.tool}
	case s.intent == intentDocs:
		return verdict{kind: KindDocumentation, points: 2, why: "builds for documentation: " + d.tool}
	}
	return verdict{kind: KindTest, points: 3, why: "checks: " + d.tool}
}

func (s *scene) weighRun(d *doing) verdict {
	if k, ok := s.scratch[d.path]; ok && d.place == placeScratch && !s.edited {
		return verdict{kind: k, points: 3, why: "runs what an earlier call wrote"}
	}
	switch {
	case d.text == "dml" && (s.schema || s.major || s.edited && s.last == KindMigration):
		return verdict{kind: KindMigration, points: 3, why: "changes data in a migration: " + d.tool}
	case s.major && (s.edited && s.last == KindMigration):
		return verdict{kind: KindMigration, points: 3, why: "tries a migrated program: " + d.tool}
	case s.edited && s.code == KindDocumentation:
		return verdict{kind: KindResearch, points: 2, why: "tries out for documentation: " + d.tool}
	case s.edited:
		return verdict{kind: KindTest, points: 3, why: "tries a change: " + d.tool}
	case s.intent == intentTest:
		return verdict{kind: KindTest, points: 3, why: "runs for a test: " + d.tool}
	case s.intent == intentHouse:
		return verdict{kind: KindOther, points: 3, why: "runs: " + d.tool}
	case s.earlier && s.intent != intentResearch:
		return verdict{kind: KindTest, points: 2, why: "tries an earlier change: " + d.tool}
	}
	return verdict{kind: KindResearch, points: 3, why: "tries out: " + d.tool}
}

func (s *scene) weighDepend(d *doing) verdict {
	if d.deed == doInstall {
		if s.major && s.edited {
			return verdict{kind: KindMigration, points: 3, why: "installs what a migration needs: " + d.tool}
		}
		if s.intent == intentTest && (s.edited || hasAny(d.tool, "playwright", "cypress")) {
			return verdict{kind: KindTest, points: 3, why: "installs what tests need: " + d.tool}
		}
		return verdict{kind: KindOther, points: 2, why: "installs: " + d.tool}
	}
	switch {
	case s.major:
		return verdict{kind: KindMigration, points: 5, why: "changes dependencies in a migration: " + d.tool}
	case s.intent == intentTest:
		return verdict{kind: KindTest, points: 3, why: "adds what tests need: " + d.tool}
	case s.intent == intentDocs:
		return verdict{kind: KindDocumentation, points: 3, why: "adds what documentation needs: " + d.tool}
	}
	return verdict{kind: KindEdit, points: 4, why: "changes dependencies: " + d.tool}
}
