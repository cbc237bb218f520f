package byhand_test

import (
	"strings"
	"testing"

	"netlab/netlab/byhand"
	"netlab/netlab/scenario"
)

// TestExpected: conditional expectations are printed too, in the order in which they apply.
func TestExpected(t *testing.T) {
	const file = `version: 1
name: expected
networks: {web: {}}
containers: {alice: {networks: [web]}, bob: {networks: [web]}}
steps:
  - check: ping
    ask: Can alice reach bob?
    from: alice
    ping: bob
    control: itself
    expect:
      - {when: {engine.version: "< 26"}, reason: timeout, because: Old.}
      - {when: {web.icc: false, engine.iptables: true}, reason: timeout, because: Dropped.}
      - {when: {engine.kind: podman}, reason: ok, because: The same.}
      - ok
  - {check: itself, ask: Can alice reach alice?, from: alice, ping: {address: 127.0.0.1}, expect: ok}
`
	s, err := scenario.Load("expected", []byte(file))
	if err != nil {
		t.Fatal(err)
	}
	const want = `# Can alice reach bob?
# Expected: ok
#   where engine.version < 26: timeout
#   where web.icc = false and engine.iptables = true: timeout
docker exec alice ping`
	if got := byhand.Docker(s); !strings.Contains(got, want) {
		t.Errorf("want\n%s\nin\n%s", want, got)
	}
}
