# make run    set up and start the dashboard
# make test   set up, check the style and types, run every test (also in a real browser)
# make constraints   take the newest releases of all packages, and keep them if `make test` passes with them
# make flagship DATA=DIR [VOTES=FILE]   train the default model from FER-2013 and the votes of FER+ (needs PyTorch)
# make flagship_fer2013 DATA=DIR   train the model of the original labels; called again, both go on where they stopped
# make verifier DATA=DIR PICTURES="DIR …"   train the face verifier from FER-2013 and pictures without a face (PyTorch)
# make catalogs   bring the translations of the interface up to date with its texts
# make bench  the two article loops and this pipeline side by side, as ratios; the live page beside a pass-through one

# The Python is chosen by scripts/choose_python.sh; another one: make PYTHON=/path/to/python3.12 run

PYTHON ?=
VENV   := .venv
BIN    := $(VENV)/bin
PORT   ?= 8501

.PHONY: run setup setup-dev test check pytest constraints bench flagship flagship_fer2013 verifier screenshots catalogs clean

run: setup
	$(BIN)/python -m streamlit run app.py --server.port $(PORT)

test: check pytest

check: setup-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python scripts/constraints.py check

# Only a run of all tests measures coverage: a part of them would miss the floor in pyproject.toml.
pytest: setup-dev
	sh scripts/system_packages.sh
	$(BIN)/python -m pytest $(or $(ARGS),--cov=emotion_core)

constraints: setup-dev
	$(BIN)/python scripts/constraints.py renew $(MAKE) test

bench: setup-dev
	$(BIN)/python -m benchmarks.pipeline $(ARGS)
	$(BIN)/python -m benchmarks.models
	$(BIN)/python -m benchmarks.detection
	$(BIN)/python -m benchmarks.offline
	$(BIN)/python -m benchmarks.first_page
	$(BIN)/python -m benchmarks.input_pipeline
	$(BIN)/python -m benchmarks.live
	$(BIN)/python -m benchmarks.summary

flagship: setup
	PYTHON=$(BIN)/python VOTES="$(VOTES)" TEACHERS="$(TEACHERS)" OUT="$(OUT)" ARGS="$(ARGS)" \
		sh scripts/train_flagship.sh $(DATA)

flagship_fer2013: setup
	PYTHON=$(BIN)/python sh scripts/train_flagship_fer2013.sh $(DATA)

verifier: setup
	PYTHON=$(BIN)/python PICTURES="$(PICTURES)" OUT="$(OUT)" ARGS="$(ARGS)" sh scripts/train_verifier.sh $(DATA)

screenshots: setup-dev
	sh scripts/system_packages.sh
	$(BIN)/python scripts/make_screenshots.py

catalogs: setup-dev
	$(BIN)/python -m scripts.catalogs

clean:
	rm -rf $(VENV) out .pytest_cache .mypy_cache .ruff_cache .import_linter_cache

setup:
	@VENV=$(VENV) PYTHON="$(PYTHON)" sh scripts/setup.sh

setup-dev:
	@VENV=$(VENV) PYTHON="$(PYTHON)" sh scripts/setup.sh dev
