package engine

import (
	"regexp"
	"slices"
	"strings"

	"github.com/docker/docker/api/types/container"
	"github.com/docker/docker/api/types/image"

	"netlab/netlab/fact"
)

// A label does not prove that netlab created an object: an image that a user commits from a lab container, or builds
// on one of netlab's images, inherits the labels, and so does every container of that image. netlab only touches
// objects that have both the labels and the name that netlab gave them.

// ownsNetwork reports whether netlab created the network. Older versions of netlab named networks like everything
// else.
func ownsNetwork(labels map[string]string, name string) bool {
	lab := labels[labelLab]
	return labels[labelSession] != "" &&
		(name == fact.GatewayBridge || lab != "" && strings.HasSuffix(name, networkSuffix(lab)) || ownsName(labels, name))
}

// ownsName reports whether netlab gave a volume, service or image of a lab this name.
func ownsName(labels map[string]string, name string) bool {
	return labels[labelSession] != "" && labels[labelLab] != "" && strings.HasPrefix(name, prefix+labels[labelLab]+"-")
}

// ownsContainer reports whether netlab created the container: it has the name and the image that its labels say. A
// container of a committed image has another image.
func ownsContainer(c container.Summary) bool {
	if c.Labels[labelSession] == "" {
		return false
	}
	if c.Labels[labelPeer] == "" {
		return isBuildStep(c)
	}
	own := prefix + c.Labels[labelLab] + "-" + c.Labels[labelPeer]
	if !slices.ContainsFunc(c.Names, func(name string) bool {
		name = strings.TrimPrefix(name, "/")
		return name == own || c.Labels[labelRole] == roleTask && strings.HasPrefix(name, own+".")
	}) {
		return false
	}
	from := c.Labels[labelFrom] // older versions did not write it
	return from == "" || sameImage(from, c.ImageID)
}

// engineName matches the names that an engine makes up, "friendly_faraday".
var engineName = regexp.MustCompile(`^/?[a-z]+_[a-z]+[0-9]?$`)

// isBuildStep reports whether the classic builder created the container to run an instruction of one of netlab's
// builds. The builder names neither the container nor the image that it starts from, and gives every instruction to
// its shell (moby, builder/dockerfile: dispatchers.go). The container has the labels of that image only.
func isBuildStep(c container.Summary) bool {
	id := strings.TrimPrefix(c.ImageID, "sha256:")
	byID := c.Image != "" && strings.HasPrefix(id, strings.TrimPrefix(c.Image, "sha256:"))
	return byID && strings.Contains(c.Command, "/bin/sh -c ") && len(c.Names) == 1 && engineName.MatchString(c.Names[0])
}

// sameImage compares ids. Podman omits the algorithm.
func sameImage(id, other string) bool {
	return strings.TrimPrefix(id, "sha256:") == strings.TrimPrefix(other, "sha256:")
}

// agentName matches the names that netlab gives the images of its programs.
var agentName = regexp.MustCompile(`^netlab/(agent|witness):[0-9a-f]{12}(-2)?$`)

// programOf returns the program whose image has such a name.
func programOf(name string) string { return agentName.FindStringSubmatch(name)[1] }

// ownAgentNames returns the names under which netlab loaded an image of one of its programs. It returns none for an
// image that was built on it: the agent's is dated 1970, to be the same everywhere.
func ownAgentNames(i image.Summary) []string {
	if i.Created != 0 || i.Labels[labelImage] == "" || i.Labels[labelSession] != "" {
		return nil
	}
	return slices.DeleteFunc(slices.Clone(names(i)), func(name string) bool { return !agentName.MatchString(name) })
}

// ownImages returns, of the images with a session's labels, those that the lab built, and for each of them that a
// user's image was built on, the name of that image.
//
// netlab's builds name their last image, and each image before it is the parent of the next. So an image without a
// name is netlab's unless it was committed from a container, has no parent (the engine's other builder), was built on
// an image that has a name, or is part of a user's image and of none of the lab's.
func ownImages(found []image.Summary) (own []image.Summary, users map[string]string) {
	byID := map[string]image.Summary{}
	inside := map[string]bool{} // images that a named one of the lab was built on
	for _, i := range found {
		byID[i.ID] = i
	}
	named := func(i image.Summary) bool {
		return slices.ContainsFunc(names(i), func(name string) bool { return ownsName(i.Labels, name) })
	}
	for _, i := range found {
		for p := i; named(i) && byID[p.ParentID].ID != "" && !inside[p.ParentID]; p = byID[p.ParentID] {
			inside[p.ParentID] = true
		}
	}
	owns := func(i image.Summary) bool {
		if named(i) || inside[i.ID] {
			return true
		}
		for range found { // up to the session's first image
			parent, has := byID[i.ParentID]
			switch {
			case i.Labels[labelPeer] != "": // containers have this label, images that netlab builds do not
				return false
			case len(names(i)) > 0, i.ParentID == "":
				return false
			case !has:
				return true
			}
			i = parent
		}
		return false
	}
	foreign := map[string]bool{}
	for _, i := range found {
		for p := i; !owns(i) && p.ID != "" && !foreign[p.ID] && !named(p) && !inside[p.ID]; p = byID[p.ParentID] {
			foreign[p.ID] = true
		}
	}
	users = map[string]string{}
	for _, i := range found {
		if !foreign[i.ID] {
			own = append(own, i)
		} else if i.ParentID != "" {
			users[i.ParentID] = imageName(i)
		}
	}
	return own, users
}
