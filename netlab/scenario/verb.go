package scenario

// What a `do:` step can do, all but one to a container.
const (
	VerbConnect    = "connect"    // put it on one more network while it runs
	VerbDisconnect = "disconnect" // take it off a network while it runs
	VerbPause      = "pause"
	VerbUnpause    = "unpause"
	VerbRestart    = "restart"
	VerbStop       = "stop"
	VerbStart      = "start"
	VerbRecreate   = "recreate" // remove it, and make it anew from its image; its volumes stay
	VerbClose      = "close"    // end what listens in it, as when its server dies
	VerbOpen       = "open"     // have that back
	VerbEdit       = "edit"     // change a file from which an image is built
)

// Verbs lists them.
func Verbs() []string {
	return []string{
		VerbConnect, VerbDisconnect, VerbPause, VerbUnpause, VerbRestart, VerbStop, VerbStart, VerbRecreate, VerbClose,
		VerbOpen, VerbEdit,
	}
}
