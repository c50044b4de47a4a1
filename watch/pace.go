package watch

import (
	"math"
	"time"
)

const (
	paceRow  = 20                   // hints in a row that are given at once
	paceRate = 100                  // and so many a second on average
	paceRest = 6 * time.Millisecond // how long changes are gathered where there are more

	floodRate = 500                    // changes a second of late from which on they may be gathered for longer
	floodHalf = 250 * time.Millisecond // half of what counts as of late
)

// pace says when changes come so fast that they are better gathered: a hint for each
// line of 200 busy sessions would cost more in waking up than in reading them. As long
// as there are few, each is told at once.
type pace struct {
	gather time.Duration // for so long at most; paceRest where that is more
	left   float64       // hints that may still be given at once
	late   float64       // changes, each counted half after floodHalf
	at     time.Time     // when that was
}

// rest tells how long to gather after a hint was given that told of so many changes.
func (p *pace) rest(now time.Time, changes int) time.Duration {
	since := now.Sub(p.at).Seconds()
	if since < 0 || p.at.IsZero() {
		since = paceRow
	}
	p.left, p.at = min(p.left+since*paceRate, paceRow), now
	p.late = p.late*math.Exp2(-since/floodHalf.Seconds()) + float64(changes)
	if p.gather > paceRest && p.late*math.Ln2 > floodRate*floodHalf.Seconds() {
		return p.gather
	}
	if p.left >= 1 {
		p.left--
		return 0
	}
	return paceRest
}
