package watch

import "testing"

func TestParseName(t *testing.T) {
	tests := []struct {
		base                  string
		name, thread, segment string
		compressed, ok        bool
	}{
		{nameA + ".jsonl", nameA, uuidA, "", false, true},
		{nameA + ".jsonl.zst", nameA, uuidA, "", true, true},
		{nameA + "_" + uuidB + ".jsonl", nameA + "_" + uuidB, uuidA, uuidB, false, true},
		{nameA + "_" + uuidB + ".jsonl.zst", nameA + "_" + uuidB, uuidA, uuidB, true, true},
		{"rollout-2025-05-07-" + uuidA + ".jsonl", "rollout-2025-05-07-" + uuidA, uuidA, "", false, true},
		{"rollout-x.jsonl", "rollout-x", "", "", false, true},
		{"rollout-.jsonl", "rollout-", "", "", false, true},
		{"rollout-" + uuidA + ".jsonl", "rollout-" + uuidA, uuidA, "", false, true},
		{"rollout-2026_" + uuidB + ".jsonl", "rollout-2026_" + uuidB, "", "", false, true},
		{"rollout-2026-" + uuidA[1:] + ".jsonl", "rollout-2026-" + uuidA[1:], "", "", false, true},
		{"rollout-2026-019f21c8-aaaa-7001-8000-00000000000g.jsonl", "rollout-2026-019f21c8-aaaa-7001-8000-00000000000g", "", "", false, true},
		{nameA + ".jsonl.tmp", "", "", "", false, false},
		{nameA + ".jsonl.zst.tmp", "", "", "", false, false},
		{nameA + ".zst", "", "", "", false, false},
		{"." + nameA + ".jsonl", "", "", "", false, false},
		{"history.jsonl", "", "", "", false, false},
		{"rollout.jsonl", "", "", "", false, false},
		{"", "", "", "", false, false},
	}
	for _, tt := range tests {
		name, thread, segment, compressed, ok := ParseName(tt.base)
		if name != tt.name || thread != tt.thread || segment != tt.segment || compressed != tt.compressed || ok != tt.ok {
			t.Errorf("ParseName(%q) = %q, %q, %q, %v, %v", tt.base, name, thread, segment, compressed, ok)
		}
	}
}

func FuzzParseName(f *testing.F) {
	for _, s := range []string{nameA + ".jsonl", nameA + "_" + uuidB + ".jsonl.zst", "rollout-.jsonl", "x"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, base string) {
		name, thread, segment, compressed, ok := ParseName(base)
		ext := plainExt
		if compressed {
			ext = packedExt
		}
		if ok && name+ext != base {
			t.Errorf("ParseName(%q): name %q", base, name)
		}
		if thread == "" && segment != "" {
			t.Errorf("ParseName(%q): segment %q without a thread", base, segment)
		}
	})
}
