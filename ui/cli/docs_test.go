package cli

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/tokenburn-sentinel/tokenburn/monitor"
	"github.com/tokenburn-sentinel/tokenburn/ui/status"
)

// docs/json.md is the contract: its tables name exactly the fields that are printed.
func TestDocumentedFieldsAreTheFields(t *testing.T) {
	documented := documentedFields(t)
	for name, v := range map[string]any{
		"usageJSON": usageJSON{}, "usageReportJSON": usageReportJSON{}, "threadUsageJSON": threadUsageJSON{}, "groupJSON": groupJSON{},
		"runsJSON": runsJSON{}, "runJSON": runJSON{}, "rateJSON": rateJSON{}, "contextJSON": contextJSON{}, "limitJSON": limitJSON{},
		"factLine": factLine{}, "whyJSON": whyJSON{}, "whyThreadJSON": whyThreadJSON{}, "whyPriceJSON": whyPriceJSON{},
		"pricesJSON": pricesJSON{}, "priceRowJSON": priceRowJSON{}, "ratesJSON": ratesJSON{}, "exceptionsJSON": exceptionsJSON{}, "exceptionJSON": exceptionJSON{}, "adviceJSON": adviceJSON{},
		"gateJSON": gateJSON{}, "gateUseJSON": gateUseJSON{}, "gateRefusalJSON": gateRefusalJSON{}, "gateStandingJSON": gateStandingJSON{},
		"enforceJSON": enforceJSON{}, "gatePlaceJSON": gatePlaceJSON{}, "gateHookJSON": gateHookJSON{}, "gateEditJSON": gateEditJSON{},
		"doctorJSON": doctorJSON{}, "finding": finding{}, "build": build{},
		"budgetsJSON": budgetsJSON{}, "standingJSON": standingJSON{}, "forecastJSON": forecastJSON{}, "alertJSON": alertJSON{}, "partJSON": partJSON{},
		"standingTraceJSON": standingTraceJSON{}, "windowJSON": windowJSON{}, "extensionJSON": extensionJSON{},
		"kindsJSON": kindsJSON{}, "kindCallJSON": kindCallJSON{}, "kindEvidenceJSON": kindEvidenceJSON{}, "kindThreadJSON": kindThreadJSON{},
		"dayJSON": dayJSON{}, "dayHourJSON": dayHourJSON{}, "dayShareJSON": dayShareJSON{}, "outputJSON": outputJSON{}, "dayCommitJSON": dayCommitJSON{},
		"dayCommitPartJSON": dayCommitPartJSON{}, "dayRunJSON": dayRunJSON{}, "dayAliveJSON": dayAliveJSON{},
		"downgradeJSON": downgradeJSON{}, "switchJSON": switchJSON{}, "offerJSON": offerJSON{}, "stepJSON": stepJSON{}, "savingsJSON": savingsJSON{}, "savingJSON": savingJSON{},
		"takeoverJSON": takeoverJSON{}, "stopJSON": stopJSON{}, "choiceJSON": choiceJSON{}, "processJSON": processJSON{},
		"auditJSON": auditJSON{}, "auditEntryJSON": auditEntryJSON{}, "verifiedJSON": verifiedJSON{},
	} {
		compareFields(t, name, documented[name], fieldsOf(reflect.TypeOf(v)))
		delete(documented, name)
	}
	var line map[string]any
	if err := json.Unmarshal([]byte(status.Line(monitor.Snapshot{}, status.Options{Format: status.JSON})), &line); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for k := range line {
		keys = append(keys, k)
	}
	compareFields(t, "status", documented["status"], keys)
	delete(documented, "status")
	for name := range documented {
		t.Errorf("a table for %s, which is no document", name)
	}
}

func compareFields(t *testing.T, name string, documented, printed []string) {
	t.Helper()
	slices.Sort(documented)
	slices.Sort(printed)
	if !slices.Equal(documented, printed) {
		t.Errorf("%s: documented %v\nprinted %v", name, documented, printed)
	}
}

// fieldsOf gives the JSON names of a struct's fields; of what is embedded only
// costs, as U's fields are documented once.
func fieldsOf(s reflect.Type) (names []string) {
	for f := range s.Fields() {
		if f.Anonymous {
			if f.Type == reflect.TypeFor[*costJSON]() {
				names = append(names, fieldsOf(f.Type.Elem())...)
			}
			continue
		}
		name, _, _ := strings.Cut(f.Tag.Get("json"), ",")
		names = append(names, name)
	}
	return names
}

// documentedFields gives the first column of each table that follows a marker.
func documentedFields(t *testing.T) map[string][]string {
	t.Helper()
	text, err := os.ReadFile("../../docs/json.md")
	if err != nil {
		t.Fatal(err)
	}
	marker, row := regexp.MustCompile(`^<!-- fields: (\w+) -->$`), regexp.MustCompile("^\\| `(\\w+)` \\|")
	fields, name := map[string][]string{}, ""
	for line := range strings.SplitSeq(string(text), "\n") {
		if m := marker.FindStringSubmatch(line); m != nil {
			name = m[1]
		} else if m := row.FindStringSubmatch(line); m != nil && name != "" {
			fields[name] = append(fields[name], m[1])
		} else if line == "" {
			name = ""
		}
	}
	return fields
}
