package gateway

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// few is how many small jobs are not worth a second goroutine.
const few = 8

// each calls f for 0 to n-1 and returns when all are done. Many calls are spread
// over the processors, in no order.
func each(n int, f func(i int)) {
	workers := min(runtime.GOMAXPROCS(0), n/few)
	if workers < 2 {
		for i := range n {
			f(i)
		}
		return
	}
	var next atomic.Int64
	var group sync.WaitGroup
	for range workers {
		group.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				f(i)
			}
		})
	}
	group.Wait()
}
