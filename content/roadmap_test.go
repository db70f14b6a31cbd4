package content_test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"roadmapbot/content"
)

// seed is the list that learners start from, in its order and words: titles of
// stages, and the names that it gives in each.
var seed = []struct {
	title  string
	topics int
	names  []string
}{
	{"Programming Languages", 9, []string{"Python", "Ruby", "Java"}},
	{"Frameworks", 9, []string{"Flask", "Express.js", "Laravel"}},
	{"Databases", 9, []string{"MySQL", "PostgreSQL", "MongoDB", "Firebase"}},
	{"APIs", 9, []string{"REST", "GraphQL", "gRPC"}},
	{"Version Control", 8, []string{"Git", "GitHub", "GitLab", "Bitbucket"}},
	{"Testing", 8, []string{"unit", "integration", "functional"}},
	{"Caching", 7, []string{"CDN", "browser cache", "Redis", "Memcached"}},
	{"Containerization", 8, []string{"Docker", "container"}},
	{"Soft Skills", 9, []string{"communication", "problem solving", "teamwork"}},
	// The list says no more than "architectural patterns" here: these are what
	// the words are commonly taken for.
	{"Architectural Patterns", 9, []string{
		"MVC", "monolith", "hexagonal", "microservices", "event-driven", "CQRS", "event sourcing", "serverless",
	}},
}

func embedded(t *testing.T) *content.Roadmap {
	t.Helper()
	r, err := content.Default()
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRoadmapStages(t *testing.T) {
	t.Parallel()
	r := embedded(t)
	if len(r.Stages) != len(seed) {
		t.Fatalf("%d stages, want %d", len(r.Stages), len(seed))
	}
	all := 0
	for i, s := range r.Stages {
		want := seed[i]
		if s.Number != i+1 || s.Title != want.title {
			t.Errorf("stage %d is %q, want %d %q", s.Number, s.Title, i+1, want.title)
		}
		if len(s.Topics) != want.topics {
			t.Errorf("stage %q has %d topics, want %d", s.Title, len(s.Topics), want.topics)
		}
		all += len(s.Topics)
		if len(s.Words) == 0 || len(s.Intro) == 0 || len(s.Project) == 0 || len(s.Criteria) < 4 {
			t.Errorf("stage %q lacks words, introduction, project or four criteria", s.Title)
		}
	}
	if all != 85 {
		t.Errorf("%d topics, want 85", all)
	}
}

// What the list names is a topic of that name, marked as named; and the stage
// begins with the list's own words.
func TestRoadmapNames(t *testing.T) {
	t.Parallel()
	for i, s := range embedded(t).Stages {
		for _, name := range seed[i].names {
			if i+1 < len(seed) && !says(prose(s.Words), name) {
				t.Errorf("stage %q: the roadmap's words don't say %q", s.Title, name)
			}
			if !slices.ContainsFunc(s.Topics, func(topic *content.Topic) bool {
				return topic.Named && says(topic.Title, name)
			}) {
				t.Errorf("stage %q has no named topic with %q in its title", s.Title, name)
			}
		}
		if !says(prose(s.Words), s.Title) {
			t.Errorf("stage %q: the roadmap's words don't say its title", s.Title)
		}
	}
}

// says tells whether a text has a name as whole words, in one number or many:
// JavaScript does not say Java.
func says(text, name string) bool {
	plain := func(s string) string { return strings.ReplaceAll(s, "-", " ") }
	return regexp.MustCompile(`(?i)(^|\W)` + regexp.QuoteMeta(plain(name)) + `s?(\W|$)`).MatchString(plain(text))
}

func TestRoadmapTopics(t *testing.T) {
	t.Parallel()
	r := embedded(t)
	promises(t, r)
	for topic := range r.Topics() {
		t.Run(topic.ID, func(t *testing.T) {
			t.Parallel()
			for name, section := range map[string]content.Section{
				"lesson": topic.Lesson, "why": topic.Why, "exercise": topic.Exercise, "check": topic.Check,
			} {
				if strings.TrimSpace(prose(section)) == "" {
					t.Errorf("the %s says nothing", name)
				}
			}
			if words := len(strings.Fields(prose(topic.Lesson))); words < 40 {
				t.Errorf("the lesson has only %d words", words)
			}
			thinking := 0
			for _, item := range topic.Items {
				if item.Kind != "recall" {
					thinking++
				}
			}
			if len(topic.Items) < 4 || len(topic.Items) > 6 || thinking < 2 || 2*thinking < len(topic.Items) {
				t.Errorf("%d quiz items, %d of them apply or why: want 4 to 6, at least two and half of them", len(topic.Items), thinking)
			}
			if len(topic.Links) == 0 || len(topic.Links) > 5 || !topic.Links[0].Primary {
				t.Errorf("%d links: want 1 to 5, the primary one first", len(topic.Links))
			}
		})
	}
}

// prose is a section's words, code aside.
func prose(s content.Section) string {
	var parts []string
	for _, block := range s {
		switch b := block.(type) {
		case content.Text:
			parts = append(parts, string(b))
		case content.List:
			parts = append(parts, b.Items...)
		}
	}
	return strings.Join(parts, "\n")
}
