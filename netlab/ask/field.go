package ask

import (
	"slices"
	"sync"
)

// A Field is something that can be named, read or compared, with the sentence that documents it.
type Field struct {
	Name, Doc string

	Answer    Answer // which words it can be
	From      int    // where a thing is read: InNamespace, InProcess or InEngine
	Container bool   // only a container has it, neither the engine's host nor an outside computer
	Others    bool   // it shows what netlab's other questions do at the same time
	Written   bool   // it depends on the files that were written before
	Bytes     bool   // a number of bytes
	OfHost    bool   // it is only valid on the peer's own host
	IsName    bool   // a resolver can look it up
	IsAddress bool   // it is one address

	// Of facts about the engine or a network:
	Values   Values   // what a condition can compare it with; zero if no condition can name it
	Usual    string   // explains nothing: of a freshly installed engine, or of a network without options
	Drivers  []string // types of network that have it; nil for all
	Firewall bool     // read from the host's firewall, which takes a helper
}

// wants is the kind of answer that a question for the field wants.
func (f Field) wants() string {
	if f.Answer == YesOrNo {
		return WantsYesNo
	}
	return WantsValue
}

// Find returns the field of that name, or a Field without one.
func Find(fields []Field, name string) Field {
	for _, f := range fields {
		if f.Name == name {
			return f
		}
	}
	return Field{}
}

// FieldNames lists the names of fields.
func FieldNames(fields []Field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = f.Name
	}
	return names
}

// Has reports whether one of the fields has that name.
func Has(fields []Field, name string) bool {
	return slices.ContainsFunc(fields, func(f Field) bool { return f.Name == name })
}

// The fields that are neither a thing that can be read nor a fact.
const (
	FieldName        = "name"
	FieldAlias       = "alias"
	FieldShortID     = "short-id"
	FieldContainer   = "container"
	FieldGateway     = "gateway"
	FieldIPv4        = "ipv4"
	FieldFirstIPv4   = "first.ipv4"
	FieldIPv6        = "ipv6"
	FieldMAC         = "mac"
	FieldFQDN        = "fqdn"
	FieldChosen      = "chosen"
	FieldInterface   = "interface"
	FieldParent      = "parent"
	FieldSubnet      = "subnet"
	FieldIPv6Subnet  = "ipv6.subnet"
	FieldIPv6Gateway = "ipv6.gateway"
	FieldHost        = "host"
	FieldIPv6Host    = "ipv6.host"
	FieldRouter      = "router"
	FieldSilent      = "silent"
	FieldNowhere     = "nowhere"
	FieldVIP         = "vip"
	FieldTasksName   = "tasks.name"
	FieldTasksIPv4   = "tasks.ipv4"
)

// PeerFields lists the fields of a peer.
func PeerFields() []Field {
	return append([]Field{
		{Name: FieldName, Doc: "its name, for the asker to resolve", Container: true, IsName: true},
		{Name: FieldAlias, Doc: "first alias", Container: true, IsName: true},
		{Name: FieldShortID, Doc: "first 12 digits of the container ID", Container: true, IsName: true},
		{Name: FieldContainer, Doc: "container's full name on the engine", Container: true, IsName: true},
		{Name: FieldGateway, Doc: "gateway of its first network", Container: true, IsAddress: true},
		{Name: FieldIPv4, Doc: "IPv4 address on its first network, now", Container: true, IsAddress: true},
		{
			Name: FieldFirstIPv4, Doc: "IPv4 address on its first network when the lab came up",
			Container: true, IsAddress: true,
		},
		{Name: FieldIPv6, Doc: "IPv6 address on its first network, now", Container: true, IsAddress: true},
	}, Things()...)
}

// EndpointFields lists the fields of a peer on a network.
func EndpointFields() []Field {
	return []Field{
		{Name: FieldIPv4, Doc: "IPv4 address on that network", IsAddress: true},
		{Name: FieldIPv6, Doc: "IPv6 address on that network", IsAddress: true},
		{Name: FieldMAC, Doc: "MAC address on that network"},
		{Name: FieldGateway, Doc: "gateway on that network", IsAddress: true},
		{
			Name: FieldFQDN, Doc: "container.network. with a final dot, as a reverse lookup returns it",
			Container: true, IsName: true,
		},
		{Name: FieldChosen, Doc: "address that the scenario sets with `address:`", IsAddress: true},
	}
}

// WireFields lists the fields of a link.
func WireFields() []Field {
	return []Field{
		{Name: FieldSubnet, Doc: "IPv4 subnet of this LAN"},
		{Name: FieldInterface, Doc: "the host's end of the veth pair"},
		{Name: FieldHost, Doc: "host's address on it", IsAddress: true},
		{Name: FieldIPv6Host, Doc: "host's IPv6 address on it", IsAddress: true},
		{Name: FieldRouter, Doc: "the LAN's router, another address of the machine", IsAddress: true},
		{Name: FieldSilent, Doc: "an address behind the router that never answers", IsAddress: true},
		{Name: FieldNowhere, Doc: "an address behind the router that it has no route to", IsAddress: true},
	}
}

// ServiceFields lists the fields of a swarm service.
func ServiceFields() []Field {
	return []Field{
		{Name: FieldName, Doc: "its name, for the asker to resolve", IsName: true},
		{Name: FieldVIP, Doc: "its virtual IP", IsAddress: true},
		{Name: FieldTasksName, Doc: "name that resolves to its tasks with either endpoint: tasks.NAME", IsName: true},
		{Name: FieldTasksIPv4, Doc: "addresses of its tasks, sorted"},
	}
}

// ContainerOnly reports whether neither the engine's host nor an outside computer has a field.
func ContainerOnly(name string) bool { return Find(AllFields(), name).Container }

// IsNumber reports whether a field is a number, whatever it is a field of.
func IsNumber(name string) bool { return Find(AllFields(), name).Answer == Numbers }

// AllFields lists the fields of everything, those of peers first. The list is shared and must not be changed.
func AllFields() []Field { return allFields() }

// allFields is made once, because every question looks for its fields in it several times.
var allFields = sync.OnceValue(func() []Field {
	return slices.Concat(PeerFields(), EndpointFields(), NetworkFields(), WireFields(), ImageThings(), ServiceFields(),
		EngineFields())
})
