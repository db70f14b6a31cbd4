package main

import ("fmt";"os";"roadmapbot/content")

func main() {
	r, err := content.Load(os.DirFS(os.Args[3]))
	if err != nil { fmt.Println(err); os.Exit(1) }
	n, q := 0, 0
	for t := range r.Topics() { n++; q += len(t.Items) }
	fmt.Println("ok", n, "topics", q, "items")
}
