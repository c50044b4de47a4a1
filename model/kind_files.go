package model

import "strings"

// files judges what handles files.
func (l looker) files(c *command) ([]doing, bool) {
	switch c.name {
	case "sed", "gsed":
		return l.sed(c), true
	case "perl", "ruby", "rb":
		if did, ok := l.inPlace(c); ok {
			return did, true
		}
		return l.interpreter(c), true
	case "awk", "gawk":
		if c.has("inplace") {
			return l.written(c.name, last(c.args)), true
		}
		return nil, false
	case "yq", "dasel", "crudini", "augtool":
		if c.has("-i", "--inplace", "put", "--set", "-w", "set") {
			return l.written(c.name, last(c.args)), true
		}
		return nil, false
	case "tee", "sponge":
		return l.tee(c), true
	case "cp", "mv", "install", "ln", "rsync", "copy-item", "move-item":
		f := c.files()
		if len(f) < 2 {
			return one(doHouse, c.name), true
		}
		did := l.written(c.name, f[len(f)-1])
		if placeOf(f[len(f)-1], l.cwd) == placeScratch {
			return one(doHouse, c.name), true
		}
		if f[len(f)-1] == "." || strings.HasSuffix(f[len(f)-1], "/") {
			did = l.written(c.name, f[0])
		}
		return did, true
	case "touch", "truncate", "set-content", "add-content", "new-item", "out-file":
		if f := c.files(); len(f) > 0 {
			d := l.written(c.name, f[0])
			if c.has("Directory") {
				return one(doNothing, c.name), true
			}
			return d, true
		}
	case "mkdir":
		return one(doNothing, c.name), true
	case "rm", "unlink", "rmdir", "trash", "shred", "del", "rimraf":
		did := []doing{}
		for _, f := range c.files() {
			did = append(did, doing{deed: doRemove, place: placeOf(f, l.cwd), path: f, tool: c.name, named: true})
		}
		if len(did) == 0 {
			did = one(doHouse, c.name)
		}
		return did, true
	case "patch":
		return []doing{{deed: doWrite, tool: "patch"}}, true
	case "apply_patch", "applypatch":
		text := c.stdin
		if text == "" && len(c.args) > 0 {
			text = strings.Join(c.args, " ")
		}
		return l.patch(text), true
	case "ed", "ex", "vim", "vi", "nvim", "emacs", "nano":
		return l.written(c.name, last(c.args)), true
	case "curl", "wget", "http", "https", "xh", "invoke-webrequest", "invoke-restmethod", "grpcurl", "websocat", "wscat", "iwr":
		if c.mentions("localhost", "127.0.0.1", "0.0.0.0", "[::1]", "host.docker.internal", "http://$", "$BASE", ".local:") || c.mentions("$/") || c.name == "grpcurl" {
			return one(doRun, c.name), true
		}
		return one(doWeb, c.name), true
	case "find", "fd":
		if c.has("-delete") {
			return one(doRemove, c.name), true
		}
		for i, a := range c.args {
			if (a == "-exec" || a == "-execdir" || a == "-x") && i+1 < len(c.args) {
				inner := command{program: c.args[i+1], name: programName(c.args[i+1]), args: c.args[i+2:]}
				return l.command(&inner), true
			}
		}
	case "tail":
		if c.has("-f", "-F") {
			return one(doPoll, c.name), true
		}
	}
	return nil, false
}

func last(args []string) string {
	if len(args) == 0 {
		return ""
	}
	return args[len(args)-1]
}

func (l looker) sed(c *command) []doing {
	inPlace := false
	for _, a := range c.args {
		inPlace = inPlace || a == "--in-place" || strings.HasPrefix(a, "--in-place=") || strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "--") && strings.Contains(a, "i") && !strings.Contains(a, "n")
	}
	if !inPlace {
		if c.piped && len(c.writes) == 0 {
			return one(doNothing, c.name)
		}
		return l.reads(c)
	}
	var targets []string
	for i, a := range c.args {
		if i > 0 && !strings.HasPrefix(a, "-") && c.args[i-1] != "-e" && a != "" {
			targets = append(targets, a)
		}
	}
	script := ""
	// Without -e the first plain argument is the script; BSD's -i '' is an empty one.
	if !c.has("-e", "-f") {
		if f := c.files(); len(f) > 0 {
			for _, a := range f {
				if a != "" {
					script = a
					break
				}
			}
		}
	}
	var files []string
	for _, a := range targets {
		if a != script {
			files = append(files, a)
		}
	}
	if len(files) == 0 {
		return []doing{{deed: doWrite, tool: "sed -i", traits: traits{text: script}}}
	}
	did := l.written("sed -i", files...)
	for i := range did {
		did[i].text = script
	}
	return did
}

// inPlace judges perl -pi -e and ruby -i.
func (l looker) inPlace(c *command) ([]doing, bool) {
	inPlace := false
	for _, a := range c.args {
		if strings.HasPrefix(a, "-") && !strings.HasPrefix(a, "--") && strings.Contains(a, "i") && !strings.HasPrefix(a, "-I") && len(a) <= 9 {
			inPlace = true
		}
	}
	if !inPlace {
		return nil, false
	}
	var files []string
	for i, a := range c.args {
		if !strings.HasPrefix(a, "-") && i > 0 && !strings.HasSuffix(c.args[i-1], "e") {
			files = append(files, a)
		}
	}
	if len(files) == 0 {
		return []doing{{deed: doWrite, tool: c.name + " -i"}}, true
	}
	return l.written(c.name+" -i", files...), true
}

func (l looker) tee(c *command) []doing {
	if c.piped && c.stdin == "" {
		// of another command's output: a log, unless its name says source
		f := c.files()
		if len(f) == 0 || !isAuthored(f[0]) {
			return one(doNothing, c.name)
		}
	}
	var did []doing
	for _, f := range c.files() {
		did = append(did, doing{deed: doWrite, place: placeOf(f, l.cwd), path: f, tool: "tee", named: true, add: !c.has("-a"), traits: traits{Traits: textTraits(f, c.stdin)}})
	}
	return did
}

// patch gives the writes of a patch in apply_patch's format.
func (l looker) patch(text string) (did []doing) {
	var r TraitReader
	flush := func() {
		if n := len(did); n > 0 {
			did[n-1].Traits = r.Traits()
		}
	}
	for line := range strings.Lines(text) {
		line = strings.TrimRight(line, "\r\n")
		if name, isNew, ok := patchFile(line); ok {
			flush()
			r = ReadTraits(name)
			did = append(did, doing{deed: doWrite, place: placeOf(name, l.cwd), path: name, tool: "apply_patch", named: true, add: isNew})
			continue
		}
		if len(did) > 0 && line != "" && !strings.HasPrefix(line, "*** ") {
			r.Line(line[0], []byte(line[1:]))
		}
	}
	flush()
	if len(did) == 0 {
		did = []doing{{deed: doWrite, tool: "apply_patch"}}
	}
	return did
}

func patchFile(line string) (name string, isNew, ok bool) {
	if name, ok = strings.CutPrefix(line, "*** Add File: "); ok {
		return name, true, true
	}
	if name, ok = strings.CutPrefix(line, "*** Update File: "); ok {
		return name, false, true
	}
	name, ok = strings.CutPrefix(line, "*** Delete File: ")
	return name, false, ok
}
