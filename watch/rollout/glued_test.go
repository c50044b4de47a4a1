package rollout

import "testing"

func TestGlued(t *testing.T) {
	half, whole := `{"timestamp":"2026-04-10T10:00:00.000Z","type":"event_ms`, `{"timestamp":"2026-04-10T10:00:01.000Z","type":"compacted","payload":{}}`
	for in, want := range map[string][]string{
		half:          nil,
		half + whole:  {half, whole},
		whole + whole: {whole, whole},
		`{"timestamp":"x","payload":{"output":"{\"timestamp\":\"quoted\"}"`: nil,
		"": nil,
	} {
		got := Glued([]byte(in))
		if len(got) != len(want) {
			t.Errorf("%s: %d pieces, want %d", in, len(got), len(want))
			continue
		}
		for i := range got {
			if string(got[i]) != want[i] {
				t.Errorf("%s: piece %d is %s", in, i, got[i])
			}
		}
	}
}
