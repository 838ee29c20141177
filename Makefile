# make test   set up .venv and run the tests
# make demo   set up .venv and analyze the made world; STUDY=path/to/study.toml for another study,
#             DATA=folder for another data root than $SING_DATA or ./data
PYTHON ?= python3
VENV := .venv
SETUP := $(VENV)/.set-up
# The value, as it is: make would take a $ in it for a variable.
DATA ?= $(or $(value SING_DATA),data)

.PHONY: torture setup test demo check clean docs

setup: $(SETUP)

$(SETUP): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("SING needs Python 3.11 or newer, this is " + sys.version.split()[0] + "; name another with make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	touch $(SETUP)

test: setup
	OMP_NUM_THREADS=1 $(VENV)/bin/python -m pytest --numprocesses auto --maxprocesses 4 --dist loadfile

demo: setup
ifdef STUDY
	$(VENV)/bin/sing run '$(STUDY)' --data '$(DATA)'
else
	$(VENV)/bin/sing demo --data '$(DATA)'
endif

# The documentation as a site, in build/site.
docs: setup
	NO_MKDOCS_2_WARNING=1 $(VENV)/bin/mkdocs build --quiet

torture: setup
	OMP_NUM_THREADS=1 $(VENV)/bin/python -m tests.torture

check: setup
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports

clean:
	rm -rf $(VENV) build dist *.egg-info
