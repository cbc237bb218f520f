package why

import (
	"strconv"
	"strings"
	"testing"

	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/result"
	"netlab/netlab/survey"
)

// sized returns the facts of a question of web to a machine outside that answers SYNs. They have no larger packets yet.
func sized() *Facts {
	f := lost()
	f.Size = 1400
	f.From.Stack.Links = []fact.Link{{Index: 2, Name: "eth0", Kind: "veth", MTU: 1500}}
	f.Host.Links[0].MTU, f.Host.Links[1].MTU = 1300, 1500
	f.Tries[0].Outcome.Reason, f.Tries[0].Outcome.Detail = probe.OK, ""
	return f
}

// asked is what became of larger packets from web to 203.0.113.9, when the largest that was answered is given.
func asked(f *Facts, o probe.Outcome, largest int, links ...Passed) {
	if largest > 0 {
		o.Value = strconv.Itoa(largest)
	}
	o.Path = f.Tries[0].Outcome.Path
	f.Tries[0].Sized = append(f.Tries[0].Sized, Sized{
		Direction: result.Request, From: f.From, To: "203.0.113.9", Bytes: 1400, Outcome: o, Links: links,
	})
}

func TestSizes(t *testing.T) {
	t.Parallel()
	const cause, id = "mtu-too-large", "docker network create -o com.docker.network.driver.mtu="
	silent := probe.Outcome{Reason: probe.Timeout, Detail: "no answer for 0.2 s"}
	told := probe.Outcome{
		Reason: probe.TooBig, From: "172.18.0.1", ICMP: true,
		Detail: "ICMP fragmentation needed from 172.18.0.1, MTU 1300",
	}
	own := probe.Outcome{Reason: probe.TooBig, Detail: "larger than the MTU on the path"}
	link := func(name, of string, mtu int, docker bool) Passed {
		return Passed{Link: fact.Link{Name: name, MTU: mtu}, Of: of, Own: docker}
	}
	out, bridge := link("eth0", hostName, 1300, false), link("br-1", hostName, 1500, true)
	for _, test := range []struct {
		name    string
		outcome probe.Outcome
		largest int
		links   []Passed
		verdict string
		cause   string
		says    string // in the title, or in what netlab could not see
		run     string // how the first command begins
	}{
		{"they pass", probe.Outcome{Reason: probe.OK}, 1400, []Passed{bridge, out}, result.Reachable, "", "", ""},
		{
			"a black hole", silent, 1300,
			[]Passed{bridge, out},
			result.Unreachable, cause,
			"eth0 of the host carries only 1300. No error", id + "1300 app && docker network connect app web && " +
				"docker network disconnect front web",
		},
		{
			"the host says so", told, 1300,
			[]Passed{bridge, out},
			result.Unreachable, cause,
			"eth0 of the host carries only 1300. An ICMP error", id + "1300",
		},
		{
			"a router beyond the host says so", told, 1280,
			[]Passed{bridge},
			result.Unreachable, cause,
			"only up to 1280 get through", id + "1280",
		},
		{
			"a container's interface", silent, 1304,
			[]Passed{bridge, link("eth1", "web", 1300, true)},
			result.Unreachable,
			cause, "eth1 of web carries only 1300", "docker restart web",
		},
		{
			"a bridge", silent, 1302,
			[]Passed{link("br-1", hostName, 1300, true)},
			result.Unreachable, cause,
			"br-1 of the host carries only 1300", "ip link set br-1 mtu 1400",
		},
		{"less than any link", silent, 1200, []Passed{bridge, out}, result.Unknown, "", "up to 1200 get there", ""},
		{"more than the link", silent, 1305, []Passed{bridge, out}, result.Unknown, "", "up to 1305 get there", ""},
		{"no link is seen", silent, 1300, nil, result.Unknown, "", "up to 1300 get there", ""},
		{"no echo replies at all", silent, 0, []Passed{bridge, out}, result.Unknown, "", "answers no echo requests", ""},
		{"too large for the sender alone", own, 1200, []Passed{bridge}, result.Unknown, "", "up to 1200 get there", ""},
	} {
		f := sized()
		asked(f, test.outcome, test.largest, test.links...)
		w := Diagnose(f)
		said := strings.Join(w.Unseen, " ")
		got, run := "", ""
		if len(w.Causes) > 0 {
			got, said = w.Causes[0].ID, w.Causes[0].Title
			if len(w.Causes[0].Fix) > 0 {
				run = w.Causes[0].Fix[0].Run
			}
		}
		if w.Verdict != test.verdict || got != test.cause || len(w.Causes) > 1 || !strings.Contains(said, test.says) ||
			!strings.HasPrefix(run, test.run) || w.Size != 1400 {
			t.Errorf("%s: got %s, size %d, %+v, unseen %q; want %s, %s, %q and %q", test.name, w.Verdict, w.Size, w.Causes,
				w.Unseen, test.verdict, test.cause, test.says, test.run)
		}
		hop := w.Chain[len(w.Chain)-1]
		want := map[string]string{
			result.Reachable: result.HopOK, result.Unreachable: result.HopNo, result.Unknown: result.HopNo,
		}[test.verdict]
		if test.largest == 0 {
			want = result.HopUnknown
		}
		if hop.Hop != "size" || hop.State != want {
			t.Errorf("%s: the last hop is %+v, want size with %s", test.name, hop, want)
		}
	}
}

// TestSizesBack: the packets get there, and those of the server do not get back.
func TestSizesBack(t *testing.T) {
	t.Parallel()
	f := sized()
	asked(f, probe.Outcome{Reason: probe.OK}, 1400)
	f.Tries[0].Sized = append(f.Tries[0].Sized, Sized{
		Direction: result.Reply, From: survey.End{Container: f.Container("cam")}, To: "172.18.0.2", Bytes: 1400,
		Outcome: probe.Outcome{
			Reason: probe.TooBig, From: "192.0.2.1", ICMP: true, Detail: "ICMP fragmentation needed from 192.0.2.1, MTU 1300",
			Value: "1300", Path: &probe.Path{Source: "192.0.2.50"},
		},
	})
	w := Diagnose(f)
	if w.Verdict != result.Unreachable || len(w.Causes) != 1 || w.Causes[0].Direction != result.Reply ||
		!strings.HasPrefix(w.Causes[0].Title, "Packets of 1400 bytes from cam do not get to 172.18.0.2") {
		t.Errorf("got %s with %+v", w.Verdict, w.Causes)
	}
}

// TestSizesThatMayBeLost: a note about links, only for packets that leave the host and were not tried.
func TestSizesThatMayBeLost(t *testing.T) {
	t.Parallel()
	for name, change := range map[string]func(*Facts){
		"":                         func(*Facts) {},
		"the way out is as large":  func(f *Facts) { f.Host.Links[0].MTU = 1500 },
		"they stay on the host":    func(f *Facts) { f.Tries[0].Out = "" },
		"they were tried":          func(f *Facts) { asked(f, probe.Outcome{Reason: probe.OK}, 1400) },
		"no answer to small ones":  func(f *Facts) { f.Tries[0].Outcome.Reason = probe.Timeout },
		"the host was not read":    func(f *Facts) { f.Host = nil },
		"the containers have less": func(f *Facts) { f.From.Stack.Links[0].MTU = 1200 },
	} {
		f := sized()
		f.Tries[0].Out = "eth0"
		change(f)
		w := Diagnose(f)
		if noted := len(w.Causes) == 1 && w.Causes[0].ID == "mtu-too-large" && w.Causes[0].Note; noted != (name == "") {
			t.Errorf("%s: got %+v", name, w.Causes)
		}
		const find = "netlab why web 203.0.113.9:80 --size 1500"
		if name == "" && (w.Verdict != result.Reachable || w.Causes[0].Fix[0].Run != find) {
			t.Errorf("got %s with %+v, want reachable", w.Verdict, w.Causes)
		}
	}
}

// TestSizesOfTheSender: what its own interface cannot send is not asked for, and no cause.
func TestSizesOfTheSender(t *testing.T) {
	t.Parallel()
	f := sized()
	asked(f, probe.Outcome{Reason: probe.OK}, 1300)
	s := &f.Tries[0].Sized[0]
	s.Bytes, s.Capped, s.MTU = 1300, "eth0", 1300
	w := Diagnose(f)
	hop := w.Chain[len(w.Chain)-1]
	if w.Verdict != result.Reachable || len(w.Causes) > 0 || w.Size != 1300 || hop.Text != "1300 bytes pass" ||
		len(hop.Evidence) != 2 || !strings.Contains(hop.Evidence[0].Text, "eth0 has mtu 1300") {
		t.Errorf("got %s with %+v, size %d, %+v", w.Verdict, w.Causes, w.Size, hop)
	}
}
