package schema

import "strings"

// Nearest finds the candidate that the writer of s most likely meant, in whatever
// case, "" if none is close: at most about a third of its letters may differ.
func Nearest(s string, candidates []string) string {
	if len(s) > MaxName {
		return ""
	}
	best, least := "", len(s)/3+2
	for _, c := range candidates {
		if d := distance(strings.ToLower(s), strings.ToLower(c)); d < least && d <= len(c)/3+1 {
			best, least = c, d
		}
	}
	return best
}

// distance is the Levenshtein distance in octets.
func distance(a, b string) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := range len(a) {
		diagonal := row[0]
		row[0] = i + 1
		for j := range len(b) {
			cost := diagonal
			if a[i] != b[j] {
				cost++
			}
			diagonal = row[j+1]
			row[j+1] = min(cost, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
