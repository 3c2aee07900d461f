package program

import (
	"context"
	"time"
)

// dutiesEvery is how often the node does what is due.
const dutiesEvery = time.Minute

// attend lets the node do its duties, now and every minute, until ctx ends.
func (p *Program) attend(ctx context.Context) {
	tick := time.NewTicker(dutiesEvery)
	defer tick.Stop()
	for {
		if err := p.Node.DoDuties(ctx); err != nil && ctx.Err() == nil {
			p.Log.Error().Err(err).Msg("duties not done")
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
	}
}
