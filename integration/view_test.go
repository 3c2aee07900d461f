package integration

import (
	"bytes"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/comity-exchange/comity/node"
)

// Officers keep the filters of their inbox under a name, without any script.
func TestSavedViews(t *testing.T) {
	w := newWebPair(t)
	filter := url.Values{"show": {"all"}, "due": {"any"}, "q": {"Kanarievogel & Söhne"}, "peer": {"NL"}, "type": {""}}
	page := w.page(t, "/inbox?"+filter.Encode())
	form := url.Values{"name": {"From <NL>"}}
	for name, values := range inputs(page[strings.Index(page, `action="/inbox/views"`):]) {
		if name != "name" {
			form[name] = values
		}
	}
	at := wentTo(t, w.post(t, "/inbox/views", form))
	if want := "/inbox?peer=NL&q=Kanarievogel+%26+S%C3%B6hne&show=all"; at != want {
		t.Errorf("it leads to %s, want %s", at, want)
	}
	page = w.page(t, at)
	if !strings.Contains(page, `aria-current="true"><bdi>From &lt;NL&gt;</bdi>`) || strings.Contains(page, "Save this view") {
		t.Errorf("the view is not shown as the present one: %s", page)
	}
	if page = w.page(t, "/inbox"); !strings.Contains(page, "From &lt;NL&gt;") || strings.Contains(page, "Delete this view") {
		t.Errorf("the view is not offered elsewhere: %s", page)
	}
	for _, name := range []string{w.be.Config.DatabasePath(), w.be.Config.DatabasePath() + "-wal"} {
		data, err := os.ReadFile(name)
		check(t, err)
		if bytes.Contains(data, []byte("Kanarievogel")) {
			t.Errorf("%s holds what is searched for in the clear", name)
		}
	}
	mine := w.cookie
	_, err := w.be.Node.AddUser(t.Context(), "operator:test", node.User{Name: "viewer", Roles: []node.Role{node.Officer}})
	check(t, err)
	w.cookie = w.fetch(t, "GET", w.be.Web.LoginLink("viewer"), nil, "").Cookies()[0]
	if page := w.page(t, "/inbox"); strings.Contains(page, "From &lt;NL&gt;") {
		t.Error("somebody else sees it")
	}
	if res := w.post(t, "/inbox/views/delete", url.Values{"name": {"From <NL>"}}); res.StatusCode != http.StatusNotFound {
		t.Errorf("somebody else deletes it: got %d", res.StatusCode)
	}
	w.cookie = mine
	for _, bad := range []url.Values{{}, {"name": {" "}}, {"name": {strings.Repeat("x", 41)}}, {"name": {"a\u202eb"}}, {"name": {"x"}, "show": {"none"}}, {"name": {"x"}, "peer": {"nl"}}, {"name": {"x"}, "lang": {"fr"}}, {"name": {"x"}, "q": {strings.Repeat("x", 3000)}}} {
		if res := w.post(t, "/inbox/views", bad); res.StatusCode < 400 || res.StatusCode > 499 {
			t.Errorf("%v: got %d", bad, res.StatusCode)
		}
	}
	// The same name again replaces; there is room for 20.
	for i := range node.MaxViews - 1 {
		wentTo(t, w.post(t, "/inbox/views", url.Values{"name": {fmt.Sprintf("view %d", i)}, "show": {"mine"}}))
	}
	wentTo(t, w.post(t, "/inbox/views", url.Values{"name": {"view 1"}, "show": {"new"}}))
	if res := w.post(t, "/inbox/views", url.Values{"name": {"one more"}, "show": {"mine"}}); res.StatusCode != http.StatusConflict {
		t.Errorf("one too many: got %d", res.StatusCode)
	}
	wentTo(t, w.post(t, "/inbox/views/delete", url.Values{"name": {"From <NL>"}}))
	if page = w.page(t, "/inbox"); strings.Contains(page, "From &lt;NL&gt;") || !strings.Contains(page, `href="/inbox?show=new"`) {
		t.Errorf("after all this: %s", page)
	}
}
