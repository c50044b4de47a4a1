package watch

import "time"

const (
	paceRow  = 20                   // hints in a row that are given at once
	paceRate = 100                  // and so many a second on average
	paceRest = 8 * time.Millisecond // how long changes are gathered where there are more
)

// pace says when changes come so fast that they are better gathered: a hint for each
// line of 200 busy sessions would cost more in waking up than in reading them. As long
// as there are few, each is told at once.
type pace struct {
	left float64   // hints that may still be given at once
	at   time.Time // when that was
}

// rest tells how long to gather after a hint was given.
func (p *pace) rest(now time.Time) time.Duration {
	since := now.Sub(p.at).Seconds()
	if since < 0 || p.at.IsZero() {
		since = paceRow
	}
	p.left, p.at = min(p.left+since*paceRate, paceRow), now
	if p.left >= 1 {
		p.left--
		return 0
	}
	return paceRest
}
