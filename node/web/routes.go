package web

import (
	"net/http"

	"github.com/comity-exchange/comity/schema"
)

// route is one line of the table: what, who may, and what it takes. The handlers
// are built from it, so a handler that is not here cannot be reached.
type route struct {
	pattern string   // method and path, as http.ServeMux reads them
	who     role     // who may use it
	query   []string // the parameters it knows
	body    int64    // most octets of a JSON body; 0 takes none
	entry   int64    // most octets of an entry form, as browsers encode it
	upload  int64    // most octets of a form with files
	page    bool     // answers people with HTML; problems too
	quiet   bool     // what a page does by itself: no sign that somebody is there
	form    []string // the fields of the form it takes instead of JSON
	serve   func(*Web, http.ResponseWriter, *request) error
}

const (
	pageReaders = officer | approver   // who may see messages on pages
	readers     = client | pageReaders // who may see messages
	askers      = client | everyUser   // who may see what is no secret inside the node
	watchers    = operator | auditor   // who may see how the node is set up
	users       = everyUser            // who may use a page that is everybody's own

	maxDraft  = schema.MaxDraft // octets of a submission, attachments included
	maxText   = 1 << 20         // octets of a card in JSON
	maxAsk    = 256 << 10       // octets of a policy question
	maxReason = 8 << 10         // octets of a reason, or of a form that gives one
	maxPolicy = 12 << 20        // octets of a policy with its tests in JSON, which escapes each line end
	maxUser   = 4 << 10         // octets of what is asked about a user

	maxPasskey = 32 << 10                  // octets of a passkey's answer
	maxForm    = 1 << 20                   // octets of one section of a form: a message's text, percent-encoded
	maxChoice  = 4 << 10                   // octets of a form that only chooses
	maxUpload  = schema.MaxParcel + 64<<10 // octets of files with their wrapping
)

var routes = []route{
	{pattern: "GET /livez", who: public, serve: (*Web).live},
	{pattern: "GET /readyz", who: public, serve: (*Web).ready},

	{pattern: "POST /v1/messages", who: client | officer, query: []string{"dry_run", "to"}, body: maxDraft, serve: (*Web).submit},
	{pattern: "GET /v1/messages", who: readers, query: []string{"after", "box", "case", "due_before", "limit", "open", "order", "peer", "q", "re", "state", "type"}, serve: (*Web).listMessages},
	{pattern: "GET /v1/messages/{id}", who: readers, query: []string{"box"}, serve: (*Web).getMessage},
	{pattern: "GET /v1/messages/{id}/proof", who: readers, query: []string{"box"}, serve: (*Web).getProof},
	{pattern: "GET /v1/messages/{id}/attachments/{sha256}", who: readers, query: []string{"box"}, serve: (*Web).getAttachment},
	{pattern: "GET /v1/messages/{id}/original", who: readers, serve: (*Web).getOriginal},
	{pattern: "GET /v1/releases", who: readers, query: []string{"after", "limit"}, serve: (*Web).listReleases},
	{pattern: "GET /v1/releases/{id}", who: readers, query: []string{"box"}, serve: (*Web).getRelease},
	{pattern: "GET /v1/releases/{id}/attachments/{sha256}", who: readers, query: []string{"box"}, serve: (*Web).getReleaseAttachment},
	{pattern: "POST /v1/releases/{id}/release", who: approver, query: []string{"box"}, serve: (*Web).postRelease},
	{pattern: "POST /v1/releases/{id}/return", who: approver, body: maxReason, serve: (*Web).postReturn},
	{pattern: "POST /v1/releases/{id}/discard", who: approver, body: maxReason, serve: (*Web).postDiscard},
	{pattern: "POST /v1/messages/{id}/events", who: client | officer, body: maxText, serve: (*Web).noteEvent},
	{pattern: "POST /v1/messages/{id}/claim", who: client | officer, query: []string{"box"}, serve: (*Web).claimMessage},
	{pattern: "POST /v1/messages/{id}/unclaim", who: client | officer, query: []string{"box"}, serve: (*Web).unclaimMessage},
	{pattern: "POST /v1/messages/{id}/snooze", who: client | officer, query: []string{"box"}, body: maxAsk, serve: (*Web).snoozeMessage},
	{pattern: "GET /v1/tasks", who: readers, query: []string{"after", "box", "due_before", "kind", "limit", "message", "state"}, serve: (*Web).listTasks},
	{pattern: "GET /v1/tasks/{n}", who: readers, serve: (*Web).getTask},
	{pattern: "POST /v1/tasks/{n}/done", who: client | officer, body: maxText, serve: (*Web).finishTask},
	{pattern: "GET /v1/types", who: askers, serve: (*Web).listTypes},
	{pattern: "GET /v1/types/{type}", who: askers, serve: (*Web).getType},
	{pattern: "GET /v1/peers", who: askers, serve: (*Web).listPeers},
	{pattern: "POST /v1/policy/evaluate", who: askers, body: maxAsk, serve: (*Web).evaluate},
	{pattern: "GET /v1/journal", who: client | watchers, query: []string{"after", "limit"}, serve: (*Web).listJournal},

	{pattern: "GET /admin/status", who: watchers | keyholder, serve: (*Web).status},
	{pattern: "GET /admin/card", who: everyUser, serve: (*Web).ownCard},
	{pattern: "GET /admin/messages/{id}/trace", who: watchers, query: []string{"box"}, serve: (*Web).trace},
	{pattern: "GET /admin/messages/{id}/readings", who: watchers, query: []string{"box"}, serve: (*Web).readings},
	{pattern: "POST /admin/messages/{id}/erase", who: operator, query: []string{"box"}, body: maxText, serve: (*Web).eraseMessage},
	{pattern: "GET /admin/peers", who: watchers, serve: (*Web).adminPeers},
	{pattern: "GET /admin/peers/{code}", who: watchers, serve: (*Web).adminPeer},
	{pattern: "POST /admin/peers", who: operator, query: []string{"dry_run"}, body: maxText, serve: (*Web).addPeer},
	{pattern: "POST /admin/peers/check", who: operator, body: maxText, serve: (*Web).checkPeer},
	{pattern: "POST /admin/peers/{code}/suspend", who: operator, query: []string{"dry_run"}, serve: (*Web).suspendPeer},
	{pattern: "POST /admin/peers/{code}/resume", who: operator, query: []string{"dry_run"}, serve: (*Web).resumePeer},
	{pattern: "POST /admin/peers/{code}/remove", who: operator, query: []string{"dry_run"}, serve: (*Web).removePeer},
	{pattern: "POST /admin/peers/{code}/restart", who: operator, query: []string{"dry_run"}, body: maxText, serve: (*Web).restartPeer},
	{pattern: "POST /admin/peers/{code}/ping", who: operator, serve: (*Web).pingPeer},
	{pattern: "GET /admin/policy", who: watchers, serve: (*Web).getPolicy},
	{pattern: "GET /admin/policies", who: watchers, serve: (*Web).listPolicies},
	{pattern: "GET /admin/policies/{version}", who: watchers, serve: (*Web).oldPolicy},
	{pattern: "POST /admin/policy", who: operator, query: []string{"dry_run"}, body: maxPolicy, serve: (*Web).applyPolicy},
	{pattern: "POST /admin/policy/check", who: watchers, body: maxPolicy, serve: (*Web).checkPolicy},
	{pattern: "GET /admin/users", who: watchers, serve: (*Web).listUsers},
	{pattern: "POST /admin/users", who: operator, query: []string{"dry_run"}, body: maxUser, serve: (*Web).addUser},
	{pattern: "POST /admin/users/{name}/roles", who: operator, query: []string{"dry_run"}, body: maxUser, serve: (*Web).setRoles},
	{pattern: "POST /admin/users/{name}/disable", who: operator, query: []string{"dry_run"}, serve: (*Web).disableUser},
	{pattern: "POST /admin/users/{name}/enable", who: operator, query: []string{"dry_run"}, serve: (*Web).enableUser},
	{pattern: "POST /admin/users/{name}/token", who: operator, body: maxUser, serve: (*Web).makeToken},
	{pattern: "POST /admin/users/{name}/link", who: operator, serve: (*Web).makeLink},
	{pattern: "POST /admin/users/{name}/revoke", who: operator, query: []string{"passkeys"}, serve: (*Web).revokeTokens},
	{pattern: "GET /admin/safety", who: watchers, serve: (*Web).getSafety},
	{pattern: "POST /admin/safety", who: operator, body: maxUser, serve: (*Web).setSafety},
	{pattern: "GET /admin/pending", who: watchers, serve: (*Web).listPending},
	{pattern: "GET /admin/pending/{id}", who: watchers, serve: (*Web).getPending},
	{pattern: "POST /admin/pending/{id}/confirm", who: operator, serve: (*Web).confirmPending},
	{pattern: "POST /admin/pending/{id}/reject", who: operator, serve: (*Web).rejectPending},
	{pattern: "POST /admin/journal/verify", who: watchers, serve: (*Web).verifyJournal},

	{pattern: "GET /style.css", who: public, query: []string{"v"}, page: true, serve: (*Web).asset},
	{pattern: "GET /page.js", who: public, query: []string{"v"}, page: true, serve: (*Web).asset},
	{pattern: "GET /passkey.js", who: public, query: []string{"v"}, page: true, serve: (*Web).asset},
	{pattern: "GET /sign-in", who: public, query: []string{"lang"}, page: true, serve: (*Web).signInPage},
	{pattern: "POST /sign-in/begin", who: public, body: maxUser, serve: (*Web).signInBegin},
	{pattern: "POST /sign-in/finish", who: public, body: maxPasskey, serve: (*Web).signInFinish},
	{pattern: "GET /sign-in/oidc", who: public, query: []string{"again"}, page: true, serve: (*Web).signOnBegin},
	{pattern: "GET " + signOnBack, who: public, query: []string{"code", "error", "error_description", "error_uri", "iss", "scope", "session_state", "state"}, page: true, serve: (*Web).signOnFinish},
	{pattern: "GET /enrol", who: public, query: []string{"lang"}, page: true, serve: (*Web).enrolPage},
	{pattern: "POST /enrol/begin", who: public, body: maxUser, serve: (*Web).enrolBegin},
	{pattern: "POST /enrol/finish", who: public, body: maxPasskey, serve: (*Web).enrolFinish},
	{pattern: "GET /account", who: users, query: []string{"lang"}, page: true, serve: (*Web).accountPage},
	{pattern: "POST /account/sessions/{id}/end", who: users, page: true, serve: (*Web).endSession},
	{pattern: "POST /account/stay", who: users, page: true, serve: (*Web).stay},
	{pattern: "GET /login", who: public, query: []string{"t"}, page: true, serve: (*Web).login},
	{pattern: "POST /logout", who: users, page: true, serve: (*Web).logout},
	{pattern: "GET /{$}", who: users, query: []string{"lang"}, page: true, serve: (*Web).home},
	{pattern: "GET /inbox", who: pageReaders, query: deskQuery, page: true, serve: (*Web).inboxPage},
	{pattern: "POST /inbox/views", who: pageReaders, body: maxReason, form: append([]string{"name"}, viewFields...), page: true, serve: (*Web).saveView},
	{pattern: "POST /inbox/views/delete", who: pageReaders, body: maxReason, form: []string{"name"}, page: true, serve: (*Web).dropView},
	{pattern: "GET /inbox/news", who: pageReaders, query: []string{"after"}, page: true, quiet: true, serve: (*Web).news},
	{pattern: "GET /sent", who: pageReaders, query: deskQuery, page: true, serve: (*Web).sentPage},
	{pattern: "GET /message/{box}/{id}", who: pageReaders, query: []string{"lang"}, page: true, serve: (*Web).messagePage},
	{pattern: "POST /message/{box}/{id}/claim", who: officer, page: true, serve: (*Web).claim},
	{pattern: "POST /message/{box}/{id}/unclaim", who: officer, page: true, serve: (*Web).unclaim},
	{pattern: "POST /message/{box}/{id}/reason", who: pageReaders, body: maxReason, form: []string{"reason", "text"}, page: true, serve: (*Web).giveReason},
	{pattern: "POST /message/{box}/{id}/printed", who: pageReaders, page: true, serve: (*Web).printed},
	{pattern: "POST /message/{box}/{id}/snooze", who: officer, query: []string{"days"}, page: true, serve: (*Web).snooze},
	{pattern: "GET /releases", who: pageReaders, query: []string{"after", "lang"}, page: true, serve: (*Web).releasesPage},
	{pattern: "GET /release/{box}/{id}", who: pageReaders, query: []string{"lang"}, page: true, serve: (*Web).releasePage},
	{pattern: "GET /release/{box}/{id}/attachments/{sha256}", who: pageReaders, page: true, serve: (*Web).getReleaseAttachment},
	{pattern: "POST /release/{box}/{id}/release", who: approver, body: maxReason, form: []string{"tag"}, page: true, serve: (*Web).releaseForm},
	{pattern: "POST /release/{box}/{id}/return", who: approver, body: maxReason, form: []string{"reason", "tag"}, page: true, serve: (*Web).returnForm},
	{pattern: "GET /message/{box}/{id}/original", who: pageReaders, query: []string{"lang"}, page: true, serve: (*Web).originalPage},
	{pattern: "GET /message/{box}/{id}/proof", who: pageReaders, page: true, serve: (*Web).getProof},
	{pattern: "GET /message/{box}/{id}/attachments/{sha256}", who: pageReaders, page: true, serve: (*Web).getAttachment},
	{pattern: "GET /overview", who: pageReaders | watchers, query: []string{"lang"}, page: true, serve: (*Web).dashboardPage},
	{pattern: "GET /overview/figures", who: pageReaders | watchers, query: []string{"year"}, page: true, serve: (*Web).statistics},
	{pattern: "GET /cases", who: pageReaders, query: []string{"after", "lang", "q"}, page: true, serve: (*Web).casesPage},
	{pattern: "GET /peers", who: pageReaders, query: []string{"lang"}, page: true, serve: (*Web).peersPage},
	{pattern: "GET /case", who: pageReaders, query: []string{"lang", "name"}, page: true, serve: (*Web).casePage},
	{pattern: "GET /write", who: officer, query: []string{"lang", "peer", "type"}, page: true, serve: (*Web).writePage},
	{pattern: "GET /drafts", who: officer, query: []string{"lang"}, page: true, serve: (*Web).draftsPage},
	{pattern: "POST /drafts", who: officer, entry: maxChoice, page: true, serve: (*Web).makeDraft},
	{pattern: "POST /message/{box}/{id}/reply", who: officer, entry: maxChoice, page: true, serve: (*Web).makeReply},
	{pattern: "GET /draft/{id}", who: officer, query: []string{"lang"}, page: true, serve: (*Web).taskPage},
	{pattern: "GET /draft/{id}/section/{section}", who: officer, query: []string{"lang", "said"}, page: true, serve: (*Web).sectionPage},
	{pattern: "POST /draft/{id}/section/{section}", who: officer, entry: maxForm, page: true, serve: (*Web).saveSection},
	{pattern: "POST /draft/{id}/section/{section}/look", who: officer, query: []string{"lang"}, entry: maxForm, page: true, serve: (*Web).look},
	{pattern: "POST /draft/{id}/section/{section}/keep", who: officer, entry: maxForm, page: true, quiet: true, serve: (*Web).saveSection},
	{pattern: "POST /draft/{id}/files", who: officer, upload: maxUpload, page: true, serve: (*Web).attachFile},
	{pattern: "GET /draft/{id}/files/{sha256}", who: officer, page: true, serve: (*Web).draftFile},
	{pattern: "POST /draft/{id}/files/{sha256}", who: officer, entry: maxChoice, page: true, serve: (*Web).changeFile},
	{pattern: "GET /draft/{id}/check", who: officer, query: []string{"lang"}, page: true, serve: (*Web).checkPage},
	{pattern: "POST /draft/{id}/send", who: officer, entry: maxChoice, page: true, serve: (*Web).sendDraft},
	{pattern: "GET /draft/{id}/delete", who: officer, query: []string{"lang"}, page: true, serve: (*Web).deletePage},
	{pattern: "POST /draft/{id}/delete", who: officer, entry: maxChoice, page: true, serve: (*Web).deleteDraft},
}
