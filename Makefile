# Everything a target needs is fetched when it is missing: a fresh clone with Rust, Python 3, Node and make is enough.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

CHECK := scripts/check
INDEX := $(CURDIR)/var/webhooks-examples/api.github.com/index.json
# Seconds per fuzz target: a smoke test in `make test`, longer in `make fuzz`.
FUZZ_SECONDS ?= 60

# Only for targets that compile: it may have to be fetched.
ifneq ($(filter-out help payloads clean-var,$(MAKECMDGOALS)),)
export RUSTUP_TOOLCHAIN := $(or $(RUSTUP_TOOLCHAIN),$(shell scripts/toolchain))
endif
MSRV := $(shell sed -n 's/^rust-version = "\(.*\)"/\1/p' core/Cargo.toml)
# Where tests and the demo find GitHub's published payloads; empty when they could not be fetched.
webhooks = REYNOLDS_WEBHOOKS='$(or $(REYNOLDS_WEBHOOKS),$(shell test -f '$(INDEX)' && echo '$(INDEX)'))'
# A path from the command line, as seen from any folder. Not `abspath`: that takes a space for the end of a path.
absolute = $(if $(filter /%,$(firstword $(1))),$(1),$(CURDIR)/$(1))

.PHONY: help
help: ## what there is
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 20

.PHONY: setup payloads try-payloads demo demo-python demo-node bench bench-loops bench-work bench-python bench-node docs clean-var
setup: ## fetch what the other targets need (each of them also does this itself)
	@for what in wasm msrv nightly fuzz deny payloads; do scripts/setup $$what || echo "  left out: $$what"; done

payloads: ## fetch GitHub's published webhook examples into var/
	@scripts/payloads

# Before the recipes that use them, because make looks for the file when it expands a recipe.
try-payloads:
	@scripts/payloads || true

demo: try-payloads ## real webhooks through the whole broker, with a crash in the middle
	@$(webhooks) cargo run --release -p reynolds-examples --bin demo

demo-python: try-payloads ## the same story in Python, to the same digest
	@$(webhooks) scripts/python demo

demo-node: try-payloads ## the same story in Node, to the same digest
	@$(webhooks) scripts/node demo

bench: try-payloads ## rates and ratios beside their baselines (JSON=path writes them there too, without Python and Node)
	@$(if $(JSON),rm -f '$(JSON)')
	@$(webhooks) $(if $(JSON),JSON='$(call absolute,$(JSON))') cargo bench --quiet -p reynolds-benches
	@$(if $(JSON),echo 'Python and Node are left out with JSON: make bench-python bench-node',$(MAKE) --no-print-directory --keep-going bench-python bench-node || true)

bench-loops: ## loops and look-alikes through the broker and the guards of today (TRACES=file.jsonl, JSON=path, SEEDS=n, ALL=1)
	@$(if $(JSON),rm -f '$(JSON)')
	@$(if $(TRACES),TRACES='$(call absolute,$(TRACES))') $(if $(JSON),JSON='$(call absolute,$(JSON))') $(if $(SEEDS),SEEDS='$(SEEDS)') $(if $(ALL),ALL=1) \
		cargo run --quiet --release -p reynolds-benches --bin loops

bench-work: ## graphs, makespans, decisions and the choice of agents (DAGS=dir, JSON=path, QUICK=1, ONLY='drain select')
	@$(if $(JSON),rm -f '$(JSON)')
	@$(if $(DAGS),DAGS='$(call absolute,$(DAGS))') $(if $(JSON),JSON='$(call absolute,$(JSON))') $(if $(QUICK),QUICK=1) \
		cargo run --quiet --release -p reynolds-benches --bin work -- $(ONLY)

bench-python: ## the Python package, beside pure Rust and stdlib json
	@scripts/python bench

bench-node: ## what the door to Node costs, beside the same work in Rust alone
	@scripts/node bench

docs: ## the crate documentation, in target/doc
	@cargo doc -p reynolds --no-deps

clean-var: ## remove what was fetched and written into var/
	@rm -rf var

.PHONY: test lint fuzz
test: lint check-payloads check-test check-doc check-msrv check-wasm check-node check-python check-python-package check-node-package check-fuzz ## everything that must hold, one line each

lint: check-fmt check-clippy check-clippy-core check-clippy-cli check-deny check-paths check-size ## format, clippy, licences

fuzz: ## every fuzz target for FUZZ_SECONDS each (TARGET=name for one)
	@scripts/setup nightly fuzz
	@scripts/fuzz $(FUZZ_SECONDS) $(TARGET)

# One check each; `make check-clippy` runs one alone. A binding adds its own here.
.PHONY: check-fmt check-clippy check-clippy-core check-clippy-cli check-deny check-paths check-size check-payloads check-test \
	check-doc check-msrv check-wasm check-fuzz check-node check-node-package check-python check-python-package
check-fmt:
	@$(CHECK) fmt "cargo fmt --all --check"
check-clippy:
	@$(CHECK) clippy "cargo clippy --workspace --all-targets -- -D warnings"
check-clippy-core:
	@$(CHECK) clippy-core "CLIPPY_CONF_DIR=core/purity cargo clippy -p reynolds --lib --no-default-features -- \
		-D warnings -D clippy::too_many_lines -D clippy::expect_used"
check-clippy-cli:
	@$(CHECK) clippy-cli "cargo clippy -p reynolds --all-targets --features cli -- -D warnings"
check-deny:
	@$(CHECK) deny "scripts/setup deny && cargo deny check licenses bans sources"
# 1 says that nothing was found; more, that git could not look.
check-paths:
	@$(CHECK) paths "git grep -nIE '(^|[^A-Za-z0-9._/-])/(root|work|home/[a-z]+|Users/[A-Za-z]+)/' && exit 1 || [ \$$? = 1 ]"
check-size:
	@$(CHECK) size "git ls-files '*.rs' | xargs wc -l | awk '\$$2 != \"total\" && \$$1 > 500 { print; bad = 1 } END { exit bad }'"
check-payloads:
	@$(CHECK) payloads "scripts/payloads"
# The same random stories each time; `cargo test` alone looks at others each time.
check-test: check-payloads
	@$(CHECK) test "PROPTEST_RNG_SEED=2026 $(webhooks) cargo test --workspace --exclude reynolds-node --exclude reynolds-python --no-fail-fast --features reynolds/cli"
check-doc:
	@$(CHECK) doc "RUSTDOCFLAGS='-D warnings' cargo doc -p reynolds --no-deps"
check-msrv:
	@$(CHECK) msrv "scripts/setup msrv && cargo +$(MSRV) check -p reynolds --no-default-features && cargo +$(MSRV) check -p reynolds"
check-wasm:
	@$(CHECK) wasm "scripts/setup wasm && scripts/purity"
check-fuzz:
	@$(CHECK) fuzz "scripts/setup nightly fuzz && scripts/fuzz 5" 900
check-node:
	@$(CHECK) node "scripts/node"
check-node-package:
	@$(CHECK) node-package "scripts/node package" 300
check-python:
	@$(CHECK) python "scripts/python test"
check-python-package:
	@$(CHECK) python-package "scripts/python package" 240
