package broker

import (
	"crypto/sha256"
	"crypto/subtle"
	"crypto/tls"
	"errors"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

// kinds of traffic between two gateways, the last token of every subject: ping is
// empty and asks whether the other gateway is there.
var kinds = []string{"pouch", "evidence", "ping"}

// errUnknownKey ends a handshake; the other side sees only a TLS alert.
var errUnknownKey = errors.New("no admitted jurisdiction has this key")

// tls is the server side: TLS 1.3, the hybrid key exchange alone, a client
// certificate whose key is in the registry. No resumption, because a resumed
// session would bring back a key that has been expelled since.
func (h *Host) tls(id tls.Certificate) *tls.Config {
	return &tls.Config{
		Certificates:           []tls.Certificate{id},
		MinVersion:             tls.VersionTLS13,
		CurvePreferences:       []tls.CurveID{tls.X25519MLKEM768},
		ClientAuth:             tls.RequireAnyClientCert,
		SessionTicketsDisabled: true,
		VerifyConnection: func(s tls.ConnectionState) error {
			h.mu.Lock()
			defer h.mu.Unlock()
			if h.holder(&s) == nil {
				return errUnknownKey
			}
			return nil
		},
	}
}

// holder finds the admitted member with the key of a connection, nil if there is none. h.mu is held.
func (h *Host) holder(s *tls.ConnectionState) *member {
	if len(s.PeerCertificates) == 0 {
		return nil
	}
	m := h.keys[sha256.Sum256(s.PeerCertificates[0].RawSubjectPublicKeyInfo)]
	if m == nil || !time.Now().Before(m.until) {
		return nil
	}
	return m
}

// door decides who a connection is (server.Authentication).
type door Host

// Check puts a connection into the account of the jurisdiction that its key, or
// for the owner's gateway the token, belongs to. It asks the registry again
// because the member may have been expelled since the handshake.
func (d *door) Check(c server.ClientAuthentication) bool {
	h := (*Host)(d)
	if c.Kind() != server.CLIENT {
		return false
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	m := h.identify(c)
	if m == nil {
		return false
	}
	h.forgetClosed(m)
	if m != h.owner && (len(m.conns) >= maxConnPeer || time.Now().Before(m.barred)) {
		return false
	}
	m.conns[c.GetID()] = struct{}{}
	c.RegisterUser(h.user(m))
	return true
}

// identify knows a connection with TLS by its key alone, one without by its token alone.
func (h *Host) identify(c server.ClientAuthentication) *member {
	if s := c.GetTLSConnectionState(); s != nil {
		return h.holder(s)
	}
	if subtle.ConstantTimeCompare([]byte(c.GetOpts().Username), []byte(h.token)) == 1 {
		return h.owner
	}
	return nil
}

// user has the least permissions that an exchange needs: allow lists only, since
// deny lists have been circumvented before. allow_responses lets it answer each
// request once.
func (h *Host) user(m *member) *server.User {
	partner := "*"
	if h.owner != nil && m != h.owner {
		partner = h.owner.code
	}
	var publish, subscribe []string
	for _, kind := range kinds {
		publish = append(publish, "to."+partner+"."+kind)
		subscribe = append(subscribe, "in."+partner+"."+kind)
	}
	return &server.User{
		Username:           m.code,
		Account:            m.account,
		ConnectionDeadline: m.until,
		Permissions: &server.Permissions{
			Publish:   &server.SubjectPermission{Allow: publish},
			Subscribe: &server.SubjectPermission{Allow: append(subscribe, "_INBOX.>")},
			Response:  &server.ResponsePermission{MaxMsgs: 1, Expires: time.Minute},
		},
	}
}
