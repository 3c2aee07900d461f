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
	Local   time.Time // Due, in the zone in which its days were counted
	Article string    // with its instrument, if that is not said beside it
}

func (w *Web) due(d *schema.Deadline, instrument string) *due {
	local := d.Due
	if zone, err := time.LoadLocation(d.Zone); err == nil {
		local = local.In(zone)
	}
	return &due{d, local, strings.TrimSpace(instrument + " " + d.Article)}
}
