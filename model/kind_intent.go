package model

import (
	"strings"
)

// intent is what a turn is for, as far as the user's message says so clearly.
type intent uint8

const (
	intentNone     intent = iota
	intentWork            // to make or fix something
	intentReview          // to judge a change
	intentDocs            // to write documentation
	intentMajor           // an upgrade or a port: what follows from it is migration
	intentSchema          // a schema change, with the code that follows it
	intentTest            // to write or repair tests
	intentResearch        // to find something out
	intentHouse           // git or machine housekeeping
)

// kind is the kind of work that an intent names.
func (i intent) kind() Kind {
	return [...]Kind{KindOther, KindEdit, KindReview, KindDocumentation, KindMigration, KindEdit, KindTest, KindResearch, KindOther}[i]
}

// rule is one way to say an intent.
type rule struct {
	intent intent
	points int
	re     pattern

	needs []string            // one of these, in lower case, stands in every text that fits
	also  []string            // and one of these; nil: nothing more is known
	sure  []string            // a text with one of these fits
	by    func(h *heard) bool // finds out the same as re, faster; needs says nothing then
}

// fits says that a message says it.
func (r *rule) fits(h *heard) bool {
	switch {
	case h.odd:
		return r.re.MatchString(h.text)
	case r.by != nil:
		return r.by(h)
	case !h.hasOne(r.needs), r.also != nil && !h.hasOne(r.also):
		return false
	}
	for _, s := range r.sure {
		if strings.Contains(h.text, s) {
			return true
		}
	}
	return r.re.MatchString(h.text)
}

// phrases are the ways to say what is wanted, in the languages that people write
// to Codex in. Points decide between intents that are both named.
var phrases = [...]rule{
	{intent: intentReview, points: 6, re: lazily(`(?i)\b(code[- ]?review|re-?review|pr review|security review|self-review|second opinion on (the|this|my) (change|diff|patch|branch|pr))\b`),
		needs: []string{"code review", "code-review", "codereview", "re-review", "rereview", "pr review", "security review", "self-review", "second opinion"}},
	{intent: intentReview, points: 6, re: lazily(`(?i)\breview(ing)? (the |this |my |our |these |those |all |latest |last |current |staged |unstaged |uncommitted |recent |open |pending )*(code|change|changes|diff|pr\b|prs\b|pull request|merge request|mr\b|patch|branch|commit|commits|implementation|work|refactor|#?\d+|[a-z0-9_./-]+ (change|changes|branch|pr|diff|patch|commit))`),
		needs: []string{"review"}},
	{intent: intentReview, points: 5, re: lazily(`(?i)(^|[.!?,:;]\s+|\bplease |\bcan you |\bcould you |\bnow |\bthen |\bfirst |\band )(do a |give .{0,20}a )?(thorough |quick |careful |critical )?(review|critique|audit)\b`),
		needs: []string{"review", "critique", "audit"}},
	{intent: intentReview, points: 5, re: lazily(`(?i)\b(look over|go over|check over|sanity[- ]check|double[- ]check|scrutini[sz]e|inspect|audit|approve|assess|evaluate|judge)\b.{0,30}\b(change|changes|diff|pr|pull request|patch|branch|commit|commits|merge request|mr)\b`),
		needs: []string{"look over", "go over", "check over", "sanity check", "sanity-check", "double check", "double-check", "scrutini", "inspect", "audit", "approve", "assess", "evaluate", "judge"},
		also:  []string{"change", "diff", "pr", "pull request", "patch", "branch", "commit", "merge request", "mr"}},
	{intent: intentReview, points: 5, re: lazily(`(?i)\b(is (this|it|the (pr|branch|change|patch)) (safe|ready|ok|okay|good) to (merge|ship|land|go))\b|\bready to merge\b|\blgtm\b|\bsafe to merge\b`),
		needs: []string{"ready to ", "safe to ", "ok to ", "okay to ", "good to ", "lgtm"}},
	{intent: intentReview, points: 4, re: lazily(`(?i)(^|[.!?,:;]\s+|\bplease |\bcan you |\bcould you )(check|verify|validate|tell me|judge|see|is|are|anything|what do you think|any issues|look at|find (bugs|problems|issues))\b.{0,70}\b(my |the |this |last |latest )?(changes?|diff|patch|pr|commits?|branch|merge request|pull request)\b`),
		needs: []string{"change", "diff", "patch", "pr", "commit", "branch", "merge request", "pull request"},
		also:  []string{"check", "verify", "validate", "tell me", "judge", "see", "is", "are", "anything", "what do you think", "any issues", "look at", "find bugs", "find problems", "find issues"}},
	{intent: intentReview, points: 6, re: lazily(`(?i)(prüfe?n? |begutachte|überprüfe?|schau dir).{0,50}(änderung|commit|diff|branch|pull|patch|pr\b|code)|\breviewe\b`),
		needs: []string{"prüf", "begutachte", "überprüf", "schau dir", "reviewe"}},
	{intent: intentReview, points: 6, re: lazily(`(?i)\b(revisa|revise|revisar|revisión|relis|relire|relecture|revue de code|passe en revue|rivedi|revisão|examine)\b.{0,50}(cambio|código|code|pr\b|diff|modif|commit|rama|branche|mudança|alteraç|modific|pull)`),
		needs: []string{"revis", "relis", "relire", "relecture", "revue", "rivedi", "examine"},
		also:  []string{"cambio", "código", "code", "pr", "diff", "modif", "commit", "rama", "branche", "mudança", "alteraç", "pull"}},
	{intent: intentReview, points: 6, re: lazily(`(?i)レビュー|审查|评审|审阅|審查|コードを確認|检查.{0,8}(改动|变更|提交|代码)|리뷰|ревью|(проверь|посмотри|оцени).{0,30}(изменени|коммит|pr|diff|ветк|патч|код)`),
		needs: []string{"レビュー", "审", "審查", "コードを確認", "检查", "리뷰", "ревью", "проверь", "посмотри", "оцени"}},
	{intent: intentDocs, points: 5, re: lazily(`(?i)(^|[.!?,;:]\s+|\bplease |\band |\bthen )(document|describe)\b`),
		needs: []string{"document", "describe"}},
	{intent: intentDocs, points: 5, re: lazily(`(?i)\b(write|add|update|improve|create|fix|finish|extend|expand|draft|generate|refresh|rewrite|polish|proofread|complete|prepare|revise|restructure|translate|correct|need|fill)\b.{0,60}\b(docs?|documentation|readme|changelog|change log|release notes|docstrings?|doc[- ]comments?|javadocs?|jsdoc|tsdoc|kdoc|rustdoc|godoc|guide|tutorial|how-to|handbook|runbook|adr|man page|wiki|api reference|openapi|swagger|examples? in the docs|faq|cookbook|user manual|typos?|tsdoc|xml comments|api description)\b`),
		needs: []string{"doc", "readme", "changelog", "change log", "release notes", "guide", "tutorial", "how-to", "handbook", "runbook", "adr", "man page", "wiki", "api reference", "openapi", "swagger", "faq", "cookbook", "user manual", "typo", "xml comments", "api description"},
		also:  []string{"write", "add", "update", "improve", "create", "fix", "finish", "extend", "expand", "draft", "generate", "refresh", "polish", "proofread", "complete", "prepare", "revise", "restructure", "translate", "correct", "need", "fill"}},
	{intent: intentDocs, points: 4, re: lazily(`(?i)^(docs?|documentation|readme|changelog)\b`),
		needs: []string{"doc", "readme", "changelog"}},
	{intent: intentDocs, points: 5, re: lazily(`(?i)dokumentier|dokumentation|documentez?\b|documente |rédige|documenta |documentación|documentação|documentazione|ドキュメント|文書化|文档|文檔|문서|документаци|документируй|задокументируй|опиши .{0,20}(api|модул)`),
		needs: []string{"dokument", "document", "rédige", "ドキュメント", "文書化", "文档", "文檔", "문서", "документ", "опиши "}},
	{intent: intentMajor, points: 6, re: lazily(`(?i)\b(migrat(e|es|ing|ion)|upgrad(e|es|ing)|port(ing)? (the|this|our|my|all|it|over|[\w./-]+ (from|to))|bump(ing)?)\b.{0,80}\b(to|onto|off|with)\b.{0,20}(v?\d+(\.|\b)|[A-Z][A-Za-z]+ ?\d|edition|esm|es modules?|typescript|postgres|mysql|kotlin|swift|react|vue|angular|svelte|vitest|jest|pytest|junit|pnpm|vite|webpack|next|nuxt|python|java|go\b|rust|\.net|dotnet|spring|django|rails|laravel|symfony|node|tailwind|bootstrap|sqlalchemy|pydantic|composition api|app router|hyper|tokio|axum|bazel|gradle|cmake|log4j|slf4j|jakarta|kysely|drizzle|prisma|graphql|grpc|k8s|terraform|s3|composer|poetry|uv\b|ruff|biome|eslint)`),
		needs: []string{"migrat", "upgrad", "bump", "port ", "porting "},
		also:  []string{"to", "off", "with"}},
	{intent: intentMajor, points: 6, re: lazily(`(?i)\b(convert(ing)?|mov(e|ing)|switch(ing)?|transition(ing)?|replac(e|ing)|rewrit(e|ing))\b(.{0,60}\bfrom\b.{1,40}\b(to|with)\b| (the |our |this |all |whole |entire |my )*([\w/-]+ )?(project|app|application|codebase|repo|repository|build|tests|test suite|store|service|crate|library|package|src|frontend|backend|everything|components)\b.{0,40}\b(to|off|with)\b).{0,20}(v?\d+(\.|\b)|[A-Z][A-Za-z]+ ?\d|edition|esm|es modules?|typescript|postgres|mysql|kotlin|swift|react|vue|angular|svelte|vitest|jest|pytest|junit|pnpm|vite|webpack|next|nuxt|python|java|go\b|rust|\.net|dotnet|spring|django|rails|laravel|symfony|node|tailwind|bootstrap|sqlalchemy|pydantic|composition api|app router|hyper|tokio|axum|bazel|gradle|cmake|log4j|slf4j|jakarta|kysely|drizzle|prisma|graphql|grpc|k8s|terraform|s3|composer|poetry|uv\b|ruff|biome|eslint)`),
		needs: []string{"convert", "move", "moving", "switch", "transition", "replac", "rewrit"},
		also:  []string{"from", "project", "app", "codebase", "repo", "build", "test", "store", "service", "crate", "library", "package", "src", "frontend", "backend", "everything", "components"}},
	{intent: intentMajor, points: 5, re: lazily(`(?i)\b(migrate|migrating|upgrade|upgrading)\b.{0,80}\b(off|away from|onto|from .{1,40} to)\b`),
		needs: []string{"migrat", "upgrad"},
		also:  []string{"off", "away from", "onto", "from "}},
	{intent: intentMajor, points: 5, re: lazily(`(?i)\bcodemods?\b|\bmajor (version )?(upgrade|update|bump)|\b(framework|language|dependency|library|sdk) (upgrade|migration)\b|\bmodern(ize|ise)\b|\bedition 20\d\d\b|\bdeprecated api`),
		needs: []string{"codemod", "major ", "framework ", "language ", "dependency ", "library ", "sdk ", "moderni", "edition 20", "deprecated api"},
		also:  []string{"codemod", "upgrade", "update", "bump", "migration", "moderni", "edition", "deprecated"}},
	{intent: intentMajor, points: 5, re: lazily(`(?i)^(migrate|migrating|port|upgrade)\b`),
		needs: []string{"migrat", "port", "upgrade"}},
	{intent: intentMajor, points: 6, re: lazily(`(?i)migrier|portier|\bstelle?n? .{1,50} um\b|umstellen auf|umstellung|aktualisiere .{0,40} auf|migre[rz]?\b|migra(r)? |porte[rz]? |mets à jour .{0,40} vers|actualiza .{0,40} a |移行|移植|迁移|遷移|升级到|升級到|마이그레이션|мигрир|миграци|перенес|перевед|обнови .{0,40} до`),
		needs: []string{"migrier", "portier", "stell", "aktualisiere ", "migre", "migra ", "migrar ", "porte ", "porter ", "portez ", "mets à jour ", "actualiza ", "移行", "移植", "迁移", "遷移", "升级到", "升級到", "마이그레이션", "мигрир", "миграци", "перенес", "перевед", "обнови "}},
	{intent: intentSchema, points: 7, re: lazily(`(?i)\b(schema|db|database|sql|data|alembic|flyway|rails|ef( core)?|django|prisma|liquibase|knex)\b.{0,30}\bmigrations?\b|\bmigrations?\b.{0,40}\b(model|schema|column|table|scope|endpoint|entity|index|field|serializer|handler)|\b(write|add|create|generate|need) (a|the|an?other|new)? ?migrations?\b|\+ ?migration|migration ?\+`),
		needs: []string{"migration"}},
	{intent: intentSchema, points: 6, re: lazily(`(?i)\b(add|drop|rename|remove|split|introduce|make)\b.{0,40}\b(column|table|foreign key|db index|unique constraint|nullable)\b|\bbackfill|\btabelle\b|\bspalte\b|\bcolonne\b|\bcolumna\b|\btabla\b`),
		needs: []string{"column", "table", "foreign key", "db index", "unique constraint", "nullable", "backfill", "tabelle", "spalte", "colonne", "columna", "tabla"},
		also:  []string{"add", "drop", "rename", "remove", "split", "introduce", "make", "backfill", "tabelle", "spalte", "colonne", "columna", "tabla"}},
	{intent: intentTest, points: 5, re: lazily(`(?i)\b(write|add|extend|improve|increase|create|generate|more|missing|better|raise|expand|need)\b.{0,40}\b(tests?|specs?|coverage|test cases?|unit tests?|e2e)\b|\bflak(y|iness|e)\b|\btestabdeckung|\bschreibe?.{0,40}tests?\b|\btests für|\bécri[st].{0,30}tests?|\bescrib.{0,30}(tests?|pruebas)|テストを|测试|測試|напиши .{0,20}тест|\b(tests?|ci|build) (is|are|keeps?) (red|failing|broken|flaky)`),
		needs: []string{"test", "spec", "coverage", "e2e", "flak", "pruebas", "テストを", "测试", "測試", "тест", " red", " failing", " broken"},
		also:  []string{"write", "add", "extend", "improve", "increase", "create", "generate", "more", "missing", "better", "raise", "expand", "need", "flak", "testabdeckung", "schreib", "tests für", "écri", "escrib", "テストを", "测试", "測試", "напиши ", " red", " failing", " broken"}, sure: []string{"テストを", "测试", "測試"}},
	{intent: intentResearch, points: 4, re: lazily(`(?i)\b(why|how (does|do|is|are|did|come|much|many|would|can)|where (is|are|does|do)|explain|investigate|find out|figure out|understand|analy[sz]e|compare|look into|trace|explore|summari[sz]e|tell me|research|survey|evaluate|is there|does (it|this|the)|are there|walk me through|diagnose|root cause|estimate)\b`),
		needs: []string{"why", "how ", "where ", "explain", "investigate", "find out", "figure out", "understand", "analyse", "analyze", "compare", "look into", "trace", "explore", "summari", "tell me", "research", "survey", "evaluate", "is there", "does it", "does the", "does this", "are there", "walk me through", "diagnose", "root cause", "estimate"}},
	{intent: intentResearch, points: 4, re: lazily(`(?i)(^|[.!?:]\s+)(what|which|when|who|is|are|does|do|did|can|could|has|have|should)\b[^.!]*\?|\b(what|which|who) (is|are|was|were|does|did|happens)\b`),
		needs: []string{"?", "what ", "which ", "who "}},
	{intent: intentResearch, points: 6, re: lazily(`(?i)\b(don'?t|do not|without|no need to) (change|chang|touch|edit|modify|fix|writ)|\b(no|without) (code )?changes\b|\bread[- ]only\b|\bonly (want|investigat|explain)|investigate only|\bjust (explain|investigate|find|tell|look)|nichts ändern|noch nichts|ohne .{0,20}änder|ne (change|modifie)z? rien|sin cambiar|no cambies|不要修改|ничего не меняй|変更しない|変更せず`),
		needs: []string{"don't ", "dont ", "do not ", "without ", "no need to ", "no change", "no code change", "read-only", "read only", "only want", "only investigat", "only explain", "investigate only", "just explain", "just investigate", "just find", "just tell", "just look", "nichts ändern", "noch nichts", "ohne ", "ne change", "ne modifie", "sin cambiar", "no cambies", "不要修改", "ничего не меняй", "変更しない", "変更せず"}},
	{intent: intentResearch, points: 4, re: lazily(`(?i)\b(warum|wieso|weshalb|wo |wie |erkläre?|untersuche?|finde heraus|verstehen|pourquoi|comment (fonctionne|marche|est|se fait|on|faire|ça)|explique|où|por qué|cómo|dónde|explica|investiga|perché|spiega|por que|почему|объясни|найди|как работает|разберись)|なぜ|調べ|説明|为什么|解释|调查|왜|설명`),
		needs: []string{"warum", "wieso", "weshalb", "wo ", "wie ", "erklär", "untersuch", "finde heraus", "verstehen", "pourquoi", "comment fonctionne", "comment marche", "comment est", "comment se fait", "comment on", "comment faire", "comment ça", "explique", "où", "por qué", "cómo", "dónde", "explica", "investiga", "perché", "spiega", "por que", "почему", "объясни", "найди", "как работает", "разберись", "なぜ", "調べ", "説明", "为什么", "解释", "调查", "왜", "설명"}},
	{intent: intentWork, points: 5, re: lazily(`(?i)(^|[.!?,:;–-]\s*|\bplease |\band |\bthen |\bso |\bcan you |\bcould you |\bto )(fix|repair|implement|add|refactor|rename|remove|delete|make|change|build|create|correct|solve|resolve|handle|support|extract|speed up|optimi[sz]e|introduce|apply|address|enable|disable|replace|wire|use|adjust|allow|let|stop|prevent|bump|set|revert|clean|simplify|restore|cache|reduce|improve|finish|patch|integrate|expose|redesign|style|show)\b`),
		by: asksForWork},
	{intent: intentWork, points: 4, re: lazily(`(?i)\bbug\b|\bcrash(es|ed|ing)?\b|\bbroken\b|\bfeature\b|\bregression\b|\bfixen\b|behebe?|repariere?|implementiere?|füge? |baue? |erstelle|ändere|corrige|ajoute|implémente|añade|agrega|arregla|aggiungi|correggi|adiciona|исправ|добав|реализуй|почини|修复|添加|实现|修正|追加|実装|고쳐|추가`),
		needs: []string{"bug", "crash", "broken", "feature", "regression", "fixen", "beheb", "reparier", "implementier", "füg ", "füge ", "bau ", "baue ", "erstelle", "ändere", "corrige", "ajoute", "implémente", "añade", "agrega", "arregla", "aggiungi", "correggi", "adiciona", "исправ", "добав", "реализуй", "почини", "修复", "添加", "实现", "修正", "追加", "実装", "고쳐", "추가"}},
	{intent: intentHouse, points: 5, re: lazily(`(?i)\b(rebase|merge (main|master|the branch)|cherry-pick|clean up the (disk|branches|containers)|free (up )?(disk|space)|push (it|this|the branch)|commit (this|it|the|everything|my)|open a (pr|pull request)|tag (the|a) release|prune|set up (my|the) (machine|environment|dev)|install (node|docker|the toolchain|python|go)|restart (the|docker))`),
		needs: []string{"rebase", "merge main", "merge master", "merge the branch", "cherry-pick", "clean up the ", "free disk", "free space", "free up ", "push it", "push this", "push the branch", "commit this", "commit it", "commit the", "commit everything", "commit my", "open a pr", "open a pull request", "tag the release", "tag a release", "prune", "set up my ", "set up the ", "install node", "install docker", "install the toolchain", "install python", "install go", "restart the", "restart docker"}},
}

// asProduct says that documentation, tests or migrations are what the product is
// about, and not what is asked for.
var asProduct = lazily(`(?i)\b(docs?|documentation|doc|typedoc|sphinx|mkdocs|javadoc|markdown|changelog|readme|openapi|swagger|migrations?|migrator|schema|code[- ]?review|review|codemod|test|pytest|jest|vitest|upgrade|rspec|junit|lint)[- ]?(generator|builder|tool|plugin|engine|runner|renderer|parser|service|bot|command|framework|reporter|extension|compiler|library|linter|app|cli|site generator|extractor|pipeline|server|planner|assistant|loader|ui|dashboard|page|button)\b|\bin (our|the) (documentation|docs|migration|test) (generator|tool|runner|plugin)|\bdokumentationsgenerator|\bmigrationswerkzeug|\btest-?plugin`)

// What is to be looked at where no change is to be judged: "review the logs" asks
// for a finding, "review the docs" for documentation. Who also wants something
// explained wants a review only where changes or faults are named.
var (
	ofNoChange = lazily(`(?i)\breview(ing)? (the |these |our |all |my |this |recent |latest |\w+ )?(\w+ )?(logs?|metrics|issues?|tickets?|requirements|errors?|history|data|output|traces?|dashboards?|architecture|incident|backlog)\b`)
	ofDocs     = lazily(`(?i)\breview(ing)? (the |these |our |all |my |this )?(\w+ )?(docs?|documentation|readme|changelog|guide|docstrings?)\b`)
	faults     = lazily(`(?i)\b(changes?|diff|prs?|commits?|branch|patch|merge|pull request|bugs?|problems?|security|quality|findings?|flaws?|correct(ness)?|safe|implementation|critical(ly)?|code[- ]review)\b|#\d+|[^\x00-\x7f]`)
)

// settled are messages about a review that is over: its comments are to be worked in.
var settled = lazily(`(?i)\b(address|fix|apply|resolve|implement|incorporate|handle|respond to|work in|act on|react to|go through)\b.{0,50}\b(review|reviewer|feedback|comments?|findings?|suggestions?|remarks?)\b|\bfor review\b|\b(after|from|following) (the |your )?review\b|behebe|\breview (comments|feedback|findings|notes)\b`)

// leads are messages that begin with work on the product.
var (
	leads    = lazily(`(?i)^(please |can you |could you |now )?(fix|implement|refactor|rename|remove|make|change|build|support|handle|optimi[sz]e|extract|solve|speed up|repair|introduce|allow|prevent|stop|add|create)\b`)
	docNoun  = lazily(`(?i)\b(docs?|documentation|readme|changelog|docstrings?|comments|guide|release notes)\b`)
	testNoun = lazily(`(?i)\b(tests?|specs?|coverage)\b`)
)

// goesOn are messages that only say to continue.
var goesOn = lazily(`(?i)^\W*(continue|go on|go ahead|proceed|yes|yep|ok(ay)?|sure|keep going|next|carry on|weiter|mach weiter|ja|continúa|sigue|continue[rz]?|oui|sí|続けて|继续|繼續|продолжай|да|계속|please continue|resume|do it|try again|again|retry)(\b|[\s,.!。！]|$).{0,24}$`)

// intentOf reads what a message asks for. before is the intent of the turn before.
func intentOf(text string, before intent) intent {
	text = strings.TrimSpace(text)
	if text == "" {
		return before
	}
	if len(text) < 80 && goesOn.MatchString(text) {
		return before
	}
	return hear(text).intent()
}

// intent reads what a message asks for by itself, intentNone where it doesn't say.
func (h *heard) intent() intent {
	text := h.text
	var points [intentHouse + 1]int
	for i := range phrases {
		if r := &phrases[i]; r.fits(h) {
			points[r.intent] += r.points
		}
	}
	if special := points[intentDocs] + points[intentMajor] + points[intentSchema] + points[intentReview] + points[intentTest]; special > 0 && h.dealsWithTools() {
		points[intentDocs] -= 6
		points[intentMajor] -= 6
		points[intentSchema] -= 8
		points[intentReview] -= 5
		points[intentTest] -= 5
	}
	if points[intentReview] > 0 {
		switch {
		case ofDocs.MatchString(text):
			points[intentReview] = 0
			points[intentDocs] += 5
		case ofNoChange.MatchString(text), points[intentResearch] > 0 && !faults.MatchString(text):
			points[intentReview] = 0
			points[intentResearch] += 4
		}
	}
	if points[intentReview] > 0 && settled.MatchString(text) {
		points[intentReview] = 0
		points[intentWork] += 4
	}
	// What comes late in a message that begins with other work is no more than an extra.
	if points[intentDocs]+points[intentTest] > 0 && leads.MatchString(text) {
		if at := docNoun.FindStringIndex(text); at != nil && at[0] > 40 {
			points[intentDocs] = 1
		}
		if at := testNoun.FindStringIndex(text); at != nil && at[0] > 40 {
			points[intentTest] = 1
		}
	}
	// Who asks why and then to fix it wants it fixed; who forbids changes doesn't.
	if points[intentWork] > 0 && points[intentResearch] > 0 && points[intentResearch] < 6 {
		points[intentResearch] = 1
	}
	if points[intentSchema] > 0 && points[intentMajor] <= points[intentSchema] {
		points[intentMajor] = 0
	}
	best := intentNone
	for i := intentNone + 1; i <= intentHouse; i++ {
		if points[i] > points[best] || points[i] == points[best] && points[i] > 0 && prior[i] < prior[best] {
			best = i
		}
	}
	return best
}

// prior decides between intents of equal points: the more special one counts.
var prior = [...]int{intentNone: 9, intentReview: 1, intentMajor: 2, intentSchema: 3, intentDocs: 4, intentTest: 5, intentResearch: 7, intentWork: 6, intentHouse: 8}

// asked is what a message was read as. A message is read once, though its turn is
// judged many times.
type asked struct {
	text   string
	before intent
	intent intent
	about  bool // it deals with a product that is about documentation, tests or migrations
}

// read reads a message, unless it is the one that was read already.
func (a *asked) read(text string, before intent) asked {
	if a.text != text || a.before != before {
		*a = asked{text, before, intentOf(text, before), text != "" && hear(text).dealsWithTools()}
	}
	return *a
}
