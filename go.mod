module roadmapbot

go 1.26
