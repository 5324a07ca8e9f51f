# Everything that is done with Hearth, each a line or two that a person could type.
# `make run` and `make test` need a machine with Rust, Node and, on Debian or
# Ubuntu, the right to install packages; they see to the rest themselves.

UI_SOURCES := words/en.ftl $(shell find ui -type f -not -path 'ui/node_modules/*' -not -path 'ui/dist/*')

help: ## Say what can be made.
	@sed -nE 's/^([a-z-]+):.*## (.*)/make \1\t\2/p' Makefile | expand -t 20

run: packages-run ui ## Open Hearth; without a display, hold a short demo conversation on a virtual one.
	scripts/run

test: packages-test ui ## Run every test, those of the real window and the real keyring included.
	cd ui && npm run check && npm run lint && npm test && npm run size
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	scripts/with-desktop cargo test --workspace

check: ui ## Run what needs neither WebKit nor a display: the fast part.
	cd ui && npm run check && npm run lint && npm test && npm run size
	cargo fmt --all --check
	cargo clippy --workspace --exclude hearth-desktop --all-targets -- -D warnings
	cargo test --workspace --exclude hearth-desktop

bench: packages-test ui ## Measure start, memory, streaming and storing, beside a peer where there is one.
	scripts/with-desktop cargo bench -p hearth-desktop --bench start
	cargo bench -p hearth-desktop --bench batches
	cargo run --release -p hearth-desktop --example events
	cd ui && npx tsx bench/markdown.ts

bench-gateway: ## Measure the gateway beside LiteLLM and Portkey; with SHORT=1 in a minute, keeping nothing.
	cargo build --release -p hearth -p hearth-gateway-bench
	"$${CARGO_TARGET_DIR:-target}/release/hearth-gateway-bench" $(if $(SHORT),--short,--write docs/gateway-figures.md)

package: packages-package ui ## Make a Debian package of both programs.
	scripts/package

package-test: packages-package-test package ## Make it; then install, launch and purge it in a clean Debian.
	scripts/with-desktop tests/package/run

ui: ui/dist/index.html ## Build the page that the window shows.

ui/dist/index.html: ui/node_modules/.package-lock.json $(UI_SOURCES)
	cd ui && npm run build

# npm writes this file itself; it is as old as the last installation.
ui/node_modules/.package-lock.json: ui/package-lock.json
	cd ui && npm ci --no-audit --no-fund
	@touch $@

packages-run packages-test packages-package packages-package-test: packages-%:
	scripts/system-packages $*

.PHONY: help run test check bench bench-gateway package package-test ui
.PHONY: packages-run packages-test packages-package packages-package-test
