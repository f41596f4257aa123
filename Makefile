# Shorthands; the README's two commands need none of this.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: app test lint bench sbom words

app: .venv/app
	$(BIN)/streamlit run streamlit_app.py

test: .venv/dev
	$(BIN)/python -m pytest -n 2

lint: .venv/dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/dev
	$(BIN)/python -m benchmarks

# What is said, into the catalogues: new sentences wait there for their translation.
LOCALE := ser_core/locale
words: .venv/dev
	mkdir -p build
	$(BIN)/pybabel extract -F $(LOCALE)/babel.cfg -o build/undertone.pot --no-default-keywords \
		-k _ -k N_ -k ngettext:1,2 -k pgettext:1c,2 --add-location=file --sort-by-file \
		-w 100 .
	$(BIN)/pybabel update -i build/undertone.pot -d $(LOCALE) -D undertone \
		--ignore-pot-creation-date --no-fuzzy-matching --ignore-obsolete -w 100
	$(BIN)/pybabel compile -d $(LOCALE) -D undertone --statistics

# All that app, library, command line and service run with, as CycloneDX tells it.
sbom: .venv/app build/release
	build/release/bin/cyclonedx-py environment --pyproject pyproject.toml --output-reproducible \
		--output-file build/undertone.cdx.json $(BIN)/python

.venv/app: requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -r requirements.txt
	touch $@

.venv/dev: requirements-dev.txt requirements.txt
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install -r requirements-dev.txt
	touch $@

build/release: requirements-release.txt
	$(PYTHON) -m venv build/release
	build/release/bin/python -m pip install -r requirements-release.txt
	touch $@
