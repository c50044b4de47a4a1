package monitor

import "time"

// untilBeat is the time until those who look at something every so often look again.
// They all do it at the same instants, whole multiples of their times by the wall clock: waking
// up costs an idle monitor more than what it looks at then.
func untilBeat(every time.Duration) time.Duration {
	left := every - time.Duration(time.Now().UnixNano()%int64(every))
	if left < every/4 { // this beat has just come, a little early
		left += every
	}
	return left
}
