package main

import (
	"context"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"
)

// versionJSON says exactly which program this is.
type versionJSON struct {
	Version string `json:"version"`
	Commit  string `json:"commit,omitempty"`
	Changed bool   `json:"changed,omitempty"` // built from a tree with uncommitted changes
	Go      string `json:"go"`
	System  string `json:"system"`
}

func (c *cli) versionCommand() *cobra.Command {
	return c.verb("version", "Say which program this is.", "comity version --json", func(context.Context, []string) error {
		v := version()
		return c.print(v, func(w io.Writer) {
			fmt.Fprintf(w, "comity %s", v.Version)
			if v.Commit != "" {
				fmt.Fprintf(w, " commit %.12s", v.Commit)
			}
			if v.Changed {
				fmt.Fprint(w, " with changes")
			}
			fmt.Fprintf(w, " %s %s\n", v.Go, v.System)
		})
	})
}

func version() versionJSON {
	v := versionJSON{Version: "unknown", Go: runtime.Version(), System: runtime.GOOS + "/" + runtime.GOARCH}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	v.Version = info.Main.Version
	for _, s := range info.Settings {
		switch s.Key {
		case "vcs.revision":
			v.Commit = s.Value
		case "vcs.modified":
			v.Changed = s.Value == "true"
		}
	}
	return v
}
