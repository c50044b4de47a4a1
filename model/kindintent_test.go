package model

import "testing"

func TestIntentOf(t *testing.T) {
	t.Parallel()
	cases := []struct {
		text string
		want intent
	}{
		{"", intentNone},
		{"review this PR", intentReview},
		{"Please review PR #318 and tell me whether it's safe to merge.", intentReview},
		{"Review the code changes against the base branch 'main'. Provide prioritized, actionable findings.", intentReview},
		{"Can you do a careful code review of the last three commits?", intentReview},
		{"is this change correct? check the diff against the ticket", intentReview},
		{"Check my changes before I commit", intentReview},
		{"Bitte prüfe meine Änderungen", intentReview},
		{"revisa los cambios de esta rama", intentReview},
		{"このPRをレビューして", intentReview},
		{"请审查这个提交", intentReview},
		{"сделай ревью этой ветки", intentReview},
		{"review what you did, critically", intentReview},
		{"Review src/auth for security issues", intentReview},
		{"What do you think of this PR? Review it please", intentReview},
		{"Review the logs and tell me why the job died", intentResearch},
		{"review the code in src/auth and explain how login works", intentResearch},
		{"Review the docs for typos", intentDocs},
		{"Move the auth check to the async handler", intentNone},
		{"convert this helper to async", intentNone},
		{"Replace the spinner with a skeleton", intentWork},
		{"Switch the project from npm to pnpm", intentMajor},
		{"Address the review comments on PR 77", intentWork},
		{"fix the findings from the review", intentWork},
		{"Fix the crash in our code review bot", intentWork},
		{"Fix the retry loop in payments", intentWork},
		{"Find out why orders are charged twice and fix it", intentWork},
		{"add a --json flag to the list command", intentWork},
		{"Implement rate limiting for the API and update the README afterwards", intentWork},
		{"change the port from 8080 to 9090", intentWork},
		{"In our documentation generator, generics are rendered twice. Fix the renderer.", intentWork},
		{"Bug: our migration tool applies migrations twice. Fix it.", intentWork},
		{"Write a guide for verifying webhook signatures in our Docusaurus site", intentDocs},
		{"document the wire protocol", intentDocs},
		{"Update the README and the changelog", intentDocs},
		{"add docstrings to every public function", intentDocs},
		{"Dokumentation für das CLI schreiben", intentDocs},
		{"Migrate the shop front from React 18 to React 19", intentMajor},
		{"upgrade to Django 5", intentMajor},
		{"port batchd from CommonJS to ES modules", intentMajor},
		{"convert the store from JavaScript to TypeScript", intentMajor},
		{"bump eslint to v9", intentMajor},
		{"Migriere das Projekt von Jest nach Vitest", intentMajor},
		{"将项目迁移到 Vue 3", intentMajor},
		{"Write a migration that adds a currency column", intentSchema},
		{"add a nullable column deleted_at to tickets", intentSchema},
		{"write tests for the FX converter", intentTest},
		{"increase test coverage of internal/auth", intentTest},
		{"test/session_test.exs is flaky on CI, make it deterministic", intentTest},
		{"Why does the app take 4 s to start?", intentResearch},
		{"How does the scheduler pick a shard? Don't change anything.", intentResearch},
		{"explain what copyToStaging does", intentResearch},
		{"Warum ist der Build so langsam? nur erklären", intentResearch},
		{"rebase my branch on main and push it", intentHouse},
	}
	for _, c := range cases {
		if got := intentOf(c.text, intentNone); got != c.want {
			t.Errorf("%q: %d, want %d", c.text, got, c.want)
		}
	}
	for _, text := range []string{"continue", "Yes, go ahead", "weiter", "继续", "ok"} {
		if got := intentOf(text, intentMajor); got != intentMajor {
			t.Errorf("%q is to go on, got %d", text, got)
		}
	}
}

func BenchmarkIntentOf(b *testing.B) {
	const text = "The export job writes an empty file when the customer has no invoices in that month; it should write the header line and exit with 0 instead, like the weekly report does it since the last release."
	for b.Loop() {
		intentOf(text, intentNone)
	}
}

// Editors put what is open before what is asked for.
func TestRequestInAMessage(t *testing.T) {
	t.Parallel()
	const ide = "# Context from my IDE setup:\n\n## Active file: src/review.ts\n\n## Open tabs:\n- docs/a.md: docs/a.md\n\n## My request for Codex:\nmigrate the store to Pinia\n"
	if got := requestIn(ide); got != "\nmigrate the store to Pinia\n" {
		t.Errorf("%q", got)
	}
	if got := requestIn("quote: ## My request for Codex: x"); got != "quote: ## My request for Codex: x" {
		t.Errorf("%q", got)
	}
}
