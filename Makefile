# One place for every command of the project; `make help` lists them.
.DEFAULT_GOAL := help
SHELL := /bin/bash
PYTHON ?= python3
MINUTES ?= 10
SEED ?=
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.aegis-setup

.PHONY: help setup demo test soak check format benchmark contract learn lock docs screenshots wheel clean

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 20

setup: $(STAMP) ## make .venv with everything in it, the aegis command and a Claude CLI included

# With uv where it is there, with plain pip where it is not; the same locked, hashed versions either way.
$(STAMP): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Aegis needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12 setup" if sys.version_info < (3, 11) else 0)'
	@if command -v uv >/dev/null 2>&1; then set -e; \
	  uv venv --quiet --clear --python "$$(command -v $(PYTHON))" $(VENV); \
	  VIRTUAL_ENV="$(CURDIR)/$(VENV)" uv pip install --quiet --compile-bytecode --require-hashes -r requirements.lock; \
	  VIRTUAL_ENV="$(CURDIR)/$(VENV)" uv pip install --quiet --no-deps -e .; \
	else set -e; \
	  $(PYTHON) -m venv --clear $(VENV); \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps -e .; \
	fi
	@touch $@

check: setup ## format, lint, types and layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache

test: check ## everything: the checks, then all tests, PostgreSQL and Redis included
	$(BIN)/python -m pytest -n 3 --dist worksteal

soak: setup ## kill its parts at random while it works: make soak MINUTES=30 (SEED=... repeats what is killed when)
	AEGIS_SOAK_MINUTES=$(MINUTES) AEGIS_SOAK_SEED=$(SEED) $(BIN)/python -m pytest -q -s tests/soak/test_soak.py

demo: setup ## try everything: the Asana sandbox, a scripted model, the real Claude CLI (--offline: make demo ARGS=--offline)
	@$(BIN)/aegis demo $(ARGS)

contract: setup ## check what we rely on against Asana's own description: make contract ASANA_OAS=asana_oas.yaml
	@$(BIN)/python -m aegis.sandbox.contract "$(ASANA_OAS)"

benchmark: setup ## measure what Aegis adds to the bare CLI, as ratios of one run
	$(BIN)/python -m benchmarks.run $(ARGS)

learn: setup ## learn the weights of the judgement anew from the labelled texts (after a change of tests/data/readiness)
	$(BIN)/python -m benchmarks.support.learn

docs: setup ## write docs/configuration.md and .env.example anew from the settings
	$(BIN)/python -m aegis.cli.docs .

screenshots: setup ## take the pictures of the Prefect UI in docs/images anew (needs a Chromium)
	$(BIN)/python docs/screenshots.py $(ARGS)

format: setup ## format the code and mend what can be mended
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: ## resolve pyproject.toml anew into requirements.lock (needs uv)
	uv lock --quiet --upgrade
	uv export --quiet --all-extras --no-emit-project --no-header --format requirements.txt -o requirements.lock
	rm -f uv.lock

wheel: setup ## build the wheel into dist/
	$(BIN)/python -m pip wheel --quiet --no-deps --wheel-dir dist .

clean: ## remove what the targets made
	rm -rf $(VENV) build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
