package model

func (s *scene) weighWrite(d *doing) verdict {
	what := d.path
	if what == "" {
		what = d.tool
	}
	if d.deed == doGenerate {
		if s.major {
			return verdict{kind: KindMigration, points: 4, why: "generates code in a migration: " + d.tool}
		}
		return verdict{kind: KindEdit, points: 3, why: "generates code: " + d.tool}
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
			return verdict{kind: KindResearch, points: 4, why: "writes down findings: " + what}
		}
		return verdict{kind: KindDocumentation, points: 4, why: "writes prose: " + what}
	case placePlan:
		return verdict{kind: KindOther, points: 4, why: "writes a plan: " + what}
	case placeOutput:
		return verdict{}
	case placeDoc:
		return verdict{kind: KindDocumentation, points: 5, why: "changes documentation: " + what}
	case placeTest:
		if s.major && !d.add {
			return verdict{kind: KindMigration, points: 4, why: "changes a test in a migration: " + what}
		}
		return verdict{kind: KindTest, points: 5, why: "changes a test: " + what}
	case placeMigration:
		if s.about && s.intent != intentSchema || s.isProduct(&doing{deed: doMigrate, tool: "migrator"}) || s.isProduct(&doing{deed: doCodemod, tool: "codemod"}) {
			return verdict{kind: KindEdit, points: 4, why: "changes code: " + what}
		}
		return verdict{kind: KindMigration, points: 5, why: "changes a migration: " + what}
	}
	return s.weighSource(d, what)
}

// weighSource judges a change to product code, build or configuration.
func (s *scene) weighSource(d *doing, what string) verdict {
	switch {
	case d.Traits&TraitDDL != 0:
		return verdict{kind: KindMigration, points: 5, why: "changes a schema: " + what}
	case d.Traits&TraitComments != 0 && !s.major:
		return verdict{kind: KindDocumentation, points: 5, why: "changes nothing but comments: " + what}
	case s.major:
		return verdict{kind: KindMigration, points: 5, why: "hand work of a migration: " + what}
	case d.Traits&TraitTests != 0:
		return verdict{kind: KindTest, points: 5, why: "writes tests inside of source: " + what}
	case !d.named && s.edited && s.last == KindDocumentation && s.intent == intentDocs:
		return verdict{kind: KindDocumentation, points: 3, why: "changes documentation: " + what}
	}
	return verdict{kind: KindEdit, points: 5, why: "changes source: " + what}
}

func (s *scene) weighScratch(d *doing) verdict {
	switch {
	case messageFile.MatchString(baseOf(d.path)):
		return verdict{kind: KindOther, points: 3, why: "writes a message: " + d.path}
	case s.edited:
		return verdict{kind: KindTest, points: 3, why: "writes a probe of a change: " + d.path}
	case s.intent == intentTest:
		return verdict{kind: KindTest, points: 3, why: "writes a probe for a test: " + d.path}
	}
	return verdict{kind: KindResearch, points: 3, why: "writes a probe: " + d.path}
}

func (s *scene) weighRemove(d *doing, what string) verdict {
	if k, ok := s.scratch[d.path]; ok {
		return verdict{kind: k, points: 2, why: "removes a probe: " + what}
	}
	switch {
	case d.place == placeOutput || d.place == placeScratch || d.path == "":
		return verdict{kind: KindOther, points: 2, why: "removes what is not needed: " + what}
	case s.removed[baseOf(d.path)]:
		return verdict{kind: s.prev, points: 2, why: "removes a probe: " + what}
	case s.major:
		return verdict{kind: KindMigration, points: 4, why: "removes in a migration: " + what}
	case d.place == placeSource && baseOf(what) == what && !hasDot(what):
		return verdict{kind: KindOther, points: 2, why: "removes: " + what}
	}
	return verdict{kind: d.place.kind(), points: 4, why: "removes: " + what}
}

func hasDot(s string) bool {
	_, ext := splitExt(s)
	return ext != ""
}
