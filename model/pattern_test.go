package model

import "testing"

// TestPatterns compiles what is otherwise compiled when it is first needed.
func TestPatterns(t *testing.T) {
	for _, p := range []pattern{asProduct, ofNoChange, ofDocs, faults, settled, leads, docNoun, testNoun, goesOn, messageFile} {
		p()
	}
	for i := range phrases {
		phrases[i].re()
	}
}
