package packet

import (
	"encoding/binary"

	"netlab/netlab/probe"
)

// The blocks and options of pcapng used here (draft-ietf-opsawg-pcapng, 4). A file is one section with one interface,
// in little endian.
const (
	blockSection   = 0x0a0d0d0a
	blockInterface = 1
	blockPacket    = 6 // an Enhanced Packet Block
	byteOrder      = 0x1a2b3c4d
	linkEthernet   = 1

	optionEnd         = 0
	optionComment     = 1
	optionApplication = 4 // for the section
	optionName        = 2 // for the interface
	optionDescription = 3
	optionResolution  = 9 // for its timestamps
	nanoseconds       = 9 // ten to the power of minus nine
)

func sectionHeader(application string) []byte {
	body := binary.LittleEndian.AppendUint32(nil, byteOrder)
	body = binary.LittleEndian.AppendUint16(body, 1) // version 1.0
	body = binary.LittleEndian.AppendUint16(body, 0)
	body = binary.LittleEndian.AppendUint64(body, 1<<64-1) // the section extends to the end of the file
	return block(blockSection, option(body, optionApplication, application))
}

func interfaceOf(name, description string) []byte {
	body := binary.LittleEndian.AppendUint32(nil, linkEthernet) // and 16 reserved bits
	body = binary.LittleEndian.AppendUint32(body, probe.MaxFrame)
	body = option(body, optionName, name)
	body = option(body, optionDescription, description)
	return block(blockInterface, option(body, optionResolution, string(rune(nanoseconds))))
}

func enhancedPacket(f probe.Frame, comment string) []byte {
	body := binary.LittleEndian.AppendUint32(nil, 0) // on the only interface
	body = binary.LittleEndian.AppendUint32(body, uint32(f.TimeNS>>32))
	body = binary.LittleEndian.AppendUint32(body, uint32(f.TimeNS))
	body = binary.LittleEndian.AppendUint32(body, uint32(len(f.Data)))
	body = binary.LittleEndian.AppendUint32(body, uint32(f.Length))
	body = padded(append(body, f.Data...))
	if comment != "" {
		body = option(body, optionComment, comment)
	}
	return block(blockPacket, body)
}

// block wraps a body with its type and its lengths. It ends the list of options, even an empty one.
func block(kind uint32, body []byte) []byte {
	body = binary.LittleEndian.AppendUint32(body, optionEnd)
	length := uint32(len(body) + 12)
	block := binary.LittleEndian.AppendUint32(nil, kind)
	block = binary.LittleEndian.AppendUint32(block, length)
	return binary.LittleEndian.AppendUint32(append(block, body...), length)
}

func option(body []byte, code uint16, value string) []byte {
	body = binary.LittleEndian.AppendUint16(body, code)
	body = binary.LittleEndian.AppendUint16(body, uint16(len(value)))
	return padded(append(body, value...))
}

// padded pads to a multiple of four bytes.
func padded(b []byte) []byte { return append(b, make([]byte, -len(b)&3)...) }
