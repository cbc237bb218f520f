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

// Objects counts the objects of a lab.
type Objects struct {
	Containers int `json:"containers"`
	Networks   int `json:"networks"`
	Images     int `json:"images,omitempty"` // the ones that the lab built, with the intermediate images of the builds
	Wires      int `json:"wires,omitempty"`
	Volumes    int `json:"volumes,omitempty"`
	Services   int `json:"services,omitempty"`
	Swarms     int `json:"swarms,omitempty"` // one-node swarms that netlab had started
}

// Add adds the counts of more.
func (o *Objects) Add(more Objects) {
	o.Containers += more.Containers
	o.Networks += more.Networks
	o.Images += more.Images
	o.Wires += more.Wires
	o.Volumes += more.Volumes
	o.Services += more.Services
	o.Swarms += more.Swarms
}
