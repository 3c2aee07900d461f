package schema

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

// validate holds a tree to the schemas of the common part and of its type.
func (c *Catalogue) validate(t *Type, tree map[string]any) *Problem {
	return verdict(c.broken(t, tree))
}

// broken lists what the schemas refuse, in no order.
func (c *Catalogue) broken(t *Type, tree map[string]any) []Problem {
	body, ok := tree["body"].(map[string]any)
	if ok && c.rule.accepts(tree) && t.rule.accepts(body) {
		return nil
	}
	f := faults{shape: t.shape}
	envelope, cut := c.rule.sample(tree)
	f.of(c.schema.Validate(envelope), nil)
	if ok {
		part, cutBody := t.rule.sample(body)
		f.of(t.validator.Validate(part), []string{"body"})
		cut = cut || cutBody
	}
	if cut && len(f.list) == 0 { // what was cut away holds the fault, if any
		f.of(c.schema.Validate(tree), nil)
		f.of(t.validator.Validate(tree["body"]), []string{"body"})
	}
	return f.list
}

// verdict wraps the faults of a message in one Problem, in the order of their places.
func verdict(list []Problem) *Problem {
	if len(list) == 0 {
		return nil
	}
	list = ordered(list)
	p := &Problem{Kind: list[0].Kind, Code: "invalid_message", Detail: fmt.Sprintf("The message breaks %d rules.", len(list)),
		Fix: "Correct each place named below.", Errors: list[:min(len(list), MaxFaults)]}
	if len(list) == 1 {
		p.Detail = "The message breaks a rule."
	}
	return p
}

// ordered sorts faults by their places, each once.
func ordered(list []Problem) []Problem {
	slices.SortStableFunc(list, func(a, b Problem) int {
		switch {
		case pointerLess(a.Pointer, b.Pointer):
			return -1
		case pointerLess(b.Pointer, a.Pointer):
			return 1
		}
		return strings.Compare(a.Code, b.Code)
	})
	return slices.CompactFunc(list, func(a, b Problem) bool { return a.Pointer == b.Pointer && a.Code == b.Code })
}

// faults gathers what the validator found as Problems.
type faults struct {
	shape *node
	list  []Problem
}

// of takes in the outcome of one validation; prefix is where its instance stands.
func (f *faults) of(err error, prefix []string) {
	if e, ok := err.(*jsonschema.ValidationError); ok {
		f.leaf(e, prefix)
	}
}

// leaf descends to the causes that say something about one place.
func (f *faults) leaf(e *jsonschema.ValidationError, prefix []string) {
	at := slices.Concat(prefix, e.InstanceLocation)
	switch k := e.ErrorKind.(type) {
	case *kind.Schema, *kind.Group, *kind.Reference, *kind.AllOf:
		for _, cause := range e.Causes {
			f.leaf(cause, prefix)
		}
	case *kind.Required:
		f.missing(at, k.Missing)
	case *kind.DependentRequired:
		f.missing(at, k.Missing)
	case *kind.AdditionalProperties:
		f.unknown(at, k.Properties)
	default:
		f.add(f.fault(e, at))
	}
}

func (f *faults) add(p Problem) {
	if len(f.list) < 4*MaxFaults { // sorting and reporting stay cheap
		f.list = append(f.list, p)
	}
}

func (f *faults) missing(at, names []string) {
	for _, name := range names {
		f.add(*invalid("missing_field", join(pointer(at), name), "A required field is missing.", "Add the field "+name+"."))
	}
}

// unknown reports names the schema does not have, with the closest that it has.
func (f *faults) unknown(at, names []string) {
	slices.Sort(names)
	var known []string
	if n := f.shape.at(at); n != nil {
		for _, p := range n.props {
			known = append(known, p.name)
		}
	}
	for _, name := range names[:min(len(names), MaxFaults)] {
		fix := "Remove it; the fields known here are " + strings.Join(known, ", ") + "."
		if near := Nearest(name, known); near != "" {
			fix = "Did you mean " + near + "? If not, remove it."
		}
		f.add(*invalid("unknown_field", join(pointer(at), name), "There is no such field here.", fix))
	}
}

// fault words one broken keyword.
func (f *faults) fault(e *jsonschema.ValidationError, at []string) Problem {
	where := pointer(at)
	say := func(code, detail, fix string) Problem { return *invalid(code, where, detail, fix) }
	switch k := e.ErrorKind.(type) {
	case *kind.Format:
		if form := formatNamed(k.Want); form != nil {
			return form.problem(where)
		}
	case *kind.Type:
		return say("wrong_type", "The value is of type "+k.Got+".", "Write it as "+strings.Join(k.Want, " or ")+".")
	case *kind.Enum:
		return say("not_in_list", "The code is not in the list.", choice(k.Got, k.Want))
	case *kind.Const:
		return say("wrong_value", "Only one value is possible here.", fmt.Sprintf("Write %v, or do not send the message.", k.Want))
	case *kind.MinLength:
		return say("too_short", "The text is too short.", fmt.Sprintf("Write at least %d characters, or leave the field out.", k.Want))
	case *kind.MaxLength:
		return say("too_long", fmt.Sprintf("The text has %d characters.", k.Got), fmt.Sprintf("Write at most %d characters.", k.Want))
	case *kind.MinItems:
		return say("too_few", "The list is too short.", fmt.Sprintf("Give at least %d, or leave the field out.", k.Want))
	case *kind.MaxItems:
		return say("too_many", fmt.Sprintf("The list has %d elements.", k.Got), fmt.Sprintf("Give at most %d.", k.Want))
	case *kind.UniqueItems:
		return say("not_unique", "The list holds the same value twice.", "Keep one of them.")
	case *kind.MinProperties:
		return say("too_few", "The object says too little.", fmt.Sprintf("Give at least %d fields, or leave it out.", k.Want))
	case *kind.Minimum, *kind.Maximum:
		return say("out_of_range", "The number is out of range.", "Check the unit.")
	case *kind.FalseSchema:
		return say("not_allowed_here", "The field does not belong here.", "Remove it, or change the code it depends on.")
	case *kind.AnyOf:
		return say("missing_field", "One of several fields must be there.", "Add one of: "+strings.Join(alternatives(e), ", ")+".")
	case *kind.Contains:
		return say("missing_item", "The list lacks an element that the other fields call for.", "See the type's schema for what it must hold.")
	}
	return say("breaks_schema", "The value breaks a rule of the type's schema.", "See the schema of the type.")
}

// choice tells which codes there are: the nearest, and all of a short list.
func choice(got any, want []any) string {
	codes := stringsIn(want)
	s, _ := got.(string)
	fix := "See the code list for the codes that exist."
	if len(codes) <= 16 {
		fix = "Use one of: " + strings.Join(codes, ", ") + "."
	}
	if near := Nearest(s, codes); near != "" {
		fix = "Did you mean " + near + "? " + fix
	}
	return fix
}

// alternatives lists the fields of which one would do.
func alternatives(e *jsonschema.ValidationError) []string {
	var names []string
	for _, cause := range e.Causes {
		if r, ok := cause.ErrorKind.(*kind.Required); ok {
			names = append(names, r.Missing...)
		}
		names = append(names, alternatives(cause)...)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// pointer writes an instance location, up to the first token that may be content.
func pointer(tokens []string) string {
	out := ""
	for _, t := range tokens {
		if !safeToken(t) {
			break
		}
		out += "/" + t
	}
	return out
}

// element is the pointer to the i-th element of a list.
func element(list string, i int) string { return list + "/" + strconv.Itoa(i) }

func itoa(n int) string { return strconv.Itoa(n) }
