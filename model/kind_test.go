package model

import (
	"strings"
	"testing"
)

// kindOf judges one command as the only call of a turn, or after a change of source.
func kindOf(prompt, line string, edited bool) (Kind, []Evidence) {
	var turn []work
	if edited {
		turn = append(turn, work{did: []doing{{deed: doWrite, place: placeSource, path: "src/x.go", named: true}}})
	}
	turn = append(turn, work{did: looker{cwd: "/home/dev/app"}.commands(line)})
	var s scene
	s.enter(&Thread{Cwd: "/home/dev/app"})
	s.begin(prompt, turn)
	s.judge(turn)
	w := turn[len(turn)-1]
	return w.kind, w.why
}

// commandKinds are commands by what they are for where nothing else is known.
var commandKinds = map[Kind]string{
	KindTest: `
go test ./...
cd app && go test -race -count=1 ./pkg/... 2>&1 | tee /tmp/out.log | tail -40
gotestsum -- ./...
cargo test --workspace
RUST_BACKTRACE=1 cargo nextest run -p core
python -m pytest tests -q
uv run pytest -x
poetry run python -m pytest
python3 -m unittest discover -s tests
nox -s tests-3.12
tox run -e py311
hatch run test:cov
npm test
npm run test:unit -- --watch=false
npm t
pnpm --filter web test
pnpm -r test
yarn workspace @acme/api test
yarn test --runInBand
bun test
bunx vitest run
npx vitest run src/a.test.ts
npx jest --coverage
npx --yes playwright test
node --test
node --test test/
deno test -A
./gradlew test
./gradlew :core:integrationTest --info
gradle check
mvn -B -pl core test
./mvnw verify
dotnet test -c Release
bundle exec rspec spec/models
bin/rails test test/models
bin/rake spec
php artisan test
./vendor/bin/phpunit --filter X
vendor/bin/pest
composer test
mix test --only focus
swift test --parallel
xcodebuild test -scheme App -destination 'platform=iOS Simulator,name=iPhone 15'
ctest --output-on-failure
make test
make -j4 check
just test
bazel test //...
sbt test
sbt "testOnly *FooSpec"
stack test
cabal test all
zig build test
flutter test
dart test
lein test
R CMD check .
prove -lr t
bats test/
./run_tests.sh
scripts/test.sh unit
sh ./tests/run.sh
docker compose run --rm api pytest -q
docker exec -it web bash -lc "pytest tests"
kubectl exec deploy/api -- python manage.py test
timeout 300 make test
time go test ./...
env CI=1 npm test
sudo -E make test
nix develop -c cargo test
bash -lc 'cd x && npm test'
ginkgo -r
nx run web:test
npx nx test web
npx turbo run test
turbo test
npx ng test --watch=false
cypress run --spec a.cy.ts
k6 run load.js
rebar3 eunit
elm-test
gleam test
python manage.py test
busted spec
pre-test; npm test
npm ci && npm test
go build ./... && go test ./...
for i in 1 2 3; do go test -run X ./...; done
if go test ./...; then echo ok; fi
(cd sub && make test)
cargo llvm-cov --html
coverage run -m pytest && coverage report
`,
	KindResearch: `
ls -la
cat go.mod
sed -n '1,200p' main.go
rg -n foo src | head
git grep foo
git log --oneline -20
git log -S foo -- src
git blame src/x.go
git show HEAD~3
git show abc123:src/x.go | head
find . -name '*.go' -not -path './vendor/*'
fd -e ts
head -100 README.md
wc -l src/*.go
jq '.scripts' package.json
cat package.json | jq .dependencies
tree -L 2
nl -ba x.py | sed -n '10,40p'
awk 'NR>10 && NR<20' x.py
go doc net/http
go list -m all
cargo tree
npm ls react
pip show requests
npm view react versions
gh issue view 12
gh run view 1 --log
gh pr list
curl -s https://example.com/docs
psql -c 'select count(*) from users'
sqlite3 db.sqlite '.schema'
python3 -c "import json; print(json.load(open('x.json')))"
python - <<'PY'
import ast, pathlib
for p in pathlib.Path('src').rglob('*.py'):
    print(p, len(ast.parse(p.read_text()).body))
PY
node -e "console.log(require('./package.json').version)"
pwd && ls
which node; node --version
kubectl get pods
kubectl logs deploy/api
docker logs web
strings bin | grep foo
diff a.txt b.txt
tail -n 50 server.log
cat > /tmp/p.py <<'EOF'
print(1)
