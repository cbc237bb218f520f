package ask

// The groups of questions.
const (
	Identity  = "identity"
	Names     = "names"
	Reach     = "reach"
	Outside   = "outside"
	Isolation = "isolation"
	Building  = "build"
	InImage   = "image"
	Health    = "health"
	Files     = "files"
	Cost      = "cost"
	Control   = "control" // asked only so that a "no" of another counts; no row of a comparison
)

// A Group has the heading that stands above its questions.
type Group struct{ Name, Heading string }

// Groups lists the groups in the order in which they are shown.
func Groups() []Group {
	return []Group{
		{Identity, "WHO AM I"},
		{Names, "NAMES"},
		{Reach, "CAN I REACH"},
		{Outside, "WHO CAN REACH ME"},
		{Isolation, "ISOLATION"},
		{Building, "BUILDING"},
		{InImage, "WHAT IS IN AN IMAGE"},
		{Health, "HEALTH"},
		{Files, "FILES"},
		{Cost, "COST"},
		{Control, "CONTROLS"},
	}
}

// GroupNames lists the names of the groups.
func GroupNames() []string {
	var names []string
	for _, g := range Groups() {
		names = append(names, g.Name)
	}
	return names
}

// GroupWords is "identity, names, … or control".
func GroupWords() string { return Either(GroupNames()) }
