# foodorder: everything starts here. `make demo` needs only python3 (3.11 or later), its venv module, and make.
# Recipes quote every path, and targets are relative, so that a path with spaces works.

.DEFAULT_GOAL := help
.PHONY: help setup setup-test demo run test check bench clean lock

VENV := .venv
PY := $(VENV)/bin/python
PIP := PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_INPUT=1 PIP_PROGRESS_BAR=off $(PY) -m pip -qq
CATALOGUES := $(wildcard foodorder/translations/*/LC_MESSAGES/*.po)
PYTEST_ARGS ?=

# A virtual environment does not survive being moved: start afresh in a new place.
PLACE := $(shell if [ -e $(VENV) ] && [ "`cat $(VENV)/place 2>/dev/null`" != "`pwd`" ]; then rm -f $(VENV)/*.done; fi)

help:
	@echo "make demo    set up, fill an invented municipality with life, and open it at http://127.0.0.1:5000"
	@echo "make run     set up and serve what is there"
	@echo "make setup   only set up (virtual environment, packages, translations)"
	@echo "make test    all tests           make check   format, lint, types, import contracts"
	@echo "make bench   what we measure     make clean   remove what set-up made (never var/, the data)"

setup: $(VENV)/self.done
	@:
setup-test: $(VENV)/test.done
	@:

$(VENV)/base.done: requirements/base.txt
	@if ! [ -x $(PY) ] || ! [ -f $(VENV)/place ] || [ "`cat $(VENV)/place`" != "`pwd`" ]; then \
	  good=; \
	  for python in python3.13 python3.12 python3.11 python3; do \
	    if "$$python" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; \
	    then good=$$python; break; fi; \
	  done; \
	  if [ -z "$$good" ]; then \
	    echo "foodorder needs Python 3.11 or later with venv: on Debian, apt-get install make python3-venv" >&2; \
	    exit 1; \
	  fi; \
	  echo "1/4 virtual environment"; \
	  rm -rf $(VENV) && "$$good" -m venv $(VENV) && pwd > $(VENV)/place; \
	fi
	@echo "2/4 packages, each checked against its hash (about 150 MB; a minute or two the first time)"
	@$(PIP) install --require-hashes -r requirements/base.txt
	@touch $@

$(VENV)/self.done: $(VENV)/base.done pyproject.toml hatch_build.py requirements/base.in $(CATALOGUES)
	@echo "3/4 foodorder and its translations"
	@$(PIP) install --no-build-isolation --no-deps --no-index -e .
# Read once and kept: also where whoever runs it may not write here.
	@$(PY) -m compileall -q foodorder seeds
	@touch $@
	@echo "4/4 ready"

$(VENV)/test.done: $(VENV)/self.done requirements/test.txt
	@echo "Packages for tests and checks"
	@$(PIP) install --require-hashes -r requirements/test.txt
	@touch $@

demo: setup
	@exec $(VENV)/bin/foodorder demo

run: setup
	@exec $(VENV)/bin/foodorder serve

bench: setup-test
	@exec $(PY) -m bench

check: setup-test
	@$(VENV)/bin/ruff format --check --quiet --output-format concise .
	@$(VENV)/bin/ruff check --quiet .
	@$(VENV)/bin/mypy --no-error-summary
	@$(VENV)/bin/lint-imports --no-logo 2>/dev/null || $(VENV)/bin/lint-imports
	@echo "Checks passed."

# Without a browser its tests are left out aloud; with CI=true nothing may be left out.
test: setup-test
	@[ -d ../shared/standards ] || echo "Tests of the official validators are left out: ../shared/standards is not here."
	@browser=; \
	for candidate in "$${CHROMIUM:-}" chromium chromium-browser google-chrome; do \
	  if [ -n "$$candidate" ] && browser=`command -v "$$candidate"`; then break; fi; \
	done; \
	if [ -z "$$browser" ] && [ "`id -u`" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "Installing Debian's Chromium for the browser tests"; \
	  { apt-get install -qq -y chromium || { apt-get update -qq && apt-get install -qq -y chromium; }; } \
	    >/dev/null 2>&1 </dev/null || true; \
	  browser=`command -v chromium || true`; \
	fi; \
	if [ -n "$$browser" ]; then export CHROMIUM="$$browser"; set --; \
	elif [ "$${CI:-}" = true ]; then \
	  echo "The browser tests need Chromium (apt-get install chromium, or CHROMIUM=path)." >&2; exit 1; \
	else \
	  echo "Browser tests are left out: no Chromium (apt-get install chromium, or CHROMIUM=path)."; \
	  set -- -m "not browser"; \
	fi; \
	exec $(VENV)/bin/pytest -q -n 2 --dist loadfile --no-loadscope-reorder "$$@" $(PYTEST_ARGS)

# After a change of requirements/*.in (fetches pip-tools into a place of its own).
lock:
	@python3 -m venv build/lock && build/lock/bin/pip install --quiet pip-tools
	@for list in base test; do \
	  ( cd requirements && ../build/lock/bin/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras \
	    --no-header --no-annotate --no-emit-index-url --no-emit-trusted-host --no-emit-find-links \
	    --output-file "$$list.txt" "$$list.in" ) || exit 1; \
	done

clean:
	@rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	@find foodorder seeds tests -name __pycache__ -prune -exec rm -rf {} + 2>/dev/null || true
	@find foodorder -name '*.mo' -exec rm -f {} + 2>/dev/null || true
