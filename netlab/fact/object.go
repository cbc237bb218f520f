package fact

// The types of objects that netlab creates on an engine, in Docker's words.
const (
	ObjectContainer = "container"
	ObjectNetwork   = "network"
	ObjectVolume    = "volume"
	ObjectImage     = "image"
	ObjectService   = "service"
	ObjectTask      = "task" // of a service; it may still start a container, even if the service is removed
	ObjectSwarm     = "swarm"
)

// ObjectTypes returns all of them.
func ObjectTypes() []string {
	return []string{
		ObjectContainer, ObjectNetwork, ObjectVolume, ObjectImage, ObjectService, ObjectTask, ObjectSwarm,
	}
}
