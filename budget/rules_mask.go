package budget

import "strings"

// mask writes # for what changes from one run of a command to the next: dates,
// times of day, durations, UUIDs and hexadecimal ids, and where all is set every
// number. White space becomes single spaces.
func mask(text string, all bool) string {
	m := masker{in: text, all: all}
	m.out.Grow(len(text))
	for m.at < len(text) {
		m.next()
	}
	return strings.TrimSuffix(m.out.String(), " ")
}

// masker goes through a text once.
type masker struct {
	in  string
	at  int
	all bool
	out strings.Builder
	sp  bool // the newest byte written is a space, or there is none
}

func (m *masker) write(s string) {
	m.out.WriteString(s)
	m.sp = false
}

// next takes a word, a number, white space or one other byte.
func (m *masker) next() {
	c := m.in[m.at]
	switch {
	case isAlnum(c):
		m.word()
	case c == ' ' || c == '\n' || c == '\t' || c == '\r':
		if !m.sp && m.out.Len() > 0 {
			m.out.WriteByte(' ')
		}
		m.sp = true
		m.at++
	default:
		m.write(m.in[m.at : m.at+1])
		m.at++
	}
}

// word takes a run of letters and digits that begins here.
func (m *masker) word() {
	rest := m.in[m.at:]
	if n := uuidAt(rest); n > 0 {
		m.skip(n)
		return
	}
	if n := dateAt(rest); n > 0 {
		m.skip(n)
		return
	}
	end, digits, hex, letters := 0, 0, true, 0
	for end < len(rest) && isAlnum(rest[end]) {
		switch d := rest[end]; {
		case isDigit(d):
			digits++
		default:
			letters++
			hex = hex && isHex(d)
		}
		end++
	}
	switch {
	case strings.HasPrefix(rest, "0x") && end > 2, hex && digits > 0 && letters > 0 && end >= 7:
		m.skip(end)
	case isDigit(rest[0]):
		m.number(rest)
	case digits == 0 || !m.all:
		m.write(rest[:end])
		m.at += end
	default:
		m.mixed(rest[:end])
	}
}

// skip writes # for the next n bytes.
func (m *masker) skip(n int) {
	m.write("#")
	m.at += n
}

// mixed masks the digits inside a word.
func (m *masker) mixed(word string) {
	for i := 0; i < len(word); {
		j := i
		for j < len(word) && isDigit(word[j]) == isDigit(word[i]) {
			j++
		}
		if isDigit(word[i]) {
			m.write("#")
		} else {
			m.write(word[i:j])
		}
		i = j
	}
	m.at += len(word)
}

// number takes a number with its points and colons, and a unit of time behind it.
func (m *masker) number(rest string) {
	end, clock := 0, false
	for end < len(rest) {
		c := rest[end]
		if isDigit(c) {
			end++
			continue
		}
		if (c == '.' || c == ',' || c == ':') && end+1 < len(rest) && isDigit(rest[end+1]) {
			clock = clock || c == ':'
			end++
			continue
		}
		break
	}
	unit := unitAt(rest[end:])
	if clock || unit > 0 || m.all {
		m.skip(end + unit)
		return
	}
	m.write(rest[:end])
	m.at += end
}

// unitAt gives the length of a unit of time, with the space before it; 0 where there is none.
func unitAt(s string) int {
	begin := 0
	if strings.HasPrefix(s, " ") {
		begin = 1
	}
	end := begin
	for end < len(s) && (s[end] >= 'a' && s[end] <= 'z' || s[end] >= 'A' && s[end] <= 'Z' || s[end] >= 0x80) {
		end++
	}
	if end < len(s) && isDigit(s[end]) {
		return 0
	}
	switch strings.ToLower(s[begin:end]) {
	case "ns", "µs", "us", "ms", "s", "sec", "secs", "second", "seconds", "m", "min", "mins", "minute", "minutes", "h", "hour", "hours":
		return end
	}
	return 0
}

// uuidAt gives 36 where a UUID begins.
func uuidAt(s string) int {
	if len(s) < 36 {
		return 0
	}
	for i := range 36 {
		if dash := i == 8 || i == 13 || i == 18 || i == 23; dash != (s[i] == '-') || !dash && !isHex(s[i]) {
			return 0
		}
	}
	return 36
}

// dateAt gives the length of a date, with the time that follows a T.
func dateAt(s string) int {
	if len(s) < 10 || s[4] != '-' || s[7] != '-' {
		return 0
	}
	for _, i := range [...]int{0, 1, 2, 3, 5, 6, 8, 9} {
		if !isDigit(s[i]) {
			return 0
		}
	}
	n := 10
	if n < len(s) && s[n] == 'T' {
		for n++; n < len(s) && (isDigit(s[n]) || strings.IndexByte(":.,+-Z", s[n]) >= 0); n++ {
		}
	}
	return n
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }
func isHex(c byte) bool {
	return isDigit(c) || c >= 'a' && c <= 'f' || c >= 'A' && c <= 'F'
}
func isAlnum(c byte) bool {
	return isDigit(c) || c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c == '_'
}
