package ledger

// schema2 is the second version: what budgets are held by without reading history,
// what runs have asked for and not been answered yet, and what is to happen to them.
const schema2 = `
-- folder is where the thread began to work, title its first prompt as State has it,
-- change counts every writing of a thread.
ALTER TABLE threads ADD COLUMN folder TEXT NOT NULL DEFAULT '';
ALTER TABLE threads ADD COLUMN title TEXT NOT NULL DEFAULT '';
ALTER TABLE threads ADD COLUMN place INTEGER NOT NULL DEFAULT 0;
ALTER TABLE threads ADD COLUMN change INTEGER NOT NULL DEFAULT 0;
UPDATE threads SET change = n, folder = cwd;
UPDATE threads SET
	folder = coalesce(nullif(json_extract(CAST(state AS TEXT), '$.Thread.Meta.Cwd'), ''), cwd),
	title = coalesce(json_extract(CAST(state AS TEXT), '$.Thread.Title'), '')
	WHERE json_valid(CAST(state AS TEXT));
CREATE INDEX threads_last ON threads (last_at);
CREATE INDEX threads_change ON threads (change);

-- Where usage was: what budgets ask for besides model and time.
CREATE TABLE places (
	n INTEGER PRIMARY KEY,
	home TEXT NOT NULL,
	project TEXT NOT NULL,
	folder TEXT NOT NULL,
	UNIQUE (home, project, folder)
);
INSERT INTO places (home, project, folder) SELECT DISTINCT home, project, folder FROM threads;
UPDATE threads SET place = (SELECT p.n FROM places p WHERE p.home = threads.home AND p.project = threads.project AND p.folder = threads.folder);

-- The usage of all threads of a place added up: by quarter of an hour (level 0)
-- and by day of UTC (level 1). Each counter of a row counts as at most 2^48.
CREATE TABLE sums (
	level INTEGER NOT NULL,
	span INTEGER NOT NULL,
	place INTEGER NOT NULL,
	class INTEGER NOT NULL,
	input INTEGER NOT NULL,
	cached INTEGER NOT NULL,
	cache_write INTEGER NOT NULL,
	output INTEGER NOT NULL,
	reasoning INTEGER NOT NULL,
	responses INTEGER NOT NULL,
	PRIMARY KEY (level, span, place, class)
) WITHOUT ROWID;
INSERT INTO sums SELECT 0, u.quarter, t.place, u.class,
	sum(max(-281474976710656, min(u.input, 281474976710656))), sum(max(-281474976710656, min(u.cached, 281474976710656))),
	sum(max(-281474976710656, min(u.cache_write, 281474976710656))), sum(max(-281474976710656, min(u.output, 281474976710656))),
	sum(max(-281474976710656, min(u.reasoning, 281474976710656))), sum(max(-281474976710656, min(u.responses, 281474976710656)))
	FROM usage u JOIN threads t ON t.n = u.thread GROUP BY u.quarter, t.place, u.class;
INSERT INTO sums SELECT 1, (span - ((span % 96) + 96) % 96) / 96 AS day, place, class,
	sum(input), sum(cached), sum(cache_write), sum(output), sum(reasoning), sum(responses)
	FROM sums WHERE level = 0 GROUP BY day, place, class;

-- The task of a run, as a pattern finds it in the root's branch or first prompt.
-- Known for all threads up to a change that stands in meta.
CREATE TABLE tasks (
	pattern TEXT NOT NULL,
	run TEXT NOT NULL,
	task TEXT NOT NULL,
	PRIMARY KEY (pattern, run)
) WITHOUT ROWID;
CREATE INDEX tasks_task ON tasks (pattern, task);

-- How far the gate has read a thread's file, and what it needs to go on.
CREATE TABLE meters (
	thread TEXT PRIMARY KEY,
	path TEXT NOT NULL,
	dev INTEGER NOT NULL,
	ino INTEGER NOT NULL,
	offset INTEGER NOT NULL,
	state BLOB NOT NULL
) WITHOUT ROWID;

-- What a thread's next response is expected to use, from when its request was let
-- go until the response is known.
CREATE TABLE reservations (
	thread TEXT PRIMARY KEY,
	run TEXT NOT NULL,
	home TEXT NOT NULL,
	project TEXT NOT NULL,
	folder TEXT NOT NULL,
	quarter INTEGER NOT NULL,
	model TEXT NOT NULL,
	tier TEXT NOT NULL,
	long INTEGER NOT NULL,
	kind INTEGER NOT NULL,
	input INTEGER NOT NULL,
	cached INTEGER NOT NULL,
	cache_write INTEGER NOT NULL,
	output INTEGER NOT NULL,
	reasoning INTEGER NOT NULL,
	responses INTEGER NOT NULL,
	at INTEGER NOT NULL,
	until INTEGER NOT NULL,
	known_tokens INTEGER NOT NULL,
	known_responses INTEGER NOT NULL,
	pid INTEGER NOT NULL,
	ticks INTEGER NOT NULL
) WITHOUT ROWID;

-- When the gate was last asked, by home.
CREATE TABLE gates (
	home TEXT PRIMARY KEY,
	at INTEGER NOT NULL,
	event TEXT NOT NULL,
	thread TEXT NOT NULL,
	refused INTEGER NOT NULL,
	refused_at INTEGER NOT NULL
) WITHOUT ROWID;

-- What is to happen to a run later; done_at is 0 while it holds.
CREATE TABLE orders (
	id TEXT PRIMARY KEY,
	run TEXT NOT NULL,
	kind TEXT NOT NULL,
	amount INTEGER NOT NULL,
	until INTEGER NOT NULL,
	at INTEGER NOT NULL,
	actor TEXT NOT NULL,
	reason TEXT NOT NULL,
	done_at INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX orders_run ON orders (run, done_at);

-- Switches of runs to another model or effort, what they promised and what was
-- used since; until is 0 while that is still measured. body is all of one, as JSON.
CREATE TABLE savings (
	id TEXT PRIMARY KEY,
	run TEXT NOT NULL,
	at INTEGER NOT NULL,
	until INTEGER NOT NULL,
	body TEXT NOT NULL
) WITHOUT ROWID;
CREATE INDEX savings_at ON savings (at);

-- How a run stood before something was done to it, as JSON.
CREATE TABLE states (
	n INTEGER PRIMARY KEY,
	run TEXT NOT NULL,
	at INTEGER NOT NULL,
	body TEXT NOT NULL
);
CREATE INDEX states_run ON states (run, n);
`
