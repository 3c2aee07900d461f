package auditor

import "io/fs"

// Judge reads single messages and policies as an audit does.
type Judge struct{ types *types }

// NewJudge reads the catalogue's folder.
func NewJudge(catalogue fs.FS) (*Judge, error) {
	t, err := readTypes(catalogue)
	return &Judge{t}, err
}

// Verdict says whether a message may cross as it is, under a policy, on a day
// (2026-12-31): "allow"; "hold" if that takes a release, or the taking out of what is
// in it; "deny". Why is in words, "" if it may.
func (j *Judge) Verdict(policy, message []byte, direction, peer, day string) (verdict, why string, err error) {
	rules, err := readRules(policy)
	if err != nil {
		return "", "", err
	}
	q, _, err := j.types.read(message)
	if err != nil {
		return "", "", err
	}
	why, held := rules.forbids(direction, peer, day, q)
	switch {
	case held:
		return "hold", why, nil
	case why != "":
		return "deny", why, nil
	}
	return "allow", "", nil
}
