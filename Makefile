# Everything a newcomer needs: `make run` and `make test`. Both make .venv themselves.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

VENV := .venv
BIN := $(VENV)/bin
PY := $(BIN)/python
PACKAGES := scoreline ingestd stated pushd clients/python tests scripts benchmarks
SAY = printf '\n\033[1m== %s\033[0m\n'

.PHONY: help run test lint types imports proto proto-lint proto-check settings-doc settings-check page page-check bench bench-push pytest clean

help: ## Show what can be made
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-13s %s\n", $$1, $$2}'

run: $(VENV)/.installed-run ## Start everything here and play a real match (ARGS="--ports free" to choose)
	@$(BIN)/scoreline up $(ARGS)

test: $(VENV)/.installed-dev ## Run every check and every test
	@$(MAKE) lint types imports proto-lint proto-check settings-check page-check pytest
	@$(SAY) "all checks passed"

lint: $(VENV)/.installed-dev ## Check style and format of the Python code
	@$(SAY) "ruff check, ruff format"
	@$(BIN)/ruff check $(wildcard $(PACKAGES))
	@$(BIN)/ruff format --check $(wildcard $(PACKAGES))

types: $(VENV)/.installed-dev ## Check types (mypy --strict)
	@$(SAY) "mypy --strict"
	@$(BIN)/mypy

imports: $(VENV)/.installed-dev ## Check who may import whom
	@$(SAY) "import contracts"
	@$(BIN)/lint-imports

proto: $(VENV)/.installed-dev ## Generate scoreline/v1 from proto/
	@$(BIN)/buf format -w proto
	@$(PY) scripts/generate_proto.py

proto-lint: $(VENV)/.installed-dev ## Check style, format and compatibility of the protos
	@$(SAY) "buf lint, buf format, buf breaking"
	@cd proto && ../$(BIN)/buf lint
	@cd proto && ../$(BIN)/buf format --diff --exit-code
	@PATH="$(CURDIR)/$(BIN):$$PATH" scripts/buf_breaking.sh

proto-check: $(VENV)/.installed-dev ## Check that scoreline/v1 is what the protos generate
	@$(SAY) "generated code"
	@$(PY) scripts/generate_proto.py --check

settings-doc: $(VENV)/.installed-dev ## Write docs/settings.md from the settings classes
	@$(PY) scripts/settings_doc.py

page: $(VENV)/.installed-dev ## Build the scoreboard page from clients/web
	@scripts/page.sh build

settings-check: $(VENV)/.installed-dev
	@$(SAY) "settings page"
	@$(PY) scripts/settings_doc.py --check

page-check: $(VENV)/.installed-dev ## Test the page and check that its build equals its sources
	@$(SAY) "scoreboard page"
	@scripts/page.sh check

pytest: $(VENV)/.installed-dev ## Run the tests only (ARGS="tests/unit -k name" to choose)
	@$(SAY) "pytest"
	@$(BIN)/pytest $(ARGS)

bench: $(VENV)/.installed-dev ## Measure the pipeline; results go to benchmarks/results
	@$(PY) -m benchmarks.pipeline $(ARGS)

bench-push: $(VENV)/.installed-dev ## Measure the push tier, some 20 minutes (ARGS="peers --smoke" to choose)
	@$(PY) -m benchmarks.push $(ARGS)

clean: ## Remove caches and builds (data/ and .venv/ stay)
	@rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis .coverage
	@find . -name __pycache__ -type d -not -path './$(VENV)/*' -prune -exec rm -rf {} +

$(VENV)/.installed-run: pyproject.toml pushd/native/multisend.c | $(VENV)/bin/python
	@$(SAY) "installing Scoreline into $(VENV) (once; a minute or two)"
	@$(PY) -m pip install --disable-pip-version-check --progress-bar on -e .
	@touch $@

$(VENV)/.installed-dev: pyproject.toml pushd/native/multisend.c | $(VENV)/bin/python
	@$(SAY) "installing Scoreline and its tools into $(VENV) (once; a few minutes)"
	@$(PY) -m pip install --disable-pip-version-check --quiet 'pip>=25.1'
	@$(PY) -m pip install --disable-pip-version-check --progress-bar on -e . --group dev
	@touch $(VENV)/.installed-run $@

$(VENV)/bin/python:
	@scripts/make_venv.sh $(VENV)
