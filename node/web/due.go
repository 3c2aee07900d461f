package web

import (
	"strings"
	"time"

	"github.com/comity-exchange/comity/schema"
)

// stand is how the thread of a message stands, for its reader.
type stand struct {
	State  string // in words
	Events []happened
	Clocks []*due
}

// due is one time limit, shown where its clock stands.
type due struct {
	*schema.Deadline
	Local   time.Time     // Due, in the zone in which its days were counted
	Article string        // with its instrument
	Left    time.Duration // until Due, negative after it; 0 if nobody owes anything
}

const nbsp = "\u00a0"

func (w *Web) due(d *schema.Deadline, instrument string) *due {
	local := d.Due
	if zone, err := time.LoadLocation(d.Zone); err == nil {
		local = local.In(zone)
	}
	out := &due{Deadline: d, Local: local, Article: strings.Trim(instrument+nbsp+d.Article, nbsp)}
	if d.Pending() {
		out.Left = d.Due.Sub(w.Now()).Truncate(time.Second)
	}
	return out
}

// left says how much time there is, or how late it is: in days, and in hours within two days.
func left(lang string, d time.Duration) string {
	late := d < 0
	if late {
		d = -d
	}
	word, n := "hours", int(d.Hours())
	if d >= 48*time.Hour {
		word, n = "days", int(d.Hours()/24)
	}
	if late {
		return counted(lang, word+"_late", n)
	}
	return counted(lang, word+"_left", n)
}
