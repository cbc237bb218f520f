package engine

import (
	"net/http"
	"strings"
)

// know records a readable name for an object's id.
func (c *calls) know(id, kind, name string) {
	if c != nil { // nil for a test's engine
		c.names.Store(id, kind+" "+name)
	}
}

// known returns a readable name for an object: as netlab knows it, or the part of its id that docker ps prints.
func (c *calls) known(kind, id string) string {
	if name, ok := c.names.Load(id); ok {
		return name.(string) // know stores nothing else
	}
	if digits := strings.TrimPrefix(id, "sha256:"); len(digits) == 64 {
		id = digits[:12]
	}
	return kind + " " + id
}

// isEvents reports whether the answer is a stream of events, which never ends.
func isEvents(req *http.Request) bool { return strings.HasSuffix(req.URL.Path, "/events") }

// words describes what a request asks the engine to do: "start container netlab-1234-alice".
func (c *calls) words(req *http.Request) string {
	path := strings.Split(strings.Trim(req.URL.Path, "/"), "/")
	if len(path) > 1 && strings.HasPrefix(path[0], "v1.") {
		path = path[1:]
	}
	if to := general(req, path); to != "" {
		return to
	}
	kind, plural := strings.TrimSuffix(path[0], "s"), path[0]
	last := path[len(path)-1]
	switch {
	case len(path) == 1 || len(path) == 2 && last == "json":
		return "list " + plural
	case len(path) == 2 && last == "create":
		if name := req.URL.Query().Get("name"); name != "" {
			return "create " + kind + " " + name
		}
		return "create a " + kind
	}
	object := c.known(kind, path[1])
	if kind == "image" { // its name may contain slashes
		object = c.known(kind, strings.Join(path[1:max(2, len(path)-1)], "/"))
	}
	switch {
	case req.Method == http.MethodDelete && kind == "image":
		return "remove " + c.known(kind, strings.Join(path[1:], "/"))
	case req.Method == http.MethodDelete:
		return "remove " + object
	case len(path) == 2 || last == "json":
		return "inspect " + object
	}
	if verb := verbs()[last]; verb != "" {
		return verb + " " + object
	}
	return last + " " + object
}

// general describes a request that is not about one of many objects. It returns "" for the others.
func general(req *http.Request, path []string) string {
	switch whole := strings.Join(path, "/"); whole {
	case "":
		return "answer"
	case "_ping":
		return "answer a ping"
	case "version", "info":
		return "say what it is"
	case "events":
		return "report events"
	case "build":
		return "build an image"
	case "images/load":
		return "load an image"
	case "swarm":
		return "describe its swarm"
	case "swarm/init":
		return "begin a swarm"
	case "swarm/leave":
		return "leave its swarm"
	default:
		if path[0] == "exec" {
			return "run a command in a container"
		}
		if whole == "networks/prune" || whole == "containers/prune" {
			return "remove unused " + path[0]
		}
	}
	return ""
}

// verbs translates an engine's words to ours where they differ.
func verbs() map[string]string {
	return map[string]string{
		"attach":     "attach to",
		"connect":    "connect a container to",
		"disconnect": "disconnect a container from",
		"exec":       "run a command in",
		"changes":    "list the changes of",
		"stats":      "read the memory use of",
		"top":        "list the processes of",
		"archive":    "read a file of",
		"history":    "list the history of",
		"wait":       "wait for",
		"update":     "change",
	}
}
