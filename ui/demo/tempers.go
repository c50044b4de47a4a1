package demo

import (
	"fmt"
	"time"
)

// The tempers: what a run of each kind does next. They look at how many
// responses the turn has had and at nothing outside of the actor.

// refactor goes steadily: look, change, build, test.
func refactor(a *actor) move {
	files := []string{"router/router.go", "router/tree.go", "router/params.go", "middleware/auth.go", "middleware/limit.go", "cmd/gateway/main.go"}
	file := files[(a.n/6+a.turns)%len(files)]
	switch {
	case a.n >= 22+a.turns%5:
		return finish("The router now builds its tree once; all tests pass.")(a)
	case a.n%6 == 0:
		return read(a, "rg -n 'func .*Handler' "+file, 1_400)
	case a.n%6 == 1:
		return read(a, "sed -n 1,200p "+file, 2_600)
	case a.n%6 < 4:
		return edit(a, file)
	case a.n%6 == 4:
		return run(a, "go build ./...", 0, "", 2*time.Second, 90)
	}
	return run(a, "go test ./router/...", 0, "ok  \tgateway/router\t1.204s\n", 4*time.Second, 260)
}

// fixer goes red, green, red, green: the number of failures shrinks.
func fixer(a *actor) move {
	switch a.n % 3 {
	case 0:
		if a.failures == 0 {
			return finish("All tests of the ledger pass again.")(a)
		}
		out := ""
		for i := range a.failures {
			out += fmt.Sprintf("--- FAIL: TestInvoice%d (0.%02ds)\n    invoice_test.go:%d: total 1%d.00, want 12.00\n", i+1, i+3, 40+7*i, 3+i)
		}
		return run(a, "go test ./ledger -run Invoice", 1, out+"FAIL\n", 3*time.Second, 900)
	case 1:
		return read(a, "sed -n 20,140p ledger/invoice.go", 1_900)
	}
	a.failures--
	return edit(a, "ledger/invoice.go")
}

// writer writes documents, in few and long answers.
func writer(a *actor) move {
	pages := []string{"docs/はじめに.md", "docs/設定.md", "docs/料金.md", "docs/よくある質問.md"}
	page := pages[(a.turns+a.n/4)%len(pages)]
	switch {
	case a.n >= 6+a.turns%4:
		return finish("設定の章を書き直しました。")(a)
	case a.n%4 == 0:
		return read(a, "cat "+page, 1_500)
	case a.n%4 == 3:
		return run(a, "npx textlint docs", 0, "", 2*time.Second, 120)
	}
	m := edit(a, page)
	m.writes += 900
	return m
}

// conductor hands parts of its work to sub-agents and goes on meanwhile.
func conductor(a *actor) move {
	names := []string{"network", "storage", "secrets", "alerts"}
	switch {
	case a.n >= 24:
		return finish("Four modules are migrated; the plan shows no change.")(a)
	case a.n == 2 || a.n == 5 || a.n == 9 && a.end.IsZero(): // fewer in the past
		name := names[a.agents%len(names)]
		return move{kind: spawnAgent, path: fmt.Sprintf("%s_%d", name, a.turns), text: "Migrate the " + name + " module.", took: 200 * time.Millisecond,
			adds: 40, writes: 160 + a.tokens(80), thinks: 60 + a.tokens(200)}
	case a.n%4 == 0:
		return run(a, "terraform plan -no-color", 0, "No changes. Your infrastructure matches the configuration.\n", 5*time.Second, 1_300)
	case a.n%4 == 1:
		return read(a, "cat modules/network/main.tf", 1_700)
	}
	return edit(a, "modules/network/main.tf")
}

// agent is what a sub-agent does: a short piece of work.
func agent(a *actor) move {
	switch {
	case a.n >= 16:
		return finish("Module migrated.")(a)
	case a.n%3 == 0:
		return read(a, "cat modules/storage/variables.tf", 1_500)
	case a.n%3 == 1:
		return edit(a, "modules/storage/main.tf")
	}
	return run(a, "terraform validate", 0, "Success! The configuration is valid.\n", 3*time.Second, 150)
}

// reader reads much and keeps it all in its context.
func reader(a *actor) move {
	if a.n >= 34 {
		return finish("Here is how the three pipelines hang together.")(a)
	}
	return read(a, fmt.Sprintf("sed -n %d,%dp pipeline/stage_%02d.py", a.n*200+1, a.n*200+400, a.n%17), 3_300)
}

// runaway repeats one failing command, and its context grows with each time.
func runaway(a *actor) move {
	if a.n%9 == 4 {
		return read(a, "cat src/cart/total.ts", 1_800)
	}
	return run(a, "npm test -- cart", 1,
		"FAIL src/cart/total.test.ts\n  ● adds shipping\n    expect(received).toBe(expected)\n    Expected: 42\n    Received: NaN\n", 3*time.Second, 1_500)
}
