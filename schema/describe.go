package schema

// Property is one field of a type's body as people read about it.
type Property struct {
	Pointer  string `json:"pointer"` // "*" stands for an index
	Depth    int    `json:"depth"`   // nesting level, 0 at the top of body
	Label    string `json:"label"`   // in the reader's language
	Form     string `json:"form"`    // "group", a format of SCHEMA.md, "code of <list>", "yes or no", "number", "yes"
	Many     bool   `json:"many,omitempty"`
	Required bool   `json:"required,omitempty"` // always; a rule of the type may ask for more
	Category string `json:"category"`           // data category, "case.meta" for what only describes the exchange
}

// Describe lists the fields of a type in the order of its schema. The problem is unknown_type.
func (c *Catalogue) Describe(name, lang string) ([]Property, error) {
	t, err := c.Type(name)
	if err != nil {
		return nil, err
	}
	d := description{catalogue: c, lang: lang}
	d.members(t.shape.find("body"), "/body", 0)
	return d.list, nil
}

type description struct {
	catalogue *Catalogue
	lang      string
	list      []Property
}

func (d *description) members(n *node, pointer string, depth int) {
	for _, p := range n.props {
		d.property(p, pointer+"/"+p.name, depth)
	}
}

func (d *description) property(n *node, pointer string, depth int) {
	p := Property{Pointer: pointer, Depth: depth, Label: d.catalogue.field(d.lang, n.label), Required: n.required, Many: n.items != nil, Category: n.category}
	for n.items != nil {
		n, pointer = n.items, pointer+"/*"
	}
	if p.Form = n.form(); n.category != "" && p.Category == "" {
		p.Category = n.category
	}
	d.list = append(d.list, p)
	d.members(n, pointer, depth+1)
}

// form says in words what may stand in a field.
func (n *node) form() string {
	switch {
	case len(n.props) > 0:
		return "group"
	case n.list != "":
		return "code of " + n.list
	case n.format != "":
		return n.format
	}
	switch n.kind {
	case "boolean":
		return "yes or no"
	case "integer", "number":
		return "number"
	case "":
		return "yes" // a constant: what is declared or not said at all
	}
	return n.kind
}
