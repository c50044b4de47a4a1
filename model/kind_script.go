package model

import "strings"

// writeCalls are what scripts of the common languages change files with.
var writeCalls = [...]string{
	"write_text(", "write_bytes(", "writelines(", "shutil.move(", "shutil.copy", "os.rename(", "os.replace(", "os.remove(", "os.unlink(", ".rename(", ".unlink(", "inplace=True", "to_csv(", "json.dump(", "yaml.dump(", "yaml.safe_dump(",
	"writeFile", "appendFile", "createWriteStream", "outputFile", "outputJson", "renameSync", "rmSync", "unlinkSync", "Bun.write(", "writeTextFile", "cpSync",
	"File.write", "IO.write", "FileUtils.", "file_put_contents(", "fwrite(", "File.write!", "spit ", "WriteFile(", "WriteAllText", "Set-Content", "Out-File",
}

// openModes are the ways to open a file for writing, after the comma of open's arguments.
var openModes = [...]string{`"w"`, `'w'`, `"a"`, `'a'`, `"wb"`, `'wb'`, `"w+"`, `'w+'`, `"r+"`, `'r+'`, `"wt"`, `'wt'`, `"x"`, `'x'`, `mode="w"`, `mode='w'`, `"ab"`, `'ab'`, `'>'`, `">"`, `'>>'`}

func hasWriteCall(text string) bool {
	for _, w := range writeCalls {
		if strings.Contains(text, w) {
			return true
		}
	}
	if strings.Contains(text, "open(") || strings.Contains(text, "open ") || strings.Contains(text, "File.open") {
		for _, m := range openModes {
			if strings.Contains(text, ", "+m) || strings.Contains(text, ","+m) {
				return true
			}
		}
	}
	return false
}

// script judges a script that stands in the call itself.
func (l looker) script(lang, text string) []doing {
	lit := literals(text)
	if hasWriteCall(text) {
		return l.scriptWrites(lang, text, lit)
	}
	for _, w := range [...]string{"unittest.main(", "pytest.main(", "node:test", "unittest.TextTestRunner"} {
		if strings.Contains(text, w) {
			return one(doTest, lang)
		}
	}
	if strings.Contains(text, "cursor") || strings.Contains(text, "execute(") || strings.Contains(text, ".query(") {
		if isDDL(text) {
			return one(doMigrate, lang)
		}
	}
	reads := false
	for _, w := range [...]string{"open(", "read_text", "readFile", "File.read", "glob", "os.walk", "read_csv", "json.load", "IO.read", "readdir", "listdir", "stdin", "file_get_contents", "slurp", "iterdir", "urlopen", "requests.get", "fetch(", "inspect.getsource", "help(", "dir(", "__version__", "__file__", "SELECT", "select ", "ET.parse", ".parse(", "Dir["} {
		if strings.Contains(text, w) {
			reads = true
			break
		}
	}
	d := doing{deed: doRun, tool: lang, place: placeScratch, named: true}
	if reads && !importsProduct(text) {
		d = doing{deed: doRead, tool: lang + " script"}
	}
	d.text = "inline"
	for _, w := range [...]string{"find_each", "update_all", "insert_all", "delete_all", "update_columns", "bulk_update", "bulk_create", ".update!(", "->update(", "Repo.update", "objects.update", "INSERT INTO", "UPDATE "} {
		if strings.Contains(text, w) {
			d.deed, d.text = doRun, "dml"
			break
		}
	}
	return []doing{d}
}

// scriptWrites gives the files that a script changes, as far as it names them.
func (l looker) scriptWrites(lang, text string, lit []string) []doing {
	tool := lang + " script"
	bulk := strings.Contains(text, "glob(") || strings.Contains(text, "os.walk") || strings.Contains(text, "glob.") || strings.Contains(text, "Dir[") || strings.Contains(text, "globSync") || strings.Contains(text, "fg.sync")
	var direct, files []string
	for _, s := range lit {
		if !looksLikeFile(s) {
			continue
		}
		files = append(files, s)
		i := strings.Index(text, s)
		after := text[i+len(s) : min(len(text), i+len(s)+30)]
		before := text[max(0, i-40):i]
		switch {
		case writesAfter(after), strings.Contains(before, "writeFileSync(") || strings.Contains(before, "writeFile(") || strings.Contains(before, "File.write(") || strings.Contains(before, "file_put_contents("):
			direct = append(direct, s)
		}
	}
	if len(direct) > 0 {
		files = direct
	}
	all := make([]doing, 0, len(files)+1)
	for _, f := range files {
		all = append(all, doing{deed: doWrite, place: placeOf(f, l.cwd), path: f, tool: tool, named: true})
	}
	if len(direct) == 0 && len(all) > 1 {
		all = strongest(all)
	}
	if len(all) == 0 || bulk && len(direct) == 0 {
		d := doing{deed: doWrite, tool: tool}
		d.place, d.named = bulkPlace(text, lit)
		all = []doing{d}
	}
	for i := range all {
		all[i].text = "inline"
	}
	return all
}

// strongest leaves out the scratch files where others are named.
func strongest(all []doing) []doing {
	kept := all[:0:0]
	for _, d := range all {
		if d.place != placeScratch && d.place != placeOutput {
			kept = append(kept, d)
		}
	}
	if len(kept) == 0 {
		return all
	}
	return kept
}

func writesAfter(after string) bool {
	for _, m := range openModes {
		if strings.Contains(after, m) {
			return true
		}
	}
	return strings.Contains(after, ".write_") || strings.Contains(after, "write_text") || strings.Contains(after, ".open(\"w") || strings.Contains(after, ".open('w")
}

// bulkPlace is where a script that walks over files writes, by the patterns it names.
func bulkPlace(text string, lit []string) (place, bool) {
	for _, s := range lit {
		switch {
		case strings.HasSuffix(s, ".md") || strings.HasSuffix(s, ".mdx") || strings.HasSuffix(s, ".rst") || s == "docs" || strings.HasPrefix(s, "docs/"):
			return placeDoc, true
		case s == "tests" || s == "test" || strings.HasPrefix(s, "tests/") || strings.HasPrefix(s, "test/") || strings.Contains(s, "_test.") || strings.Contains(s, ".test.") || strings.Contains(s, ".spec.") || strings.Contains(s, "test_*"):
			return placeTest, true
		case strings.HasPrefix(s, "/tmp"):
			return placeScratch, true
		}
	}
	return placeSource, false
}

// literals gives the strings that stand in a script, without looking into escapes.
func literals(text string) (all []string) {
	for i := 0; i < len(text) && len(all) < 64; i++ {
		q := text[i]
		if q != '"' && q != '\'' && q != '`' {
			continue
		}
		end := i + 1
		for end < len(text) && text[end] != q && text[end] != '\n' {
			if text[end] == '\\' {
				end++
			}
			end++
		}
		if end < len(text) && text[end] == q {
			if end > i+1 {
				all = append(all, text[i+1:end])
			}
			i = end
		}
	}
	return all
}

// looksLikeFile says that a literal names a file: an ending and nothing that no path has.
func looksLikeFile(s string) bool {
	if len(s) < 3 || len(s) > 200 || strings.ContainsAny(s, " \t*?<>|(){}=,;$%") || strings.Contains(s, "://") || strings.HasPrefix(s, "\\") {
		return false
	}
	_, ext := splitExt(s[strings.LastIndexAny(s, `/\`)+1:])
	if ext == "" {
		return strings.HasPrefix(s, "/tmp/") || strings.HasSuffix(s, "/README") || strings.HasSuffix(s, "Makefile") || strings.HasSuffix(s, "Dockerfile")
	}
	if len(ext) > 10 {
		return false
	}
	for _, r := range ext {
		if (r < 'a' || r > 'z') && (r < 'A' || r > 'Z') && (r < '0' || r > '9') {
			return false
		}
	}
	return strings.Contains(s, "/") || len(ext) >= 1 && len(ext) <= 5 && !isNumber(ext)
}

func isNumber(s string) bool {
	for _, r := range s {
		if r < '0' || r > '9' {
			return false
		}
	}
	return true
}

// common are modules that scripts use as tools: to use them is not to try the product.
const common = "json re sys os pathlib collections subprocess time math csv random itertools datetime xml sqlite3 yaml requests numpy np pandas pd tomllib toml ast hashlib base64 struct gzip glob statistics textwrap urllib http io zipfile shutil tempfile argparse functools typing dataclasses decimal string difflib inspect importlib traceback socket threading asyncio concurrent uuid platform logging pprint matplotlib scipy operator html secrets heapq bisect codecs locale signal queue contextlib fractions copy enum PIL bs4 lxml tiktoken pkg_resources packaging __future__ " +
	"fs path url util child_process crypto assert os readline process perf_hooks zlib node:fs node:path node:url node:util node:child_process node:os node:crypto fs/promises node:fs/promises glob fast-glob typescript set benchmark optparse fileutils find nokogiri psych time date"

// importsProduct says that a script uses a module that is not a tool's.
func importsProduct(text string) bool {
	for line := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == ';' }) {
		words := strings.Fields(strings.TrimSpace(line))
		if len(words) < 2 {
			continue
		}
		name := ""
		switch words[0] {
		case "import", "from":
			name = strings.Trim(strings.TrimRight(words[1], ","), `"'`)
			if i := strings.LastIndex(line, " from "); words[0] == "import" && i >= 0 {
				name = strings.Trim(strings.TrimSpace(line[i+6:]), `"';`)
			}
		case "const", "let", "var", "use", "require":
			if i := strings.Index(line, "require("); i >= 0 {
				name = strings.Trim(line[i+8:], `"'`)
				if j := strings.IndexAny(name, `"'`); j >= 0 {
					name = name[:j]
				}
			} else if i := strings.Index(line, "import("); i >= 0 {
				return true
			} else if words[0] == "use" || words[0] == "require" {
				name = strings.Trim(words[1], `"';`)
			}
		}
		if name == "" {
			continue
		}
		if strings.HasPrefix(name, ".") {
			return true
		}
		head, _, _ := strings.Cut(name, ".")
		if !hasWord(common, name) && !hasWord(common, head) {
			return true
		}
	}
	return strings.Contains(text, "require('./") || strings.Contains(text, `require("./`) || strings.Contains(text, "require('.") || strings.Contains(text, "Rails.") || strings.Contains(text, "import('./")
}
