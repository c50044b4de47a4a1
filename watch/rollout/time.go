package rollout

import (
	"time"
)

// parseTime reads an RFC 3339 time as UTC; anything else is the zero time. The
// form that Codex writes, 2026-11-23T10:39:39.722Z with any number of decimals,
// is read by hand: it is on every line.
func parseTime(b []byte) time.Time {
	if len(b) < 20 || len(b) > 40 {
		return time.Time{}
	}
	if b[len(b)-1] != 'Z' || b[4] != '-' || b[7] != '-' || b[10] != 'T' || b[13] != ':' || b[16] != ':' {
		return parseOffset(b)
	}
	year, ok1 := two(b[0:]), two(b[2:])
	month, day := two(b[5:]), two(b[8:])
	hour, minute, second := two(b[11:]), two(b[14:]), two(b[17:])
	if year < 0 || ok1 < 0 || month < 1 || month > 12 || day < 1 || day > 28 && day > daysIn(year*100+ok1, month) ||
		hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59 {
		return time.Time{}
	}
	year = year*100 + ok1
	nanos, ok := fraction(b[19 : len(b)-1])
	if !ok {
		return time.Time{}
	}
	secs := daysFromCivil(year, month, day)*86400 + int64(hour*3600+minute*60+second)
	return time.Unix(secs, nanos).UTC()
}

// parseOffset reads the forms that Codex doesn't write: offsets, lower case.
func parseOffset(b []byte) time.Time {
	t, err := time.Parse(time.RFC3339Nano, string(b))
	if err != nil {
		return time.Time{}
	}
	return t.UTC()
}

// fraction reads ".722" as nanoseconds; digits after the ninth are dropped.
func fraction(b []byte) (nanos int64, ok bool) {
	if len(b) == 0 {
		return 0, true
	}
	if b[0] != '.' || len(b) == 1 {
		return 0, false
	}
	unit := int64(1e8)
	for _, c := range b[1:] {
		if c < '0' || c > '9' {
			return 0, false
		}
		nanos += int64(c-'0') * unit
		unit /= 10
	}
	return nanos, true
}

// two reads two digits, -1 where they aren't.
func two(b []byte) int {
	x, y := b[0]-'0', b[1]-'0'
	if x > 9 || y > 9 {
		return -1
	}
	return int(x)*10 + int(y)
}

func daysIn(year, month int) int {
	switch month {
	case 2:
		if year%4 == 0 && (year%100 != 0 || year%400 == 0) {
			return 29
		}
		return 28
	case 4, 6, 9, 11:
		return 30
	}
	return 31
}

// daysFromCivil counts days from 1970-01-01 in the Gregorian calendar, with
// years that begin in March (Howard Hinnant, "chrono-compatible low-level date algorithms").
func daysFromCivil(year, month, day int) int64 {
	if month <= 2 {
		year--
	}
	era := year / 400 // years here are never negative but -1 for January of year 0
	if year < 0 {
		era = -1
	}
	yoe := year - era*400
	doy := (153*((month+9)%12)+2)/5 + day - 1
	doe := yoe*365 + yoe/4 - yoe/100 + doy
	return int64(era*146097 + doe - 719468)
}

// unixSeconds is the time of a count of seconds since 1970, zero where that is
// no time of this era (before 1970 or after the year 9999).
func unixSeconds(v int64) time.Time {
	if v <= 0 || v > 253402300799 {
		return time.Time{}
	}
	return time.Unix(v, 0).UTC()
}
