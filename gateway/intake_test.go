package gateway

import (
	"testing"
)

// A peer is held to its rates by count and by octets, each alone.
func TestIntakeHoldsARate(t *testing.T) {
	for name, size := range map[string]int{"many small pouches": 1, "few large pouches": MaxSealed} {
		t.Run(name, func(t *testing.T) {
			in, m := newIntake(nil, &link{}), parcel{data: make([]byte, size)}
			burst := min(PouchBurst, ByteBurst/size)
			for i := range burst {
				if code := in.breach(m); code != "" {
					t.Fatalf("pouch %d of a burst of %d is a breach: %s", i+1, burst, code)
				}
			}
			for range burst {
				if code := in.breach(m); code == "rate" {
					return
				}
			}
			t.Errorf("%d pouches at once, and no breach", 2*burst)
		})
	}
}
