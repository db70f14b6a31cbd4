package terminal

import "roadmapbot/bot"

// Render writes a reply as a screen shows it.
func Render(r bot.Reply, width int, color bool) string { return style{width, color}.render(r) }
