package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"

	"roadmapbot/bot"
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
	r, err := c.load()
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

func (c *contentCheckCmd) load() (*content.Roadmap, error) {
	if c.Dir != "" {
		return loadContent(c.Dir)
	}
	r, err := content.Default()
	if err != nil {
		return nil, err
	}
	return r, bot.CheckReplies(r)
}

// loadContent reads a folder and checks it whole, replies included.
func loadContent(dir string) (*content.Roadmap, error) {
	info, err := os.Stat(dir)
	if err != nil {
		return nil, fmt.Errorf("the content folder: %w", err)
	}
	if !info.IsDir() {
		return nil, fmt.Errorf("the content folder %s is not a folder", dir)
	}
	files := os.DirFS(dir)
	if _, err := fs.Stat(files, "roadmap.yaml"); errors.Is(err, fs.ErrNotExist) {
		// Some other folder: every folder in it would be told to be a faulty stage.
		hint := ""
		if below, err := fs.Glob(files, "*/roadmap.yaml"); err == nil && len(below) > 0 {
			hint = fmt.Sprintf(" (did you mean %s?)", filepath.Join(dir, path.Dir(below[0])))
		}
		return nil, fmt.Errorf("there is no roadmap.yaml in %s; the folder of a roadmap holds one%s", dir, hint)
	}
	r, err := content.Load(files)
	if err != nil {
		return nil, fmt.Errorf("the content in %s has faults:\n%w", dir, err)
	}
	if err := bot.CheckReplies(r); err != nil {
		return nil, fmt.Errorf("the content in %s makes replies that a platform can't show:\n%w", dir, err)
	}
	return r, nil
}
