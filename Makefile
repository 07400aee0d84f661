# `make help` lists the targets. Everything lives in .venv; nothing outside this folder is changed.
PYTHON ?= python3
LAB_ARGS ?=
TEST_ARGS ?=
BENCH_ARGS ?=
LOCK_ARGS ?=

VENV := .venv
PY := $(VENV)/bin/python
STAMP := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help lab test check notebooks docs bench format lock clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-9s %s\n", $$1, $$2 }' Makefile
	@echo
	@echo 'make lab LAB_ARGS="--no-browser --port=8899"   arguments for JupyterLab'
	@echo 'make test TEST_ARGS="-k latent -x"             arguments for pytest'
	@echo 'make lab PYTHON=python3.12                     another Python, 3.11 to 3.13'

lab: $(STAMP) ## set up what is missing, then open the course in JupyterLab
	@exec $(PY) -m ganwidgets lab $(LAB_ARGS)

test: $(STAMP) ## every test: units, notebooks, browser; files side by side, on at most four cores
	$(PY) -m pytest -n auto --maxprocesses 4 --dist loadfile $(TEST_ARGS)

check: $(STAMP) ## lint, format, types, architecture
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m pytest -q tests/test_architecture.py

notebooks: $(STAMP) ## run the notebooks and store their compared outputs and still pictures
	$(PY) -m tests.refresh_notebooks

docs: $(STAMP) ## the course and the pages on the kit as a site: build/site/index.html
	$(PY) -m ganwidgets export build/site --pages docs

bench: $(STAMP) ## the measurements that the README quotes
	$(PY) -m benchmarks $(BENCH_ARGS)

format: $(STAMP) ## put the code in order
	$(PY) -m ruff check --fix .
	$(PY) -m ruff format .

$(STAMP): requirements.lock pyproject.toml | $(PY)
	$(PY) -m pip install --disable-pip-version-check -r requirements.lock
	$(PY) -m pip install --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

$(PY):
	@command -v $(PYTHON) >/dev/null || { echo 'There is no "$(PYTHON)" here. Name your Python: make lab PYTHON=python3.12' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; v = sys.version_info[:2]; sys.exit(None if (3, 11) <= v <= (3, 13) else \
	"ganwidgets needs Python 3.11, 3.12 or 3.13; $(PYTHON) is %d.%d. Name another: make lab PYTHON=python3.12" % v)'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); exit 1; }

# One lock for Linux, macOS and Windows, Python 3.11 to 3.13. What torch's own CUDA builds pull in is left to torch.
# Newer versions of everything: make lock LOCK_ARGS=--upgrade
lock: | $(PY) ## resolve requirements.lock again from pyproject.toml
	$(PY) -m venv build/lock
	build/lock/bin/python -m pip install --quiet --disable-pip-version-check uv
	echo 'torch==2.13.0' > build/lock/constraints.txt
	build/lock/bin/uv pip compile pyproject.toml --extra dev --universal --python-version 3.11 --quiet \
	  --constraint build/lock/constraints.txt --no-header --no-annotate --no-emit-index-url --no-emit-find-links \
	  $(LOCK_ARGS) --output-file requirements.lock
	{ echo '# Made by `make lock` from pyproject.toml; not to be edited by hand.'; \
	  grep -Ev '^(#|cuda-|nvidia-|triton)' requirements.lock; } > build/lock/requirements.lock
	mv build/lock/requirements.lock requirements.lock

clean: ## remove the environment and everything made
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache *.egg-info
	find ganwidgets tests benchmarks notebooks -name __pycache__ -prune -exec rm -rf {} +
