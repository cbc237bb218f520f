package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"netlab/netlab/packet"
	"netlab/netlab/probe"
	"netlab/netlab/render"
	"netlab/netlab/result"
)

// packetOptions are the flags for capturing packets.
type packetOptions struct {
	packets bool
	pcap    string // a folder
}

const packetHelp = `

--packets captures the lab's packets. Agents capture in the containers, and a
helper in host network mode, with only the NET_RAW capability, captures on the
lab's bridges and links. It sends nothing and keeps only the lab's own packets.
netlab then asks one question at a time, so a run takes longer.`

func (o *packetOptions) flags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.BoolVar(&o.packets, "packets", false, "show the packets behind each answer")
	f.StringVar(&o.pcap, "pcap", "", "write the packets to this `folder`, one pcapng file per capture point")
	_ = cmd.MarkFlagDirname("pcap") // the flag exists
}

// wanted reports whether to capture packets.
func (o packetOptions) wanted() bool { return o.packets || o.pcap != "" }

// A recorder writes a run's captured packets to files.
type recorder struct {
	files  *packet.Files
	apart  bool // one folder per scenario
	frames int
}

func (o packetOptions) recorder(version string, scenarios int) (*recorder, error) {
	files, err := packet.NewFiles(o.pcap, version)
	if err != nil {
		return nil, usagef("--pcap: %w", err)
	}
	return &recorder{files: files, apart: scenarios > 1}, nil
}

// Frame writes one frame.
func (r *recorder) Frame(sc *result.Scenario, place, check string, f probe.Frame) error {
	r.frames++
	return writing(r.files.Write(r.folder(sc), place, check, f))
}

// Places creates a file for each capture point, even if it captured nothing.
func (r *recorder) Places(sc *result.Scenario) error {
	var errs []error
	for _, p := range sc.Places {
		errs = append(errs, r.files.Place(r.folder(sc), p.Name, p.Link))
	}
	return writing(errors.Join(errs...))
}

// writing marks an error as one from writing the capture files.
func writing(err error) error {
	if err == nil {
		return nil
	}
	return outputError{fmt.Errorf("writing the frames: %w", err)}
}

func (r *recorder) folder(sc *result.Scenario) string {
	if r.apart {
		return sc.Name
	}
	return ""
}

// closePackets closes the files and says where they are.
func closePackets(p *printer, r *recorder, folder string) error {
	if r == nil {
		return nil
	}
	files, err := r.files.Close()
	if err == nil && files > 0 {
		p.say("Wrote %d packets to %d files in %s.", r.frames, files, render.Plain(folder))
	}
	return writing(err)
}
