package program

import (
	"context"
	"time"

	"github.com/rs/zerolog"
)

// minute is how often a node looks at what must happen by a time.
const minute = time.Minute

// everyMinute does what is due by the clock, at once and every minute, until ctx ends.
// due must be quick; its error is logged.
func everyMinute(ctx context.Context, log zerolog.Logger, due func(context.Context) error) {
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
}
