package program

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
)

func TestEveryMinute(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		start := time.Now()
		var at []time.Duration
		go everyMinute(ctx, zerolog.Nop(), func(context.Context) error {
			at = append(at, time.Since(start))
			return errors.New("a failure does not end it")
		})
		time.Sleep(150 * time.Second)
		synctest.Wait()
		if len(at) != 3 || at[0] != 0 || at[1] != time.Minute || at[2] != 2*time.Minute {
			t.Errorf("worked after %v, want 0, 1 and 2 minutes", at)
		}
		cancel()
		time.Sleep(time.Hour)
		synctest.Wait()
		if len(at) != 3 {
			t.Error("it works after its end")
		}
	})
}
