package model

import "strings"

// database judges clients of databases, and migration tools that do other things too.
func (l looker) database(c *command) ([]doing, bool) {
	switch c.name {
	case "psql", "sqlite3", "mysql", "mariadb", "duckdb", "sqlcmd", "usql", "clickhouse-client", "clickhouse", "cqlsh", "mycli", "pgcli", "litecli", "bq", "snowsql", "spanner-cli", "cockroach", "libsql", "turso":
		return l.sql(c), true
	case "mongosh", "mongo", "redis-cli", "etcdctl", "influx":
		if c.mentions("find(", "get ", "count", "keys", "aggregate(") || c.has("GET", "KEYS", "TTL", "SCAN", "INFO", "get") {
			return one(doRead, c.name), true
		}
		return one(doRun, c.name), true
	case "pg_dump", "pg_restore", "mysqldump", "mongodump", "mongorestore", "pg_dumpall":
		if c.mentions("schema") || c.name == "pg_restore" {
			return one(doMigrate, c.name), true
		}
		return one(doHouse, c.name), true
	case "prisma":
		switch c.first() {
		case "migrate", "db":
			if c.arg(1) == "seed" {
				return one(doHouse, c.name), true
			}
			return one(doMigrate, c.name), true
		case "generate":
			return one(doGenerate, c.name), true
		case "format":
			return []doing{{deed: doWrite, place: placeMigration, tool: c.name, named: true}}, true
		}
		return one(doVerify, c.name), true
	case "knex", "typeorm", "sequelize", "sequelize-cli", "mikro-orm", "typeorm-ts-node-commonjs", "typeorm-ts-node-esm", "drizzle-kit", "objection", "kysely", "adonis", "ace", "directus", "strapi", "payload", "medusa", "bunx-drizzle":
		if c.mentions("migrat", "schema", "push", "generate", "rollback", "seed", "drop", "up", "down", "sync") {
			return one(doMigrate, c.name), true
		}
		return one(doRun, c.name), true
	case "diesel", "sqlx", "sqlx-cli", "sea-orm-cli", "sea", "refinery":
		if c.first() == "prepare" {
			return one(doVerify, c.name), true
		}
		return one(doMigrate, c.name), true
	case "dotnet-ef":
		return one(doMigrate, c.name), true
	case "flask":
		switch {
		case c.first() == "db":
			return one(doMigrate, c.name), true
		case c.first() == "routes":
			return one(doRead, c.name), true
		}
		return one(doRun, c.name), true
	case "supabase", "hasura", "encore", "wasp", "planetscale", "pscale", "neonctl":
		if c.mentions("migrat", "db") {
			return one(doMigrate, c.name), true
		}
		return one(doHouse, c.name), true
	}
	return nil, false
}

// sql judges a client of a database by the statements that it is given.
func (l looker) sql(c *command) []doing {
	text := c.stdin
	for i, a := range c.args {
		if (a == "-f" || a == "--file" || a == ".read") && i+1 < len(c.args) {
			return []doing{l.sqlFile(c, c.args[i+1])}
		}
		if strings.HasSuffix(a, ".sql") {
			return []doing{l.sqlFile(c, strings.TrimPrefix(a, "--file="))}
		}
		text += "\n" + a
	}
	if strings.Contains(text, ".read ") {
		return one(doMigrate, c.name)
	}
	lower := strings.ToLower(text)
	switch {
	case isDDL(lower) && !strings.Contains(lower, "temp table") && !strings.Contains(lower, ":memory:"):
		return one(doMigrate, c.name)
	case hasVerb(lower, "insert into", "update ", "delete from", "merge into", "copy "):
		d := one(doRun, c.name)
		d[0].text = "dml"
		return d
	case hasVerb(lower, "create database", "drop database", "grant ", "vacuum"):
		return one(doHouse, c.name)
	}
	return one(doRead, c.name)
}

func (l looker) sqlFile(c *command, file string) doing {
	p := placeOf(file, l.cwd)
	d := doing{deed: doRun, place: p, path: file, tool: c.name, named: true}
	if p == placeMigration || strings.Contains(strings.ToLower(file), "migrat") || strings.Contains(strings.ToLower(file), "schema") || strings.Contains(strings.ToLower(file), "backfill") {
		d.deed = doMigrate
	}
	return d
}

func hasVerb(text string, verbs ...string) bool {
	for _, v := range verbs {
		if strings.Contains(text, v) {
			return true
		}
	}
	return false
}
