// Package floor measures what netlab's commands cost beside their floor: the bare API calls that any program would
// have to make, and the tools that others measure with. It has benchmarks only, run by `make bench`: a timing in a test
// would fail on a busy machine and say nothing.
package floor
