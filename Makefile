# Registrar: everything a developer or a newcomer runs. `make` lists it.
# Python 3.11 or newer and make are all it needs; the rest goes into .venv from the hashed lock file.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
CODE   := connectors rules ledger sync config console sandbox daemon.py
SEEDS  ?= 200
FROM   ?= 0
JOBS   ?= 2
RING   ?= 1

.DEFAULT_GOAL := help
.PHONY: help demo test lint types arrows docs bench bench-quick sim mutants wheel lock check clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit("Registrar needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Run: make PYTHON=python3.11 ...") if sys.version_info < (3, 11) else None'
	@echo "Setting up $(VENV) (once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $@

demo: $(READY) ## run the whole job on a simulated Salesforce and HubSpot, and check that both agree with the ledger
	@$(BIN)/registrar demo

test: $(READY) ## run the whole test suite, PostgreSQL included
	@$(BIN)/python -m pytest --numprocesses 2 --dist worksteal

lint: $(READY) ## ruff: format and lint
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .

types: $(READY) ## mypy, strict
	@$(BIN)/mypy

arrows: $(READY) ## import-linter: imports follow the arrows of the design
	@$(BIN)/lint-imports --no-cache

docs: $(READY) ## write the reference pages and the JSON Schema anew from the code
	@$(BIN)/python -m docs.generate

bench: $(READY) ## measure, as ratios in one run, and record the figures in benchmarks/RESULTS.md
	@$(BIN)/python -m benchmarks

bench-quick: $(READY) ## the same on a tenth of the rows, printed only
	@$(BIN)/python -m benchmarks --quick

sim: $(READY) ## seeded simulation: faults, crashes, people; SEEDS=200 FROM=0 RING=1
	@$(BIN)/python -m tests.simulation --seeds $(SEEDS) --first $(FROM) --jobs $(JOBS) --ring $(RING)

mutants: $(READY) ## plant known bugs one by one; the simulator must find each
	@$(BIN)/python -m tests.mutants --jobs $(JOBS)

check: lint types arrows test ## all that CI looks at, but for the wheel

wheel: $(READY) ## build the wheel into dist/
	@rm -rf dist
	@$(BIN)/python -m build --wheel --no-isolation --outdir dist . >/dev/null
	@ls dist

lock: ## renew requirements.lock from pyproject.toml (needs the network)
	@$(BIN)/uv pip compile pyproject.toml --extra dev --universal --generate-hashes --no-emit-index-url \
	  --custom-compile-command "make lock" --quiet --output-file requirements.lock

clean: ## remove the environment and what tools have left
	@rm -rf $(VENV) dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
