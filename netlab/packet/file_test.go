package packet

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"
	"github.com/gopacket/gopacket/pcapgo"

	"netlab/netlab/probe"
)

func TestFiles(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	files, err := NewFiles(dir, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	first := echo(t, alice, bob, layers.ICMPv4TypeEchoRequest, 1, 64)
	first.TimeNS = 1_700_000_000_123_456_789
	second := probe.Frame{Link: "eth0", TimeNS: first.TimeNS + 1, Data: first.Data[:20], Length: 9000}
	for comment, f := range map[string]probe.Frame{"peer-by-address": first} {
		if err := files.Write("", "alice eth0", comment, f); err != nil {
			t.Fatal(err)
		}
	}
	if err := files.Write("", "alice eth0", "", second); err != nil {
		t.Fatal(err)
	}
	if err := files.Place("bridge", "host docker0", "docker0"); err != nil {
		t.Fatal(err)
	}
	if n, err := files.Close(); n != 2 || err != nil {
		t.Fatalf("got %d files and %v, want 2", n, err)
	}

	r := open(t, filepath.Join(dir, "alice-eth0.pcapng"))
	on, err := r.Interface(0)
	if err != nil || on.Name != "eth0" || on.Description != "alice eth0" || on.LinkType != layers.LinkTypeEthernet {
		t.Errorf("got interface %+v, %v", on, err)
	}
	if got := r.SectionInfo().Application; got != "netlab 1.2.3" {
		t.Errorf("written by %q", got)
	}
	data, info, options, err := r.ReadPacketDataWithOptions()
	if err != nil || !bytes.Equal(data, first.Data) || !info.Timestamp.Equal(time.Unix(0, first.TimeNS)) {
		t.Errorf("first packet: got %x at %v, %v", data, info.Timestamp, err)
	}
	if len(options.Comments) != 1 || options.Comments[0] != "peer-by-address" {
		t.Errorf("first packet: got comments %q", options.Comments)
	}
	_, info, options, err = r.ReadPacketDataWithOptions()
	if err != nil || info.CaptureLength != 20 || info.Length != 9000 || len(options.Comments) != 0 {
		t.Errorf("second packet: got %+v, %q, %v", info, options.Comments, err)
	}
	if _, _, err := r.ReadPacketData(); !errors.Is(err, io.EOF) {
		t.Errorf("after the last packet: got %v, want the end", err)
	}

	empty := open(t, filepath.Join(dir, "bridge", "host-docker0.pcapng"))
	if _, _, err := empty.ReadPacketData(); !errors.Is(err, io.EOF) {
		t.Errorf("of a place that saw nothing: got %v, want the end", err)
	}
	if err := files.Write("", "alice eth0", "", first); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a frame that comes too late: got %v, want that the files are closed", err)
	}
	open(t, filepath.Join(dir, "alice-eth0.pcapng")) // it is unchanged
}

func open(t *testing.T, name string) *pcapgo.NgReader {
	t.Helper()
	file, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { file.Close() })
	r, err := pcapgo.NewNgReader(file, pcapgo.DefaultNgReaderOptions)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestFilesNeedAFolder(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := NewFiles(file, ""); err == nil {
		t.Error("a file was taken for a folder")
	}
}

// An agent chooses the names of the interfaces. None of them may escape the folder.
func TestFilesStayInFolder(t *testing.T) {
	top := t.TempDir()
	dir := filepath.Join(top, "packets")
	files, err := NewFiles(dir, "1.2.3")
	if err != nil {
		t.Fatal(err)
	}
	for _, place := range []string{"../out", "alice ../../out", "/etc/out", "a/b", "..", "nul\x00"} {
		err := errors.Join(files.Place("", place, "eth0"), files.Write("bridge", place, "", probe.Frame{}))
		if place == ".." { // becomes the file "...pcapng"
			continue
		}
		if err == nil {
			t.Errorf("the place %q could name a file", place)
		}
	}
	if err := files.Place("../bridge", "alice eth0", "eth0"); err == nil {
		t.Error("a folder beside the one that was named could be used")
	}
	if _, err := files.Close(); err != nil {
		t.Fatal(err)
	}
	found, err := os.ReadDir(top)
	if err != nil || len(found) != 1 {
		t.Errorf("beside the folder there are %v, %v; want nothing", found, err)
	}
}
