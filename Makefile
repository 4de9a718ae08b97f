# The commands of the house. `make` alone lists them.
# A fresh machine needs make and Python 3.11 or newer; everything else comes with the first command.

VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help venv ui run test check bench bench-pacing soak lock format needs clean

help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-13s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

venv: $(STAMP) ## make .venv with the program in it
	@echo "Ready: $(BIN)/callwright --help"

$(STAMP): requirements.lock pyproject.toml scripts/make-venv scripts/make-ui ui/package-lock.json ui/telephone.js
	@scripts/make-venv $(VENV) && touch $@

ui: $(STAMP) ## bundle the telephone of the agent's page anew (make venv does it too)
	@scripts/make-ui $(VENV)

TELEPHONY ?= simulated
run: $(STAMP) ## run the sample campaign (ONCE=1: end with the report; TELEPHONY=asterisk: real SIP and RTP, as root)
	@once=; if [ "$(ONCE)" = 1 ] || ! [ -t 1 ]; then once=--once; fi; \
		$(BIN)/callwright run --sample --telephony $(TELEPHONY) $$once

check: $(STAMP) ## style, types and import rules
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports

test: $(STAMP) needs ## all checks, then the tests
	@scripts/run-tests

needs:
	@scripts/install-test-needs

bench: $(STAMP) ## measure the figures of docs/performance.md on this machine
	@scripts/run-benches

bench-pacing: $(STAMP) ## all paces side by side, three hours on two cores (QUICK=1: two minutes)
	@$(BIN)/python bench/pacing.py $(if $(QUICK),--quick) --json build/bench-pacing.json

soak: $(STAMP) needs ## the long tests: kills, races, whole days
	$(BIN)/pytest -m soak --timeout 7200

format: $(STAMP) ## put the source into the house's format
	$(BIN)/ruff check --fix
	$(BIN)/ruff format

lock: $(STAMP) ## pin the dependencies again, with hashes
	@$(BIN)/python -m uv --version >/dev/null 2>&1 || $(BIN)/python -m pip install --quiet uv
	$(BIN)/python -m uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --extra dev pyproject.toml --output-file requirements.lock

clean: ## remove what can be made again
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
