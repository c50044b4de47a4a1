package model

// Kind is a kind of work, by its intent: see docs/kinds.md.
type Kind uint8

// The kinds of work.
const (
	KindOther Kind = iota
	KindResearch
	KindEdit
	KindTest
	KindReview
	KindMigration
	KindDocumentation
	kinds
)

// Kinds gives all kinds, other last.
func Kinds() []Kind {
	return []Kind{KindResearch, KindEdit, KindTest, KindReview, KindMigration, KindDocumentation, KindOther}
}

// String gives the kind's word.
func (k Kind) String() string {
	return [...]string{"other", "research", "edit", "test", "review", "migration", "documentation"}[k]
}

// Evidence is one reason for a kind.
type Evidence struct {
	Kind   Kind
	Points int
	Why    string // in words, cleaned
}

// KindBucket is a [Bucket] split by the kind of work.
type KindBucket struct {
	Bucket
	Kind Kind
}
