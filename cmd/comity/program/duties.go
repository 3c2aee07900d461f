package program

import (
	"context"
	"sync"
	"time"
)

// dutiesEvery is how often the node does what is due.
const dutiesEvery = time.Minute

// attend lets the node do its duties, now and every minute, until stop is called.
func (p *Program) attend() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
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
	})
	return func() { cancel(); running.Wait() }
}
