package tui

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// The table of keys in README.md is what a user learns: it must have every key
// of the help, in its order, and no other. What they do is said in more words there.
func TestReadmeListsTheKeys(t *testing.T) {
	text, err := os.ReadFile("../../README.md")
	if err != nil {
		t.Fatal(err)
	}
	var want, got []string
	for _, g := range newKeyMap(false).groups() {
		for _, b := range g.keys {
			want = append(want, strings.Fields(b.Help().Key)...)
			if also := b.Keys()[len(b.Keys())-1]; also == "f1" || also == "ctrl+c" {
				want = append(want, also)
			}
		}
	}
	_, table, _ := strings.Cut(string(text), "\n## Keys\n")
	table, _, _ = strings.Cut(strings.TrimSpace(table), "\n\n")
	named := regexp.MustCompile("`([^`]+)`")
	for _, line := range strings.Split(table, "\n") {
		for _, m := range named.FindAllStringSubmatch(strings.Split(line, "|")[1], -1) {
			got = append(got, m[1])
		}
	}
	if !slices.Equal(got, want) {
		t.Errorf("README.md lists\n%q\nthe help has\n%q", got, want)
	}
}
