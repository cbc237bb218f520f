package scenario

// What a `do:` step can do. All but one act on a container.
const (
	VerbConnect    = "connect"    // attach it to one more network while it runs
	VerbDisconnect = "disconnect" // detach it from a network while it runs
	VerbPause      = "pause"
	VerbUnpause    = "unpause"
	VerbRestart    = "restart"
	VerbStop       = "stop"
	VerbStart      = "start"
	VerbRecreate   = "recreate" // remove it and create it again from its image; its volumes stay
	VerbClose      = "close"    // close its listeners, as if its server had crashed
	VerbOpen       = "open"     // open them again
	VerbEdit       = "edit"     // change a file that an image is built from
)

// Verbs lists them.
func Verbs() []string {
	return []string{
		VerbConnect, VerbDisconnect, VerbPause, VerbUnpause, VerbRestart, VerbStop, VerbStart, VerbRecreate, VerbClose,
		VerbOpen, VerbEdit,
	}
}
