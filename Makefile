# Every target sets up what it needs by itself; python3 (3.11 or later) and make are all that must be there.
PYTHON    ?= python3
SIZE      ?= small
WORKSPACE ?= demo-lake
ARGS      ?=
NAME      ?=

BIN := .venv/bin
UV  := .tools/uv/bin/uv

# As banks need: uv otherwise trusts a list of certificates of its own.
export UV_SYSTEM_CERTS ?= 1

# Without bytecode every test worker and every command would compile what it imports again, which takes seconds.
export PYTHONDONTWRITEBYTECODE :=

.DEFAULT_GOAL := help
.PHONY: help setup demo azurite test lint check fmt bench newest oldest spark mutants torture notebooks wheel lock clean

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{printf "%-16s %s\n", $$1, $$2}'

setup:  ## install the locked tools into .tools and .venv; done by every other target too
	@$(PYTHON) scripts/bootstrap.py

demo: setup  ## generate a lake and take it from scan to report: SIZE=small|medium|firm WORKSPACE=demo-lake
	@$(BIN)/lakezones demo --size $(SIZE) -w $(WORKSPACE)

azurite: setup  ## serve a storage emulator on 127.0.0.1:10000 to scan by hand: SIZE=small|medium|firm|none
	@$(BIN)/python -m lakezones.demo.emulators.serve --size $(SIZE)

test: setup  ## run the tests on two workers: ARGS="tests/demo -k name"
	@$(BIN)/python -m pytest -n 2 -m "not torture" $(ARGS)

lint: setup  ## ruff and mypy, changing nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

check: lint test  ## what CI runs: lint, then test

fmt: setup  ## sort imports, apply safe fixes, format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench:  ## run the benchmarks, or some: NAME="miner scan"
	@$(PYTHON) scripts/bootstrap.py bench
	@.tools/bench/bin/python -m tests.benchmarks $(NAME)

newest: setup  ## run the tests with the newest releases, on each Python that is found: ARGS="tests/model"
	@$(PYTHON) scripts/releases.py newest $(ARGS)

oldest: setup  ## run the tests with the lowest declared versions
	@$(PYTHON) scripts/releases.py oldest $(ARGS)

spark:  ## run the Spark tests with the extra spark; needs Java 17 or later
	@$(PYTHON) scripts/bootstrap.py spark
	@command -v java >/dev/null || { echo "the Spark tests need Java 17 or later, and there is no java on the path" >&2; exit 1; }
	@.tools/spark/bin/python -m pytest -p no:cacheprovider -k spark tests/access $(ARGS)

mutants: setup  ## change the source here and there and count what the tests notice: ARGS="plan --sample 10"
	@$(BIN)/python scripts/mutants.py $(ARGS)

torture: setup  ## hundreds of seeded attacks: faults, names, kills, journeys; minutes
	@$(BIN)/python -m pytest -n 2 -m torture $(ARGS)

notebooks: setup  ## run every notebook from top to bottom
	@set -e; for notebook in notebooks/*.py; do \
	    [ -e "$$notebook" ] || { echo "no notebooks" >&2; exit 1; }; \
	    echo "$$notebook" >&2; $(BIN)/python "$$notebook"; done

wheel: setup  ## build dist/lakezones-*.whl
	@$(UV) build --wheel --quiet --no-build-isolation --python $(BIN)/python --out-dir dist && ls dist/*.whl

COMPILE = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
    --custom-compile-command "make lock" $(ARGS)
LOCK    = $(COMPILE) pyproject.toml --extra demo --extra report

lock: setup  ## write requirements/ after an edit of pyproject.toml: ARGS=--upgrade takes newer releases
	$(COMPILE) --group pyproject.toml:uv -o requirements/uv.txt
	$(LOCK) --group dev -o requirements/dev.txt
	$(LOCK) --group bench -c requirements/dev.txt -o requirements/bench.txt
	$(LOCK) --group dev --extra spark -c requirements/dev.txt -o requirements/spark.txt

clean:  ## remove what was built and set up; workspaces stay
	rm -rf .venv .tools dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis
	find src tests scripts notebooks -name __pycache__ -type d -prune -exec rm -rf {} +
