package engine

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Certificates are used as docker uses them: DOCKER_TLS_VERIFY asks for TLS, and DOCKER_CERT_PATH only says where they
// are, instead of in the folder of docker's settings.
func TestTLSFromEnvironment(t *testing.T) {
	engine := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Api-Version", "1.41")
		if r.URL.Path != "/_ping" {
			_, _ = w.Write([]byte("{}"))
		}
	})
	plain, secret := httptest.NewServer(engine), httptest.NewTLSServer(engine)
	t.Cleanup(plain.Close)
	t.Cleanup(secret.Close)
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: secret.Certificate().Raw})
	for _, tt := range []struct {
		name    string
		in      string // the variable that names the certificates' folder
		verify  string
		secret  bool
		refused string
	}{
		{"verified, docker's own folder", "DOCKER_CONFIG", "1", true, ""},
		{"verified, another folder", "DOCKER_CERT_PATH", "1", true, ""},
		{"a folder alone asks for nothing", "DOCKER_CERT_PATH", "", false, ""},
		{"a folder alone is not enough", "DOCKER_CERT_PATH", "", true, "do not agree on TLS"},
		{"verified, and the engine has no TLS", "DOCKER_CERT_PATH", "1", false, "do not agree on TLS"},
	} {
		settings(t, `{}`)
		if tt.in != "DOCKER_CONFIG" {
			t.Setenv(tt.in, t.TempDir())
		}
		t.Setenv("DOCKER_TLS_VERIFY", tt.verify)
		if err := os.WriteFile(filepath.Join(os.Getenv(tt.in), "ca.pem"), certificate, 0o600); err != nil {
			t.Fatal(err)
		}
		url := plain.URL
		if tt.secret {
			url = secret.URL
		}
		_, address, _ := strings.Cut(url, "://")
		e, err := Connect(t.Context(), Options{Host: "tcp://" + address})
		switch {
		case tt.refused == "" && err != nil:
			t.Errorf("%s: %v", tt.name, err)
		case tt.refused != "" && (err == nil || !strings.Contains(err.Error(), tt.refused)):
			t.Errorf("%s: got %v, want %q", tt.name, err, tt.refused)
		}
		if err == nil {
			e.Close()
		}
	}
}
