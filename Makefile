# Two commands: `make demo` shows it, `make test` proves it. `make help` lists the rest.

SWIFT ?= swift
# Further options of swift build and swift test, e.g. BUILD_FLAGS="-j 2".
BUILD_FLAGS ?=
# Options of `perisai demo` and `perisai bench`, e.g. DEMO_FLAGS=--short.
DEMO_FLAGS ?=
BENCH_FLAGS ?=
# Options of swift test, e.g. TEST_FLAGS="--filter WorkerTests".
TEST_FLAGS ?=

PRODUCTS := enrollment-intake payment-reconciler commission-calculator notifier perisai
SOURCES := Package.swift Shared Services Tests
RELEASE := $(SWIFT) build -c release $(BUILD_FLAGS)

.DEFAULT_GOAL := help
.PHONY: help setup build demo test bench contracts contracts-check machines messages lint format clean

help: ## Lists the commands
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|' 2>/dev/null \
		|| sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1: \2/p' $(MAKEFILE_LIST)

setup: ## Installs what is missing (Debian 12; needs root or sudo only then)
	@sh deploy/setup.sh

build: setup ## Builds the four services and the perisai command for release
	@set -e; for product in $(PRODUCTS); do \
		echo "building $$product"; $(RELEASE) --product $$product; \
	done

demo: build ## Runs the Denpasar branch of 2018 through the four services
	@"$$($(RELEASE) --show-bin-path)/perisai" demo $(DEMO_FLAGS)

test: setup ## Builds and runs all tests, one suite after the other; end-to-end tests start the processes built here
	$(SWIFT) build --build-tests $(BUILD_FLAGS)
	@sh Tests/run.sh $(SWIFT) test --skip-build --no-parallel $(BUILD_FLAGS) $(TEST_FLAGS)

bench: build ## Measures one worker from topic to committed rows, beside raw COPY
	@"$$($(RELEASE) --show-bin-path)/perisai" bench $(BENCH_FLAGS)

contracts: build ## Exports the event contracts; refuses a change that breaks readers
	@"$$($(RELEASE) --show-bin-path)/perisai" contracts export

contracts-check: build ## Compares the event contracts with those committed
	@"$$($(RELEASE) --show-bin-path)/perisai" contracts check

machines: build ## Draws the state machines of the services in docs/machines.md
	@"$$($(RELEASE) --show-bin-path)/perisai" machines --format markdown > docs/machines.md.new
	@mv docs/machines.md.new docs/machines.md

messages: build ## Writes the table of messages, docs/messages.md
	@"$$($(RELEASE) --show-bin-path)/perisai" templates document > docs/messages.md.new
	@mv docs/messages.md.new docs/messages.md

lint: ## Checks the format of the sources
	$(SWIFT) format lint --strict --parallel --recursive $(SOURCES)

format: ## Formats the sources
	$(SWIFT) format --in-place --parallel --recursive $(SOURCES)

clean: ## Removes what was built
	rm -rf .build run
