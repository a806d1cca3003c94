# `make demo` and `make test` need only Python 3.11 or newer with venv, make and the package index.
PY ?= python3
V  := .venv
UV := $(shell command -v uv 2>/dev/null)
RUN := $(V)/bin/python
.DEFAULT_GOAL := help
.PHONY: help demo run console test test-fast check format lint types contracts servers snapshots pictures docs bench stress fuzz lock wheel clean

help: ## Show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(RUN):
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "maildesk needs Python 3.11 or newer; try: make PY=python3.12 demo"; exit 1; }
	@$(PY) -m venv $(V) || { rm -rf $(V); echo "python3 -m venv failed; on Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

# One stamp per lock: made once, made again when the lock changes. uv, where it is there, takes 2 s where pip takes 20 s.
$(V)/.run: requirements.lock | $(RUN)
ifdef UV
	@VIRTUAL_ENV=$(V) $(UV) pip install -q --require-hashes -r requirements.lock
else
	@$(RUN) -m pip install -q --disable-pip-version-check --require-hashes -r requirements.lock
endif
	@touch $@
$(V)/.dev: requirements-dev.lock $(V)/.run
ifdef UV
	@VIRTUAL_ENV=$(V) $(UV) pip install -q --require-hashes -r requirements-dev.lock
else
	@$(RUN) -m pip install -q --disable-pip-version-check --require-hashes -r requirements-dev.lock
endif
	@touch $@

demo: $(V)/.run ## Open the app on an embedded desk: sample mail, live servers, two colleagues
	@$(RUN) -m maildesk demo
run: $(V)/.run ## Open the app on your own desk
	@$(RUN) -m maildesk
console: $(V)/.dev ## Open the demo with Textual's development features (log in ~/.local/state/maildesk)
	@TEXTUAL=devtools,debug $(RUN) -m maildesk demo

# Compiled once, also where the environment forbids it: many tests start a Python of their own. More processes than
# a small machine has cores: the tests of screens and lines wait more than they compute.
PYTEST := PYTHONDONTWRITEBYTECODE= $(RUN) -m pytest -q -n 3 --dist worksteal
test: $(V)/.dev servers ## Run all tests, on SQLite and PostgreSQL, against the embedded servers and Dovecot
	@$(PYTEST)
test-fast: $(V)/.dev ## Run the tests that take no more than a moment
	@$(PYTEST) -m "not slow"
servers: $(V)/.dev ## Install Dovecot and exim for the tests, where that is possible
	@$(RUN) -m tests.support.install

check: $(V)/.dev ## Format, lint, types, import contracts, all tests: what CI runs
	@$(RUN) -m ruff format --check .
	@$(RUN) -m ruff check .
	@$(RUN) -m mypy
	@$(V)/bin/lint-imports --no-cache
	@$(MAKE) --no-print-directory test
format: $(V)/.dev ## Format and mend what can be mended
	@$(RUN) -m ruff check --fix-only .
	@$(RUN) -m ruff format .
lint: $(V)/.dev
	@$(RUN) -m ruff check .
types: $(V)/.dev
	@$(RUN) -m mypy
contracts: $(V)/.dev
	@$(V)/bin/lint-imports --no-cache

snapshots: $(V)/.dev ## Accept the screens' new text snapshots (look at the diff first)
	@$(RUN) -m pytest -q -n 2 tests/screens --snapshot-update
pictures: $(V)/.dev ## Make the pictures of README and docs from the app itself
	@$(RUN) -m scripts.pictures
docs: $(V)/.dev ## Write the generated pages of docs/
	@$(RUN) -m scripts.reference
bench: $(V)/.dev ## Measure, each figure beside its baseline in the same run
	@$(RUN) -m bench

stress: $(V)/.dev servers ## Prove the promise at full size: hours; STRESS="answers --seed 5" chooses
	@$(RUN) -m stress $(or $(STRESS),--full)
fuzz: $(V)/.run ## Fuzz what reads strangers' mail, SECONDS=60 for each target, in an environment of its own
	@$(RUN) tests/fuzz/run.py --seconds $(or $(SECONDS),60)

lock: ## Renew the locks (needs uv)
	uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 pyproject.toml -o requirements.lock
	uv pip compile -q --universal --generate-hashes --no-header --no-annotate --python-version 3.11 --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock
wheel: $(V)/.dev ## Build the wheel into dist/
	@$(RUN) -m hatchling build -t wheel
clean: ## Remove the environment and what was built
	rm -rf $(V) dist .mypy_cache .ruff_cache .hypothesis
