module roadmapbot

go 1.26

require (
	github.com/agnivade/levenshtein v1.2.2
	github.com/gorilla/websocket v1.5.3
	github.com/yuin/goldmark v1.8.7
	go.yaml.in/yaml/v3 v3.0.6
)

require github.com/slack-go/slack v0.35.0 // indirect
