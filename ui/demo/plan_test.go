package demo

import (
	"testing"
	"time"
)

func TestPlanHolds(t *testing.T) {
	if err := Plan(time.UTC).Check(); err != nil {
		t.Fatal(err)
	}
}
