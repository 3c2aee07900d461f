package pki

import "testing"

func TestFingerprintForms(t *testing.T) {
	const low = "4f1a9c2200112233445566778899aabbccddeeff00112233445566778899aabb"
	const aloud = "4F1A 9C22 0011 2233 4455 6677 8899 AABB CCDD EEFF 0011 2233 4455 6677 8899 AABB"
	for _, s := range []string{low, aloud, "4f1A9c22" + low[8:]} {
		f, err := ParseFingerprint(s)
		if err != nil || f.Hex() != low || f.String() != aloud {
			t.Errorf("%s: got %s, %s and %v", s, f.Hex(), f, err)
		}
	}
	for _, s := range []string{"", "4F1A", low + "00", low[:62], "x" + low[1:], low[:63] + "\n"} {
		_, err := ParseFingerprint(s)
		wantCode(t, err, "bad_fingerprint")
	}
}
