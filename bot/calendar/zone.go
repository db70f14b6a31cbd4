package calendar

import (
	_ "embed"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"
	_ "time/tzdata" // the zones are in the binary: the host may have none, or old ones
	"unicode/utf8"

	"github.com/agnivade/levenshtein"
)

// zones.txt lists every zone name of the embedded data; a test keeps it so.
//
//go:embed zones.txt
var zoneList string

// cities.txt names zones by cities and countries that no zone is called after.
//
//go:embed cities.txt
var cityList string

type zoneName struct {
	zone string
	key  string // folded, what a person may type
}

var (
	zones = sync.OnceValue(func() []string { return strings.Fields(zoneList) })
	names = sync.OnceValue(loadNames)
	cache sync.Map // zone name to *time.Location
)

// Zones lists the IANA zone names of the embedded data, sorted.
func Zones() []string { return slices.Clone(zones()) }

// Zone loads a zone by its exact IANA name, once: the standard library reads and
// keeps it anew at every call. "Local" and the empty name are no zones.
func Zone(name string) (*time.Location, error) {
	if loc, ok := cache.Load(name); ok {
		return loc.(*time.Location), nil
	}
	if _, ok := slices.BinarySearch(zones(), name); !ok {
		return nil, fmt.Errorf("no time zone is called %q", name)
	}
	loc, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("load time zone %q: %w", name, err)
	}
	cache.Store(name, loc)
	return loc, nil
}

// directions are zones' last names that name no place by themselves: Brazil/East.
var directions = map[string]bool{"East": true, "West": true, "North": true, "South": true, "General": true, "Center": true}

func loadNames() []zoneName {
	var all []zoneName
	for _, z := range zones() {
		all = append(all, zoneName{z, fold(z)})
		if area, city, ok := strings.Cut(z, "/"); ok && area != "Etc" && area != "SystemV" {
			if !directions[city] {
				all = append(all, zoneName{z, fold(city)})
			}
			if _, last, ok := strings.Cut(city, "/"); ok && !directions[last] {
				all = append(all, zoneName{z, fold(last)})
			}
		}
	}
	for line := range strings.Lines(cityList) {
		zone, cities, _ := strings.Cut(strings.TrimSpace(line), ": ")
		for city := range strings.SplitSeq(cities, ", ") {
			all = append(all, zoneName{zone, fold(city)})
		}
	}
	return all
}

// fold makes "New York", "new_york" and "NEW-YORK" the same.
func fold(s string) string {
	s = strings.ToLower(strings.Join(strings.Fields(s), " "))
	return strings.Map(func(r rune) rune {
		switch r {
		case '_', '-', ' ', '.', ',', '\'':
			return -1
		}
		return r
	}, s)
}

// offsetForm is a distance from Greenwich: UTC+2, GMT-03:00, +5:30.
var offsetForm = regexp.MustCompile(`^(?:utc|gmt)?([+-])0?(\d{1,2})(?::?(00|15|30|45))?$`)

// uneven are zones by their distance where that is no whole hour.
var uneven = map[string][]string{
	"-9:30": {"Pacific/Marquesas"}, "-3:30": {"America/St_Johns"}, "+3:30": {"Asia/Tehran"}, "+4:30": {"Asia/Kabul"}, "+5:30": {"Asia/Kolkata", "Asia/Colombo"},
	"+5:45": {"Asia/Kathmandu"}, "+6:30": {"Asia/Yangon"}, "+8:45": {"Australia/Eucla"}, "+9:30": {"Australia/Adelaide", "Australia/Darwin"},
	"+10:30": {"Australia/Lord_Howe"}, "+12:45": {"Pacific/Chatham"},
}

// short are the letters and words that people call their zones by. The zones of some of these
// names have no summer time, and some letters mean several, so they are only offered.
var short = map[string][]string{
	"est": {"America/New_York"}, "edt": {"America/New_York"}, "et": {"America/New_York"}, "cst": {"America/Chicago", "Asia/Shanghai"}, "cdt": {"America/Chicago"},
	"ct": {"America/Chicago"}, "mst": {"America/Denver"}, "mdt": {"America/Denver"}, "mt": {"America/Denver"}, "pst": {"America/Los_Angeles"},
	"pdt": {"America/Los_Angeles"}, "pt": {"America/Los_Angeles"}, "ist": {"Asia/Kolkata", "Asia/Jerusalem", "Europe/Dublin"}, "bst": {"Europe/London", "Asia/Dhaka"},
	"brt": {"America/Sao_Paulo"}, "art": {"America/Argentina/Buenos_Aires"}, "wat": {"Africa/Lagos"}, "cat": {"Africa/Maputo"}, "eat": {"Africa/Nairobi"},
	"sast": {"Africa/Johannesburg"}, "msk": {"Europe/Moscow"}, "pkt": {"Asia/Karachi"}, "npt": {"Asia/Kathmandu"}, "ict": {"Asia/Bangkok"}, "wib": {"Asia/Jakarta"},
	"pht": {"Asia/Manila"}, "sgt": {"Asia/Singapore"}, "hkt": {"Asia/Hong_Kong"}, "jst": {"Asia/Tokyo"}, "kst": {"Asia/Seoul"}, "awst": {"Australia/Perth"},
	"eastern": {"America/New_York"}, "easterntime": {"America/New_York"}, "central": {"America/Chicago"}, "centraltime": {"America/Chicago"},
	"mountain": {"America/Denver"}, "mountaintime": {"America/Denver"}, "pacific": {"America/Los_Angeles"}, "pacifictime": {"America/Los_Angeles"},
	"cest": {"Europe/Berlin", "Europe/Paris", "Europe/Madrid"}, "eest": {"Europe/Athens", "Europe/Helsinki", "Europe/Bucharest"},
	"aest": {"Australia/Sydney", "Australia/Brisbane"}, "aedt": {"Australia/Sydney"}, "nzst": {"Pacific/Auckland"}, "nzdt": {"Pacific/Auckland"},
}

// Abbreviated tells whether somebody calls a zone by letters or words for it, such as
// EST or Pacific time, or by its distance from Greenwich.
func Abbreviated(typed string) bool {
	_, ok := short[fold(typed)]
	return ok || offsetForm.MatchString(strings.ReplaceAll(strings.ToLower(typed), " ", ""))
}

// FindZone understands what a person calls their zone: an IANA name in any case,
// a city, or something near. It returns the zone if there is no doubt; otherwise
// at most limit suggestions, the likeliest first.
func FindZone(typed string, limit int) (zone string, suggestions []string) {
	key := fold(typed)
	if key == "" || len(key) > 100 {
		return "", nil
	}
	if offset := offsetForm.FindStringSubmatch(strings.ReplaceAll(strings.ToLower(typed), " ", "")); offset != nil {
		if part := offset[3]; part != "" && part != "00" {
			found := uneven[offset[1]+offset[2]+":"+part]
			return "", found[:min(limit, len(found))]
		}
		// The zones with a number in their name count to the west, people to the east.
		sign := map[string]string{"+": "-", "-": "+"}[offset[1]]
		if _, err := Zone("Etc/GMT" + sign + offset[2]); err == nil {
			return "", []string{"Etc/GMT" + sign + offset[2]}
		}
	}
	if likely, ok := short[key]; ok {
		return "", likely[:min(limit, len(likely))]
	}
	var exact []string
	type guess struct {
		zone string
		cost int
	}
	var guesses []guess
	length := utf8.RuneCountInString(key)
	for _, n := range names() {
		switch {
		case n.key == key:
			if fold(n.zone) == key {
				return n.zone, nil
			}
			if !slices.Contains(exact, n.zone) {
				exact = append(exact, n.zone)
			}
		case strings.HasPrefix(n.key, key):
			guesses = append(guesses, guess{n.zone, 0})
		case length >= 4 && strings.Contains(n.key, key):
			guesses = append(guesses, guess{n.zone, 1})
		case length >= 4 && max(len(n.key), len(key))-min(len(n.key), len(key)) <= 4*(1+length/5): // else too far apart, and not worth the work
			if d := levenshtein.ComputeDistance(key, n.key); d <= 1+length/5 {
				guesses = append(guesses, guess{n.zone, 1 + d})
			}
		}
	}
	if len(exact) == 1 {
		return exact[0], nil
	}
	city, land, ok := strings.Cut(typed, ",")
	if list := strings.Fields(typed); !ok && len(list) > 1 && len(list) < 5 && len(exact)+len(guesses) == 0 { // "Paris France"
		last := len(list) - 1
		city, land, ok = strings.Join(list[:last], " "), list[last], true
	}
	if ok && len(exact) == 0 { // "Paris, France", "Paris, Texas"
		zone, near := FindZone(city, limit)
		switch {
		case zone != "" && slices.Contains(names(), zoneName{zone, fold(land)}):
			return zone, nil
		case zone != "":
			near = append([]string{zone}, near...)
			fallthrough
		case len(guesses) == 0:
			return "", near[:min(limit, len(near))]
		}
	}
	slices.SortStableFunc(guesses, func(a, b guess) int { return a.cost - b.cost })
	suggestions = exact
	for _, g := range guesses {
		if !slices.Contains(suggestions, g.zone) {
			suggestions = append(suggestions, g.zone)
		}
	}
	return "", suggestions[:min(limit, len(suggestions))]
}
