package schema

import (
	"strings"
	"testing"
	"time"
)

// Every event of every life cycle has a title in every language, and some transition
// that it makes under an instrument that has the life cycle.
func TestEveryEventIsNamed(t *testing.T) {
	c := catalogue(t)
	seen := 0
	for id, m := range c.machines {
		for _, e := range m.Outside {
			seen++
			for _, lang := range c.Languages() {
				if e.Title[lang] == "" || c.Label(lang, id+"/"+e.Name) != e.Title[lang] || (lang != fallback && e.Title[lang] == e.Title[fallback]) {
					t.Errorf("%s/%s has no title of its own in %s", id, e.Name, lang)
				}
			}
		}
	}
	if seen < 15 {
		t.Errorf("got %d events", seen)
	}
}

func noted(t testing.TB, event string, by Side, at string) Act {
	return Act{Type: event, By: by, Sent: instant(t, at)}
}

// EIO 22(9): immunity ends 15 days after the person's presence is no longer required.
func TestClockThatAnEventStarts(t *testing.T) {
	c := catalogue(t)
	now := instant(t, "2026-12-20T09:00:00Z")
	p := c.Follow(request(t, "2026-11-23T10:00:00Z"), now)
	for _, d := range p.Deadlines {
		if d.Clock == "E-CUST" {
			t.Errorf("nobody has come yet: got %+v", d)
		}
	}
	p = c.Follow(request(t, "2026-11-23T10:00:00Z", noted(t, "presence-no-longer-required", Issuing, "2026-12-01T17:00:00Z")), now)
	// 15 days from 2 December end on Wednesday the 16th, Amsterdam.
	if got, want := deadline(t, p, "E-CUST"), instant(t, "2026-12-16T22:59:59Z"); !got.Due.Equal(want) || got.State != Lapsed || len(p.Irregular) > 0 {
		t.Errorf("got %s %s, want %s and the right lost", got.Due, got.State, want)
	}
}

// EAW 17(3): the 60 days run from the arrest, which the result tells only later.
func TestArrestIsNotedBeforeItsResult(t *testing.T) {
	at := instant(t, "2026-04-01T08:00:00Z")
	h := Act{Type: "extradition.request", By: Issuing, Sent: at, Received: at.Add(time.Minute), Content: map[string]any{"instrument": "EAW"}}.History("NL", "BE")
	h.Acts = append(h.Acts, noted(t, "person-arrested", Executing, "2026-04-27T10:00:00Z"),
		answer(t, "arrest.result", Executing, "2026-04-28T10:00:00Z", fields{"outcome": "arrested", "arrested": "2026-04-27T10:00:00Z"}))
	p := catalogue(t).Follow(h, instant(t, "2026-05-01T08:00:00Z"))
	if got, want := deadline(t, p, "A-DEC").Due, instant(t, "2026-06-26T21:59:59Z"); !got.Equal(want) || p.State != "arrested" || len(p.Irregular) > 0 {
		t.Errorf("got %s in state %s with %v, want %s", got, p.State, p.Irregular, want)
	}
}

func TestEventsThatMayNotBeNoted(t *testing.T) {
	p := catalogue(t).Follow(request(t, "2026-11-23T10:00:00Z"), instant(t, "2026-11-28T09:00:00Z"))
	for _, row := range []struct {
		event     string
		by        Side
		code, fix string
	}{
		{"presence-no-longer-required", Issuing, "", ""},
		{"person-arrested", Executing, "unknown_event", "Possible now: presence-no-longer-required."},
		{"status.refused", Executing, "unknown_event", "Possible now: "}, // a message is sent, not noted
		{"", Issuing, "unknown_event", "Possible now: "},
		{"execution-started", Executing, "event_not_in_state", "Possible now: presence-no-longer-required."},
		{"execution-started", Issuing, "event_not_in_state", "Possible now: "},
	} {
		got := p.May(row.event, row.by)
		if row.code == "" {
			if got != nil {
				t.Errorf("%s: got %v", row.event, got)
			}
			continue
		}
		if got == nil || got.Code != row.code || got.Pointer != "/event" || !strings.HasPrefix(got.Fix, row.fix) || strings.Contains(got.Detail, "sent") {
			t.Errorf("%s by the %s side: got %+v, want %s, %s", row.event, row.by, got, row.code, row.fix)
		}
	}
}

func TestMomentOfAnEvent(t *testing.T) {
	be := catalogue(t).Calendar("BE")
	now := instant(t, "2026-11-23T21:05:52Z")
	for s, want := range map[string]string{
		"2026-11-20":                "2026-11-20T22:59:59Z", // its end in Brussels
		"2026-11-23":                "2026-11-23T21:05:52Z", // today: not later than now
		"2026-11-20T12:00:00+01:00": "2026-11-20T11:00:00Z",
		"2026-11-24":                "event_in_future",
		"2026-11-23T22:00:00Z":      "event_in_future",
		"23 November":               "bad_moment",
		"2026-02-30":                "bad_moment",
		"":                          "bad_moment",
	} {
		at, p := be.Moment(s, now)
		got := at.Format(time.RFC3339)
		if p != nil {
			got = p.Code
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", s, got, want)
		}
	}
}

func TestLoadRefusesWrongEvents(t *testing.T) {
	for _, row := range []struct{ name, old, new, want string }{
		{"an event that makes nothing", `{"name": "execution-started"`, `{"name": "execution-begun"`, "execution-begun makes no transition"},
		{"an event named like a state", `{"name": "execution-started"`, `{"name": "executed"`, "executed"},
		{"an event named twice", `{"name": "execution-started"`, `{"name": "presence-no-longer-required"`, "no name of its own"},
		{"an event without words", `{"name": "execution-started", "title"`, `{"name": "execution-started", "titles"`, "titles"},
		{"an event of a message", `"on": "execution-started"`, `"on": "execution-begun"`, "execution-started"},
	} {
		t.Run(row.name, func(t *testing.T) {
			_, err := load(overlay(t, swapped(t, "machines/request.json", row.old, row.new)))
			if err == nil || !strings.Contains(err.Error(), row.want) {
				t.Errorf("got %v, want an error with %q", err, row.want)
			}
		})
	}
}
