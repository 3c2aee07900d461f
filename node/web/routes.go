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
	serve   func(*Web, http.ResponseWriter, *request) error
}

const (
	agencies = client | operator // who may use /v1

	maxDraft = schema.MaxDraft // octets of a submission, attachments included
	maxText  = 1 << 20         // octets of a card or policy in JSON
	maxAsk   = 256 << 10       // octets of a policy question

	maxForm   = 1 << 20                   // octets of one section of a form: a message's text, percent-encoded
	maxChoice = 4 << 10                   // octets of a form that only chooses
	maxUpload = schema.MaxParcel + 64<<10 // octets of files with their wrapping
)

var routes = []route{
	{pattern: "GET /livez", who: public, serve: (*Web).live},
	{pattern: "GET /readyz", who: public, serve: (*Web).ready},

	{pattern: "POST /v1/messages", who: agencies, query: []string{"dry_run", "to"}, body: maxDraft, serve: (*Web).submit},
	{pattern: "GET /v1/messages", who: agencies, query: []string{"after", "box", "case", "due_before", "limit", "open", "order", "peer", "q", "re", "state", "type"}, serve: (*Web).listMessages},
	{pattern: "GET /v1/messages/{id}", who: agencies, query: []string{"box"}, serve: (*Web).getMessage},
	{pattern: "GET /v1/messages/{id}/proof", who: agencies, query: []string{"box"}, serve: (*Web).getProof},
	{pattern: "GET /v1/messages/{id}/attachments/{sha256}", who: agencies, query: []string{"box"}, serve: (*Web).getAttachment},
	{pattern: "POST /v1/messages/{id}/claim", who: agencies, query: []string{"box"}, serve: (*Web).claimMessage},
	{pattern: "POST /v1/messages/{id}/unclaim", who: agencies, query: []string{"box"}, serve: (*Web).unclaimMessage},
	{pattern: "POST /v1/messages/{id}/snooze", who: agencies, query: []string{"box"}, body: maxAsk, serve: (*Web).snoozeMessage},
	{pattern: "GET /v1/types", who: agencies, serve: (*Web).listTypes},
	{pattern: "GET /v1/types/{type}", who: agencies, serve: (*Web).getType},
	{pattern: "GET /v1/peers", who: agencies, serve: (*Web).listPeers},
	{pattern: "POST /v1/policy/evaluate", who: agencies, body: maxAsk, serve: (*Web).evaluate},
	{pattern: "GET /v1/journal", who: agencies, query: []string{"after", "limit"}, serve: (*Web).listJournal},

	{pattern: "GET /admin/status", who: operator, serve: (*Web).status},
	{pattern: "GET /admin/card", who: operator, serve: (*Web).ownCard},
	{pattern: "GET /admin/messages/{id}/trace", who: operator, query: []string{"box"}, serve: (*Web).trace},
	{pattern: "GET /admin/peers", who: operator, serve: (*Web).adminPeers},
	{pattern: "GET /admin/peers/{code}", who: operator, serve: (*Web).adminPeer},
	{pattern: "POST /admin/peers", who: operator, query: []string{"dry_run"}, body: maxText, serve: (*Web).addPeer},
	{pattern: "POST /admin/peers/check", who: operator, body: maxText, serve: (*Web).checkPeer},
	{pattern: "POST /admin/peers/{code}/suspend", who: operator, query: []string{"dry_run"}, serve: (*Web).suspendPeer},
	{pattern: "POST /admin/peers/{code}/resume", who: operator, query: []string{"dry_run"}, serve: (*Web).resumePeer},
	{pattern: "POST /admin/peers/{code}/remove", who: operator, query: []string{"dry_run"}, serve: (*Web).removePeer},
	{pattern: "POST /admin/peers/{code}/restart", who: operator, query: []string{"dry_run"}, body: maxText, serve: (*Web).restartPeer},
	{pattern: "POST /admin/peers/{code}/ping", who: operator, serve: (*Web).pingPeer},
	{pattern: "GET /admin/policy", who: operator, serve: (*Web).getPolicy},
	{pattern: "GET /admin/policies", who: operator, serve: (*Web).listPolicies},
	{pattern: "POST /admin/policy", who: operator, query: []string{"dry_run"}, body: maxText, serve: (*Web).applyPolicy},
	{pattern: "POST /admin/policy/check", who: operator, body: maxText, serve: (*Web).checkPolicy},
	{pattern: "POST /admin/journal/verify", who: operator, serve: (*Web).verifyJournal},

	{pattern: "GET /style.css", who: public | officer | client, query: []string{"v"}, page: true, serve: (*Web).asset},
	{pattern: "GET /page.js", who: public | officer | client, query: []string{"v"}, page: true, serve: (*Web).asset},
	{pattern: "GET /login", who: public | officer, query: []string{"t"}, page: true, serve: (*Web).login},
	{pattern: "POST /logout", who: officer, page: true, serve: (*Web).logout},
	{pattern: "GET /{$}", who: officer, query: []string{"lang"}, page: true, serve: (*Web).home},
	{pattern: "GET /inbox", who: officer, query: deskQuery, page: true, serve: (*Web).inboxPage},
	{pattern: "GET /inbox/news", who: officer, query: []string{"after"}, page: true, serve: (*Web).news},
	{pattern: "GET /sent", who: officer, query: []string{"after", "lang"}, page: true, serve: (*Web).sentPage},
	{pattern: "GET /message/{box}/{id}", who: officer, query: []string{"lang"}, page: true, serve: (*Web).messagePage},
	{pattern: "POST /message/{box}/{id}/claim", who: officer, page: true, serve: (*Web).claim},
	{pattern: "POST /message/{box}/{id}/unclaim", who: officer, page: true, serve: (*Web).unclaim},
	{pattern: "POST /message/{box}/{id}/printed", who: officer, page: true, serve: (*Web).printed},
	{pattern: "POST /message/{box}/{id}/snooze", who: officer, query: []string{"days"}, page: true, serve: (*Web).snooze},
	{pattern: "GET /message/{box}/{id}/proof", who: officer, page: true, serve: (*Web).getProof},
	{pattern: "GET /message/{box}/{id}/attachments/{sha256}", who: officer, page: true, serve: (*Web).getAttachment},
	{pattern: "GET /write", who: officer, query: []string{"lang", "peer", "type"}, page: true, serve: (*Web).writePage},
	{pattern: "GET /drafts", who: officer, query: []string{"lang"}, page: true, serve: (*Web).draftsPage},
	{pattern: "POST /drafts", who: officer, entry: maxChoice, page: true, serve: (*Web).makeDraft},
	{pattern: "POST /message/{box}/{id}/reply", who: officer, entry: maxChoice, page: true, serve: (*Web).makeReply},
	{pattern: "GET /draft/{id}", who: officer, query: []string{"lang"}, page: true, serve: (*Web).taskPage},
	{pattern: "GET /draft/{id}/section/{section}", who: officer, query: []string{"lang", "said"}, page: true, serve: (*Web).sectionPage},
	{pattern: "POST /draft/{id}/section/{section}", who: officer, entry: maxForm, page: true, serve: (*Web).saveSection},
	{pattern: "POST /draft/{id}/files", who: officer, upload: maxUpload, page: true, serve: (*Web).attachFile},
	{pattern: "GET /draft/{id}/files/{sha256}", who: officer, page: true, serve: (*Web).draftFile},
	{pattern: "POST /draft/{id}/files/{sha256}", who: officer, entry: maxChoice, page: true, serve: (*Web).changeFile},
	{pattern: "GET /draft/{id}/check", who: officer, query: []string{"lang"}, page: true, serve: (*Web).checkPage},
	{pattern: "POST /draft/{id}/send", who: officer, entry: maxChoice, page: true, serve: (*Web).sendDraft},
	{pattern: "GET /draft/{id}/delete", who: officer, query: []string{"lang"}, page: true, serve: (*Web).deletePage},
	{pattern: "POST /draft/{id}/delete", who: officer, entry: maxChoice, page: true, serve: (*Web).deleteDraft},
	{pattern: "GET /overview", who: officer, query: []string{"lang"}, page: true, serve: (*Web).dashboardPage},
	{pattern: "GET /overview/figures", who: officer, query: []string{"year"}, page: true, serve: (*Web).statistics},
	{pattern: "GET /case", who: officer, query: []string{"lang", "name"}, page: true, serve: (*Web).casePage},
}
