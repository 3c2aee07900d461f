package program

import (
	"context"
	"sync"
	"time"

	"github.com/rs/zerolog"
)

// minute is how often a node looks at what must happen by a time.
const minute = time.Minute

// watch does what is due by the clock, at once and every minute, until it is stopped.
type watch struct {
	stop context.CancelFunc
	done sync.WaitGroup
}

// startWatch begins; due must be quick, and its error is logged.
func startWatch(ctx context.Context, log zerolog.Logger, due func(context.Context) error) *watch {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	w := &watch{stop: cancel}
	w.done.Go(func() {
		tick := time.NewTicker(minute)
		defer tick.Stop()
		for {
			if err := due(ctx); err != nil && ctx.Err() == nil {
				log.Error().Err(err).Msg("work of the minute not done")
			}
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
	return w
}

// end waits until nothing is under way. A watch that never began has ended.
func (w *watch) end() {
	if w != nil {
		w.stop()
		w.done.Wait()
	}
}
