package rollout

import (
	"bytes"
	"encoding/json"
	"math/big"
	"math/rand/v2"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/model"
)

// mutation changes a line at places that mean something to a JSON reader.
func mutation(r *rand.Rand, l []byte) []byte {
	var marks []int // structural bytes and quotes
	for i, c := range l {
		if bytes.IndexByte([]byte(`{}[]:,"`), c) >= 0 {
			marks = append(marks, i)
		}
	}
	if len(marks) < 2 {
		return l
	}
	at := func() int { return marks[r.IntN(len(marks))] + r.IntN(2) }
	snippets := []string{`{`, `}`, `[`, `]`, `"`, `,`, `:`, `\`, ` `, `null`, `-1`, `1.5`, `1e2`, `"7"`, `{}`, `[]`, `"x":{},`, `"type":"token_count",`,
		`"type":"event_msg",`, `"payload":{"type":"task_started"},`, `\u0074`, `\"`, "\t", "\x00", "\xff", `"item":{"type":"FileChange"},`, `}}`, `"usage":{"input_tokens":3},`, lineStartText}
	i, j := at(), at()
	if i > j {
		i, j = j, i
	}
	j = min(j, i+200)
	out := bytes.Clone(l[:i])
	switch r.IntN(5) {
	case 0: // leave out
	case 1: // twice
		out = append(append(out, l[i:j]...), l[i:j]...)
	case 2: // put in
		out = append(append(out, snippets[r.IntN(len(snippets))]...), l[i:j]...)
	case 3: // replace
		out = append(out, snippets[r.IntN(len(snippets))]...)
	case 4: // cut off
		if r.IntN(4) == 0 {
			return out
		}
		out = append(out, ' ')
		out = append(out, l[i:j]...)
	}
	return append(out, l[j:]...)
}

const lineStartText = `{"timestamp":"2026-11-23T10:39:39.722Z","type":"`

// TestPathsAgreeOnMutatedLines compares both paths, and both with encoding/json
// where usage is concerned.
func TestPathsAgreeOnMutatedLines(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var lines [][]byte
	for _, c := range append(decodeCases, toolCases...) {
		lines = append(lines, []byte(c.line))
	}
	rounds := 30_000
	if testing.Short() {
		rounds = 5_000
	}
	decoders := []*Decoder{NewDecoder(Options{}), NewDecoder(Options{Detail: true})}
	records := 0
	for n := range rounds {
		l := lines[r.IntN(len(lines))]
		if n%4 == 0 {
			l = []byte(recordLine)
		}
		for range 1 + r.IntN(3) {
			l = mutation(r, l)
		}
		for _, d := range decoders {
			both(t, d, l)
		}
		if checkUsage(t, decoders[0], l) {
			records++
		}
	}
	if records < rounds/50 {
		t.Errorf("only %d of %d lines were usage records still", records, rounds)
	}
}

type member struct {
	key string
	raw json.RawMessage
}

// members reads an object with the standard library, equal names and all; false for anything else.
func members(raw json.RawMessage) (all []member, ok bool) {
	dec := json.NewDecoder(bytes.NewReader(raw))
	if tok, err := dec.Token(); err != nil || tok != json.Delim('{') {
		return nil, false
	}
	for dec.More() {
		key, err := dec.Token()
		if err != nil {
			return nil, false
		}
		m := member{key: key.(string)}
		if err := dec.Decode(&m.raw); err != nil {
			return nil, false
		}
		all = append(all, m)
	}
	return all, true
}

func first(all []member, key string) json.RawMessage {
	for _, m := range all {
		if m.key == key {
			return m.raw
		}
	}
	return nil
}

// checkUsage decodes a usage record by encoding/json and compares. It says whether l is one.
func checkUsage(t *testing.T, d *Decoder, l []byte) bool {
	t.Helper()
	l = trim(l, true)
	if !json.Valid(l) {
		return false
	}
	envelope, ok := members(l)
	var typ string
	if !ok || json.Unmarshal(first(envelope, "type"), &typ) != nil || typ != "token_usage_record" {
		return false
	}
	var e model.Event
	err := d.Decode(line(l), &e)
	payload, ok := members(first(envelope, "payload"))
	if !ok {
		if err == nil {
			t.Fatalf("a record without payload passes: %s", l)
		}
		return true
	}
	var want model.Usage
	reason := badPayload
	for _, m := range payload {
		if m.key == "usage" {
			want, reason = usageByLibrary(m.raw)
		}
	}
	switch {
	case reason == "" && (err != nil || e.Kind != model.EventRecord || e.Usage != want):
		t.Fatalf("%s\n got %+v, %v\nwant %+v", l, e.Usage, err, want)
	case reason != "" && (err == nil || err.(BadLine).Reason != reason):
		t.Fatalf("%s: %v, want %q", l, err, reason)
	}
	return true
}

func usageByLibrary(raw json.RawMessage) (u model.Usage, reason string) {
	all, ok := members(raw)
	if !ok {
		return u, badPayload
	}
	fields := map[string]*model.Tokens{"input_tokens": &u.Input, "cached_input_tokens": &u.Cached, "cache_write_input_tokens": &u.CacheWrite,
		"output_tokens": &u.Output, "reasoning_output_tokens": &u.Reasoning, "total_tokens": new(model.Tokens)}
	for _, m := range all {
		to := fields[m.key]
		if to == nil {
			continue
		}
		var text string
		var number json.Number
		*to = 0
		switch {
		case string(m.raw) == "null":
			continue
		case json.Unmarshal(m.raw, &text) == nil:
			if len(text) == 0 || bytes.ContainsFunc([]byte(text), func(r rune) bool { return r < '0' || r > '9' }) {
				reason = badNumber
				continue
			}
			number = json.Number(text)
		case json.Unmarshal(m.raw, &number) != nil:
			reason = badNumber
			continue
		}
		v, ok := new(big.Rat).SetString(string(number))
		if !ok || !v.IsInt() || m.raw[0] == '-' || v.Cmp(big.NewRat(maxCounter, 1)) > 0 {
			reason = badNumber
			continue
		}
		*to = model.Tokens(v.Num().Int64())
	}
	return u, reason
}
