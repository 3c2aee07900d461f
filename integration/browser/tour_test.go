package browser

import (
	"context"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"

	"github.com/comity-exchange/comity/cmd/comity/demo"
	"github.com/comity-exchange/comity/node"
	"github.com/comity-exchange/comity/schema"
)

// asked is the request that the tour's officer acknowledges.
const asked = "Who uses a Belgian telephone number, counterfeit medicines"

// later saves a section and goes back to the list.
const later = "Save and return to the list"

// TestTour is an officer's working day without a mouse, with the pages' scripts and, once
// signed in, without them.
func TestTour(t *testing.T) {
	t.Run("with scripts", func(t *testing.T) { tour(t, true) })
	t.Run("without scripts", func(t *testing.T) { tour(t, false) })
}

// careful has a second person release financial data.
func careful(t *testing.T, d *demo.Demo) {
	t.Helper()
	const rules = `version: 1
rules:
  - {name: careful, peers: [FR, NL], direction: send, types: [mla.*, status.*], categories: ["*"], approve: [fin.*], marking: restricted, instruments: [EIO, EU-2000]}
  - {name: in, peers: [FR, NL], direction: receive, types: ["*"], categories: ["*"], marking: restricted, instruments: [EIO, EU-2000, none]}
`
	if _, err := d.First().ApplyPolicy(t.Context(), "operator:demo", []byte(rules), nil); err != nil {
		t.Fatal(err)
	}
}

func tour(t *testing.T, scripts bool) {
	const writer, approver = "a.weber", "m.schulz"
	d := house(t)
	settle(t, d)
	careful(t, d)
	p := seat(t, d, writer, node.Officer, scripts)
	acknowledge(t, p, scripts)
	subject := "Summons to the hearing, asked by " + writer
	draft(t, p, subject)
	id := handIn(t, p)

	second := seat(t, d, approver, node.Approver, scripts)
	second.use("link", "Releases…")
	second.use("link", subject)
	second.reads("Waits for release", "user:"+writer, "statement.pdf")
	second.use("button", "Release it")
	if got := outcome(t, d, id); got.State != node.Accepted {
		t.Fatalf("got %+v, want it accepted by the peer", got)
	}

	p.use("link", "Sent")
	p.use("link", subject)
	p.reads("Accepted", "Receipt came; the peer's signature is verified")
	for _, each := range []*tab{p, second} {
		for _, flaw := range each.complaints() {
			t.Error(flaw)
		}
	}
}

// seat sits a new user down at a browser of their own: they make a passkey by their link,
// sign out, and sign in with it.
func seat(t *testing.T, d *demo.Demo, name string, role node.Role, scripts bool) *tab {
	t.Helper()
	if _, err := d.First().AddUser(t.Context(), "operator:demo", node.User{Name: name, Roles: []node.Role{role}}); err != nil {
		t.Fatal(err)
	}
	secret, _, err := d.First().MakeLink(t.Context(), "operator:demo", name)
	if err != nil {
		t.Fatal(err)
	}
	at, err := url.Parse(d.Nodes[0].URL)
	if err != nil {
		t.Fatal(err)
	}
	p := newTab(t)
	p.look(1280, false, false)
	p.passkeys()
	p.open("http://localhost:"+at.Port()+"/enrol#"+secret, 200)
	p.do("wait for the script", chromedp.WaitEnabled(passkeyButton))
	p.use("button", "Make a passkey")
	p.do("wait for the page", chromedp.WaitVisible("nav"))
	p.use("button", "Sign out")
	p.do("wait for the script", chromedp.WaitEnabled(passkeyButton))
	p.complaints() // Chromium says that it cleared what Clear-Site-Data names
	p.use("button", "Sign in with a passkey")
	p.do("wait for the page", chromedp.WaitVisible("nav"), emulation.SetScriptExecutionDisabled(!scripts))
	if !scripts {
		p.use("link", "Inbox")
		var hidden bool
		p.do("look for a script's work", chromedp.Evaluate(`document.querySelector("#keys").hidden`, &hidden))
		if !hidden {
			t.Fatal("the scripts of the page still run")
		}
	}
	return p
}

// acknowledge opens a request from the inbox and says that it came, with the page's own
// keys where they work.
func acknowledge(t *testing.T, p *tab, scripts bool) {
	t.Helper()
	p.use("link", "Inbox")
	if scripts {
		p.press("j")
		for range longest {
			if f := p.focused(); f.Name == asked {
				break
			}
			p.press("j")
		}
		p.follow("o")
		p.reads(asked, "Asks the other State")
		p.follow("1")
	} else {
		p.use("link", asked)
		p.reads(asked, "Asks the other State")
		p.use("button", "Confirmation of receipt")
	}
	p.use("link", "Receiving authority")
	p.write("Signed by", "A. Weber")
	p.tabTo("Date", "Date")
	p.press(time.Now().Format("01022006")) // as an American browser orders it
	p.use("button", later)
	p.reads("Everything that is needed is filled in")
	p.use("link", "Check and send")
	p.reads("May leave")
	p.use("button", "Send")
	p.reads("Confirmation of receipt")
}

// draft writes a request with a file that needs a second person's release.
func draft(t *testing.T, p *tab, subject string) {
	t.Helper()
	p.use("link", "Write")
	p.choose("To", "NL")
	p.tabTo("DisclosureTriangle", "Mutual legal assistance…")
	p.press(kb.Enter)
	p.press(kb.Tab)
	p.pick(p.focused().Name, "Request for service of documents")
	p.use("button", "Continue")
	p.choose("Legal basis", "Convention on Mutual Assistance between")
	p.use("button", "Start the draft")
	p.reads("Request for service of documents", "Add one of: company, person")

	p.use("link", "Addressing")
	p.write("Subject", subject)
	p.use("button", later)
	p.use("link", "Particulars")
	p.pick("By delivery to the addressee in person", "By delivery to the addressee in person")
	p.use("button", later)
	p.use("link", "Addressee")
	p.choose("The data is about", "Suspect")
	p.write("Family name (optional)", "Example")
	p.use("button", later)
	p.use("link", "Document to be served")
	p.choose("Kind of document", "Judgment")
	p.write("Title of the document", "Judgment of 1 October")
	p.choose("Language of the document", "French")
	p.use("button", later)
	p.use("link", "Attachments")
	p.enclose("File", file(t, "statement.pdf", "%PDF-1.7 sample"))
	p.choose("What data it holds", "Financial transaction")
	p.use("button", "Attach")
	p.reads("statement.pdf")
	p.backTo("link", "‹ Request for service of documents…")
	p.follow(kb.Enter)
}

// handIn looks at what leaves and hands it in, and gives the message's id.
func handIn(t *testing.T, p *tab) schema.ID {
	t.Helper()
	p.use("link", "Check and send")
	p.reads("A second officer must release it", "statement.pdf", "careful")
	p.use("button", "Hand in for release")
	p.reads("Waits for release")
	var at string
	p.do("read the address", chromedp.Location(&at))
	return schema.ID(at[strings.LastIndexByte(at, '/')+1:])
}

// outcome waits for what became of a message.
func outcome(t *testing.T, d *demo.Demo, id schema.ID) node.Outcome {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), step)
	defer cancel()
	got, err := d.First().Await(ctx, id)
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// file writes a file to attach.
func file(t *testing.T, name, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}
