# Everything happens in .venv, from lock files with hashes; a stamp keeps work from being done twice.
.DEFAULT_GOAL := help
SHELL := /bin/sh

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check
RUN_STAMP := $(VENV)/.installed-run
DEV_STAMP := $(VENV)/.installed-dev

.PHONY: help setup demo test check bench lock clean

help: ## show this list
	@echo "evalharness: make <target>"
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  \1\t\2/p' $(MAKEFILE_LIST)

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "evalharness needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "Creating $(VENV)"
	@$(PYTHON) -m venv $(VENV)

$(RUN_STAMP): locks/run.lock pyproject.toml | $(BIN)/python
	@echo "Installing evalharness and its offline speech engine into $(VENV) (locks/run.lock)"
	@$(PIP) install --quiet --require-hashes -r locks/run.lock
	@$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV_STAMP): locks/dev.lock $(RUN_STAMP) | $(BIN)/python
	@echo "Installing the tools for tests and checks into $(VENV) (locks/dev.lock)"
	@$(PIP) install --quiet --require-hashes -r locks/dev.lock
	@touch $@

setup: $(DEV_STAMP) ## install everything into .venv

demo: $(RUN_STAMP) ## run the demo dataset on the embedded server and compare its three variants
	@$(BIN)/evalharness run datasets/front-desk --concurrency 10 --label demo
	@$(BIN)/evalharness compare baseline hasty no-hints

test: $(DEV_STAMP) ## run the tests
	@$(BIN)/python -m pytest

check: $(DEV_STAMP) ## linters, types and tests: what CI runs
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m pytest

bench: $(DEV_STAMP) ## measure speed and size against baselines in the same run
	@$(BIN)/python -m benchmarks

lock: $(DEV_STAMP) ## resolve the lock files again
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --extra local pyproject.toml locks/build.in -o locks/run.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-header --extra local --extra dev -c locks/run.lock pyproject.toml locks/build.in -o locks/dev.lock

clean: ## remove .venv and caches (results in .evalharness stay)
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis dist build
