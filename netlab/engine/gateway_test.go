package engine

import (
	"errors"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"testing"

	"github.com/docker/docker/api/types/network"
	"github.com/docker/docker/api/types/swarm"
)

// An engine that has left a swarm may still count endpoints on docker_gwbridge. Those that it lists are disconnected,
// unless a container or another swarm uses them. If it lists none, only a restart helps, and the error says so.
func TestRemoveGatewayBridge(t *testing.T) {
	tests := []struct {
		name      string
		key       string // of the endpoint that the engine lists; "" for none
		endpoint  string
		state     string // of the engine's swarm
		clear     bool   // disconnecting the endpoint frees the network
		removed   bool
		forgotten bool // the endpoint is disconnected
		restart   bool // the error says that only a restart helps
	}{
		{"of the ingress network", "ingress-sbox", "gateway_ingress-sbox", "inactive", true, true, true, false},
		{"of a sandbox that is gone", "ep-0123", "gateway_0123456789ab", "inactive", true, true, true, false},
		{"miscounted", "", "", "inactive", false, false, false, true},
		{"miscounted after disconnecting", "ingress-sbox", "gateway_ingress-sbox", "inactive", false, false, true, true},
		{"of a container", "0123456789abcdef", "gateway_0123456789ab", "inactive", false, false, false, false},
		{"of a user's container", "0123456789abcdef", "web", "inactive", false, false, false, false},
		{"of another swarm", "ingress-sbox", "gateway_ingress-sbox", "active", true, false, false, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			const gateway = "docker_gwbridge"
			f := &fakeEngine{networks: map[string]map[string]string{gateway: {}}, held: []string{gateway}}
			listed := map[string]any{}
			if tt.key != "" {
				listed[tt.key] = map[string]string{"Name": tt.endpoint}
			}
			disconnect := "POST /networks/" + gateway + "/disconnect"
			f.handle = map[string]http.HandlerFunc{
				"GET /info": func(w http.ResponseWriter, _ *http.Request) {
					answer(w, http.StatusOK, map[string]any{"Swarm": map[string]string{"LocalNodeState": tt.state}})
				},
				"GET /networks/" + gateway: func(w http.ResponseWriter, _ *http.Request) {
					answer(w, http.StatusOK, map[string]any{"Id": gateway, "Containers": listed})
				},
				disconnect: func(w http.ResponseWriter, _ *http.Request) {
					clear(listed)
					if tt.clear {
						f.held = nil
					}
					w.WriteHeader(http.StatusOK)
				},
			}
			err := removeGatewayBridge(t.Context(), f.connect(t).api, gateway)
			if (err == nil) != tt.removed || (len(f.networks) == 0) != tt.removed {
				t.Errorf("got %v and the networks %v; want them removed: %v", err, f.networks, tt.removed)
			}
			if slices.Contains(f.asked, disconnect) != tt.forgotten {
				t.Errorf("asked %q; want the endpoint disconnected: %v", f.asked, tt.forgotten)
			}
			if errors.Is(err, errRestartNeeded) != tt.restart {
				t.Errorf("got %v; want it to say that only a restart helps: %v", err, tt.restart)
			}
			if tt.restart && !strings.Contains(err.Error(), "Restart the engine, then run netlab clean") {
				t.Errorf("got %q, want what to do", err)
			}
		})
	}
}

// A swarm that the engine did not finish has no labels. Only its address pool and netlab's docker_gwbridge together
// make it netlab's.
func TestAdoptUnfinishedSwarm(t *testing.T) {
	labels := map[string]string{labelSession: "aaaa"}
	netlabs := func() *swarm.Swarm {
		return &swarm.Swarm{ClusterInfo: swarm.ClusterInfo{
			ID: "s1", DefaultAddrPool: []string{swarmPool}, SubnetSize: swarmPoolSubnet,
		}}
	}
	gateway := []network.Summary{{Name: "web"}, {Name: "docker_gwbridge", Labels: labels}}
	labeled := netlabs()
	labeled.Spec.Labels = map[string]string{labelSession: "bbbb"}
	usual := netlabs()
	usual.DefaultAddrPool, usual.SubnetSize = []string{"10.0.0.0/8"}, 24
	tests := []struct {
		name string
		l    listing
		want string // the session that owns the swarm; "" for none
	}{
		{"unfinished", listing{own: netlabs(), networks: gateway}, "aaaa"},
		{"without a docker_gwbridge of netlab's", listing{own: netlabs()}, ""},
		{"finished", listing{own: labeled, networks: gateway}, "bbbb"},
		{"of somebody else", listing{own: usual, networks: gateway}, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.l.adopt()
			got := ""
			if tt.l.own != nil {
				got = tt.l.own.Spec.Labels[labelSession]
			}
			if got != tt.want {
				t.Errorf("the swarm is of session %q, want %q", got, tt.want)
			}
		})
	}
}

// An engine that was killed at the wrong moment can never create docker_gwbridge again. Then it can have no swarm,
// which is a reason to skip a lesson, not an error.
func TestGatewayBridgeWithoutNetwork(t *testing.T) {
	f := &fakeEngine{handle: map[string]http.HandlerFunc{
		"GET /networks/docker_gwbridge": func(w http.ResponseWriter, _ *http.Request) {
			answer(w, http.StatusNotFound, map[string]string{"message": "network docker_gwbridge not found"})
		},
		"POST /networks/create": func(w http.ResponseWriter, _ *http.Request) { // as engine 20.10 answers
			answer(w, http.StatusForbidden, map[string]string{
				"message": "cannot create network 405be490 (docker_gwbridge): conflicts with network 5187c95a " +
					"(docker_gwbridge): networks have same bridge name",
			})
		},
	}}
	s, err := f.connect(t).NewSession(t.Context(), "")
	if err != nil {
		t.Fatal(err)
	}
	if err := s.createGatewayBridge(t.Context(), netip.Prefix{}); !errors.Is(err, ErrSwarmRefused) ||
		!strings.Contains(err.Error(), "it was killed while it created docker_gwbridge") {
		t.Errorf("got %v, want why there can be no swarm", err)
	}
}
