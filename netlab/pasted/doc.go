// Package pasted understands a line that an application or the Docker Engine printed when the network failed: what
// failed, and where. It knows the words of many programs, and neither containers nor an engine.
//
// A line is text of a stranger. Nothing of it is passed on but what was understood: a reason out of a closed list, and
// names, addresses and ports that look like such. Credentials of a URL are cut off before anything is read.
//
//	pasted.go        what a line can mean, and the way from the text to it
//	clean.go         makes the text safe to read
//	application.go   the words of applications; target.go where they tried to connect to
//	engine.go        the words of the engine
package pasted
