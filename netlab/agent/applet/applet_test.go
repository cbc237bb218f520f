//go:build linux

package applet_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"netlab/netlab/agent"
	"netlab/netlab/agent/applet"
	"netlab/netlab/fact"
	"netlab/netlab/probe"
	"netlab/netlab/render"
)

// answering returns an Ask for a container that answers everything with o and s. It stores the first question in
// asked.
func answering(o probe.Outcome, s *fact.Stack, asked *probe.Question) applet.Ask {
	return func(_ context.Context, q probe.Question) agent.Reply {
		if asked != nil && *asked == (probe.Question{}) {
			*asked = q
		}
		return agent.Reply{Outcome: &o, Stack: s}
	}
}

// call runs an applet as if it were typed.
func call(t *testing.T, typed, in string, ask applet.Ask) (code int, out, errs string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	words := strings.Fields(typed)
	streams := applet.IO{In: strings.NewReader(in), Out: &stdout, Err: &stderr, Token: "sesame"}
	code = applet.Run(t.Context(), words[0], words[1:], streams, ask)
	return code, stdout.String(), stderr.String()
}

func TestQuestions(t *testing.T) {
	for typed, want := range map[string]probe.Question{
		"cat /note":         {Read: &probe.Read{Path: "/note"}},
		"write /note by me": {Write: &probe.Write{Path: "/note", Text: "by me"}},
		"proc":              {Process: &probe.Process{}},
		"ping bob":          {Ping: &probe.Ping{Host: "bob", Count: 1}},
		"ping -c1 -n bob":   {Ping: &probe.Ping{Host: "bob", Count: 1}},

		"ping -M do -s 1472 -c 1 bob": {Ping: &probe.Ping{Host: "bob", Count: 1, Size: 1472, DontFrag: true}},
		"traceroute -n bob":           {Hops: &probe.Hops{Host: "bob"}},
		"nslookup bob 10.0.0.53":      {Resolve: &probe.Resolve{Name: "bob", Type: "A", Server: "10.0.0.53"}},
		"nslookup -type=aaaa bob":     {Resolve: &probe.Resolve{Name: "bob", Type: "AAAA"}},
		"dig @10.0.0.53 bob +short":   {Resolve: &probe.Resolve{Name: "bob", Type: "A", Server: "10.0.0.53"}},
		"dig bob AAAA":                {Resolve: &probe.Resolve{Name: "bob", Type: "AAAA"}},
		"dig -x 10.0.0.2":             {Resolve: &probe.Resolve{Name: "10.0.0.2", Type: "PTR"}},
		"host -t AAAA bob":            {Resolve: &probe.Resolve{Name: "bob", Type: "AAAA"}},
		"getent hosts bob":            {Resolve: &probe.Resolve{Name: "bob", Type: "A"}},
		"curl -s http://bob:8080/x":   {Connect: &probe.Connect{Network: "tcp", Host: "bob", Port: 8080, Token: "sesame"}},
		"curl bob":                    {Connect: &probe.Connect{Network: "tcp", Host: "bob", Port: 80, Token: "sesame"}},
		"wget https://bob/":           {Connect: &probe.Connect{Network: "tcp", Host: "bob", Port: 443, Token: "sesame"}},
		"nc -zv -w1 bob 53":           {Connect: &probe.Connect{Network: "tcp", Host: "bob", Port: 53, Token: "sesame"}},
		"nc -uv bob 53":               {Connect: &probe.Connect{Network: "udp", Host: "bob", Port: 53, Token: "sesame"}},
		"telnet bob 80":               {Connect: &probe.Connect{Network: "tcp", Host: "bob", Port: 80, Token: "sesame"}},
		"ip -4 addr show":             {Look: &probe.Look{}},
		"netstat -tln":                {Look: &probe.Look{Sockets: true}},
		"arp -a":                      {Look: &probe.Look{}},
		"trace bob":                   {Hops: &probe.Hops{Host: "bob"}},
		"arp 10.0.0.2":                {ARP: &probe.ARP{Address: "10.0.0.2"}},
		"dns bob":                     {Resolve: &probe.Resolve{Name: "bob", Type: "A"}},
		"dns bob @10.0.0.53":          {Resolve: &probe.Resolve{Name: "bob", Type: "A", Server: "10.0.0.53"}},
		"dns 10.0.0.2":                {Resolve: &probe.Resolve{Name: "10.0.0.2", Type: "PTR"}},
		"get bob:8080":                {Connect: &probe.Connect{Network: "tcp", Host: "bob", Port: 8080, Token: "sesame"}},
		"get [fd00::2]:80":            {Connect: &probe.Connect{Network: "tcp", Host: "fd00::2", Port: 80, Token: "sesame"}},
		"ip route":                    {Look: &probe.Look{}},
		"ss":                          {Look: &probe.Look{Sockets: true}},
	} {
		var got probe.Question
		call(t, typed, "", answering(probe.Outcome{Reason: probe.OK, Value: "x"}, nil, &got))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", typed, diff)
		}
	}
}

func TestVerdicts(t *testing.T) {
	server := []probe.Evidence{{Source: "127.0.0.11", Text: "NXDOMAIN in 0.4 ms"}}
	for _, test := range []struct {
		typed   string
		outcome probe.Outcome
		code    int
		want    string
	}{
		{
			"ping -c 2 bob",
			probe.Outcome{Reason: probe.OK, Value: "172.17.0.3", TookUS: 104},
			applet.Yes,
			"     reply from 172.17.0.3: 0.10 ms\n     reply from 172.17.0.3: 0.10 ms\nyes  172.17.0.3 answered 2 of 2\n",
		},
		{
			"ping bob",
			probe.Outcome{Reason: probe.NameNotFound, Detail: "NXDOMAIN from 127.0.0.11", Evidence: server},
			applet.No, "NO   unknown name  NXDOMAIN from 127.0.0.11\n     127.0.0.11: NXDOMAIN in 0.4 ms\n",
		},
		{
			"get bob:80",
			probe.Outcome{Reason: probe.OK, Value: "172.17.0.2"},
			applet.Yes, "yes  it saw 172.17.0.2\n",
		},
		{
			"get bob:80",
			probe.Outcome{Reason: probe.NetUnreachable, Detail: "no route"},
			applet.No, "NO   no route  no route\n",
		},
		{
			"get bob:80",
			probe.Outcome{Reason: probe.Accepted, Detail: "connected; no answer for 1.0 s"},
			applet.No, "NO   accepted, then silent  connected; no answer for 1.0 s\n",
		},
		{
			"trace carol",
			probe.Outcome{Reason: probe.OK, Value: "172.17.0.1 * 198.18.7.9"},
			applet.Yes, "yes  3 hops\n  1  172.17.0.1\n  2  *  no answer\n  3  198.18.7.9\n",
		},
		{
			"trace carol",
			probe.Outcome{Reason: probe.Timeout, Value: "172.17.0.1", Detail: "no answer for 1.0 s"},
			applet.No, "NO   no answer  no answer for 1.0 s\n  1  172.17.0.1\n",
		},
		{
			"arp 172.17.0.3",
			probe.Outcome{Reason: probe.OK, Value: "02:42:ac:11:00:03", Evidence: server},
			applet.Yes, "yes  172.17.0.3 is at 02:42:ac:11:00:03\n",
		},
		{
			"arp 172.17.0.3",
			probe.Outcome{Reason: probe.OK, Value: "02:42:ac:11:00:03 02:42:ac:11:00:04"},
			applet.Yes, "yes  172.17.0.3 is at 02:42:ac:11:00:03 02:42:ac:11:00:04: two computers answered\n",
		},
		{
			"arp 172.17.0.3",
			probe.Outcome{Reason: probe.Timeout, Detail: "nobody on eth0 answered"},
			applet.No, "NO   no answer  nobody on eth0 answered\n",
		},
		{
			"dns bob",
			probe.Outcome{Reason: probe.OK, Value: "172.17.0.3"},
			applet.Yes, "yes  bob is 172.17.0.3\n",
		},
	} {
		code, out, _ := call(t, test.typed, "", answering(test.outcome, nil, nil))
		if code != test.code {
			t.Errorf("%s: exit code %d, want %d", test.typed, code, test.code)
		}
		if diff := cmp.Diff(test.want, out); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.typed, diff)
		}
	}
}

// The words must be those in netlab's own tables.
func TestReasonsAsInTheTables(t *testing.T) {
	for _, reason := range probe.Reasons() {
		if reason == probe.OK {
			continue
		}
		_, out, _ := call(t, "dns bob", "", answering(probe.Outcome{Reason: reason}, nil, nil))
		if want := "NO   " + render.Long(reason) + "  \n"; out != want {
			t.Errorf("%s: got %q, want %q", reason, out, want)
		}
	}
}

func TestTables(t *testing.T) {
	stack := &fact.Stack{
		Links: []fact.Link{
			{Index: 1, Name: "lo", Kind: "loopback", MTU: 65536, Up: true, Addresses: []string{"127.0.0.1/8"}},
			{Index: 24, Name: "eth0", Kind: "veth", MTU: 1500, MAC: "02:42:ac:11:00:02"},
		},
		Routes: []fact.Route{
			{Destination: "0.0.0.0/0", Gateway: "172.17.0.1", Link: "eth0"},
			{Destination: "172.17.0.0/16", Link: "eth0"},
		},
		Neighbors: []fact.Neighbor{{Address: "172.17.0.9", Link: "eth0", State: "failed"}},
		Sockets:   []fact.Socket{{Network: "tcp", Address: "0.0.0.0:8080"}},
	}
	addresses := "1   lo    loopback  up    mtu 65536  -                  127.0.0.1/8\n" +
		"24  eth0  veth      down  mtu 1500   02:42:ac:11:00:02  no address\n"
	for typed, want := range map[string]string{
		"ip":       addresses,
		"ip addr":  addresses,
		"ip route": "0.0.0.0/0      via 172.17.0.1  dev eth0\n172.17.0.0/16  direct          dev eth0\n",
		"ip neigh": "172.17.0.9  -  dev eth0  failed\n",
		"ss":       "tcp  0.0.0.0:8080\n",
	} {
		code, out, _ := call(t, typed, "", answering(probe.Outcome{Reason: probe.OK}, stack, nil))
		if diff := cmp.Diff(want, out); code != applet.Yes || diff != "" {
			t.Errorf("%s: exit code %d (-want +got):\n%s", typed, code, diff)
		}
	}
}

func TestUsage(t *testing.T) {
	for _, typed := range []string{
		"ping", "ping a b", "dns", "dns a b", "dns bob @bob", "get", "get bob:http", "get :80", "get bob:0",
		"ip routes add", "ip link set", "ping -c 0 a", "ping -c x a", "ping -s 0 a", "trace", "trace a b", "nc bob",
		"nc bob http", "getent bob", "cat", "write /note", "arp bob", "sh -x", "sh -c", "telnet bob", "echo a > b c",
	} {
		code, out, errs := call(t, typed, "", nil)
		if code != applet.Usage || out != "" || errs == "" {
			t.Errorf("%s: exit code %d, said %q and %q", typed, code, out, errs)
		}
	}
}

func TestHelp(t *testing.T) {
	code, out, _ := call(t, "help", "", nil)
	for _, name := range agent.Applets() {
		code, _, errs := call(t, name+" --nothing", "", answering(probe.Outcome{}, &fact.Stack{}, nil))
		if code == applet.Usage && !strings.Contains(errs, "usage: "+name) {
			t.Errorf("%s is not a command: %s", name, errs)
		}
	}
	for _, name := range []string{"ping", "dns", "get", "trace", "ip", "ss", "cat", "exit", "curl"} {
		if !strings.Contains(out, name) {
			t.Errorf("help does not mention %s:\n%s", name, out)
		}
	}
	for line := range strings.Lines(out) {
		if len(line) > 80 {
			t.Errorf("wider than 80 columns: %s", line)
		}
	}
	if code != applet.Yes {
		t.Errorf("exit code %d", code)
	}
}

func TestShell(t *testing.T) {
	no := answering(probe.Outcome{Reason: probe.Refused, Detail: "RST from 10.0.0.2"}, nil, nil)
	const refused = "NO   refused  RST from 10.0.0.2\n"
	for _, test := range []struct {
		name, typed, in string
		code            int
		want            string
	}{
		{"commands until exit", "sh", "\n  get bob:80 \nexit\nget bob:81\n", applet.No, refused},
		{"commands until the end", "sh", "get bob:80\nget bob:81", applet.No, refused + refused},
		{"commands until quit", "sh", "get bob:80\nquit\nget bob:81", applet.No, refused},
		{"nothing", "sh", "", applet.Yes, ""},
		{"one command", "sh -c ss", "", applet.No, refused},
	} {
		t.Run(test.name, func(t *testing.T) {
			code, out, _ := call(t, test.typed, test.in, no)
			if diff := cmp.Diff(test.want, out); code != test.code || diff != "" {
				t.Errorf("exit code %d, want %d (-want +got):\n%s", code, test.code, diff)
			}
		})
	}
}

func TestUnknownCommandIsOneLine(t *testing.T) {
	for typed, want := range map[string]string{
		"pnig bob":     "pnig: unknown command. Did you mean ping? help lists all commands.\n",
		"Trace bob":    "Trace: unknown command. Did you mean trace? help lists all commands.\n",
		"nslokup bob":  "nslokup: unknown command. Did you mean nslookup? help lists all commands.\n",
		"systemctl x":  "systemctl: unknown command. help lists all commands.\n",
		"\x1b[2J":      `\x1b[2J: unknown command. help lists all commands.` + "\n",
		"apt update x": "apt: unknown command. help lists all commands.\n",
	} {
		code, out, errs := call(t, typed, "", nil)
		if diff := cmp.Diff(want, errs); code != applet.Usage || out != "" || diff != "" {
			t.Errorf("%s: exit code %d, said %q (-want +got):\n%s", typed, code, out, diff)
		}
	}
}

func TestNothingFromOutsideReachesTheTerminal(t *testing.T) {
	const evil = "\x1b[2J\u202e\x07\xff\u009b31m\ncarol\u200b"
	o := probe.Outcome{
		Reason: probe.Accepted, Detail: evil, Value: evil, Evidence: []probe.Evidence{{Source: evil, Text: evil}},
	}
	stack := &fact.Stack{Links: []fact.Link{{Name: evil}}}
	for _, typed := range []string{"get bob:80", "ip", "dns bob", "trace bob", "arp 10.0.0.2"} {
		_, out, _ := call(t, typed, "", answering(o, stack, nil))
		for _, r := range out {
			if r != '\n' && (r < ' ' || r > '~') {
				t.Errorf("%s printed %q in %q", typed, r, out)
			}
		}
	}
	o.Reason = probe.OK
	if _, out, _ := call(t, "dns bob", "", answering(o, nil, nil)); strings.ContainsAny(out, "\x1b\x07\u202e\u009b") {
		t.Errorf("a good answer printed %q", out)
	}
	_, _, errs := call(t, "sh -c \x1b[2J", "", nil)
	if strings.Contains(errs, "\x1b") {
		t.Errorf("an unknown command printed %q", errs)
	}
}
