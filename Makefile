# make run    set up and start the dashboard
# make test   set up, check the style and types, run every test (also in a real browser)
# make flagship DATA=DIR   train the default model from FER-2013; called again, it goes on where it was interrupted
# make bench  the two article loops and this pipeline side by side, as ratios; the live page beside a pass-through one

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 8501

.PHONY: run test check pytest bench flagship screenshots clean
.DELETE_ON_ERROR:

run: $(VENV)/.installed
	$(BIN)/streamlit run app.py --server.port $(PORT)

test: check pytest

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

pytest: $(VENV)/.installed-dev
	sh scripts/system_packages.sh
	$(BIN)/python -m pytest $(ARGS)

bench: $(VENV)/.installed-dev
	$(BIN)/python -m benchmarks.pipeline $(ARGS)
	$(BIN)/python -m benchmarks.models
	$(BIN)/python -m benchmarks.detection
	$(BIN)/python -m benchmarks.offline
	$(BIN)/python -m benchmarks.first_page
	$(BIN)/python -m benchmarks.input_pipeline
	$(BIN)/python -m benchmarks.live
	$(BIN)/python -m benchmarks.summary

flagship: $(VENV)/.installed
	PYTHON=$(BIN)/python sh scripts/train_flagship.sh $(DATA)

screenshots: $(VENV)/.installed-dev
	sh scripts/system_packages.sh
	$(BIN)/python scripts/make_screenshots.py

clean:
	rm -rf $(VENV) out .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

$(VENV)/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed; set it with: make PYTHON=/path/to/python3.11 run"; exit 1; }
	@$(PYTHON) -m venv $(VENV) || \
	  { rm -rf $(VENV); echo "Python's venv module is needed; on Debian or Ubuntu: sudo apt-get install python3-venv"; exit 1; }

$(VENV)/.installed: requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

$(VENV)/.installed-dev: requirements-dev.txt requirements.txt | $(VENV)/bin/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@ $(VENV)/.installed
