# netlab's few commands. The first is what `make` does.

SHELL := bash
.DELETE_ON_ERROR:
.PHONY: build agent demo test unit test-engines lint bench record clean install-plugin

# Without the C compiler that it needs, the race detector stays off, and the tests run all the same.
RACE := $(if $(shell command -v cc gcc clang 2>/dev/null),-race)
VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
AGENT_SOURCES := go.mod go.sum $(shell find cmd/netlab-agent netlab/agent netlab/probe netlab/fact -name '*.go' \
	! -name '*_test.go' 2>/dev/null)
AGENTS := $(foreach arch,amd64 arm64,netlab/engine/agentbin/agent-linux-$(arch).gz)
TOOL := go tool -modfile=tools/go.mod

# bin/netlab, with its agent inside
build: agent
	CGO_ENABLED=0 go build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/netlab ./cmd/netlab

# the program of the lab containers, for both architectures, built only when its sources have changed
agent: $(AGENTS)

# No version and no build id: the same sources give the same agent image.
netlab/engine/agentbin/agent-linux-%.gz: $(AGENT_SOURCES)
	@mkdir -p $(@D)
	CGO_ENABLED=0 GOOS=linux GOARCH=$* go build -trimpath -buildvcs=false -ldflags '-s -w -buildid=' \
		-o $(@:.gz=) ./cmd/netlab-agent
	gzip -9nf $(@:.gz=)

# shows a bridge network at work; without an engine, the recording of one. A surprise is shown and is no failure.
demo: build
	@if .ci/engine-up; then \
		bin/netlab demo bridge || { status=$$?; [ $$status = 1 ] || exit $$status; }; \
	else \
		status=$$?; [ $$status = 3 ] || exit $$status; \
		echo 'This is a recording; nothing runs on this machine:'; bin/netlab replay bridge; \
	fi

# all tests; those on an engine fail when none answers. One package at a time: they share the engine, and what one
# leaves there on purpose another one's netlab would sweep. Never from the cache, which does not know the engine.
test: agent
	.ci/engine-up
	$(if $(RACE),,@echo 'No C compiler here: without the race detector.')
	go test $(RACE) -count 1 -p 1 -timeout 8m -json ./... | go run .ci/testcount.go -engine

# the tests that need no engine
unit:
	go test -short -skip '^TestIntegration' -timeout 3m -json ./... | go run .ci/testcount.go

# the tests TestEngines* on engines that they start themselves, in three versions and other settings; Debian as root.
# Two packages at a time: each engine is a test's own, and most of the time is waiting.
test-engines: agent
	go test -tags engines -count 1 -p 2 -run '^TestEngines' -timeout 15m -json $$(grep -rl --include='*_test.go' '^//go:build.*engines' \
		netlab cmd | xargs -n 1 dirname | sort -u | sed 's|^|./|') | go run .ci/testcount.go -engine

# vet, linters, the layers between the packages, format, go.mod
lint:
	go vet ./...
	go vet -tags engines ./...
	go mod tidy -diff
	@unformatted=$$($(TOOL) gofumpt -l .); [ -z "$$unformatted" ] || { echo "not gofumpt's format: $$unformatted"; exit 1; }
	$(TOOL) golangci-lint run ./...
	@if command -v shellcheck >/dev/null; then shellcheck -S warning .ci/engine .ci/engine-up .ci/run; fi

# what each command costs, beside the floor of bare API calls, and what netlab measures, beside iperf3 and ping
bench: agent
	.ci/engine-up
	@for tool in iperf3 ping nsenter; do command -v $$tool >/dev/null || \
		echo "Without $$tool (Debian: iperf3, iputils-ping, util-linux) netlab is not held against it."; done
	go test -run xxx -bench . ./netlab/floor
	@if [ "$$(id -u)" = 0 ] && command -v dockerd >/dev/null; then \
		.ci/engine -- go test -run xxx -bench SixModes ./netlab/floor; \
	else echo 'The six modes side by side are measured on an engine of its own, which needs root and dockerd.'; fi

# the recordings that netlab carries, from an engine of their own; Debian as root
record: build
	.ci/record

# what the targets above have built
clean:
	rm -rf bin $(AGENTS)

# makes `docker netlab` work
install-plugin: build
	mkdir -p ~/.docker/cli-plugins
	cp bin/netlab ~/.docker/cli-plugins/docker-netlab
