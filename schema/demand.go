package schema

import "time"

// Demand is what a message asks of whoever holds data: by a condition on its use, by
// its retention, or, for a correction or an erasure, about data of other messages.
type Demand struct {
	Kind   string    // "erase", "review", "use-report", "return", "correct", "restrict"
	About  ID        // the message whose data is meant, "" this one
	By     time.Time // the last second of the last day, UTC; zero if none is named
	Partly bool      // only places inside the message are meant
}

// What a condition on use demands. The others forbid something and demand nothing.
var demanding = map[string]string{"delete-by": "erase", "review-by": "review", "use-report": "use-report", "return": "return"}

// Message types whose body demands something about data of other messages, or reports on it.
const (
	typeCorrection = "data.correction"
	typeErasure    = "data.erasure"
	typeUseReport  = "data.use.report"
)

// Demands of a message. Of several days for one kind about the message as a whole the
// earliest stands.
func (m *Message) Demands() []Demand { return m.demands }

// Reported are the messages on whose use a data.use.report reports, each once.
func (m *Message) Reported() []ID { return m.reported }

func reportedIn(typ string, tree map[string]any) []ID {
	if typ != typeUseReport {
		return nil
	}
	body, _ := tree["body"].(map[string]any)
	uses, _ := body["uses"].([]any)
	return named(uses)
}

func demands(typ string, tree map[string]any) (list []Demand) {
	handling, _ := tree["handling"].(map[string]any)
	conditions, _ := handling["conditions"].([]any)
	for _, v := range conditions {
		c, _ := v.(map[string]any)
		code, _ := c["code"].(string)
		if kind := demanding[code]; kind != "" {
			_, partly := c["applies_to"]
			list = addDemand(list, Demand{Kind: kind, By: lastSecond(c["until"]), Partly: partly})
		}
	}
	if retention, ok := tree["retention"].(map[string]any); ok {
		for _, of := range []struct{ name, kind string }{{"delete_by", "erase"}, {"review_by", "review"}} {
			if by := lastSecond(retention[of.name]); !by.IsZero() {
				list = addDemand(list, Demand{Kind: of.kind, By: by})
			}
		}
	}
	body, _ := tree["body"].(map[string]any)
	switch typ {
	case typeCorrection:
		by := lastSecond(body["answer_by"])
		corrections, _ := body["corrections"].([]any)
		for _, id := range named(corrections) {
			list = append(list, Demand{Kind: "correct", About: id, By: by, Partly: true})
		}
	case typeErasure:
		list = append(list, erasures(body)...)
	}
	return list
}

// addDemand keeps the earliest of what is alike.
func addDemand(list []Demand, d Demand) []Demand {
	for i := range list {
		have := &list[i]
		if have.Kind != d.Kind || have.Partly != d.Partly {
			continue
		}
		if have.By.IsZero() || !d.By.IsZero() && d.By.Before(have.By) {
			have.By = d.By
		}
		return list
	}
	return append(list, d)
}

// erasures of a data.erasure, one for each message it is about. Whoever names places
// in a message wants no more than these.
func erasures(body map[string]any) (list []Demand) {
	action, _ := body["action"].(string)
	by := lastSecond(body["erase_by"])
	if action == "restrict" {
		by = lastSecond(body["restricted_until"])
	}
	data, _ := body["data"].([]any)
	whole := map[ID]bool{}
	for _, v := range data {
		d, _ := v.(map[string]any)
		id, _ := d["message"].(string)
		if _, partly := d["pointers"]; !partly {
			whole[ID(id)] = true
		}
	}
	for _, id := range named(data) {
		list = append(list, Demand{Kind: action, About: id, By: by, Partly: !whole[id]})
	}
	return list
}

// named lists the messages of a list of objects, each once.
func named(items []any) (ids []ID) {
	seen := map[string]bool{}
	for _, v := range items {
		o, _ := v.(map[string]any)
		if id, _ := o["message"].(string); id != "" && !seen[id] {
			seen[id] = true
			ids = append(ids, ID(id))
		}
	}
	return ids
}

// lastSecond of a day; zero if v is none.
func lastSecond(v any) time.Time {
	s, _ := v.(string)
	day, err := time.Parse(time.DateOnly, s)
	if err != nil {
		return time.Time{}
	}
	return day.AddDate(0, 0, 1).Add(-time.Second)
}
