package web

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/url"

	"github.com/go-webauthn/webauthn/protocol"
	"github.com/go-webauthn/webauthn/webauthn"

	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// ParseOrigin reads where browsers reach the pages: "https://" and a host name, with a
// port if it is not 443. Plain HTTP is for localhost alone.
func ParseOrigin(s string) (*url.URL, error) {
	u, err := url.Parse(s)
	fault := &schema.Problem{Kind: schema.Invalid, Code: "bad_origin", Pointer: "web_origin", Detail: "This is not an origin at which people can sign in.",
		Fix: "Write https:// and the host name that browsers use, such as https://comity.bfj.example; or http://localhost and a port on this machine. An address in digits cannot have passkeys."}
	switch {
	case err != nil, u.String() != u.Scheme+"://"+u.Host, u.Hostname() == "", net.ParseIP(u.Hostname()) != nil:
		return nil, fault
	case u.Scheme != "https" && (u.Scheme != "http" || u.Hostname() != "localhost"):
		return nil, fault
	}
	return u, nil
}

// relyingParty speaks WebAuthn for an origin, nil for "": then nobody can sign in by passkey.
func relyingParty(origin, name string) (*webauthn.WebAuthn, error) {
	if origin == "" {
		return nil, nil
	}
	u, err := ParseOrigin(origin)
	if err != nil {
		return nil, err
	}
	rp, err := webauthn.New(&webauthn.Config{RPID: u.Hostname(), RPDisplayName: name, RPOrigins: []string{origin},
		AttestationPreference: protocol.PreferNoAttestation,
		AuthenticatorSelection: protocol.AuthenticatorSelection{ResidentKey: protocol.ResidentKeyRequirementRequired,
			RequireResidentKey: protocol.ResidentKeyRequired(), UserVerification: protocol.VerificationRequired}})
	if err != nil {
		return nil, fmt.Errorf("set up passkeys for %s: %w", origin, err)
	}
	return rp, nil
}

// keyOwner is a user as WebAuthn sees one.
type keyOwner struct {
	*node.User
	keys []webauthn.Credential
}

func (w *Web) keyOwner(u *node.User) (*keyOwner, error) {
	o := &keyOwner{User: u}
	for _, p := range w.Node.PasskeysOf(u.Name) {
		var c webauthn.Credential
		if err := json.Unmarshal(p.Record, &c); err != nil {
			return nil, fmt.Errorf("read passkey: %w", err)
		}
		o.keys = append(o.keys, c)
	}
	return o, nil
}

func (o *keyOwner) WebAuthnID() []byte                         { return o.Handle }
func (o *keyOwner) WebAuthnName() string                       { return o.Name }
func (o *keyOwner) WebAuthnCredentials() []webauthn.Credential { return o.keys }

func (o *keyOwner) WebAuthnDisplayName() string {
	if o.Display == "" {
		return o.Name
	}
	return o.Display
}

// known are the keys that a device must not make again.
func (o *keyOwner) known() []protocol.CredentialDescriptor {
	var list []protocol.CredentialDescriptor
	for _, k := range o.keys {
		list = append(list, k.Descriptor())
	}
	return list
}

var errUnknownUser = errors.New("no such user")

// verify holds a device's answer against what it was asked. The user is who the answer
// names, also when it does not convince; nil if it names nobody here.
func (w *Web) verify(asked webauthn.SessionData, answer []byte) (*node.User, *webauthn.Credential, error) {
	parsed, err := protocol.ParseCredentialRequestResponseBytes(answer)
	if err != nil {
		return nil, nil, err
	}
	var named *node.User
	_, key, err := w.passkeys.ValidatePasskeyLogin(func(_, handle []byte) (webauthn.User, error) {
		u, ok := w.Node.UserOfHandle(handle)
		if !ok {
			return nil, errUnknownUser
		}
		named = u
		return w.keyOwner(u)
	}, asked, parsed)
	return named, key, err
}
