package budget

import (
	"time"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// Counts says that a budget, or the part of it that is for one run or task (key),
// counts something that a run spent since the quarter of an hour of an instant.
func (j *Judge) Counts(budget, key string, run model.RunID, since time.Time) bool {
	from := model.QuarterOf(since)
	for _, s := range j.runs[run] {
		if s.Quarter < from {
			continue
		}
		for _, k := range j.matching(s) {
			if k.Name != budget {
				continue
			}
			if of, ok := k.keyOf(run, s); ok && of == key {
				return true
			}
		}
	}
	return false
}
