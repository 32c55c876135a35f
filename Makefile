# The whole developer interface. `make help` lists it.
.DEFAULT_GOAL := help
.PHONY: help deps frameworks services build run test check format bench clean distclean

SWIFT ?= swift
ARGS ?=

help: ## this list
	@awk -F':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

deps: ## install and unpack what the build needs (done by the others by themselves)
	@scripts/bootstrap

frameworks: ## Keras, PyTorch and scikit-learn, so that `make test` also compares with them (350 MB)
	@scripts/bootstrap --frameworks

services: ## the servers that `make test` starts for itself: PostgreSQL, Redis, an S3 store, MongoDB's stand-in
	@scripts/bootstrap --services

build: deps ## the release programs: .build/release/prunelle and prunelle-trainer
	$(SWIFT) build -c release

run: build ## build, then serve every app on http://127.0.0.1:8000 (ARGS="--port 9000" to change)
	.build/release/prunelle serve $(ARGS)

test: deps ## all tests; ARGS="--filter Imaging" for some
	$(SWIFT) build --build-tests
	$(SWIFT) test --skip-build --no-parallel $(ARGS)

check: deps ## format, layers, shell scripts, file sizes: what CI checks besides the tests
	@scripts/check

format: ## rewrite the Swift sources in the project's format
	swift-format format --in-place --recursive Sources Tests Package.swift

bench: build ## measure against the peers (installed from PyPI below .deps/bench)
	@scripts/bootstrap --bench
	Benchmarks/run $(ARGS)

clean: ## remove what was built
	rm -rf .build

distclean: clean ## also remove what was downloaded
	rm -rf .deps
