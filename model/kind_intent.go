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
	needs  []string // one of these, in lower case, stands in every text that fits; nil: not known
	re     pattern
}

// fits says that a text says it; low is the text in lower case.
func (r *rule) fits(text, low string) bool {
	found := r.needs == nil
	for _, n := range r.needs {
		if found = strings.Contains(low, n); found {
			break
		}
	}
	return found && r.re.MatchString(text)
}

// phrases are the ways to say what is wanted, in the languages that people write
// to Codex in. Points decide between intents that are both named.
var phrases = [...]rule{
	{intentReview, 6, []string{"review", "opinion"}, lazily(`(?i)\b(code[- ]?review|re-?review|pr review|security review|self-review|second opinion on (the|this|my) (change|diff|patch|branch|pr))\b`)},
	{intentReview, 6, []string{"review"}, lazily(`(?i)\breview(ing)? (the |this |my |our |these |those |all |latest |last |current |staged |unstaged |uncommitted |recent |open |pending )*(code|change|changes|diff|pr\b|prs\b|pull request|merge request|mr\b|patch|branch|commit|commits|implementation|work|refactor|#?\d+|[a-z0-9_./-]+ (change|changes|branch|pr|diff|patch|commit))`)},
	{intentReview, 5, []string{"review", "critique", "audit"}, lazily(`(?i)(^|[.!?,:;]\s+|\bplease |\bcan you |\bcould you |\bnow |\bthen |\bfirst |\band )(do a |give .{0,20}a )?(thorough |quick |careful |critical )?(review|critique|audit)\b`)},
	{intentReview, 5, []string{"look over", "go over", "check", "scrutini", "inspect", "audit", "approve", "assess", "evaluate", "judge"}, lazily(`(?i)\b(look over|go over|check over|sanity[- ]check|double[- ]check|scrutini[sz]e|inspect|audit|approve|assess|evaluate|judge)\b.{0,30}\b(change|changes|diff|pr|pull request|patch|branch|commit|commits|merge request|mr)\b`)},
	{intentReview, 5, []string{"merge", "ready", "safe", "lgtm", "ship"}, lazily(`(?i)\b(is (this|it|the (pr|branch|change|patch)) (safe|ready|ok|okay|good) to (merge|ship|land|go))\b|\bready to merge\b|\blgtm\b|\bsafe to merge\b`)},
	{intentReview, 4, []string{"change", "diff", "patch", "pr", "commit", "branch", "merge"}, lazily(`(?i)(^|[.!?,:;]\s+|\bplease |\bcan you |\bcould you )(check|verify|validate|tell me|judge|see|is|are|anything|what do you think|any issues|look at|find (bugs|problems|issues))\b.{0,70}\b(my |the |this |last |latest )?(changes?|diff|patch|pr|commits?|branch|merge request|pull request)\b`)},
	{intentReview, 6, []string{"prüf", "begutacht", "überprüf", "schau", "reviewe"}, lazily(`(?i)(prüfe?n? |begutachte|überprüfe?|schau dir).{0,50}(änderung|commit|diff|branch|pull|patch|pr\b|code)|\breviewe\b`)},
	{intentReview, 6, []string{"revis", "relis", "reli", "revue", "rivedi", "examine"}, lazily(`(?i)\b(revisa|revise|revisar|revisión|relis|relire|relecture|revue de code|passe en revue|rivedi|revisão|examine)\b.{0,50}(cambio|código|code|pr\b|diff|modif|commit|rama|branche|mudança|alteraç|modific|pull)`)},
	{intentReview, 6, []string{"レビュー", "审", "審", "コード", "检查", "리뷰", "ревью", "проверь", "посмотри", "оцени"}, lazily(`(?i)レビュー|审查|评审|审阅|審查|コードを確認|检查.{0,8}(改动|变更|提交|代码)|리뷰|ревью|(проверь|посмотри|оцени).{0,30}(изменени|коммит|pr|diff|ветк|патч|код)`)},
	{intentDocs, 5, []string{"document", "describe"}, lazily(`(?i)(^|[.!?,;:]\s+|\bplease |\band |\bthen )(document|describe)\b`)},
	{intentDocs, 5, []string{"doc", "readme", "change", "release", "guide", "tutorial", "how-to", "handbook", "runbook", "adr", "wiki", "api", "openapi", "swagger", "faq", "cookbook", "manual", "typo", "comment", "man page"}, lazily(`(?i)\b(write|add|update|improve|create|fix|finish|extend|expand|draft|generate|refresh|rewrite|polish|proofread|complete|prepare|revise|restructure|translate|correct|need|fill)\b.{0,60}\b(docs?|documentation|readme|changelog|change log|release notes|docstrings?|doc[- ]comments?|javadocs?|jsdoc|tsdoc|kdoc|rustdoc|godoc|guide|tutorial|how-to|handbook|runbook|adr|man page|wiki|api reference|openapi|swagger|examples? in the docs|faq|cookbook|user manual|typos?|tsdoc|xml comments|api description)\b`)},
	{intentDocs, 4, []string{"doc", "readme", "changelog"}, lazily(`(?i)^(docs?|documentation|readme|changelog)\b`)},
	{intentDocs, 5, []string{"dokument", "document", "rédige", "ドキュメント", "文書", "文档", "文檔", "문서", "документ", "опиши"}, lazily(`(?i)dokumentier|dokumentation|documentez?\b|documente |rédige|documenta |documentación|documentação|documentazione|ドキュメント|文書化|文档|文檔|문서|документаци|документируй|задокументируй|опиши .{0,20}(api|модул)`)},
	{intentMajor, 6, []string{"migrat", "upgrad", "port", "bump"}, lazily(`(?i)\b(migrat(e|es|ing|ion)|upgrad(e|es|ing)|port(ing)? (the|this|our|my|all|it|over|[\w./-]+ (from|to))|bump(ing)?)\b.{0,80}\b(to|onto|off|with)\b.{0,20}(v?\d+(\.|\b)|[A-Z][A-Za-z]+ ?\d|edition|esm|es modules?|typescript|postgres|mysql|kotlin|swift|react|vue|angular|svelte|vitest|jest|pytest|junit|pnpm|vite|webpack|next|nuxt|python|java|go\b|rust|\.net|dotnet|spring|django|rails|laravel|symfony|node|tailwind|bootstrap|sqlalchemy|pydantic|composition api|app router|hyper|tokio|axum|bazel|gradle|cmake|log4j|slf4j|jakarta|kysely|drizzle|prisma|graphql|grpc|k8s|terraform|s3|composer|poetry|uv\b|ruff|biome|eslint)`)},
	{intentMajor, 6, []string{"convert", "mov", "switch", "transition", "replac", "rewrit"}, lazily(`(?i)\b(convert(ing)?|mov(e|ing)|switch(ing)?|transition(ing)?|replac(e|ing)|rewrit(e|ing))\b(.{0,60}\bfrom\b.{1,40}\b(to|with)\b| (the |our |this |all |whole |entire |my )*([\w/-]+ )?(project|app|application|codebase|repo|repository|build|tests|test suite|store|service|crate|library|package|src|frontend|backend|everything|components)\b.{0,40}\b(to|off|with)\b).{0,20}(v?\d+(\.|\b)|[A-Z][A-Za-z]+ ?\d|edition|esm|es modules?|typescript|postgres|mysql|kotlin|swift|react|vue|angular|svelte|vitest|jest|pytest|junit|pnpm|vite|webpack|next|nuxt|python|java|go\b|rust|\.net|dotnet|spring|django|rails|laravel|symfony|node|tailwind|bootstrap|sqlalchemy|pydantic|composition api|app router|hyper|tokio|axum|bazel|gradle|cmake|log4j|slf4j|jakarta|kysely|drizzle|prisma|graphql|grpc|k8s|terraform|s3|composer|poetry|uv\b|ruff|biome|eslint)`)},
	{intentMajor, 5, []string{"migrat", "upgrad"}, lazily(`(?i)\b(migrate|migrating|upgrade|upgrading)\b.{0,80}\b(off|away from|onto|from .{1,40} to)\b`)},
	{intentMajor, 5, []string{"codemod", "major", "framework", "language", "dependency", "library", "sdk", "modern", "edition", "deprecated"}, lazily(`(?i)\bcodemods?\b|\bmajor (version )?(upgrade|update|bump)|\b(framework|language|dependency|library|sdk) (upgrade|migration)\b|\bmodern(ize|ise)\b|\bedition 20\d\d\b|\bdeprecated api`)},
	{intentMajor, 5, []string{"migrat", "port", "upgrad"}, lazily(`(?i)^(migrate|migrating|port|upgrade)\b`)},
	{intentMajor, 6, []string{"migr", "portier", "stell", "umstell", "aktualis", "porte", "mets", "actualiza", "移", "迁", "遷", "升", "마이", "мигр", "перен", "перев", "обнов"}, lazily(`(?i)migrier|portier|\bstelle?n? .{1,50} um\b|umstellen auf|umstellung|aktualisiere .{0,40} auf|migre[rz]?\b|migra(r)? |porte[rz]? |mets à jour .{0,40} vers|actualiza .{0,40} a |移行|移植|迁移|遷移|升级到|升級到|마이그레이션|мигрир|миграци|перенес|перевед|обнови .{0,40} до`)},
	{intentSchema, 7, []string{"migration"}, lazily(`(?i)\b(schema|db|database|sql|data|alembic|flyway|rails|ef( core)?|django|prisma|liquibase|knex)\b.{0,30}\bmigrations?\b|\bmigrations?\b.{0,40}\b(model|schema|column|table|scope|endpoint|entity|index|field|serializer|handler)|\b(write|add|create|generate|need) (a|the|an?other|new)? ?migrations?\b|\+ ?migration|migration ?\+`)},
	{intentSchema, 6, []string{"column", "table", "key", "index", "constraint", "nullable", "backfill", "tabelle", "spalte", "colonne", "columna", "tabla"}, lazily(`(?i)\b(add|drop|rename|remove|split|introduce|make)\b.{0,40}\b(column|table|foreign key|db index|unique constraint|nullable)\b|\bbackfill|\btabelle\b|\bspalte\b|\bcolonne\b|\bcolumna\b|\btabla\b`)},
	{intentTest, 5, []string{"test", "spec", "coverage", "e2e", "ci", "build", "écri", "測試", "测试", "テスト", "тест"}, lazily(`(?i)\b(write|add|extend|improve|increase|create|generate|more|missing|better|raise|expand|need)\b.{0,40}\b(tests?|specs?|coverage|test cases?|unit tests?|e2e)\b|\bflak(y|iness|e)\b|\btestabdeckung|\bschreibe?.{0,40}tests?\b|\btests für|\bécri[st].{0,30}tests?|\bescrib.{0,30}(tests?|pruebas)|テストを|测试|測試|напиши .{0,20}тест|\b(tests?|ci|build) (is|are|keeps?) (red|failing|broken|flaky)`)},
	{intentResearch, 4, []string{"why", "how", "where", "explain", "investigate", "find out", "figure", "underst", "analy", "compare", "look into", "trace", "explore", "summari", "tell me", "research", "survey", "evaluate", "is there", "does", "are there", "walk me", "diagnose", "root cause", "estimate"}, lazily(`(?i)\b(why|how (does|do|is|are|did|come|much|many|would|can)|where (is|are|does|do)|explain|investigate|find out|figure out|understand|analy[sz]e|compare|look into|trace|explore|summari[sz]e|tell me|research|survey|evaluate|is there|does (it|this|the)|are there|walk me through|diagnose|root cause|estimate)\b`)},
	{intentResearch, 4, []string{"?", "what", "which", "who"}, lazily(`(?i)(^|[.!?:]\s+)(what|which|when|who|is|are|does|do|did|can|could|has|have|should)\b[^.!]*\?|\b(what|which|who) (is|are|was|were|does|did|happens)\b`)},
	{intentResearch, 6, []string{"don", "do not", "without", "no ", "read", "only", "just", "nicht", "ohne", "ne ", "sin ", "cambies", "不", "меня", "変更"}, lazily(`(?i)\b(don'?t|do not|without|no need to) (change|chang|touch|edit|modify|fix|writ)|\b(no|without) (code )?changes\b|\bread[- ]only\b|\bonly (want|investigat|explain)|investigate only|\bjust (explain|investigate|find|tell|look)|nichts ändern|noch nichts|ohne .{0,20}änder|ne (change|modifie)z? rien|sin cambiar|no cambies|不要修改|ничего не меняй|変更しない|変更せず`)},
	{intentResearch, 4, []string{"warum", "wieso", "weshalb", "wo ", "wie ", "erklär", "untersuch", "finde heraus", "verstehen", "pourquoi", "comment", "expli", "où", "por qu", "cómo", "dónde", "investiga", "perch", "spiega", "почему", "объясни", "найди", "как работает", "разберись", "なぜ", "調べ", "説明", "为什么", "解释", "调查", "왜", "설명"}, lazily(`(?i)\b(warum|wieso|weshalb|wo |wie |erkläre?|untersuche?|finde heraus|verstehen|pourquoi|comment (fonctionne|marche|est|se fait|on|faire|ça)|explique|où|por qué|cómo|dónde|explica|investiga|perché|spiega|por que|почему|объясни|найди|как работает|разберись)|なぜ|調べ|説明|为什么|解释|调查|왜|설명`)},
	{intentWork, 5, nil, lazily(`(?i)(^|[.!?,:;–-]\s*|\bplease |\band |\bthen |\bso |\bcan you |\bcould you |\bto )(fix|repair|implement|add|refactor|rename|remove|delete|make|change|build|create|correct|solve|resolve|handle|support|extract|speed up|optimi[sz]e|introduce|apply|address|enable|disable|replace|wire|use|adjust|allow|let|stop|prevent|bump|set|revert|clean|simplify|restore|cache|reduce|improve|finish|patch|integrate|expose|redesign|style|show)\b`)},
	{intentWork, 4, []string{"bug", "crash", "broken", "feature", "regression", "fixen", "beheb", "reparier", "implementier", "füg", "bau", "erstell", "änder", "corrig", "ajout", "implément", "añad", "agreg", "arregl", "aggiung", "corregg", "adicion", "испр", "добав", "реализ", "почин", "修", "添", "实", "追", "実", "고쳐", "추가"}, lazily(`(?i)\bbug\b|\bcrash(es|ed|ing)?\b|\bbroken\b|\bfeature\b|\bregression\b|\bfixen\b|behebe?|repariere?|implementiere?|füge? |baue? |erstelle|ändere|corrige|ajoute|implémente|añade|agrega|arregla|aggiungi|correggi|adiciona|исправ|добав|реализуй|почини|修复|添加|实现|修正|追加|実装|고쳐|추가`)},
	{intentHouse, 5, []string{"rebase", "merge", "cherry", "clean up", "free", "push", "commit", "open a", "tag", "prune", "set up", "install", "restart"}, lazily(`(?i)\b(rebase|merge (main|master|the branch)|cherry-pick|clean up the (disk|branches|containers)|free (up )?(disk|space)|push (it|this|the branch)|commit (this|it|the|everything|my)|open a (pr|pull request)|tag (the|a) release|prune|set up (my|the) (machine|environment|dev)|install (node|docker|the toolchain|python|go)|restart (the|docker))`)},
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
	var points [intentHouse + 1]int
	low := strings.ToLower(text)
	for i := range phrases {
		if r := &phrases[i]; r.fits(text, low) {
			points[r.intent] += r.points
		}
	}
	if special := points[intentDocs] + points[intentMajor] + points[intentSchema] + points[intentReview] + points[intentTest]; special > 0 && asProduct.MatchString(text) {
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
		*a = asked{text, before, intentOf(text, before), text != "" && asProduct.MatchString(text)}
	}
	return *a
}
