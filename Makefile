# Two commands do it all: `make run` serves, `make test` proves. Everything else is for those who look closer.
SHELL := /bin/bash
.DEFAULT_GOAL := help
TOOLS := .runtime/tools
UV := $(TOOLS)/bin/uv
export UV_PROJECT_ENVIRONMENT := .venv
# pyproject.toml is the one place for versions; the lock file is the one truth of what is installed.
export UV_FROZEN := 1
# As pip does: an institution's proxy that looks into TLS has a certificate that only the machine's own store knows.
export UV_SYSTEM_CERTS := 1
# Some machines forbid Python to keep what it has compiled; then each of the hundreds of processes that the tests start
# compiles SQLAlchemy and FastAPI anew, three seconds of a processor each.
unexport PYTHONDONTWRITEBYTECODE
# Most tests wait for calls that take their time, so a few run side by side even on two cores;
# those with many telephones or browsers are in one group (tests/handing_out.py), one after the other.
WORKERS ?= 6

.PHONY: help run test odoo odoo-outage lint bench bench-words bench-ring bench-crm bench-routing bench-queue bench-evidence theory chaos proofs prompts web-vendor clean

help: ## this list
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

run: .venv/ready ## set up what is missing, then serve: Asterisk, broker, server, pages
	@exec .venv/bin/ventanilla run

test: .venv/ready ## everything that must be true: style, types, walls, tests with real parts
	@$(MAKE) --no-print-directory lint
	@.venv/bin/python -m pytest -n $(WORKERS) --dist loadscope --no-loadscope-reorder -m "not slow and not odoo"

odoo: .venv/ready ## the contract of a connector against a real Odoo 19: fetched and made once (minutes), then a minute
	@echo "Odoo 19: what is not there yet is fetched and made once …"
	@.venv/bin/python -m tests.crm_bridge.real odoo --only-make
	@.venv/bin/python -m pytest -v --timeout 600 -m "odoo and not slow" tests/crm_bridge

odoo-outage: .venv/ready ## a real Odoo 19 killed for five minutes under load, everything counted in it afterwards; eight minutes
	@.venv/bin/python -m tests.crm_bridge.real odoo --only-make
	@.venv/bin/python -m pytest -v -m "odoo and slow" tests/crm_bridge/test_outage_odoo.py

proofs: .venv/ready ## the long proofs: every language, every rarer call on a live centre (a quarter of an hour)
	@$(UV) sync --quiet --inexact --group ear && .venv/bin/python -m pytest -n 2 --dist loadscope --no-loadscope-reorder -m "slow and not odoo"

lint: .venv/ready ## ruff, mypy strict, import-linter
	@.venv/bin/ruff check . && .venv/bin/ruff format --check . && .venv/bin/mypy && .venv/bin/lint-imports

bench: .venv/ready ## the FastAGI benchmark beside its peers, six to seven minutes
	@$(UV) sync --quiet --group bench && .venv/bin/python -m benchmarks.fastagi

bench-words: .venv/ready ## from the number dialled, and from a key, to the next word, beside pure dialplan; six minutes
	@.venv/bin/python -m benchmarks.words

bench-queue: .venv/ready ## our router beside a model of app_queue, the model day; some minutes, writes docs/simulation.md
	@.venv/bin/python -m benchmarks.app_queue

theory: .venv/ready ## the router under a simulated clock beside queueing theory; some minutes, writes docs/theory.md
	@.venv/bin/python -m benchmarks.theory

bench-routing: .venv/ready ## the router's decisions beside a plain scan, up to 20,000 agents; two minutes
	@.venv/bin/python -m benchmarks.routing

bench-evidence: .venv/ready ## what sealing, signing, exporting, verifying and a log of a million entries cost; two minutes
	@.venv/bin/python -m benchmarks.evidence

bench-ring: .venv/ready ## from a free agent to the INVITE of the next caller, beside app_queue; eight minutes
	@.venv/bin/python -m benchmarks.ring

bench-crm: .venv/ready ## from an agent reserved to the card, with the CRM (HTTP, Tryton, Odoo) well, slow and dead; five million citizens; twenty minutes
	@.venv/bin/python -m benchmarks.crm

chaos: .venv/ready ## kill the server under thirteen real calls, again and again (five rounds, ten minutes)
	@for round in 1 2 3 4 5; do .venv/bin/python -m pytest -q tests/calls/test_survival.py || exit 1; done

prompts: .venv/ready ## synthesise the prompts whose text has changed (LANGUAGE=es: only that one; minutes)
	@$(UV) sync --quiet --group voice && .venv/bin/ventanilla prompts build $(if $(filter command,$(origin LANGUAGE)),--language $(LANGUAGE))

web-vendor: ## bundle JsSIP and Lit anew (needs Node; the result is committed)
	@cd web/vendor && npm ci --omit-lockfile-registry-resolved --no-fund --no-audit && npm run build

clean: ## throw away what was built and fetched; nothing of yours
	@rm -rf .venv .runtime

# --- the Python environment, made once and again when the lock changes

# Asked by the shell when it is said, after what was half made is gone.
FREE = $$(df -Pm . | awk 'NR == 2 { print $$4 }') MB here

$(UV):
	@echo "Setting up Python tools …"
	@command -v python3 >/dev/null || { echo "Python 3.11 or newer is needed: install it (on Debian: apt install python3 python3-venv)."; exit 1; }
	@python3 -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed, this is $$(python3 -V)."; exit 1; }
	@mkdir -p .runtime
	@python3 -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv is missing: install it (on Debian: apt install python3-venv)."; exit 1; }
	@python3 -m venv $(TOOLS) >/dev/null || { rm -rf $(TOOLS); echo "The Python tools were not set up: check the free space ($(FREE)), then run this again."; exit 1; }
	@$(TOOLS)/bin/pip install --quiet --disable-pip-version-check 'uv>=0.13' || { rm -rf $(TOOLS); echo "The Python tools were not installed: check the network (the Python package index) and the free space ($(FREE)), then run this again."; exit 1; }

.venv/ready: pyproject.toml uv.lock | $(UV)
	@echo "Installing Python packages …"
	@$(UV) sync --quiet --python "$$(command -v python3)" || { echo "The Python packages were not installed: check the network, a proxy's certificate (SSL_CERT_FILE) and the free space ($(FREE)), then run this again."; exit 1; }
	@touch $@
