# Every target does its own set-up. A bare Python 3.11+ with venv is enough.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
INSTALL := $(UV) pip install --quiet --python $(BIN)/python --require-hashes --no-deps
# The project itself is built with the locked hatchling, so nothing unhashed is fetched.
SELF := $(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .

.PHONY: demo test test-all soak check bench lock format clean help
.DEFAULT_GOAL := help

help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.sandbox ## the whole path on simulated AWS, explained step by step
	@$(BIN)/ml-clusters demo

test: $(VENV)/.dev ## what CI runs: everything but what is marked slow
	@$(BIN)/pytest -n auto --dist worksteal -m "not slow" $(ARGS)

soak: $(VENV)/.dev ## try to break the protocol of purchases for long: make soak STEPS=1000000
	@STEPS=$(or $(STEPS),500000) $(BIN)/pytest -n auto --dist worksteal tests/purchasing/test_protocol.py $(ARGS)

test-all: $(VENV)/.dev ## every test
	@$(BIN)/pytest -n auto --dist worksteal $(ARGS)

check: $(VENV)/.dev ## lint, types, layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright --warnings
	@$(BIN)/lint-imports

format: $(VENV)/.dev ## format and fix what can be fixed
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.dev ## the README's figures, measured side by side
	@$(BIN)/python -m benchmarks

lock: $(UV) ## resolve the dependencies anew: locks/*.txt, hashed, without an index's address
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python locks/resolve.py

clean: ## remove the environment and caches
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis build dist

$(UV): locks/uv.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or later is needed; this is " + sys.version.split()[0] + ": make PYTHON=python3.12 …")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r locks/uv.txt

$(VENV)/.sandbox: locks/sandbox.txt pyproject.toml | $(UV)
	@$(INSTALL) -r locks/sandbox.txt && $(SELF)
	@touch $@

$(VENV)/.dev: locks/dev.txt pyproject.toml | $(UV)
	@$(INSTALL) -r locks/dev.txt && $(SELF)
	@touch $@ $(VENV)/.sandbox
