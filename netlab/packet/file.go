package packet

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/gopacket/gopacket"
	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"netlab/netlab/probe"
)

// Files writes pcapng files into a folder, one a place: Ethernet frames with nanoseconds, each with the question that
// it belongs to as its comment. Close it.
type Files struct {
	dir     string
	version string
	open    map[string]*file // by path
}

type file struct {
	file   *os.File
	writer *pcapgo.NgWriter
}

// NewFiles makes the folder, where it is not there. The version is that of the program that writes.
func NewFiles(dir, version string) (*Files, error) {
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, fmt.Errorf("making the folder for packets: %w", err)
	}
	return &Files{dir: dir, version: version, open: map[string]*file{}}, nil
}

// Place makes sure that there is a file of a place, be it empty. The folder below may be "".
func (f *Files) Place(folder, place, link string) error {
	_, err := f.of(folder, place, link)
	return err
}

// Write appends a frame to its place's file. Comment may be "".
func (f *Files) Write(folder, place, comment string, frame probe.Frame) error {
	to, err := f.of(folder, place, frame.Link)
	if err != nil {
		return err
	}
	info := gopacket.CaptureInfo{
		Timestamp: time.Unix(0, frame.TimeNS), CaptureLength: len(frame.Data), Length: frame.Length,
	}
	options := pcapgo.NgPacketOptions{}
	if comment != "" {
		options.Comments = []string{comment}
	}
	if err := to.writer.WritePacketWithOptions(info, frame.Data, options); err != nil {
		return fmt.Errorf("writing packets of %s: %w", place, err)
	}
	return nil
}

// of returns the file of a place, begun.
func (f *Files) of(folder, place, link string) (*file, error) {
	name := filepath.Join(f.dir, folder, strings.ReplaceAll(place, " ", "-")+".pcapng")
	if known := f.open[name]; known != nil {
		return known, nil
	}
	if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
		return nil, fmt.Errorf("making the folder for packets: %w", err)
	}
	out, err := os.Create(name)
	if err != nil {
		return nil, fmt.Errorf("writing packets: %w", err)
	}
	w, err := pcapgo.NewNgWriterInterface(out, pcapgo.NgInterface{
		Name: link, Description: place, LinkType: layers.LinkTypeEthernet, TimestampResolution: 9,
		SnapLength: probe.MaxFrame,
	}, pcapgo.NgWriterOptions{SectionInfo: pcapgo.NgSectionInfo{Application: "netlab " + f.version}})
	if err != nil {
		out.Close()
		return nil, fmt.Errorf("writing packets of %s: %w", place, err)
	}
	f.open[name] = &file{file: out, writer: w}
	return f.open[name], nil
}

// Close ends the files, and says how many there are.
func (f *Files) Close() (int, error) {
	var all []error
	for name, to := range f.open {
		if err := errors.Join(to.writer.Flush(), to.file.Close()); err != nil {
			all = append(all, fmt.Errorf("writing %s: %w", name, err))
		}
	}
	n := len(f.open)
	f.open = nil
	return n, errors.Join(all...)
}
