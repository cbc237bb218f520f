package engine

import (
	"cmp"
	"errors"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"

	"github.com/docker/docker/client"
	"github.com/docker/go-connections/tlsconfig"
)

// option configures a client with these certificates, with defaults from folder. (docker/cli, cli/flags/options.go.)
func (t *TLS) option(folder string) client.Opt {
	return func(c *client.Client) error {
		o := tlsconfig.Options{
			CAFile: cmp.Or(t.CA, filepath.Join(folder, "ca.pem")), CertFile: cmp.Or(t.Cert, existing(folder, "cert.pem")),
			KeyFile: cmp.Or(t.Key, existing(folder, "key.pem")), InsecureSkipVerify: !t.Verify, ExclusiveRootPools: true,
		}
		if !t.Verify {
			o.CAFile = ""
		}
		config, err := tlsconfig.Client(o)
		if err != nil {
			return err
		}
		transport, ok := c.HTTPClient().Transport.(*http.Transport)
		if !ok {
			return errors.New("the client has no transport for TLS")
		}
		transport.TLSClientConfig = config
		return nil
	}
}

// existing returns the path of a file, or "" if it does not exist.
func existing(folder, name string) string {
	path := filepath.Join(folder, name)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return ""
	}
	return path
}
