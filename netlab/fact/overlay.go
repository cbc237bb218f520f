package fact

import "slices"

// An Overlay is what the swarm has told an engine about an overlay network.
type Overlay struct {
	Name  string
	VXLAN int      // its ID; 0 if it is not known
	Nodes []string // the addresses of the nodes that have it, this one too
	Tasks []OverlayTask
}

// An OverlayTask is a container on an overlay network, on any node.
type OverlayTask struct {
	Name    string
	Address string
	Node    string // its node's address
}

// Task returns the container with an address, or nil.
func (o *Overlay) Task(address string) *OverlayTask {
	for i := range o.Tasks {
		if o.Tasks[i].Address == address {
			return &o.Tasks[i]
		}
	}
	return nil
}

// Has reports whether a node has the network, as far as this one knows.
func (o *Overlay) Has(node string) bool { return slices.Contains(o.Nodes, node) }

// A Node is a node of a swarm.
type Node struct {
	ID      string
	Name    string // its hostname
	Address string
	Ready   bool // the managers hear from it
}
