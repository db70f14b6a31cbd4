package main

import (
	"fmt"

	"roadmapbot/content"
)

type contentCmd struct {
	Check contentCheckCmd `cmd:"" help:"Check a roadmap's files; every fault with its file and line."`
}

type contentCheckCmd struct {
	Dir string `arg:"" optional:"" help:"The roadmap's folder; the one inside the program if none is given."`
}

// Run prints the faults, or what is there.
func (c *contentCheckCmd) Run(s streams) error {
	load := content.Default
	if c.Dir != "" {
		load = func() (*content.Roadmap, error) { return loadContent(c.Dir) }
	}
	r, err := load()
	if err != nil {
		return err
	}
	topics, items, links, minutes := 0, 0, 0, 0
	for t := range r.Topics() {
		topics++
		items += len(t.Items)
		links += len(t.Links)
		minutes += t.Minutes
	}
	_, err = fmt.Fprintf(s.out, "%s: no faults in %d stages, %d topics (%d h), %d quiz items, %d links\n",
		r.Title, len(r.Stages), topics, minutes/60, items, links)
	return err
}
