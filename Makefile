# `make help` lists the targets, by the `## ` comments above their rules.
SHELL := /bin/sh
VENV := .venv
PY := $(VENV)/bin/python

# Stamps carry the hash of what they installed: repeating is free, a changed pin installs again.
RUNTIME_STAMP := $(VENV)/.runtime-$(shell cat requirements.txt constraints.txt | cksum | cut -d' ' -f1)
DEV_STAMP := $(VENV)/.dev-$(shell cat requirements.txt requirements-dev.txt constraints.txt | cksum | cut -d' ' -f1)
PIP := $(PY) -m pip --disable-pip-version-check --quiet --no-input

# Production settings for the checks, with a database that is never anybody's.
PRODUCTION := env -u DEBUG SECRET_KEY=checks-only-4fJ2vQx8Lr7TnB5wKc9ZpH3sYd6GmA1eUoRiXt \
	ALLOWED_HOSTS=lineup.example OUTBOUND_HOSTS=.lineup.example DATABASE_URL=sqlite:///var/check.sqlite3 LOG_LEVEL=WARNING

.PHONY: help demo test test-long coverage test-hours test-busy drill check lint types floors django house scripts styles pages \
	format matrix bench bench-streams bench-kills bench-engine bench-weeks bench-pages bench-boards bench-telling bench-following bench-idle prove prove-small mutants \
	screenshots lighthouse audit clean
.DEFAULT_GOAL := demo

## List what can be made.
help:
	@awk '/^## /{text = substr($$0, 4)} /^[a-z][a-z-]*:/{if (text) {sub(/:.*/, ""); printf "  %-14s %s\n", $$0, text}; text = ""}' \
	  $(MAKEFILE_LIST)

## Run Lineup with demo data; Ctrl-C ends it. A bare `make` does the same.
demo: $(RUNTIME_STAMP)
	@exec $(PY) -m scheduler_site.demo

## Run every test, with databases and browsers.
test: $(DEV_STAMP)
	@exec $(PY) tests/run.py

## Run the tests of full length, which `make test` leaves out; before a release.
test-long: $(DEV_STAMP)
	@exec $(PY) tests/run.py --long

# COVER="tests/engine" for less.
## Show the branches of engine and services that no test takes.
coverage: $(DEV_STAMP)
	$(PY) -m pytest --quiet --forks 2 -m "not (long or browser or faults)" --cov --cov-report=term $(COVER)

# Minutes a moment. HOURS="--at 2026-06-16T22:10 tests/browser" for one of them.
## Run what starts servers or browsers at other hours and on odd days.
test-hours: $(DEV_STAMP)
	@exec $(PY) tests/hours.py $(HOURS)

# BUSY="--times 1 tests/services" for less.
## Run the other tests three times on a machine that is kept busy.
test-busy: $(DEV_STAMP)
	@exec $(PY) tests/busy.py $(BUSY)

# `make --keep-going check` goes through all of them.
## Read the code without running it.
check: lint types floors django house scripts styles pages

## Lint and check the format.
lint: $(DEV_STAMP)
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .

## Check the types.
types: $(DEV_STAMP)
	$(VENV)/bin/mypy

## Check that imports run downwards only.
floors: $(DEV_STAMP)
	$(VENV)/bin/lint-imports --no-logo

## Check production settings and missing migrations.
django: $(DEV_STAMP)
	$(PRODUCTION) $(PY) manage.py check --deploy --fail-level WARNING
	$(PRODUCTION) $(PY) manage.py makemigrations --check --dry-run

## Check the sizes of files and functions, and other manners.
house: $(DEV_STAMP)
	$(PY) -m pytest --quiet -p no:randomly tests/project/test_house.py tests/project/test_names.py tests/project/test_prose.py

# These two need node and npm; without them they say so and go on, but not with CI=true.
## Check JavaScript: lint, format and types.
scripts: $(DEV_STAMP)
	$(PY) -m tests.linting biome check --error-on-warnings static/js tests
	$(PY) -m tests.linting tsc --project tsconfig.json

## Check CSS: lint and format.
styles: $(DEV_STAMP)
	$(PY) -m tests.linting biome check --error-on-warnings static/css

## Lint the templates.
pages: $(DEV_STAMP)
	$(VENV)/bin/djlint --quiet --lint templates

## Format the code and mend what the linters can mend.
format: $(DEV_STAMP)
	$(VENV)/bin/ruff check --fix .
	$(VENV)/bin/ruff format .
	$(PY) -m tests.linting biome check --write static tests

# Minutes for each version. PYTHONS="PATH PATH" for interpreters that it does not find by itself.
## Run check and the fast tests on each Python from 3.11 on that this machine has.
matrix: $(DEV_STAMP)
	$(PY) -m tests.matrix $(PYTHONS)

## Run all benchmarks.
bench: bench-streams bench-kills bench-engine bench-weeks bench-pages bench-boards bench-telling bench-following bench-idle

# Not part of the tests: it takes minutes and both cores. BENCH="--connections 1000 5000 10000" for more readers.
## Measure the streams with thousands of readers.
bench-streams: $(DEV_STAMP)
	$(PY) -m tests.benchmarks.streams $(BENCH)

# Three minutes. KILLS="--kills 8 --clients 50" for less.
## Kill processes under real clients, which must miss nothing.
bench-kills: $(DEV_STAMP)
	$(PY) -m tests.benchmarks.kills $(KILLS)

# Fifteen minutes. DRILL="--boards 300 --managers 20 --seconds 60" for less, DRILL="--sqlite" for one host on SQLite.
## Kill parts of a whole installation under a thousand open boards, and count what must be zero.
drill: $(DEV_STAMP)
	$(PY) -m tests.drill $(DRILL)

# Minutes; more with ENGINE="--sizes small medium large --solomon FOLDER" and CANCELLING="--jobs 10000 --crews 1000".
## Measure ranking, plans and why not beside other solvers.
bench-engine: $(DEV_STAMP)
	$(PY) -m tests.benchmarks.engine $(ENGINE)
	$(PY) -m tests.benchmarks.cancelling $(CANCELLING)
	$(PY) -m tests.benchmarks.emergency

# Half a minute. WEEKS="--days 60 --load 1.2 --iterations 50000" for a harder time.
## Plan working days in a row and print what is left for how long.
bench-weeks: $(DEV_STAMP)
	$(PY) -m tests.benchmarks.weeks $(WEEKS)

# Five minutes. PAGES="--size district --times 20" BATCHES="--orders 100" for less.
## Measure how long a manager waits for pages and batches.
bench-pages: $(DEV_STAMP)
	$(PY) -m tests.benchmarks.pages $(PAGES)
	$(PY) -m tests.benchmarks.batches $(BATCHES)

# Six minutes. BOARDS="--boards 1,10 --changes 10" for less.
## Measure what a change costs that open boards show: pushed, fetched, polled.
bench-boards: $(DEV_STAMP)
	$(PY) -m tests.benchmarks.boards $(BOARDS)

# Four minutes. TELLING="--decisions 500 --shared 2000" DECIDING="--alone 50 --each 5" for less.
## Measure how fast decisions are made by many at once, and told to downstream systems.
bench-telling: $(DEV_STAMP)
	$(PY) -m tests.benchmarks.telling $(TELLING)
	$(PY) -m tests.benchmarks.deciding $(DECIDING)

# A minute on each database, and some for a file. FOLLOWING="--orders 2000 --sqlite" IMPORTING="--rows 2000" for less.
## Measure how a utility is followed, and a year of orders imported.
bench-following: $(DEV_STAMP)
	$(PY) -m tests.benchmarks.following $(FOLLOWING)
	$(PY) -m tests.benchmarks.importing $(IMPORTING)

# Five minutes. IDLE="--seconds 20" for less.
## Measure what a worker takes of a core while there is nothing to do.
bench-idle: $(DEV_STAMP)
	$(PY) -m tests.benchmarks.idle $(IDLE)

# Minutes on all cores. PROVE="--pairs 10000" for less.
## Compare all parts of the engine on order-crew pairs drawn at random.
prove: $(DEV_STAMP)
	$(PY) -m tests.proofs.pairs $(PROVE)

# Minutes. PROVE_SMALL="--days 100" for less, PROVE_SMALL="--seed 90" for one day.
## Compare the search with the best plans of small days, and these with each other.
prove-small: $(DEV_STAMP)
	$(PY) -m tests.proofs.small $(PROVE_SMALL)

# Minutes to hours. MUTANTS="--base main" for a branch, MUTANTS="assignments/engine/rules/hours.py --whole" for a file.
## List small faults in changed lines that no test notices.
mutants: $(DEV_STAMP)
	$(PY) -m tests.mutants $(MUTANTS)

# The pictures of the README, taken of a running Lineup.
## Take the pictures of the documentation.
screenshots: $(DEV_STAMP)
	$(PY) -m tests.browser.screenshots

# Accessibility, best practices and performance of board and review; under 95 it fails. Needs node, npm and Chromium.
## Print the Lighthouse scores of board and review.
lighthouse: $(DEV_STAMP)
	$(PY) -m tests.browser.lighthouse

# Asks PyPI's database and npm; what cannot be asked fails. Writes the list of parts to var/audit/lineup.cdx.json.
## Look for known vulnerabilities, licences and changed scripts of others.
audit: $(DEV_STAMP)
	@$(PY) -m tests.audit

## Remove the environment, caches and all data under var.
clean:
	rm -rf $(VENV) staticfiles var .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PY):
	@for candidate in python3 python3.14 python3.13 python3.12 python3.11; do \
	  if $$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then found=$$candidate; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	  echo "Lineup needs Python 3.11 or newer, and none was found. Install it (Debian: apt-get install python3 python3-venv)." >&2; exit 1; \
	fi; \
	echo "Making $(VENV) with $$($$found --version)."; \
	$$found -m venv $(VENV) || { rm -rf $(VENV); \
	  echo "The environment could not be made. On Debian and Ubuntu: apt-get install python3-venv." >&2; exit 1; }

$(RUNTIME_STAMP): | $(PY)
	@echo "Installing the packages of requirements.txt."
	@$(PIP) install -r requirements.txt
	@rm -f $(VENV)/.runtime-*; touch $@

$(DEV_STAMP): | $(PY)
	@echo "Installing the packages of requirements-dev.txt."
	@$(PIP) install -r requirements-dev.txt
	@rm -f $(VENV)/.dev-* $(VENV)/.runtime-*; touch $@ $(RUNTIME_STAMP)
