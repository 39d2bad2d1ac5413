# Set-up and the commands of every day. `make` alone sets up; `make help` lists the rest.
.DEFAULT_GOAL := setup
.SUFFIXES:
MAKEFLAGS += --no-builtin-rules --no-print-directory

NEW_ENOUGH := import sys; sys.exit(sys.version_info < (3, 11))
# Compiled once and kept: without, every start would compile the whole gate again.
unexport PYTHONDONTWRITEBYTECODE

PYTHON ?= $(shell for name in python3 python3.13 python3.12 python3.11 python3.14; do \
	$$name -c '$(NEW_ENOUGH)' 2>/dev/null && echo $$name && break; done)
BIN := .venv/bin
INSTALLED := .venv/.installed
BROWSER := .venv/.browser

.PHONY: help setup demo test test-all bench lint types clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | while IFS='|' read -r target what; do printf '%-16s %s\n' "$$target" "$$what"; done

setup: $(INSTALLED) $(BROWSER) ## create .venv, install the requirements, find or install a browser (the default)

$(INSTALLED): requirements.txt requirements-dev.txt
	@"$(PYTHON)" -c '$(NEW_ENOUGH)' 2>/dev/null || { echo "setup: Python 3.11 or newer is needed, and $(or $(PYTHON),python3) is not one;" \
		"install it, or name it: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@"$(PYTHON)" -B -m gate.setup.environment
	@touch $@

$(BROWSER): $(INSTALLED)
	@$(BIN)/python -m gate.browser.install
	@touch $@

demo: setup ## boot the sandbox, run preflight and postdeploy on it, print both verdicts
	@$(BIN)/python -m gate demo

test: setup ## the project's own tests, without the long ones
	@PYTHONHASHSEED=0 $(BIN)/pytest tests -m "not slow" -n auto --dist loadfile

test-all: setup ## the project's own tests, all of them
	@PYTHONHASHSEED=0 $(BIN)/pytest tests -n auto --dist loadfile

bench: setup ## how long the stages take on the embedded staging, as ratios in one run
	@$(BIN)/python -m tests.benchmark

lint: setup ## ruff: rules and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup ## mypy --strict
	@$(BIN)/mypy --strict

clean: ## remove .venv and the caches; the reports stay
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache tests/.pytest_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
