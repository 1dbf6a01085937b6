# Two commands for a fresh clone:  make demo   and   make test.   They need Python 3.11 or later, pip and make.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
META   := settings.ini setup.py pyproject.toml

help:
	@echo "make demo       align and inspect the bundled pairs, write a report for each to carlearn-demo/"
	@echo "make test       every notebook, the command line and the packaging (2 processes)"
	@echo "make test-all   the same with the slow cells, and the coverage"
	@echo "make browser    Chromium, which the tests of the page need (Debian or Ubuntu, asks for sudo)"
	@echo "make plain      every module and command for a moment, with the run-time requirements only"
	@echo "make fuzz       odd input of every kind, for at most FUZZ_MINUTES"
	@echo "make export     notebooks -> carlearn/, README.md and course/"
	@echo "make docs       the documentation site -> _site/"
	@echo "make slides     reveal.js slides for each week of the course -> _slides/"
	@echo "make lint       ruff"
	@echo "make clean      remove what the others made, $(VENV) too"

$(VENV)/bin/pip:
	@$(PYTHON) -c "import sys; sys.exit(sys.version_info < (3, 11))" || { echo "carlearn needs Python 3.11 or later: make PYTHON=python3.12 ..." >&2; exit 2; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run-installed: $(META) | $(VENV)/bin/pip
	$(BIN)/pip install -e .
	@touch $@

$(VENV)/.dev-installed: $(META) | $(VENV)/bin/pip
	$(BIN)/pip install -e ".[dev,render]"
	@touch $@ $(VENV)/.run-installed

demo: $(VENV)/.run-installed
	$(BIN)/carlearn demo

SUDO ?= $(if $(filter 0,$(shell id -u)),,sudo)
browser:
	@command -v apt-get > /dev/null || { echo "no apt-get here: install Chromium, and name it: CHROMIUM=/path/to/chromium make test" >&2; exit 2; }
	$(SUDO) apt-get install -y --no-install-recommends chromium

plain: $(VENV)/.run-installed
	$(BIN)/python tools/bare.py

test: $(VENV)/.dev-installed lint
	$(BIN)/python -m pytest -n 2 --dist worksteal --durations=12

test-all: $(VENV)/.dev-installed lint
	FLAGS=slow $(BIN)/python -m pytest -n 2 --dist worksteal --durations=12 --cov=carlearn --cov-report=term

FUZZ_MINUTES ?= 5
FUZZ_INPUTS  ?= 2000
fuzz: $(VENV)/.dev-installed
	$(BIN)/python tools/fuzz.py --inputs $(FUZZ_INPUTS) --minutes $(FUZZ_MINUTES)

lint: $(VENV)/.dev-installed
	$(BIN)/ruff check .

export: $(VENV)/.dev-installed
	$(BIN)/python tools/heads.py
	$(BIN)/python tools/alt_texts.py
	$(BIN)/python tools/export.py
	$(BIN)/python tools/readme.py
	$(BIN)/python tools/student.py

docs: export NO_MKDOCS_2_WARNING = 1
docs: $(VENV)/.dev-installed
	$(BIN)/mkdocs build --strict --quiet

slides: $(VENV)/.dev-installed
	$(BIN)/python tools/slides.py

clean:
	rm -rf $(VENV) _site _slides build dist *.egg-info carlearn-demo .pytest_cache .ruff_cache .coverage*

.PHONY: help demo browser plain test test-all fuzz lint export docs slides clean
