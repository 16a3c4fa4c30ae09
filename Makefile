# `make` prints this help. Everything lives in .venv; nothing outside this folder and LOUPE_HOME is touched.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
LOUPE := $(BIN)/python -m workbench
PYTEST := $(BIN)/python -m pytest
# A browser on a busy machine can be late: what failed gets one more try, alone, and fails if it fails again.
AGAIN := { echo "Once more, alone, what failed:"; $(PYTEST) --last-failed --last-failed-no-failures none; }
# A file on each of three, as many of them wait for processes and clocks; the browsers come last, two at a time.
FILES := --dist loadfile --no-loadscope-reorder
TESTS := { $(PYTEST) -n 3 $(FILES) -m "not browser" || $(AGAIN); } && { $(PYTEST) -n 2 $(FILES) -m browser || $(AGAIN); }

.PHONY: help run stop demo emulator test check soak bench format clean

help: ## Show what can be made
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20

run: $(VENV)/.runtime ## Install, set up, add the demo brand, start web and worker
	@$(LOUPE) demo
	@$(LOUPE) up

stop: ## Stop what `make run` started
	@test ! -x $(BIN)/python || $(LOUPE) down

emulator: $(VENV)/.runtime ## Start an image model that only pretends, to try generative templates without a key
	@$(BIN)/python -m tests.emulator

test: $(VENV)/.dev ## Run all tests against a real database and a real browser
	@$(BIN)/python tests/browser.py
	@$(TESTS)

check: $(VENV)/.dev ## What CI runs: style, types, all tests
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python tests/browser.py
	@$(TESTS)

soak: $(VENV)/.dev ## The tests with full counts; takes long
	@LOUPE_SOAK=1 $(BIN)/python -m pytest

bench: $(VENV)/.dev ## Measure speed and memory as ratios against the naive way
	@for each in ingest big imports store limits colours copy frames background lock_speed scale recovery lock; do echo "== $$each"; $(BIN)/python -m bench.$$each || exit 1; done

format: $(VENV)/.dev ## Bring the code into shape
	@$(BIN)/ruff check --fix . && $(BIN)/ruff format .

clean: ## Remove the virtual environment and caches; your pictures stay
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Loupe needs Python 3.11 or newer; set PYTHON=/path/to/python3.11"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.runtime: requirements.txt | $(BIN)/python
	@echo "Installing the packages: about 400 MB to download, once."
	$(BIN)/python -m pip install --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.dev: requirements.txt requirements-otel.txt requirements-dev.txt | $(BIN)/python
	$(BIN)/python -m pip install --disable-pip-version-check -q -r requirements-dev.txt
	@touch $@ $(VENV)/.runtime
