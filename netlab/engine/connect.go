package engine

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"github.com/docker/cli/cli/connhelper"
	"github.com/docker/cli/cli/context/docker"
	"github.com/docker/cli/cli/context/store"
	"github.com/docker/docker/api/types"
	"github.com/docker/docker/api/types/system"
	"github.com/docker/docker/api/types/versions"
	"github.com/docker/docker/client"
	"golang.org/x/sync/errgroup"

	"netlab/netlab/safely"
)

// Options select an engine; the zero value selects the docker command's.
type Options struct {
	Host    string // -H: unix:///var/run/docker.sock, tcp://host:2376, ssh://user@host
	Context string // --context
	Config  string // the folder of the docker command's settings; "" for its default
	TLS     *TLS   // for an address, if docker's --tls flags are given; nil to follow the environment

	Warn func(string) // called with a sentence that the user should read; may be nil
}

// TLS configures TLS for an engine at a tcp:// address. Files that are not named default to those in DOCKER_CERT_PATH
// or the settings folder, if they exist.
type TLS struct {
	CA, Cert, Key string
	Verify        bool // the engine's certificate must be signed by the CA
}

const (
	minAPI         = "1.41"           // Docker Engine 20.10
	connectLimit   = 30 * time.Second // including an ssh login
	idle           = 32               // connections kept open, so that a lab's parallel calls do not dial each time
	defaultContext = "default"
	defaultPort    = "2375" // for tcp:// without a port, as in the docker command
)

// Connect finds the engine, pings it, negotiates an API version, and reads its facts. The error is always an
// *Unusable.
func Connect(ctx context.Context, o Options) (*Engine, error) {
	t, err := resolve(o)
	if err != nil {
		return nil, err
	}
	api, err := t.client()
	if err != nil {
		return nil, &Unusable{
			What: fmt.Sprintf("netlab cannot use the address of the Docker Engine: %v", err),
			Hint: "check -H, DOCKER_HOST and `docker context ls`", Err: err,
		}
	}
	e, err := connect(ctx, api, t)
	if o.Warn != nil && err == nil {
		e.warn = o.Warn
	}
	if err != nil {
		_ = api.Close() // nothing was created; the first error is the reason
		return nil, err
	}
	return e, nil
}

func connect(ctx context.Context, api *client.Client, t target) (*Engine, error) {
	ctx, stop := context.WithTimeout(ctx, connectLimit)
	defer stop()
	through, err := t.through(api)
	if err != nil {
		return nil, unusable(t.host, t.context, err)
	}
	own := newSupply(agentProgram, runtime.GOARCH)
	// In advance, because it takes about 50 ms, and most engines have this architecture. Later callers get the error.
	safely.Go(ctx, func() { _, _ = own.expected() })
	safely.Go(ctx, func() { own.ref() })
	ping, err := api.Ping(ctx)
	if err != nil {
		return nil, unusable(t.host, t.context, err)
	}
	api.NegotiateAPIVersionPing(ping)
	if err := usable(t.host, api.ClientVersion(), ping.OSType); err != nil {
		return nil, err
	}
	var (
		calls   errgroup.Group
		version types.Version
		info    system.Info
		took    time.Time
	)
	calls.Go(safely.Task(func() (err error) {
		version, err = api.ServerVersion(ctx)
		return err
	}))
	calls.Go(safely.Task(func() (err error) {
		info, err = api.Info(ctx)
		took = time.Now()
		return err
	}))
	if err := calls.Wait(); err != nil {
		return nil, blame(api, t.host, t.context, err)
	}
	e := &Engine{
		api: api, calls: through, fact: engineFact(version, info), pools: poolFacts(info), self: thisProcess(),
		agent: own,
	}
	e.warn = func(string) {}
	if e.fact.Arch != runtime.GOARCH {
		e.agent = newSupply(agentProgram, e.fact.Arch)
	}
	e.witness = newSupply(witnessProgram, e.fact.Arch)
	e.fact.API, e.fact.Host, e.fact.Context = api.ClientVersion(), t.host, t.context
	e.manager.Store(info.Swarm.ControlAvailable)
	if c := info.Swarm.Cluster; c != nil && c.Spec.Labels[labelSession] != "" {
		e.swarm.Store(true)
	}
	if there, err := time.Parse(time.RFC3339Nano, info.SystemTime); err == nil {
		e.clock = there.Sub(took)
	}
	return e, nil
}

// usable rejects an engine that answers but cannot run a lab.
func usable(host, api, system string) error {
	if versions.LessThan(api, minAPI) {
		return &Unusable{
			What: fmt.Sprintf("the Docker Engine at %s speaks API %s, but netlab needs %s (Docker Engine 20.10) or later",
				host, api, minAPI),
			Hint: "update Docker Engine, and unset DOCKER_API_VERSION if it is set",
		}
	}
	if system != "" && system != "linux" {
		return &Unusable{
			What: fmt.Sprintf("the Docker Engine at %s runs %s containers, but netlab needs Linux containers", host, system),
			Hint: "switch Docker Desktop to Linux containers",
		}
	}
	return nil
}

// A target is where the engine is.
type target struct {
	context string // the docker context's name; "" if there is an address or nothing is set
	host    string
	headers map[string]string
	opts    []client.Opt
}

// configuration is the part of the docker command's config.json that netlab reads. The docker/cli package for it
// would pull in the credential helpers.
type configuration struct {
	CurrentContext string            `json:"currentContext"`
	HTTPHeaders    map[string]string `json:"HttpHeaders"`
}

// resolve follows the docker command's order: --context or -H, DOCKER_HOST, DOCKER_CONTEXT, config.json, the default
// socket. https://docs.docker.com/engine/manage-resources/contexts/
func resolve(o Options) (target, error) {
	if o.Host != "" && o.Context != "" {
		return target{}, &Unusable{
			What: "-H and --context cannot be used together", Hint: "use one of them",
		}
	}
	folder := o.ConfigFolder()
	config, err := readConfiguration(filepath.Join(folder, "config.json"))
	if err != nil {
		return target{}, err
	}
	name := o.Context
	if name == "" && o.Host == "" && os.Getenv(client.EnvOverrideHost) == "" {
		name = cmp.Or(os.Getenv("DOCKER_CONTEXT"), config.CurrentContext)
	}
	if name != "" && name != defaultContext {
		return fromContext(folder, name, config)
	}
	t, err := fromAddress(cmp.Or(o.Host, os.Getenv(client.EnvOverrideHost)), config)
	tls := o.TLS
	if tls == nil && os.Getenv(client.EnvTLSVerify) != "" { // as in docker, a folder of certificates alone does not
		tls = &TLS{Verify: true}
	}
	if tls != nil && strings.HasPrefix(t.host, "tcp://") { // a socket never uses TLS, whatever is set
		t.opts = append(t.opts, tls.option(cmp.Or(os.Getenv(client.EnvOverrideCertPath), folder)))
	}
	return t, err
}

// ConfigFolder is the folder of the docker command's config.json.
func (o Options) ConfigFolder() string {
	folder := cmp.Or(o.Config, os.Getenv("DOCKER_CONFIG"))
	if folder == "" {
		home, err := os.UserHomeDir()
		if err != nil {
			home = "" // in a system service; the default socket still works
		}
		folder = filepath.Join(home, ".docker")
	}
	return folder
}

func readConfiguration(file string) (configuration, error) {
	var c configuration
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return c, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &c)
	}
	if err != nil {
		return c, &Unusable{
			What: fmt.Sprintf("netlab cannot read the docker command's settings in %s: %v", file, err),
			Hint: "correct the file, or set DOCKER_CONFIG to another folder", Err: err,
		}
	}
	return c, nil
}

func fromContext(folder, name string, config configuration) (target, error) {
	contexts := store.New(filepath.Join(folder, "contexts"), store.NewConfig(
		func() any { return &map[string]any{} },
		store.EndpointTypeGetter(docker.DockerEndpoint, func() any { return &docker.EndpointMeta{} })))
	fail := func(err error) (target, error) {
		return target{}, &Unusable{
			What: fmt.Sprintf("netlab cannot use the docker context %q: %v", name, err),
			Hint: "choose one from `docker context ls` with --context or DOCKER_CONTEXT", Err: err,
		}
	}
	meta, err := contexts.GetMetadata(name)
	if err != nil {
		return fail(err)
	}
	point, err := docker.EndpointFromContext(meta)
	if err != nil {
		return fail(err)
	}
	full, err := docker.WithTLSData(contexts, name, point)
	if err != nil {
		return fail(err)
	}
	opts, err := full.ClientOpts()
	if err != nil {
		return fail(err)
	}
	host := cmp.Or(full.Host, client.DefaultDockerHost)
	return target{context: name, host: host, headers: config.HTTPHeaders, opts: opts}, nil
}

func fromAddress(host string, config configuration) (target, error) {
	t := target{host: cmp.Or(host, client.DefaultDockerHost), headers: config.HTTPHeaders}
	if !strings.Contains(t.host, "://") {
		t.host = "tcp://" + t.host
	}
	u, err := url.Parse(t.host)
	if err != nil {
		return t, &Unusable{
			What: fmt.Sprintf("%q is not the address of a Docker Engine", host),
			Hint: "write it as unix:///var/run/docker.sock, tcp://host:2376 or ssh://user@host", Err: err,
		}
	}
	if u.Scheme == "tcp" {
		if u.Port() == "" {
			u.Host += ":" + defaultPort
			t.host = u.String()
		}
	}
	if u.Scheme != "ssh" { // ssh has its own dialer, from client
		t.opts = append(t.opts, client.WithHost(t.host))
	}
	t.opts = append(t.opts, client.WithVersionFromEnv(), client.WithAPIVersionNegotiation())
	return t, nil
}

// client creates the API client. It sends nothing yet.
func (t target) client() (*client.Client, error) {
	transport := &http.Transport{MaxIdleConnsPerHost: idle, IdleConnTimeout: 30 * time.Second}
	mine := client.WithHTTPClient(&http.Client{Transport: transport, CheckRedirect: client.CheckRedirect})
	opts := append([]client.Opt{mine}, t.opts...)
	helper, err := connhelper.GetConnectionHelper(t.host)
	if err != nil {
		return nil, err
	}
	if helper != nil {
		// Configure it again with our transport: with only two idle connections, most parallel calls would start an
		// ssh each.
		opts = append(opts, mine, client.WithHost(helper.Host), client.WithDialContext(dialSSH(helper.Dialer)))
	}
	return client.NewClientWithOpts(append(opts, client.WithHTTPHeaders(t.headers))...)
}

// through routes all of the client's calls through calls.
func (t target) through(api *client.Client) (*calls, error) {
	mine := api.HTTPClient()
	through := &calls{next: mine.Transport, host: t.host}
	mine.Transport = through
	return through, client.WithHTTPClient(mine)(api) // the client keeps the transport below, because it needs its dialer
}
