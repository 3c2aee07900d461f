package program

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/goccy/go-yaml"

	"github.com/comity-exchange/comity/node/web"
	"github.com/comity-exchange/comity/schema"
)

// Config is comity.yaml. An unknown key is an error that shows its line.
type Config struct {
	Dir     string `yaml:"-"` // where comity.yaml stands; every path below is relative to it
	Version string `yaml:"-"` // of the program, as shown in the status

	// Listen faces the peers: "host:port"; "" when this node only dials out.
	Listen string `yaml:"listen"`
	// Web is the HTTP listener of pages, agency API and health checks, "host:port"; "" for none. It has no TLS: it
	// stands on loopback, behind a proxy.
	Web string `yaml:"web"`
	// WebOrigin is where browsers reach Web: "https://" and the proxy's host name. "" is http://localhost and Web's
	// port, for this machine alone.
	WebOrigin string `yaml:"web_origin"`
	// OIDCIssuer is the authority's single sign-on (OpenID Connect), by its issuer address; "" for none.
	OIDCIssuer string `yaml:"oidc_issuer"`
	// OIDCClient is this node's client id there.
	OIDCClient string `yaml:"oidc_client"`
	// OIDCSecretFile holds the client's secret; "" for a client without one.
	OIDCSecretFile string `yaml:"oidc_secret_file"`
	// OIDCClaim of the id token is the user's name here.
	OIDCClaim string `yaml:"oidc_claim"`
	// Socket is the Unix socket of the command line and of agency systems on this machine.
	Socket string `yaml:"socket"`
	// Card is the node's own card file.
	Card string `yaml:"card"`
	// KeyFile unlocks the vault: a key file, or a file with a passphrase.
	KeyFile string `yaml:"key_file"`
	// LogLevel is error, warn, info or debug.
	LogLevel string `yaml:"log_level"`
}

// Names inside a node's directory.
const (
	configFile   = "comity.yaml"
	policyFile   = "policy.yaml"
	vaultFile    = "vault"
	databaseFile = "comity.db"
)

// Defaults of comity.yaml.
func Defaults(dir string) Config {
	return Config{Dir: dir, Listen: "", Web: "", Socket: "comity.sock", OIDCClaim: "preferred_username", KeyFile: "vault.key", LogLevel: "info"}
}

// ReadConfig reads comity.yaml of a directory strictly.
func ReadConfig(dir string) (Config, error) {
	c := Defaults(dir)
	text, err := os.ReadFile(filepath.Join(dir, configFile))
	if err != nil {
		return c, &schema.Problem{Kind: schema.NotFound, Code: "no_node", Detail: "There is no " + configFile + " in " + dir + ".",
			Fix: "Name the node's directory with --node, or make one with comity init."}
	}
	if err := c.decode(text); err != nil {
		return c, &schema.Problem{Kind: schema.Invalid, Code: "bad_config", Pointer: filepath.Join(dir, configFile),
			Detail: strings.TrimSpace(yaml.FormatError(err, false, true)), Fix: "Correct the line that is shown."}
	}
	if c.WebOrigin != "" {
		if _, err := web.ParseOrigin(c.WebOrigin); err != nil {
			return c, err
		}
	}
	return c, c.checkSignOn()
}

// checkSignOn holds the settings of single sign-on against each other.
func (c *Config) checkSignOn() error {
	if c.OIDCIssuer == "" {
		return nil
	}
	if err := web.ParseIssuer(c.OIDCIssuer); err != nil {
		return err
	}
	if c.OIDCClient == "" || c.OIDCClaim == "" || c.Web == "" {
		return &schema.Problem{Kind: schema.Invalid, Code: "bad_config", Pointer: "oidc_issuer", Detail: "Single sign-on needs web, oidc_client and oidc_claim too.",
			Fix: "Set them in comity.yaml, or leave oidc_issuer empty."}
	}
	return nil
}

// decode reads one YAML document over what c holds.
func (c *Config) decode(text []byte) error {
	before := *c
	d := yaml.NewDecoder(bytes.NewReader(text), yaml.Strict())
	if err := d.Decode(c); err != nil && err != io.EOF {
		return err
	}
	if *c == (Config{}) { // the decoder empties its target for a document that is null
		*c = before
	}
	if err := d.Decode(&Config{}); err != io.EOF {
		return errors.New("the file holds more than one YAML document")
	}
	for _, v := range []string{c.Listen, c.Web, c.WebOrigin, c.OIDCIssuer, c.OIDCClient, c.OIDCSecretFile, c.OIDCClaim, c.Socket, c.Card, c.KeyFile, c.LogLevel} {
		if !utf8.ValidString(v) || strings.ContainsFunc(v, func(r rune) bool { return !unicode.IsPrint(r) }) {
			return errors.New("a value is not one line of printable text")
		}
	}
	return plainKeys(text)
}

// plainKeys refuses keys that are not words: the decoder looks for unknown keys only
// where all are.
func plainKeys(text []byte) error {
	var keys map[any]any
	if err := yaml.Unmarshal(text, &keys); err != nil {
		return err
	}
	for key := range keys {
		if name, ok := key.(string); !ok || name == "<<" {
			return fmt.Errorf("unknown field %v", key)
		}
	}
	return nil
}

// path of a file named in the configuration.
func (c Config) path(name string) string {
	if filepath.IsAbs(name) {
		return name
	}
	return filepath.Join(c.Dir, name)
}

// SocketPath is where the node's Unix socket stands.
func (c Config) SocketPath() string { return c.path(c.Socket) }

// PolicyPath is where the operator's policy file stands.
func (c Config) PolicyPath() string { return c.path(policyFile) }

// CardPath is where the node's own card stands.
func (c Config) CardPath() string { return c.path(c.Card) }

// DatabasePath is where the node's database stands.
func (c Config) DatabasePath() string { return c.path(databaseFile) }
