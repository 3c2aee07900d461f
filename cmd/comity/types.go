package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/schema"
)

func (c *cli) typesCommand() *cobra.Command {
	return c.group("types", "The message types that this program knows. No node is needed.",
		c.verb("list", "List the types.", "comity types list", func(context.Context, []string) error { return c.typesList() }),
		c.typesShowCommand(),
		c.typesValidateCommand(),
		c.typesExampleCommand(),
		c.typesImportCommand(),
		c.typesExportCommand())
}

// typeJSON is one message type as data.
type typeJSON struct {
	Name        string   `json:"name"`
	Version     int      `json:"version"`
	Title       string   `json:"title"`
	LegalEffect string   `json:"legal_effect"`
	Replies     []string `json:"replies"`
}

func typeData(t *schema.Type, lang string) typeJSON {
	return typeJSON{t.Name, t.Version, t.Title[lang], t.LegalEffect[lang], append([]string{}, t.Replies...)}
}

func (c *cli) typesList() error {
	catalogue, err := schema.Load()
	if err != nil {
		return err
	}
	var items []typeJSON
	var rows [][]string
	for _, t := range catalogue.Types() {
		items = append(items, typeData(t, "en"))
		rows = append(rows, []string{t.Name, strconv.Itoa(t.Version), t.Title["en"]})
	}
	return c.print(list(items), func(w io.Writer) { table(w, "TYPE VERSION TITLE", rows) })
}

func findType(name string) (*schema.Type, error) {
	catalogue, err := schema.Load()
	if err != nil {
		return nil, err
	}
	return catalogue.Type(name)
}

func (c *cli) typesShowCommand() *cobra.Command {
	var whole bool
	var lang string
	cmd := c.verb("show NAME", "Show a type: what it means, what may answer it, its fields.", "comity types show mla.request --lang fr",
		func(_ context.Context, args []string) error { return c.typesShow(args[0], lang, whole) })
	cmd.Flags().BoolVar(&whole, "schema", false, "print its JSON Schema instead")
	cmd.Flags().StringVar(&lang, "lang", "en", "the `language` of titles and labels")
	return cmd
}

// typeShown is a type with its fields.
type typeShown struct {
	typeJSON
	Fields []schema.Property `json:"fields"`
}

func (c *cli) typesShow(name, lang string, whole bool) error {
	catalogue, err := schema.Load()
	if err != nil {
		return err
	}
	t, err := catalogue.Type(name)
	if err != nil {
		return err
	}
	if whole {
		_, err := c.out.Write(t.Schema)
		return err
	}
	if t.Title[lang] == "" {
		return &schema.Problem{Kind: schema.Invalid, Code: codeUsage, Detail: "There are no labels in " + safe(lang) + ".",
			Fix: "Use one of: " + strings.Join(catalogue.Languages(), ", ") + "."}
	}
	shown := typeShown{typeData(t, lang), nil}
	if shown.Fields, err = catalogue.Describe(name, lang); err != nil {
		return err
	}
	return c.print(shown, func(w io.Writer) { printType(w, &shown) })
}

func printType(w io.Writer, t *typeShown) {
	table(w, "", [][]string{{"type", t.Name + " version " + strconv.Itoa(t.Version)}, {"title", t.Title},
		{"effect", t.LegalEffect}, {"replies", dash(strings.Join(t.Replies, " "))}})
	fmt.Fprintln(w)
	var rows [][]string
	for _, p := range t.Fields {
		name, form, needed := p.Pointer[strings.LastIndexByte(p.Pointer, '/')+1:], p.Form, ""
		if p.Many {
			form = "list of " + form
		}
		if p.Required {
			needed = "required"
		}
		rows = append(rows, []string{strings.Repeat("  ", p.Depth) + name, form, needed, dash(p.Category), p.Label})
	}
	table(w, "FIELD FORM NEEDED CATEGORY LABEL", rows)
}

func (c *cli) typesExampleCommand() *cobra.Command {
	var file string
	cmd := c.verb("example NAME", "Print a complete message of a type.", "comity types example mla.request -o request.json",
		func(_ context.Context, args []string) error { return c.typesExample(args[0], file) })
	cmd.Flags().StringVarP(&file, "output", "o", "", "the `file` to write (default: stdout)")
	return cmd
}

func (c *cli) typesExample(name, file string) error {
	t, err := findType(name)
	if err != nil {
		return err
	}
	return c.export(file, t.Example)
}

// validJSON is what can be said of a valid message without a node.
type validJSON struct {
	Type       string           `json:"type"`
	Categories []string         `json:"categories"`
	Findings   []schema.Finding `json:"findings"`
}

func (c *cli) typesValidateCommand() *cobra.Command {
	var lang string
	cmd := c.verb("validate FILE", "Check a message against its type.", "comity types validate request.json --lang fr",
		func(_ context.Context, args []string) error { return c.typesValidate(args[0], lang) })
	cmd.Flags().StringVar(&lang, "lang", "en", "the `language` of what is found")
	return cmd
}

func (c *cli) typesValidate(file, lang string) error {
	raw, err := c.readFile(file)
	if err != nil {
		return err
	}
	catalogue, err := schema.Load()
	if err != nil {
		return err
	}
	m, err := readMessage(catalogue, raw, c.now())
	if err != nil {
		return findings(catalogue.Localise(asProblem(err), lang))
	}
	data := validJSON{m.Type, categories(m.Findings), m.Findings}
	return c.print(data, func(w io.Writer) {
		fmt.Fprintf(w, "ok  %s  categories: %s\n", m.Type, strings.Join(data.Categories, " "))
	})
}

// readMessage reads a message as a node would. What an agency may leave out is
// filled with stand-ins: AA is a code that ISO 3166 never gives to a state.
func readMessage(catalogue *schema.Catalogue, raw []byte, now time.Time) (*schema.Message, error) {
	whole, _, err := catalogue.Complete(raw, schema.Draft{ID: schema.NewID(), From: "AA", To: "AA", Created: now.UTC().Truncate(time.Second)})
	if err != nil {
		return nil, err
	}
	return catalogue.Read(whole)
}

// findings says that a check was done and found faults: exit code 10.
func findings(err error) error {
	p := *asProblem(err)
	switch p.Kind {
	case schema.Invalid, schema.NotFound, schema.TooLarge:
		return &schema.Problem{Kind: schema.Invalid, Code: codeFindings, Detail: "The check found faults.", Fix: "Mend them and check again.", Errors: flatten(p)}
	}
	return err
}

// flatten gives a problem's own parts, or the problem itself if it has none.
func flatten(p schema.Problem) []schema.Problem {
	if len(p.Errors) > 0 {
		return p.Errors
	}
	return []schema.Problem{p}
}

// categories present in a message, each once.
func categories(found []schema.Finding) []string {
	names := []string{}
	for _, f := range found {
		names = append(names, f.Category)
	}
	slices.Sort(names)
	return slices.Compact(names)
}
