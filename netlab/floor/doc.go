// Package floor compares the cost of netlab's commands with their floor: the bare API calls that any program would
// have to make, a shell script that asks the same questions with docker run and docker exec, and the tools that others
// measure with. It only has benchmarks, which `make bench` runs: a timing in a test would fail on a busy machine and
// prove nothing.
package floor
