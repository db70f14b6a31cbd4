package content_test

import (
	"strings"
	"testing"
	"testing/fstest"
)

// The smallest roadmap with everything in it. The tests count lines here.
const (
	roadmapFile = `title: Bread
plain-http:
  - http://plain.example/
aliases:
  old-one: one
  old-one-salt: one-salt
`
	stageFile = `---
id: first
title: First
topics:
  - one
  - two
---

## In the roadmap

Bread: flour, **water**.

## Introduction

After this stage you can bake.

- flour
- water

## Project

Bake a loaf.

## Done when

- [ ] It has a crust
- [ ] It is ` + "`warm`" + `
`
	oneFile = `---
id: one
title: One
hours: 1.5
named: true
links:
  - title: Bread
    url: https://bread.example/
    kind: book
    cost: free
    level: beginner
    primary: true
---

## Lesson

Salt slows the yeast.

` + "```sql postgres fails" + `
SELECT salt;

SELECT more;
` + "```" + `

## Why it matters at work

Bakers wait.

## Exercise

3. Weigh it
4. Bake it

## How to check it

It smells.

## Quiz

### Why salt? {#one-salt .why}

- [x] It slows the yeast
- [ ] It feeds the yeast
- [ ] It dries the yeast
- [ ] It kills the yeast

> Salt draws water.
`
	twoFile = `---
id: two
title: Two
minutes: 30
requires:
  - one
links: [{title: Dough, url: https://dough.example/, kind: docs, cost: paid, level: advanced, primary: true}]
---

## Lesson

Wait for the dough.

## Why it matters at work

Yeast works.

## Exercise

Look at a clock.

## How to check it

It rings.

## Quiz

### How long? {#two-time}

- [x] An hour
- [ ] A minute
- [ ] A week
- [ ] A year

> Yeast is slow.
`
)

func bread() fstest.MapFS {
	dir := fstest.MapFS{}
	write(dir, "roadmap.yaml", roadmapFile)
	write(dir, "01-first/stage.md", stageFile)
	write(dir, "01-first/one.md", oneFile)
	write(dir, "01-first/two.md", twoFile)
	return dir
}

func write(dir fstest.MapFS, name, text string) {
	dir[name] = &fstest.MapFile{Data: []byte(text), Mode: 0o600}
}

// edit changes one file of a roadmap; old must be in it once.
func edit(t *testing.T, dir fstest.MapFS, name, old, text string) {
	t.Helper()
	before := string(dir[name].Data)
	if n := strings.Count(before, old); n != 1 {
		t.Fatalf("%q is %d times in %s", old, n, name)
	}
	write(dir, name, strings.Replace(before, old, text, 1))
}
