package control

import (
	"encoding/json"
	"fmt"
)

// ReadSettings gives what a turn runs with, from the payload of its turn_context
// line. Tier stays "": another line tells it. A policy that is not there is nil.
// Format: Codex 0.169; older versions leave out what is "" or nil then.
func ReadSettings(payload []byte) (Settings, error) {
	var p struct {
		Turn     string          `json:"turn_id"`
		Model    string          `json:"model"`
		Effort   *string         `json:"effort"`
		Cwd      string          `json:"cwd"`
		Comp     *string         `json:"comp_hash"`
		Approval json.RawMessage `json:"approval_policy"`
		Reviewer *string         `json:"approvals_reviewer"`
		Sandbox  json.RawMessage `json:"sandbox_policy"`
		Profile  json.RawMessage `json:"permission_profile"`
	}
	if err := json.Unmarshal(payload, &p); err != nil {
		return Settings{}, fmt.Errorf("turn_context: %w", err)
	}
	return Settings{
		Turn: p.Turn, Model: p.Model, Effort: deref(p.Effort), Cwd: p.Cwd, CompHash: deref(p.Comp), Approval: policyWord(p.Approval),
		Reviewer: deref(p.Reviewer), Sandbox: present(p.Sandbox), Profile: present(p.Profile),
	}, nil
}

// policyWord is an approval policy as one word. One that is an object, such as a
// granular one, is given as it stands, so that it is equal to no known word.
func policyWord(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s
	}
	return string(raw)
}

func present(raw json.RawMessage) json.RawMessage {
	if string(raw) == "null" {
		return nil
	}
	return raw
}

func deref(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
