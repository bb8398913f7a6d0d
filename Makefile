# Every target does its own set-up. A bare Python 3.11+ with venv is enough; Terraform's tools are built if Go is here.
PYTHON ?= python3
GO ?= go
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
INSTALL := $(UV) pip install --quiet --python $(BIN)/python --require-hashes --no-deps
# The project itself is built with the locked hatchling, so nothing unhashed is fetched.
SELF := $(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .

# Programs in Go, each with a go.mod of its own in tools/, for their requirements fight.
TOOLS := .tools
TERRAFORM_TOOLS := $(if $(shell command -v $(GO)),$(TOOLS)/tflint $(TOOLS)/terraform-docs)
GITOPS_TOOLS := $(if $(shell command -v $(GO)),$(TOOLS)/kubectl-validate)
BROWSER := $(if $(and $(shell command -v node),$(shell command -v npm)),$(TOOLS)/browser/chromium)

.PHONY: demo test test-all soak check bench lock format terraform-check terraform-docs gitops-tools browser integration terratest atlantis policies clean help
.DEFAULT_GOAL := help

help: ## what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(VENV)/.sandbox ## the whole path on simulated AWS, explained step by step
	@$(BIN)/ml-clusters demo

test: $(VENV)/.dev ## what CI runs: everything but what is marked slow
	@$(BIN)/pytest -n auto --dist worksteal -m "not slow" $(ARGS)

soak: $(VENV)/.dev ## try to break the protocol of purchases for long: make soak STEPS=1000000
	@STEPS=$(or $(STEPS),500000) $(BIN)/pytest -n auto --dist worksteal tests/purchasing/test_protocol.py $(ARGS)

test-all: $(VENV)/.dev gitops-tools browser terratest ## every test
	@$(BIN)/pytest -n auto --dist worksteal $(ARGS)

check: $(VENV)/.dev ## lint, types, layers
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/pyright --warnings
	@$(BIN)/lint-imports

terraform-check: $(VENV)/.dev $(VENV)-checkov/.made $(VENV)-pcluster/.made $(TERRAFORM_TOOLS) ## every Terraform module: format, lint, docs, validity, tests, security, ParallelCluster's schema
	@$(BIN)/python -m terraform_checks $(ARGS)

terraform-docs: $(TERRAFORM_TOOLS) ## the tables in the READMEs of the Terraform modules
	@for module in terraform/modules/*/; do \
	  PATH="$(CURDIR)/$(TOOLS):$$PATH" terraform-docs --config $(CURDIR)/terraform/.terraform-docs.yml $$module || exit; done

gitops-tools: $(GITOPS_TOOLS) ## what tests hold gitops/ to: definitions and their validator, if Go is here
	@$(if $(GITOPS_TOOLS),cd tools/crds && GOFLAGS=-mod=readonly GOWORK=off $(GO) mod download,echo "There is no Go: tests that need definitions are skipped")

browser: $(BROWSER) ## what tests open pages with, if Node and npm are here
	@$(if $(BROWSER),,echo "There is no Node, or no npm: tests that open a page are skipped")

integration: $(VENV)/.dev terratest ## small Terraform stacks on simulated AWS, by Terratest; says what it lacks
	@$(BIN)/pytest -rs tests/integration $(ARGS)

terratest: ## what integration is built from, if Go is here
	@$(if $(shell command -v $(GO)),cd tests/integration && GOFLAGS=-mod=readonly GOWORK=off $(GO) mod download,echo "There is no Go: Terratest is skipped")

atlantis: $(VENV)/.dev ## atlantis.yaml anew, from the live tree
	@$(BIN)/python -m delivery.atlantis

policies: $(TOOLS)/conftest ## what must not be in a plan: the policies' own tests
	@$(TOOLS)/conftest verify --policy policies

format: $(VENV)/.dev ## format and fix what can be fixed
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

bench: $(VENV)/.dev $(VENV)-peers/.made ## the README's figures, measured side by side
	@$(BIN)/python -m benchmarks

lock: $(UV) ## resolve the dependencies anew: locks/*.txt, hashed, without an index's address
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python locks/resolve.py

clean: ## remove the environment and caches
	rm -rf $(VENV) $(VENV)-checkov $(VENV)-pcluster $(VENV)-peers $(TOOLS) .pytest_cache .ruff_cache .hypothesis build dist tools/browser/node_modules

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

# Environments of their own, for their pins clash with ours.
$(VENV)-%/.made: locks/%.txt | $(UV)
	@$(UV) venv --quiet --clear --python $(BIN)/python $(@D)
	@$(UV) pip install --quiet --python $(@D)/bin/python --require-hashes --no-deps -r $<
	@touch $@

$(TOOLS)/browser/chromium: tools/browser/package-lock.json tools/browser/unpack.mjs
	@cd tools/browser && npm ci --silent && mkdir -p $(CURDIR)/$(@D) && TMPDIR=$(CURDIR)/$(@D) node unpack.mjs >/dev/null
	@touch $@

# Without its version, Terragrunt takes itself for 0.0.0 and refuses the version constraint in root.hcl.
$(TOOLS)/terragrunt: module := github.com/gruntwork-io/terragrunt
$(TOOLS)/terragrunt: LDFLAGS = -X $(module)/internal/version.Version=$$($(GO) list -m -f '{{.Version}}' $(module))

$(TOOLS)/%: tools/%/go.mod tools/%/go.sum
	@echo "building $*: minutes the first time"
	@cd tools/$* && GOFLAGS=-mod=readonly GOWORK=off $(GO) build -ldflags "$(LDFLAGS)" -o $(CURDIR)/$(TOOLS)/ tool
	@touch $@
