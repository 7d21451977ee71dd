# Everything needs Python 3.11+, pip and make, and sets itself up on the first call.
# Another interpreter: make test PYTHON=python3.13

PYTHON ?= python3
VENV ?= .venv
PIP_VERSION := 26.3

BIN := $(VENV)/bin
CODE := $(wildcard src tests examples benchmarks conftest.py)
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d.%d" % sys.version_info[:3])')
READY := $(VENV)/.ready-$(VERSION)
DEMO := $(VENV)-demo/.ready-$(VERSION)
WHEEL := $(VENV)-$(basename $(VERSION))/.ready-$(VERSION)
LASTING := README.md docs tests/engine tests/scenarios tests/faults/test_calls_and_leases.py \
	tests/faults/test_exports.py tests/faults/test_one_completion_path.py
STRICT := src/pipeflow/model/*,src/pipeflow/rules/*,src/pipeflow/engine/*

# As many processes as there are processors; each file in one of them, for pages are read in order.
ABREAST := --numprocesses=auto --dist=loadfile

NEEDS := import tomllib; \
	print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["dependencies"], sep="\n")

export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Empty is no: a second run of the tests finds them compiled, also where the machine forbids it.
export PYTHONDONTWRITEBYTECODE :=
export PYRIGHT_PYTHON_GLOBAL_NODE := 0
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help setup test lint types imports coverage browser postgres lasting proof soak search everywhere wasm \
	wheel-test docs-test demo notebooks bench format schema constraints clean

## help         this list
help:
	@sed -n 's/^## //p' Makefile

## setup        make .venv and install pipeflow with its tools, unless that is done
setup: $(READY)

# One environment for the tree and all tools, one for what the demo needs, and one for each Python on
# which the wheel is tested.
$(READY): CONTENT := --editable . --group dev
$(WHEEL): CONTENT := . --group test --group bench --group build
$(DEMO): WITHOUT := --without-pip

%/.python-$(VERSION):
	@$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "pipeflow needs Python 3.11 or newer")'
	$(PYTHON) -m venv --clear $(WITHOUT) $*
	@touch $@

$(READY) $(WHEEL): %/.ready-$(VERSION): %/.python-$(VERSION) pyproject.toml constraints.txt
	$*/bin/python -m pip install --quiet pip==$(PIP_VERSION)
	$*/bin/python -m pip install --quiet $(CONTENT) \
		--constraint constraints.txt --build-constraint constraints.txt
	@touch $@

# Whoever wants to see the demo should not wait: it runs from the tree, beside what pipeflow needs.
$(DEMO): %/.ready-$(VERSION): %/.python-$(VERSION) pyproject.toml constraints.txt
	@$(PYTHON) -c '$(NEEDS)' > $*/needs.txt
	$(PYTHON) -m pip --python $*/bin/python install --quiet \
		--requirement $*/needs.txt --constraint constraints.txt
	@touch $@

## test         all that CI asks: lint, types, imports, coverage, browser, lasting, postgres, proof,
##              everywhere
test: lint types imports coverage browser lasting postgres proof everywhere

## lint         style and format
lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

## types        mypy --strict and pyright
types: $(READY)
	$(BIN)/mypy $(CODE)
	$(BIN)/pyright --pythonpath $(BIN)/python

## imports      which room may import which
imports: $(READY)
	$(BIN)/lint-imports

## coverage     tests and docs; every branch of model, rules and engine, 95% of the rest
coverage: $(READY)
	$(BIN)/python -m pytest $(ABREAST) --cov --cov-report=
	$(BIN)/coverage report --include='$(STRICT)' --fail-under=100
	$(BIN)/coverage report --omit='$(STRICT)' --fail-under=95

## browser      what is shown, looked at by Chromium and axe-core; pictures in build/screenshots
browser: $(READY)
	.ci/chromium
	$(BIN)/python -m pytest --browser tests/show/test_in_a_browser.py

## lasting      the engine's tests, the scenarios and the pages again, on the store in a file
lasting: $(READY)
	$(BIN)/python -m pytest $(ABREAST) --store=sqlite $(LASTING)

## postgres     the store in a host's database, on a PostgreSQL of the tests' own
postgres: $(READY)
	.ci/postgres
	$(BIN)/python -m pytest --postgres tests/adapters/test_postgres*.py

## proof        the proofs of docs/reliability.md as a whole, and the table of what they proved
proof: $(READY)
	$(BIN)/python -m pytest --proof tests/reliability

## soak         processes that are killed for 10 minutes, then a million steps beside the naive firm;
##              MINUTES=60 kills for so long, and walks no longer than that
soak: $(READY)
	$(BIN)/python -m tests.reliability.killing --minutes $(or $(MINUTES),10)
	$(BIN)/python -m tests.reference.soaking $(addprefix --minutes ,$(MINUTES))

## search       the tests with examples that nobody has tried yet; what fails says how to repeat it
search: $(READY)
	$(BIN)/python -m pytest --hypothesis-profile=search

## everywhere   the tests against the wheel, on each other Python: those that this machine has, and
##              those of Debian's packages
everywhere: $(READY)
	@MAKE='$(MAKE)' VENV='$(VENV)' .ci/everywhere $(PYTHON)

## wasm         the tests against the wheel, on Python 3.14 in WebAssembly; no part of `make test`
wasm: $(READY)
	@VENV='$(VENV)' .ci/wasm

## wheel-test   the tests against the built wheel, with no tree to lean on
wheel-test: $(WHEEL)
	rm -f dist/pipeflow-*.whl
	$(<D)/bin/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .
	$(<D)/bin/python -m pip install --quiet --no-deps --force-reinstall dist/pipeflow-*.whl
	$(<D)/bin/python -m pytest $(ABREAST) --installed

## docs-test    only the examples of README.md and docs/
docs-test: $(READY)
	$(BIN)/python -m pytest README.md docs

## demo         three weeks of a firm, told
demo: $(DEMO)
	@PYTHONPATH=src $(<D)/bin/python examples/demo.py

## notebooks    execute examples/notebooks, and keep what their cells show
notebooks: $(READY)
	$(BIN)/python -m tests.examples.notebooks

## bench        pipeflow beside a hand-written floor and five libraries
bench: $(READY)
	@$(BIN)/python -m benchmarks

## format       let ruff mend what it can
format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

## schema       write the JSON Schema of packages anew, as the classes now stand
schema: $(READY)
	$(BIN)/python -c 'from pipeflow.bundle import schema; schema.HERE.write_text(schema.generated(), encoding="ascii", newline="\n")'

## constraints  choose the newest releases of all tools anew
constraints:
	$(PYTHON) -m venv --clear .venv-constraints
	.venv-constraints/bin/python -m pip install --quiet pip==$(PIP_VERSION)
	.venv-constraints/bin/python -m pip install --quiet --editable . --group dev
	.venv-constraints/bin/python -m pip freeze --exclude-editable > constraints.txt
	rm -r .venv-constraints

## clean        remove what the other targets made
clean:
	rm -rf $(VENV) $(VENV)-* .coverage htmlcov build dist
	rm -rf .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
