package main

import (
	"fmt"
	"runtime/debug"
)

type versionCmd struct{}

// Run prints the module's version and, where it is known, the commit.
func (versionCmd) Run(s streams) error {
	_, err := fmt.Fprintln(s.out, "roadmapbot", version())
	return err
}

func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown"
	}
	v := info.Main.Version
	for _, setting := range info.Settings {
		if setting.Key == "vcs.revision" {
			v += " " + setting.Value
		}
	}
	return v + " " + info.GoVersion
}
