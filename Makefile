# netlab's commands. `make` alone runs the first one.

SHELL := bash
.DELETE_ON_ERROR:
.PHONY: build agent demo test unit test-engines lint bench dist record clean install install-plugin

# All targets compile packages in the same way, so each is compiled once, and once more for the race detector. That needs
# a C compiler. Without one, the tests run without it.
export CGO_ENABLED := 0
export GOFLAGS := -trimpath $(GOFLAGS)
RACE := $(if $(shell command -v cc gcc clang 2>/dev/null),-race)
RACING := CGO_ENABLED=$(if $(RACE),1,0) go test $(RACE) -count 1 -timeout 40m -json
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
AGENT_SOURCES := go.mod go.sum $(shell find cmd/netlab-agent cmd/netlab-witness netlab/agent netlab/probe netlab/fact \
	-name '*.go' ! -name '*_test.go' 2>/dev/null)
AGENTS := $(foreach arch,amd64 arm64,netlab/engine/agentbin/agent-linux-$(arch).gz netlab/engine/witnessbin/$(arch)/witness.gz)
TOOL := go tool -modfile=tools/go.mod

# Build bin/netlab, including the agent.
build: agent
	go build -ldflags '-s -w -X main.version=$(VERSION)' -o bin/netlab ./cmd/netlab

# Build the agent, the program in the lab containers, and the witness, for both architectures, if their sources have
# changed.
agent: $(AGENTS)

# No version and no build id, so that the same sources give the same image. Without inlining they are a tenth smaller.
define program
netlab/engine/$(2): $$(AGENT_SOURCES)
	@mkdir -p $$(@D)
	GOOS=linux GOARCH=$$* go build -buildvcs=false -ldflags '-s -w -buildid=' -gcflags=all=-l \
		-o $$(@:.gz=) ./cmd/netlab-$(1)
	gzip -9nf $$(@:.gz=)
endef
$(eval $(call program,agent,agentbin/agent-linux-%.gz))
$(eval $(call program,witness,witnessbin/%/witness.gz))

# Run the bridge lesson or, without an engine, replay its recording. A surprise is shown and is not a failure.
demo: build
	@if .ci/engine-up; then \
		bin/netlab demo bridge || { status=$$?; [ $$status = 1 ] || exit $$status; }; \
	else \
		status=$$?; [ $$status = 3 ] || exit $$status; \
		echo 'This is a recording; nothing runs on this machine:'; bin/netlab replay bridge; \
	fi

# The packages without goroutines, in which the race detector would find nothing, and those with tests on the engine.
ALONE := ./scenarios $(addprefix ./netlab/,ask byhand fact glossary jsontext near packet pasted probe quiz render report \
	result say scenario)
SHARED := $(sort $(dir $(addprefix ./,$(shell grep -rl --include='*_test.go' '^func TestIntegration' cmd netlab))))

# Run all tests. Tests that need an engine fail if none answers. Their packages run one at a time: they share the engine,
# and the netlab of one would sweep what another leaves there on purpose. They often wait, so the others run beside them,
# and are told of at the end. Never from the cache, which does not know the engine.
test: agent
	.ci/engine-up
	$(if $(RACE),,@echo 'No C compiler here: without the race detector.')
	@others=$$(mktemp); trap 'rm -f "$$others"' EXIT; \
	{ { go test -count 1 -timeout 40m -json $(ALONE); \
		$(RACING) -parallel 8 $$(go list ./... | grep -vxFf <(go list $(ALONE) $(SHARED))); } >"$$others" & \
		$(RACING) -p 1 $(SHARED); wait; cat "$$others"; } | go run .ci/testcount.go -engine

# Run the tests that need no engine.
unit:
	go test -short -skip '^TestIntegration' -timeout 3m -json ./... | go run .ci/testcount.go

# Run the tests TestEngines*, which start their own engines, in three versions and with other settings. Needs Debian and
# root. Several at a time: tests do not share engines.
test-engines: agent
	go test -tags engines -count 1 -p 2 -parallel 4 -run '^TestEngines' -timeout 60m -json $$(grep -rl --include='*_test.go' '^//go:build.*engines' \
		netlab cmd | xargs -n 1 dirname | sort -u | sed 's|^|./|') | go run .ci/testcount.go -engine

# Check with the linters, which include vet, and check the imports between packages, the format and go.mod.
lint:
	go mod tidy -diff
	@unformatted=$$($(TOOL) gofumpt -l .); [ -z "$$unformatted" ] || { echo "not gofumpt's format: $$unformatted"; exit 1; }
	$(TOOL) golangci-lint run ./...
	@if command -v shellcheck >/dev/null; then shellcheck -S warning .ci/engine .ci/engine-up .ci/run .ci/dist; fi

# Measure each command next to the floor of bare API calls, and compare netlab's measurements with iperf3 and ping.
bench: agent
	.ci/engine-up
	@for tool in iperf3 ping nsenter; do command -v $$tool >/dev/null || \
		echo "Without $$tool (Debian: iperf3, iputils-ping, util-linux) netlab is not held against it."; done
	go test -run xxx -bench . ./netlab/floor
	@if [ "$$(id -u)" = 0 ] && command -v dockerd >/dev/null; then \
		.ci/engine -- go test -run xxx -bench SixModes ./netlab/floor; \
	else echo 'The six modes side by side are measured on an engine of its own, which needs root and dockerd.'; fi

# Build the release for all platforms into dist/: archives, packages, SBOMs and checksums. The same commit gives the same
# bytes. Downloads nothing once Go's module cache has the modules.
dist: agent
	.ci/dist

# Make the recordings that ship with netlab, on a separate engine. Needs Debian and root.
record: build
	.ci/record

# Remove what the targets above have built.
clean:
	rm -rf bin dist $(AGENTS)

# Install netlab, its man pages and its completions below PREFIX, by default /usr/local, also as a plugin of docker.
PREFIX ?= /usr/local
install: build
	install -D bin/netlab $(DESTDIR)$(PREFIX)/bin/netlab
	install -d $(DESTDIR)$(PREFIX)/lib/docker/cli-plugins $(DESTDIR)$(PREFIX)/share/man/man1 \
		$(addprefix $(DESTDIR)$(PREFIX)/share/,bash-completion/completions zsh/site-functions fish/vendor_completions.d)
	ln -sf ../../../bin/netlab $(DESTDIR)$(PREFIX)/lib/docker/cli-plugins/docker-netlab
	go run ./cmd/netlab-man $(DESTDIR)$(PREFIX)/share/man/man1 $(VERSION) $$(git log -1 --format=%ct 2>/dev/null || date +%s)
	bin/netlab completion bash >$(DESTDIR)$(PREFIX)/share/bash-completion/completions/netlab
	bin/netlab completion zsh >$(DESTDIR)$(PREFIX)/share/zsh/site-functions/_netlab
	bin/netlab completion fish >$(DESTDIR)$(PREFIX)/share/fish/vendor_completions.d/netlab.fish

# Install netlab as a plugin, for `docker netlab`.
install-plugin: build
	mkdir -p ~/.docker/cli-plugins
	cp bin/netlab ~/.docker/cli-plugins/docker-netlab
