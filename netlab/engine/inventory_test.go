package engine

import (
	"slices"
	"testing"
)

// Of a container's environment only the names of proxy variables are kept, as values may have passwords.
func TestProxies(t *testing.T) {
	t.Parallel()
	names, except := proxies([]string{
		"PASSWORD=secret", "https_proxy=http://me:secret@proxy:3128", "HTTP_PROXY=", "ALL_PROXY=socks5://proxy",
		"NO_PROXY=localhost", "no_proxy=.corp", "MY_HTTP_PROXY=x",
	})
	if !slices.Equal(names, []string{"ALL_PROXY", "https_proxy"}) || except != "localhost,.corp" {
		t.Errorf("got %q except %q", names, except)
	}
}
