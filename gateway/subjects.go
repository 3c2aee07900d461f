package gateway

import "github.com/comity-exchange/comity/schema"

// Subjects carry jurisdiction codes and nothing else. The broker turns what is
// published on to.NL.… by BE into in.BE.… at NL. PROTOCOL 2.

func pouchTo(peer schema.Jurisdiction) string   { return "to." + string(peer) + ".pouch" }
func pouchFrom(peer schema.Jurisdiction) string { return "in." + string(peer) + ".pouch" }
func pingTo(peer schema.Jurisdiction) string    { return "to." + string(peer) + ".ping" }
func pingFrom(peer schema.Jurisdiction) string  { return "in." + string(peer) + ".ping" }
