package model

import (
	"strings"
	"sync"
)

// toolDeeds has the programs that do one thing whatever their arguments are. It is
// never written to.
var toolDeeds = sync.OnceValue(toolTable)

// groups lists those programs by what they do. Programs whose first argument
// tells are in command.
var groups = [...]struct {
	deed  deed
	names string
}{
	{doNothing, "cd pushd popd echo printf true false : sleep export set unset source . alias test [ [[ exit return wait read trap ulimit shopt pwd which type whereis hash date tput clear whoami hostname id uname tee mktemp basename dirname realpath readlink seq yes break continue local shift let declare if fi then else done do"},
	{doRead, "cat bat less more head tail nl tac wc ls dir tree exa eza fd fdfind find rg ripgrep grep egrep fgrep zgrep ag ack ack-grep git-grep awk gawk mawk jq yq xq fx sort uniq cut tr column paste comm join diff cmp colordiff file stat du df free ps top htop uptime vmstat iostat tcpdump tshark strings hexdump xxd od nm objdump otool readelf ldd xmllint get-content get-childitem select-string gc gci tokei cloc scc ctags universal-ctags zcat gunzip bzcat xzcat zstdcat unzip tar man tldr apropos locate md5sum sha256sum sha1sum shasum env printenv rev fold fmt expand miller mlr csvcut csvlook q dsq pdftotext exiftool identify mediainfo ffprobe dig nslookup host whois sqlite-utils lsof netstat ss journalctl dmesg history measure-object semgrep ctx7 xcresulttool godoc pydoc pydoc3 perldoc ri symbols gron hexyl xsv dust ncdu scip glimpse repomix"},
	{doTest, "pytest py.test tox nox nose nosetests unittest jest vitest mocha ava tap jasmine karma cypress playwright wdio nightwatch testcafe rspec minitest cucumber behave phpunit pest paratest codecept ctest gotestsum ginkgo gotest richgo bats shellspec shunit2 prove kyua lein-test nextest cargo-nextest trial green stestr ward testem qunit uvu c8 nyc istanbul coverage robot pabot k6 newman hurl dredd schemathesis locust artillery mutmut stryker cosmic-ray infection hypothesis testinfra molecule goss inspec conftest terratest zap maestro detox xctest swift-testing busted luaunit ert-runner tarpaulin cargo-tarpaulin cargo-llvm-cov insta cargo-insta storycap backstop percy testcontainers vitest-ui tasty hspec doctest-runner"},
	{doVerify, "tsc vue-tsc tsgo mypy pyright basedpyright pytype pyre pylint flake8 golint staticcheck golangci-lint govulncheck errcheck revive eslint_d jshint xo oxlint shellcheck hadolint yamllint actionlint tflint checkov kube-linter helm-lint clang-tidy cppcheck cpplint checkstyle pmd spotbugs detekt swiftlint phpstan psalm phpcs phan rubocop-check standardrb-check sorbet srb steep brakeman reek credo dialyzer luacheck selene buf-lint stylelint bandit ty knip depcheck madge cmake ninja meson bear scons gcc g++ cc clang clang++ cl javac kotlinc scalac rustc ghc ocamlc nim zig-build esbuild vite rollup webpack parcel tsup swc babel ng-build xcodebuild msbuild bazelisk javap commitlint attw publint size-limit gofumpt-check ansible-lint djlint-check vulture radon lintr lint hlint mix-format-check erlc elixirc nvcc tsd dune-build nixpkgs-fmt-check pre-commit lefthook husky"},
	{doFormat, "gofmt goimports gofumpt golines gci rustfmt prettier black isort yapf autopep8 autoflake docformatter clang-format google-java-format ktlint ktfmt swiftformat swift-format php-cs-fixer pint phpcbf standardrb rufo stylua shfmt taplo dprint biome ormolu fourmolu nixpkgs-fmt alejandra scalafmt csharpier sqlfmt sql-formatter nph dartfmt elm-format buildifier mdformat standard sort-package-json unimport pyupgrade-off cljfmt ocamlformat terraform-fmt eslint rubocop ruff"},
	{doMeasure, "hyperfine wrk wrk2 ab hey bombardier vegeta oha perf valgrind heaptrack py-spy pyinstrument scalene cprofile benchstat criterion lighthouse autocannon pprof flamegraph cargo-flamegraph samply strace ltrace dtrace instruments asv"},
	{doDocs, "help2man mkdocs sphinx-build sphinx-autobuild sphinx-apidoc sphinx-quickstart sphinx docusaurus typedoc jsdoc apidoc pdoc pdoc3 pydoctor pydoc-markdown rustdoc mdbook doxygen godocdown gomarkdoc vale markdownlint markdownlint-cli markdownlint-cli2 remark mdl lychee markdown-link-check linkinator linkcheck muffet htmltest proselint write-good textlint alex cspell codespell typos misspell aspell hunspell doctoc markdown-toc antora asciidoctor asciidoctor-pdf pandoc jekyll hugo vitepress vuepress mintlify readme redoc redocly redoc-cli swagger-cli swagger spectral openapi-generator-docs yard rdoc sdoc javadoc dokka jazzy swift-docc docc ex_doc haddock ocamldoc odoc terraform-docs helm-docs git-cliff conventional-changelog auto-changelog standard-changelog towncrier changie reno github_changelog_generator changelog compodoc esdoc documentation storybook-docs quarto rst2html rst-lint doc8 rstcheck pydocstyle interrogate darglint numpydoc docstr-coverage darglint2 mike nikola zensical marp slidev mmdc plantuml d2 honkit gitbook retype starlight api-extractor api-documenter plop-docs md-to-pdf blacken-docs mdsh cog embedmd mdox"},
	{doMigrate, "goose alembic flyway liquibase dbmate atlas migrate golang-migrate sql-migrate tern sqitch yoyo yoyo-migrations migra pgroll squawk skeema gh-ost pt-online-schema-change pgloader refinery node-pg-migrate db-migrate umzug graphile-migrate migrate-mongo phinx aerich piccolo evolve roundhouse dbup fluentmigrator grate bytebase reshape ecto.migrate rambler mongock pg-osc dbdeployer mysqldbcompare drizzle-kit"},
	{doCodemod, "jscodeshift codemod comby ast-grep sg openrewrite pyupgrade 2to3 modernize futurize python-modernize django-upgrade flynt lebab cjstoesm gogrep gopatch gofix rector upgrade-assistant try-convert scalafix next-codemod types-react-codemod ng-update bowler libcst refurb swift-migrate com2to3 ruby-lint-upgrade rails_upgrade apiupgrade putout ts-migrate ts-mod ts-morph flow-to-ts decaffeinate vue-codemod v2-to-v3 5to6-codemod jest-codemods svelte-migrate bump-pydantic shed fixit lib2to3 npm-check-updates ncu upgradle"},
	{doHouse, "kill pkill killall mount umount systemctl service launchctl crontab chmod chown chgrp open xdg-open say pbcopy pbpaste ssh-keygen ssh-add gpg apt apt-get yum dnf pacman brew apk snap choco winget scoop port nvm pyenv rbenv asdf volta fnm mise rustup sdk jenv goenv tfenv screen tmux nohup disown jobs fg bg direnv virtualenv venv helm kustomize skaffold minikube kind k3d colima vagrant ansible ansible-playbook terraform tofu terragrunt pulumi cdk serverless sam vercel netlify flyctl fly heroku wrangler aws gcloud az firebase doctl rsync scp sftp logger reset stty caffeinate watchman ngrok cloudflared gh-auth redis-server pg_ctl pg_ctlcluster initdb createdb dropdb mysqladmin brew-services supervisorctl pm2 tune2fs sync swapoff swapon umask loginctl stop-process remove-item"},
	{doWeb, "lynx w3m links elinks httpie-docs"},
	{doGenerate, "protoc buf sqlc mockgen mockery stringer wire ent gqlgen graphql-codegen oapi-codegen openapi-generator openapi-generator-cli swagger-codegen quicktype bindgen cbindgen swig flatc thrift kiota nswag nx-generate plop yo cookiecutter copier hygen controller-gen deepcopy-gen antlr antlr4 bison flex yacc peg pigeon"},
}

// toolTable gives the deeds of programs that do one thing.
func toolTable() map[string]deed {
	t := make(map[string]deed, 700)
	for _, g := range groups {
		for name := range strings.FieldsSeq(g.names) {
			if _, ok := t[name]; !ok {
				t[name] = g.deed
			}
		}
	}
	return t
}
