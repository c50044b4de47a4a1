package config

import (
	"fmt"
	"time"
)

// Control says what is done to runs without anybody asking. The zero Control does
// nothing. A repository's own file has no such section.
type Control struct {
	AutoStop     bool      `toml:"auto_stop"`
	AutoStopHard bool      `toml:"auto_stop_hard"`
	Countdown    Countdown `toml:"countdown"`
}

// Countdown is a time of a second to an hour; not set is ten seconds.
type Countdown struct{ d time.Duration }

// UnmarshalText takes a time such as 10s.
func (c *Countdown) UnmarshalText(b []byte) error {
	d, err := time.ParseDuration(string(b))
	if err != nil || d < time.Second || d > time.Hour {
		return fmt.Errorf("invalid time %s: want one such as \"10s\", between a second and an hour", quoted(string(b)))
	}
	c.d = d
	return nil
}

// Duration gives the time.
func (c Countdown) Duration() time.Duration {
	if c.d == 0 {
		return 10 * time.Second
	}
	return c.d
}
