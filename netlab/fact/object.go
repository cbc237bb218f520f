package fact

// The types of what netlab makes on an engine, in Docker's words.
const (
	ObjectContainer = "container"
	ObjectNetwork   = "network"
	ObjectVolume    = "volume"
	ObjectImage     = "image"
	ObjectService   = "service"
	ObjectTask      = "task" // of a service, that may yet start a container, even if the service is removed
	ObjectSwarm     = "swarm"
)

// ObjectTypes lists them.
func ObjectTypes() []string {
	return []string{
		ObjectContainer, ObjectNetwork, ObjectVolume, ObjectImage, ObjectService, ObjectTask, ObjectSwarm,
	}
}
