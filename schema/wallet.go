package schema

import (
	"bytes"
	"crypto/sha256"
	"math/big"
	"strings"
)

// isCard takes a payment card number of 12 to 19 digits, the last by Luhn (ISO/IEC
// 7812-1). It may be masked: the first six or eight digits and the last four are shown,
// and each other is an asterisk.
func isCard(s string) bool {
	if len(s) < 12 || len(s) > 19 {
		return false
	}
	if luhn(s) {
		return true
	}
	shown := strings.TrimRight(s[:len(s)-4], "*")
	return (len(shown) == 6 || len(shown) == 8) && len(shown) < len(s)-4 && digits(shown+s[len(s)-4:])
}

const alphanumeric = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

// isCAIP10 takes a chain and an address on it, with the checks that the two best known
// kinds of chain have: 20 octets in hexadecimal on those of Ethereum (eip155), a
// check sum on those of Bitcoin (bip122).
func isCAIP10(s string) bool {
	part := strings.Split(s, ":")
	if len(part) != 3 || !made(part[0], 3, 8, "-abcdefghijklmnopqrstuvwxyz0123456789") ||
		!made(part[1], 1, 32, "-_"+alphanumeric) || !made(part[2], 1, 128, "-.%"+alphanumeric) {
		return false
	}
	switch part[0] {
	case "eip155":
		address, hexadecimal := strings.CutPrefix(part[2], "0x")
		return digits(part[1]) && hexadecimal && made(address, 40, 40, "0123456789abcdefABCDEF")
	case "bip122":
		return made(part[1], 32, 32, "0123456789abcdef") && (base58Checked(part[2]) || bech32Checked(part[2]))
	}
	return true
}

// made tells whether s has a length within bounds and only characters of an alphabet.
func made(s string, least, most int, of string) bool {
	foreign := func(c rune) bool { return !strings.ContainsRune(of, c) }
	return len(s) >= least && len(s) <= most && !strings.ContainsFunc(s, foreign)
}

const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// base58Checked takes an address of 25 octets whose last four are the beginning of the
// SHA-256 of the SHA-256 of the others.
func base58Checked(s string) bool {
	if !made(s, 25, 36, base58) {
		return false
	}
	n := new(big.Int)
	for i := range len(s) {
		n.Add(n.Mul(n, big.NewInt(58)), big.NewInt(int64(strings.IndexByte(base58, s[i]))))
	}
	if n.BitLen() > 25*8 {
		return false
	}
	all := n.FillBytes(make([]byte, 25))
	once := sha256.Sum256(all[:21])
	twice := sha256.Sum256(once[:])
	return bytes.Equal(twice[:4], all[21:])
}

const bech32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// Check sums of an address by BIP 173 and by BIP 350.
const (
	bech32Sum  = 1
	bech32mSum = 0x2bc830a3
)

// bech32Checked takes an address by BIP 173 or BIP 350 in lower case.
func bech32Checked(s string) bool {
	at := strings.LastIndexByte(s, '1')
	if at < 1 || len(s) > 90 || strings.ToLower(s) != s || !made(s[at+1:], 6, 90, bech32) {
		return false
	}
	sum := uint32(1)
	for i := range at {
		sum = bech32Step(sum, s[i]>>5)
	}
	sum = bech32Step(sum, 0)
	for i := range at {
		sum = bech32Step(sum, s[i]&31)
	}
	for i := at + 1; i < len(s); i++ {
		sum = bech32Step(sum, byte(strings.IndexByte(bech32, s[i])))
	}
	return sum == bech32Sum || sum == bech32mSum
}

// bech32Step takes one more value of five bits into the check sum (BIP 173).
func bech32Step(sum uint32, v byte) uint32 {
	top := sum >> 25
	sum = (sum&0x1ffffff)<<5 ^ uint32(v)
	for i, generator := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
		if top>>i&1 == 1 {
			sum ^= generator
		}
	}
	return sum
}

// isECRIS takes a code of the table of offences: four digits and two.
func isECRIS(s string) bool {
	category, sub, ok := strings.Cut(s, " ")
	return ok && len(category) == 4 && len(sub) == 2 && digits(category+sub)
}
