package fact

import "time"

// An Event is a change of a container or of its place on a network, as the engine reported it.
type Event struct {
	At        time.Time // on the engine's clock
	Action    string    // the engine's word, such as EventStart or "health_status: unhealthy"
	Container string    // its id
	Name      string    // the container's name; "" if the engine did not say it
	Project   string    // of Compose; "" without
	Service   string    // of Compose; "" without
	Network   string    // that it joined or left; "" otherwise
	ExitCode  string    // of die
}

// The engine's words for events that netlab tells apart.
const (
	EventCreate     = "create"
	EventStart      = "start"
	EventDie        = "die"
	EventOOM        = "oom"
	EventPause      = "pause"
	EventUnpause    = "unpause"
	EventDestroy    = "destroy"
	EventRename     = "rename"
	EventHealth     = "health_status" // followed by a colon and the status
	EventConnect    = "connect"
	EventDisconnect = "disconnect"
)
