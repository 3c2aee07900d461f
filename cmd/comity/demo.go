package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"github.com/comity-exchange/comity/cmd/comity/demo"
	"github.com/comity-exchange/comity/schema"
)

func (c *cli) demoCommand() *cobra.Command {
	var keep string
	cmd := c.verb("demo", "Run three jurisdictions on this machine, two of them answering by themselves.", "comity demo\ncomity demo --keep demo-data",
		func(ctx context.Context, _ []string) error { return c.demo(ctx, keep) })
	cmd.Long = "Run three jurisdictions in one process: real keys, real pouches, real databases, real policy files.\n" +
		"The keys are thrown away at the end. NOT FOR REAL DATA."
	cmd.Flags().StringVar(&keep, "keep", "", "keep the data in this empty `directory`; without it a temporary one is deleted on exit")
	return cmd
}

func (c *cli) demo(ctx context.Context, keep string) error {
	if keep != "" {
		if err := emptyDir(keep); err != nil {
			return err
		}
	}
	log := zerolog.New(c.err).Level(zerolog.ErrorLevel).With().Timestamp().Logger()
	d, err := demo.Open(ctx, keep, version().Version, log)
	if err != nil {
		return err
	}
	defer func() {
		end, cancel := context.WithTimeout(context.WithoutCancel(ctx), closing)
		defer cancel()
		d.Close(end)
	}()
	if err := c.showDemo(d); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// demoJSON is the one line that a test waits for.
type demoJSON struct {
	ReadyMS int64       `json:"ready_ms"`
	Nodes   []demo.Node `json:"nodes"`
	Sample  string      `json:"sample"`
	Dir     string      `json:"dir"`
}

func (c *cli) showDemo(d *demo.Demo) error {
	shown := slices.Clone(d.Nodes)
	if !c.json && !terminal(c.out) {
		if err := hideLinks(shown); err != nil {
			return err
		}
	}
	return c.print(demoJSON{d.Ready.Milliseconds(), shown, d.Sample, d.Dir}, func(w io.Writer) { welcome(w, d, shown) })
}

// hideLinks puts the login links into files that only their owner reads: what is
// not a terminal may be a log.
func hideLinks(nodes []demo.Node) error {
	for i := range nodes {
		n := &nodes[i]
		for name, link := range map[string]*string{"login.url": &n.Login, "second.url": &n.Second} {
			if *link == "" {
				continue
			}
			path := filepath.Join(n.Dir, name)
			if err := os.WriteFile(path, []byte(*link+"\n"), 0o600); err != nil {
				return err
			}
			*link = "link in " + path
		}
	}
	return nil
}

func welcome(w io.Writer, d *demo.Demo, nodes []demo.Node) {
	fmt.Fprintf(w, "Comity demo: three jurisdictions on this machine. Throw-away keys. NOT FOR REAL DATA.   ready in %.1f s\n", d.Ready.Round(100*time.Millisecond).Seconds())
	for _, n := range nodes {
		does := n.Robot
		if does == "" {
			does = "you: officer, approver and operator"
		}
		fmt.Fprintf(w, "  %s  %-12s %s    %s\n", n.Code, n.Name, n.Login, does)
		if n.Second != "" {
			fmt.Fprintf(w, "  %s  %-12s %s    a second officer, who may release what you wrote\n", n.Code, "", n.Second)
		}
	}
	own := d.Nodes[0].Dir
	fmt.Fprintf(w, "Try, in another terminal:\n"+
		"  export COMITY_NODE=%s\n"+
		"  comity message list --box out\n"+
		"  comity message send %s --to NL\n"+
		"  comity policy explain --to NL --type mla.request --category id.name,bio.fingerprint    denied, and why\n"+
		"  comity journal verify\n", own, d.Sample)
	where := "deleted on exit (--keep DIR keeps it)"
	if !strings.Contains(d.Dir, "comity-demo-") {
		where = "kept"
	}
	fmt.Fprintf(w, "Data in %s, %s. Ctrl-C stops.\n", d.Dir, where)
}

// emptyDir makes a directory that must be empty or not exist.
func emptyDir(path string) error {
	if left, err := os.ReadDir(path); err == nil && len(left) > 0 {
		return &schema.Problem{Kind: schema.Conflict, Code: "dir_not_empty", Detail: "The directory " + path + " is not empty.", Fix: "Name an empty one after --keep."}
	}
	return os.MkdirAll(path, 0o700)
}
