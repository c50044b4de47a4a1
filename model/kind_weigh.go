package model

// verdict is what one deed says for a kind.
type verdict struct {
	kind   Kind
	points int
	why    string
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
		return verdict{KindDocumentation, 4, "builds or checks documentation: " + d.tool}
	case doMigrate, doCodemod:
		if s.isProduct(d) {
			return s.ownTool(d)
		}
		if d.deed == doCodemod {
			s.major = true
		}
		return verdict{KindMigration, 5, "migrates: " + d.tool}
	case doDepend, doInstall:
		return s.weighDepend(d)
	case doCommit:
		return verdict{KindOther, 3, "commits"}
	case doVCS, doPropose:
		return verdict{KindOther, 4, "git bookkeeping: " + d.tool + " " + d.text}
	case doVerdict:
		return verdict{KindReview, 5, "says a review's result"}
	case doHouse:
		return verdict{KindOther, 3, "housekeeping: " + d.tool}
	case doPlan:
		return verdict{KindOther, 5, "plans: " + d.tool}
	case doAgent:
		return verdict{KindOther, 2, "sub-agent: " + d.tool}
	}
	return verdict{}
}

// ownTool is a run of the tool that is being worked on.
func (s *scene) ownTool(d *doing) verdict {
	if s.edited || s.earlier {
		return verdict{KindTest, 4, "tries the tool that is worked on: " + d.tool}
	}
	return verdict{KindResearch, 3, "runs the tool that is worked on: " + d.tool}
}

// weighReview judges what is done for a review, and says whether it is that.
func (s *scene) weighReview(d *doing) (verdict, bool) {
	switch d.deed {
	case doDiff:
		return verdict{KindReview, 6, "looks at a change in a review"}, true
	case doTest, doDocTest, doVerify, doMeasure, doRun:
		return verdict{KindReview, 6, "runs in a review: " + d.tool}, true
	case doRead, doHistory, doWeb, doLook:
		return verdict{KindReview, 5, "reads for a review: " + d.tool}, true
	case doDocs, doMigrate, doCodemod, doCI, doPropose:
		return verdict{KindReview, 5, "checks for a review: " + d.tool}, true
	case doStatus, doGlance, doInstall:
		return verdict{KindReview, 3, "prepares a review: " + d.tool}, true
	case doVCS:
		if d.major || hasAny(d.text, "fetch", "checkout", "switch") {
			return verdict{KindReview, 4, "fetches the change to review"}, true
		}
	case doWrite:
		if d.place == placeScratch || d.place == placeReport || s.removed[baseOf(d.path)] {
			return verdict{KindReview, 5, "writes for a review: " + d.path}, true
		}
	case doRemove:
		if d.place == placeScratch {
			return verdict{KindReview, 1, "cleans up after a review"}, true
		}
	}
	return verdict{}, false
}

func (s *scene) weighLook(d *doing) verdict {
	switch d.deed {
	case doGlance:
		return verdict{KindResearch, 1, "asks the shell: " + d.tool}
	case doStatus:
		return verdict{KindOther, 2, "git status"}
	case doDiff:
		switch {
		case s.intent == intentResearch || s.intent == intentDocs:
			return verdict{KindResearch, 3, "reads a change"}
		case d.major:
			return verdict{KindReview, 4, "looks at a change"}
		case s.edited || s.earlier:
			return verdict{KindReview, 3, "looks over its own change"}
		}
		return verdict{KindResearch, 3, "reads what has changed"}
	case doLook:
		if s.edited {
			return verdict{KindTest, 3, "looks at the result of a change"}
		}
		return verdict{KindResearch, 3, "looks at an image"}
	case doWeb:
		return verdict{KindResearch, 4, "reads outside: " + d.tool}
	}
	if s.intent == intentHouse && hasAny(d.tool, "df", "du", "free", "ps", "top", "htop", "lsof", "ss", "netstat", "docker images", "docker stats") {
		return verdict{KindOther, 3, "looks after the machine: " + d.tool}
	}
	if k, ok := s.scratch[d.path]; ok && d.place == placeScratch {
		return verdict{k, 3, "reads what an earlier call wrote"}
	}
	return verdict{KindResearch, 3, "reads: " + d.tool}
}

func (s *scene) weighCheck(d *doing) verdict {
	switch d.deed {
	case doTest:
		return verdict{KindTest, 4, "runs tests: " + d.tool}
	case doDocTest:
		if s.intent == intentDocs || s.edited && s.last == KindDocumentation {
			return verdict{KindDocumentation, 4, "checks the examples of documentation"}
		}
		return verdict{KindTest, 4, "runs documentation's examples as tests"}
	case doMeasure:
		if !s.edited && s.intent == intentResearch {
			return verdict{KindResearch, 4, "measures: " + d.tool}
		}
		return verdict{KindTest, 4, "measures: " + d.tool}
	case doCI:
		if s.edited || s.earlier || s.pushed {
			return verdict{KindTest, 3, "waits for CI"}
		}
		return verdict{KindResearch, 3, "looks at CI"}
	case doFormat:
		switch {
		case d.named && d.place == placeDoc, !d.named && s.edited && s.code == KindDocumentation:
			return verdict{KindDocumentation, 4, "formats documentation: " + d.tool}
		case s.major:
			return verdict{KindMigration, 4, "formats in a migration: " + d.tool}
		}
		return verdict{KindEdit, 4, "formats: " + d.tool}
	}
	return s.weighVerify(d)
}

// weighVerify judges builds, type checks and lints: they serve what was changed.
func (s *scene) weighVerify(d *doing) verdict {
	switch {
	case d.named && d.place == placeDoc:
		return verdict{KindDocumentation, 4, "checks documentation: " + d.tool}
	case s.major:
		return verdict{KindMigration, 4, "compile loop of a migration: " + d.tool}
	case s.edited && s.code == KindTest:
		return verdict{KindTest, 3, "checks a test: " + d.tool}
	case s.edited && s.code == KindDocumentation && !s.earlier:
		return verdict{KindDocumentation, 3, "checks after a change of documentation: " + d.tool}
	case s.edited || s.earlier:
		return verdict{KindEdit, 3, "checks a change: " + d.tool}
	case s.intent == intentResearch:
		return verdict{KindResearch, 3, "checks the state: " + d.tool}
	case s.intent == intentDocs:
		return verdict{KindDocumentation, 2, "builds for documentation: " + d.tool}
	}
	return verdict{KindTest, 3, "checks: " + d.tool}
}

func (s *scene) weighRun(d *doing) verdict {
	if k, ok := s.scratch[d.path]; ok && d.place == placeScratch && !s.edited {
		return verdict{k, 3, "runs what an earlier call wrote"}
	}
	switch {
	case d.text == "dml" && (s.schema || s.major || s.edited && s.last == KindMigration):
		return verdict{KindMigration, 3, "changes data in a migration: " + d.tool}
	case s.major && (s.edited && s.last == KindMigration):
		return verdict{KindMigration, 3, "tries a migrated program: " + d.tool}
	case s.edited && s.code == KindDocumentation:
		return verdict{KindResearch, 2, "tries out for documentation: " + d.tool}
	case s.edited:
		return verdict{KindTest, 3, "tries a change: " + d.tool}
	case s.intent == intentTest:
		return verdict{KindTest, 3, "runs for a test: " + d.tool}
	case s.intent == intentHouse:
		return verdict{KindOther, 3, "runs: " + d.tool}
	case s.earlier && s.intent != intentResearch:
		return verdict{KindTest, 2, "tries an earlier change: " + d.tool}
	}
	return verdict{KindResearch, 3, "tries out: " + d.tool}
}

func (s *scene) weighDepend(d *doing) verdict {
	if d.deed == doInstall {
		if s.major && s.edited {
			return verdict{KindMigration, 3, "installs what a migration needs: " + d.tool}
		}
		if s.intent == intentTest && (s.edited || hasAny(d.tool, "playwright", "cypress")) {
			return verdict{KindTest, 3, "installs what tests need: " + d.tool}
		}
		return verdict{KindOther, 2, "installs: " + d.tool}
	}
	switch {
	case s.major:
		return verdict{KindMigration, 5, "changes dependencies in a migration: " + d.tool}
	case s.intent == intentTest:
		return verdict{KindTest, 3, "adds what tests need: " + d.tool}
	case s.intent == intentDocs:
		return verdict{KindDocumentation, 3, "adds what documentation needs: " + d.tool}
	}
	return verdict{KindEdit, 4, "changes dependencies: " + d.tool}
}

func (s *scene) weighWrite(d *doing) verdict {
	what := d.path
	if what == "" {
		what = d.tool
	}
	if d.deed == doGenerate {
		if s.major {
			return verdict{KindMigration, 4, "generates code in a migration: " + d.tool}
		}
		return verdict{KindEdit, 3, "generates code: " + d.tool}
	}
	if d.deed == doRemove {
		return s.weighRemove(d, what)
	}
	at := d.place
	if s.removed[baseOf(d.path)] && at != placeScratch {
		at = placeScratch
	}
	switch at {
	case placeScratch:
		return s.weighScratch(d)
	case placeReport:
		if s.intent == intentResearch {
			return verdict{KindResearch, 4, "writes down findings: " + what}
		}
		return verdict{KindDocumentation, 4, "writes prose: " + what}
	case placePlan:
		return verdict{KindOther, 4, "writes a plan: " + what}
	case placeOutput:
		return verdict{}
	case placeDoc:
		return verdict{KindDocumentation, 5, "changes documentation: " + what}
	case placeTest:
		if s.major && !d.add {
			return verdict{KindMigration, 4, "changes a test in a migration: " + what}
		}
		return verdict{KindTest, 5, "changes a test: " + what}
	case placeMigration:
		if s.about && s.intent != intentSchema || s.isProduct(&doing{deed: doMigrate, tool: "migrate"}) {
			return verdict{KindEdit, 4, "changes code: " + what}
		}
		return verdict{KindMigration, 5, "changes a migration: " + what}
	}
	return s.weighSource(d, what)
}

// weighSource judges a change to product code, build or configuration.
func (s *scene) weighSource(d *doing, what string) verdict {
	switch {
	case d.Traits&TraitDDL != 0:
		return verdict{KindMigration, 5, "changes a schema: " + what}
	case d.Traits&TraitComments != 0 && !s.major:
		return verdict{KindDocumentation, 5, "changes nothing but comments: " + what}
	case s.major:
		return verdict{KindMigration, 5, "hand work of a migration: " + what}
	case d.Traits&TraitTests != 0:
		return verdict{KindTest, 5, "writes tests inside of source: " + what}
	case !d.named && s.edited && s.last == KindDocumentation && s.intent == intentDocs:
		return verdict{KindDocumentation, 3, "changes documentation: " + what}
	}
	return verdict{KindEdit, 5, "changes source: " + what}
}

func (s *scene) weighScratch(d *doing) verdict {
	switch {
	case messageFile.MatchString(baseOf(d.path)):
		return verdict{KindOther, 3, "writes a message: " + d.path}
	case s.edited:
		return verdict{KindTest, 3, "writes a probe of a change: " + d.path}
	case s.intent == intentTest:
		return verdict{KindTest, 3, "writes a probe for a test: " + d.path}
	}
	return verdict{KindResearch, 3, "writes a probe: " + d.path}
}

func (s *scene) weighRemove(d *doing, what string) verdict {
	if k, ok := s.scratch[d.path]; ok {
		return verdict{k, 2, "removes a probe: " + what}
	}
	switch {
	case d.place == placeOutput || d.place == placeScratch || d.path == "":
		return verdict{KindOther, 2, "removes what is not needed: " + what}
	case s.removed[baseOf(d.path)]:
		return verdict{s.prev, 2, "removes a probe: " + what}
	case s.major:
		return verdict{KindMigration, 4, "removes in a migration: " + what}
	case d.place == placeSource && baseOf(what) == what && !hasDot(what):
		return verdict{KindOther, 2, "removes: " + what}
	}
	return verdict{d.place.kind(), 4, "removes: " + what}
}

func hasDot(s string) bool {
	_, ext := splitExt(s)
	return ext != ""
}
