# Two commands: `make demo` (install, build the map from the bundled data, write the site) and `make test`.
# Needs python3 >= 3.11 with venv and pip, and make. Nothing else.
PY ?= python3
UV := .uv/bin/uv
export UV_SYSTEM_CERTS = 1
export UV_PYTHON_DOWNLOADS = never
unexport VIRTUAL_ENV PYTHONPATH
SEEDS ?= $(shell od -An -N4 -tu4 /dev/urandom)

.PHONY: demo mcp test fuzz lint bench lock lock-check clean
demo: .venv/.run
	.venv/bin/skinproof demo demo
mcp: .venv/.mcp   # what `skinproof mcp` needs
test: .venv/.dev
	.venv/bin/python -m pytest -q -n 2
	$(MAKE) lint
fuzz: .venv/.dev   # SEEDS="1 2 3" draws the same again, FUZZ_TIMES=30 thirty times as many as the suite
	for seed in $(SEEDS); do \
	    .venv/bin/python -m pytest -q -n 2 -m hypothesis --hypothesis-profile=fuzz --hypothesis-seed=$$seed || exit 1; done
lint: .venv/.dev
	.venv/bin/ruff check src tests tools benchmarks
	.venv/bin/mypy
	.venv/bin/lint-imports --no-cache
bench: .bench-venv/.ok
	.bench-venv/bin/python benchmarks/run.py

.uv/.ok: requirements/uv.txt
	@$(PY) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "skinproof needs Python 3.11 or newer; set PY=/path/to/python3.11" >&2; exit 1; }
	$(PY) -m venv --clear .uv
	.uv/bin/python -m pip install -q --disable-pip-version-check --only-binary :all: --require-hashes -r requirements/uv.txt
	@touch $@
.venv/.run: .uv/.ok requirements/run.txt requirements/build.txt pyproject.toml
	test -x .venv/bin/python || $(UV) venv -q --python $(PY) .venv
	$(UV) pip install -q --python .venv/bin/python --require-hashes -r requirements/run.txt -r requirements/build.txt
	$(UV) pip install -q --python .venv/bin/python --no-deps --no-build-isolation -e .
	@touch $@
.venv/.mcp: .venv/.run requirements/mcp.txt
	$(UV) pip install -q --python .venv/bin/python --require-hashes -r requirements/mcp.txt
	@touch $@
.venv/.dev: .venv/.run requirements/dev.txt
	$(UV) pip install -q --python .venv/bin/python --require-hashes -r requirements/dev.txt
	@touch $@
.bench-venv/.ok: .uv/.ok requirements/bench.txt requirements/build.txt
	$(UV) venv -q --clear --python $(PY) .bench-venv
	$(UV) pip install -q --python .bench-venv/bin/python --require-hashes -r requirements/bench.txt -r requirements/build.txt
	$(UV) pip install -q --python .bench-venv/bin/python --no-deps --no-build-isolation -e .
	@touch $@

COMPILE = $(UV) pip compile -q --universal --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --python-version 3.11
lock: .uv/.ok   # keeps the pins already in the files; `make lock UP=--upgrade` moves them. The files name no registry host.
	$(COMPILE) $(UP) pyproject.toml -o requirements/run.txt >/dev/null
	printf "hatchling\neditables\n" | $(COMPILE) $(UP) - -o requirements/build.txt >/dev/null
	$(COMPILE) $(UP) pyproject.toml --group test --group lint -c requirements/run.txt -c requirements/build.txt -o requirements/dev.txt >/dev/null
	$(COMPILE) $(UP) pyproject.toml --extra mcp -c requirements/run.txt -c requirements/dev.txt -o requirements/mcp.txt >/dev/null
	$(COMPILE) $(UP) pyproject.toml --group bench -c requirements/run.txt -c requirements/build.txt -o requirements/bench.txt >/dev/null
lock-check: lock
	git diff --exit-code -- requirements
clean:
	rm -rf .venv .uv .bench-venv demo
