package schema

import (
	"maps"
	"math/big"
	"reflect"
	"slices"
	"sync"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// rule is a compiled schema in the form that is fastest to say yes with. It
// allocates nothing and never words a fault: whatever it does not accept goes to
// the jsonschema validator, which has the last word. It accepts only what that
// validator accepts; a test compares the two.
type rule struct {
	unsure    bool // the schema has a keyword this form does not know: always ask the validator
	never     bool // the schema is false
	types     []string
	constant  any // string or bool, nil if none
	enum      map[string]bool
	format    func(any) error
	ref       *rule
	minLength int
	maxLength int
	minItems  int
	maxItems  int
	minProps  int
	minimum   int64
	maximum   int64
	unique    bool
	required  []string
	props     map[string]*rule
	closed    bool
	items     *rule
	contains  *rule
	all, any  []*rule
	cond      *rule
	then, els *rule
	dependent map[string][]string
}

const unbounded = 1 << 53

// ruled lists the keywords that rule knows, by the validator's name for them.
var ruled = map[string]bool{"Bool": true, "Ref": true, "Types": true, "Const": true, "Enum": true, "Format": true,
	"AllOf": true, "AnyOf": true, "If": true, "Then": true, "Else": true, "Required": true, "Properties": true,
	"AdditionalProperties": true, "DependentRequired": true, "MinProperties": true, "MinItems": true, "MaxItems": true,
	"UniqueItems": true, "Contains": true, "Items2020": true, "MinLength": true, "MaxLength": true, "Minimum": true, "Maximum": true,
	// those that assert nothing
	"DraftVersion": true, "Location": true, "ID": true, "Anchor": true, "Title": true, "Description": true, "Default": true,
	"Comment": true, "ReadOnly": true, "WriteOnly": true, "Examples": true, "Deprecated": true}

// ruler builds rules, one for each schema.
type ruler map[*jsonschema.Schema]*rule

func (r ruler) rule(s *jsonschema.Schema) *rule {
	if s == nil {
		return nil
	}
	if known := r[s]; known != nil {
		return known
	}
	n := &rule{format: nil, maxLength: unbounded, maxItems: unbounded, minimum: -unbounded, maximum: unbounded, unsure: strange(s)}
	r[s] = n // before its parts, which may refer to it
	n.never = s.Bool != nil && !*s.Bool
	n.ref, n.items, n.contains = r.rule(s.Ref), r.rule(s.Items2020), r.rule(s.Contains)
	n.all, n.any = r.rules(s.AllOf), r.rules(s.AnyOf)
	n.cond, n.then, n.els = r.rule(s.If), r.rule(s.Then), r.rule(s.Else)
	n.required, n.dependent, n.unique = s.Required, s.DependentRequired, s.UniqueItems
	if s.Format != nil {
		n.format = s.Format.Validate
	}
	n.values(s)
	n.bounds(s)
	if s.Properties != nil {
		n.props = make(map[string]*rule, len(s.Properties))
		for name, p := range s.Properties {
			n.props[name] = r.rule(p)
		}
	}
	switch extra := s.AdditionalProperties.(type) {
	case nil:
	case bool:
		n.closed = !extra
	default:
		n.unsure = true
	}
	if n.cond != nil && !n.cond.exact(nil) {
		n.unsure = true
	}
	return n
}

// exact holds if a no of this rule is as certain as its yes. A condition must be
// exact: its no decides which branch counts.
func (n *rule) exact(above []*rule) bool {
	if n == nil {
		return true
	}
	if slices.Contains(above, n) || n.unsure || n.types != nil || n.format != nil || n.unique || n.minimum != -unbounded || n.maximum != unbounded {
		return false
	}
	above = append(slices.Clip(above), n)
	for _, part := range slices.Concat([]*rule{n.ref, n.items, n.contains, n.cond, n.then, n.els}, n.all, n.any, slices.Collect(maps.Values(n.props))) {
		if !part.exact(above) {
			return false
		}
	}
	return true
}

func (r ruler) rules(list []*jsonschema.Schema) []*rule {
	var out []*rule
	for _, s := range list {
		out = append(out, r.rule(s))
	}
	return out
}

// values takes over type, const and enum, as far as they are about strings and booleans.
func (n *rule) values(s *jsonschema.Schema) {
	if s.Types != nil {
		n.types = s.Types.ToStrings()
	}
	if s.Const != nil {
		switch c := (*s.Const).(type) {
		case string, bool:
			n.constant = c
		default:
			n.unsure = true
		}
	}
	if s.Enum != nil {
		n.enum = map[string]bool{}
		for _, v := range s.Enum.Values {
			if code, ok := v.(string); ok {
				n.enum[code] = true
			} else {
				n.unsure = true
			}
		}
	}
}

func (n *rule) bounds(s *jsonschema.Schema) {
	take := func(to *int, from *int) {
		if from != nil {
			*to = *from
		}
	}
	take(&n.minLength, s.MinLength)
	take(&n.maxLength, s.MaxLength)
	take(&n.minItems, s.MinItems)
	take(&n.maxItems, s.MaxItems)
	take(&n.minProps, s.MinProperties)
	whole := func(to *int64, from *big.Rat) {
		switch {
		case from == nil:
		case from.IsInt() && from.Num().IsInt64():
			*to = from.Num().Int64()
		default:
			n.unsure = true
		}
	}
	whole(&n.minimum, s.Minimum)
	whole(&n.maximum, s.Maximum)
}

// foreign lists the fields of a compiled schema that rule does not know.
var foreign = sync.OnceValue(func() (list []int) {
	t := reflect.TypeFor[jsonschema.Schema]()
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() && !ruled[f.Name] {
			list = append(list, i)
		}
	}
	return list
})

// strange holds if a schema uses a keyword that rule does not know.
func strange(s *jsonschema.Schema) bool {
	v := reflect.ValueOf(s).Elem()
	return slices.ContainsFunc(foreign(), func(i int) bool { return !v.Field(i).IsZero() })
}

// accepts says yes only if the validator would.
func (n *rule) accepts(v any) bool {
	if n.unsure || n.never || (n.types != nil && !n.typed(v)) || (n.constant != nil && n.constant != v) {
		return false
	}
	if n.format != nil && n.format(v) != nil || n.ref != nil && !n.ref.accepts(v) {
		return false
	}
	switch v := v.(type) {
	case string:
		if !n.acceptsString(v) {
			return false
		}
	case map[string]any:
		if n.enum != nil || !n.acceptsObject(v) {
			return false
		}
	case []any:
		if n.enum != nil || !n.acceptsArray(v) {
			return false
		}
	case int64:
		if n.enum != nil || v < n.minimum || v > n.maximum {
			return false
		}
	case bool:
		if n.enum != nil {
			return false
		}
	default: // null and fractions
		if n.types != nil || n.enum != nil || n.minimum != -unbounded || n.maximum != unbounded {
			return false // let the validator judge
		}
	}
	return n.acceptsAlso(v)
}

func (n *rule) typed(v any) bool {
	kind := ""
	switch v.(type) {
	case string:
		kind = "string"
	case map[string]any:
		kind = "object"
	case []any:
		kind = "array"
	case int64:
		kind = "integer"
	case bool:
		kind = "boolean"
	}
	for _, t := range n.types {
		if t == kind || (t == "number" && kind == "integer") {
			return true
		}
	}
	return false
}

func (n *rule) acceptsString(s string) bool {
	if n.enum != nil && !n.enum[s] {
		return false
	}
	if n.minLength == 0 && len(s) <= n.maxLength {
		return true
	}
	length := utf8.RuneCountInString(s)
	return length >= n.minLength && length <= n.maxLength
}

func (n *rule) acceptsObject(m map[string]any) bool {
	if len(m) < n.minProps || !has(m, n.required) {
		return false
	}
	for name, names := range n.dependent {
		if _, ok := m[name]; ok && !has(m, names) {
			return false
		}
	}
	if !n.closed {
		for name, p := range n.props { // a condition names few of many members
			if v, ok := m[name]; ok && !p.accepts(v) {
				return false
			}
		}
		return true
	}
	for name, v := range m {
		if p := n.props[name]; p == nil || !p.accepts(v) {
			return false
		}
	}
	return true
}

func has(m map[string]any, names []string) bool {
	for _, name := range names {
		if _, ok := m[name]; !ok {
			return false
		}
	}
	return true
}

func (n *rule) acceptsArray(list []any) bool {
	if len(list) < n.minItems || len(list) > n.maxItems || (n.unique && !distinct(list)) {
		return false
	}
	found := n.contains == nil
	for _, v := range list {
		if n.items != nil && !n.items.accepts(v) {
			return false
		}
		found = found || n.contains.accepts(v)
	}
	return found
}

// distinct holds for short lists of different strings; of others it does not know.
func distinct(list []any) bool {
	if len(list) > 64 {
		return false
	}
	for i, v := range list {
		s, ok := v.(string)
		if !ok {
			return false
		}
		for _, w := range list[:i] {
			if w == any(s) {
				return false
			}
		}
	}
	return true
}

// acceptsAlso holds v to the schemas that apply beside n's own keywords.
func (n *rule) acceptsAlso(v any) bool {
	for _, r := range n.all {
		if !r.accepts(v) {
			return false
		}
	}
	if n.any != nil {
		ok := false
		for _, r := range n.any {
			ok = ok || r.accepts(v)
		}
		if !ok {
			return false
		}
	}
	if n.cond == nil {
		return true
	}
	branch := n.els
	if n.cond.accepts(v) {
		branch = n.then
	}
	return branch == nil || branch.accepts(v)
}
