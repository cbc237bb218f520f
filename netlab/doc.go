// Package netlab is a map; the code is in the folders below.
//
// A lab is a handful of real containers and networks on a real Docker Engine. In every lab container runs netlab's own
// small agent. A check asks one question of the lab ("can alice reach bob by name?"), the agent answers with a typed
// outcome, and the outcome is held against an expectation that has a reason. Every command is a view of that, and all
// ends in one result record from which every output is drawn.
//
//	cmd/netlab         main: signals, exit code
//	cmd/netlab-agent   the program in every lab container, and the applets that a student types there
//	cmd/netlab-witness the program of the helper that asks the kernel which packets it drops
//	cmd/netlab-man     writes the man pages of the commands, for a release
//	netlab/cli         the commands; the only package that imports cobra
//	netlab/run         carries a scenario's steps out over a lab, judges them, and tells of it as it goes
//	netlab/bench       measures what a mode costs, in rounds over the labs of all modes
//	netlab/why         finds out why a container that exists cannot reach another: facts, rules, causes
//	netlab/scan        finds what is wrong with the containers on an engine, without being asked about a pair
//	netlab/pasted      understands a line that an application or the engine printed; knows only probe
//	netlab/matrix      finds out which containers that exist can reach which others, all pairs at once
//	netlab/survey      reads what exists on an engine, and what the network namespaces there hold
//	netlab/say         puts a finding into words: evidence, fixes, commands
//	netlab/lab         builds a scenario's lab on an engine, hands out its peers, takes it down
//	netlab/engine      Docker; the only package that imports github.com/docker/docker
//	netlab/agent       the protocol and its client; agent/server has the probes, agent/applet what students type,
//	                   agent/witness what the kernel drops
//	netlab/scenario    the YAML language of scenarios, and of a class's plans: types, loaders, schemas
//	netlab/byhand      a scenario as docker commands and as a Compose file
//	netlab/packet      captured frames: what each says, and files of them for Wireshark
//	netlab/quiz        what can be guessed at a question, and whether a guess was right
//	netlab/glossary    explains the words of the outputs
//	netlab/render      a result as text, Markdown, JSON, JUnit and CSV
//	netlab/report      a result as one HTML file for a browser, a projector, a phone and paper
//	netlab/result      the saved record, versioned; its tests write its schema
//	netlab/ask         the vocabulary: kinds of question, what can be read, named, expected and done; knows only
//	                   probe and fact
//	netlab/probe       questions and outcomes; imports nothing of netlab
//	netlab/fact        what an engine, network, link, route, part of a lab is; imports nothing of netlab
//	netlab/safely      starts goroutines: a panic becomes an error with its place; imports nothing of netlab
//	netlab/poll        waits, for a time or for what no event reports; imports nothing of netlab
//	netlab/jsontext    changes one string in a JSON text, and nothing else; imports nothing of netlab
//	netlab/near        how near a misspelt word is to one that exists; imports nothing of netlab
//	netlab/enginetest  for tests: engines of other versions and settings, each in a network namespace
//	netlab/result/asktest
//	                   for tests: short forms of questions and expectations
//	netlab/floor       compares costs with bare API calls and a shell script, and measurements with iperf3 and ping
//	scenarios          the built-in modes, their schema and recordings
//
// The way of one question: scenario file, lab, agent stream, probe in the container, outcome, run judges, result,
// render. There is no way back, and imports point that way only: .golangci.yml enforces it.
package netlab
