package calendar

import (
	"encoding/binary"
	"flag"
	"go/ast"
	"go/build"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "rewrite zones.txt from the toolchain's zone data")

// TestZoneList holds zones.txt to the data of package time/tzdata, a zip archive
// in a string constant that the package does not export.
func TestZoneList(t *testing.T) {
	file := filepath.Join(build.Default.GOROOT, "src", "time", "tzdata", "zzipdata.go")
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Skipf("needs the source of the Go distribution: %v", err)
	}
	var data strings.Builder
	ast.Inspect(parsed, func(n ast.Node) bool {
		if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
			s, err := strconv.Unquote(lit.Value)
			if err != nil {
				t.Fatal(err)
			}
			data.WriteString(s)
		}
		return true
	})
	var want []string
	zip := []byte(data.String())
	const header = 46 // of an entry of the central directory, APPNOTE.TXT 4.3.12
	for i := strings.Index(data.String(), "PK\x01\x02"); i >= 0 && string(zip[i:i+4]) == "PK\x01\x02"; {
		name := int(binary.LittleEndian.Uint16(zip[i+28:]))
		more := int(binary.LittleEndian.Uint16(zip[i+30:])) + int(binary.LittleEndian.Uint16(zip[i+32:]))
		if s := string(zip[i+header : i+header+name]); !strings.HasSuffix(s, "/") && s != "Factory" {
			want = append(want, s)
		}
		i += header + name + more
	}
	slices.Sort(want)
	if len(want) < 500 {
		t.Fatalf("found only %d zones in %s", len(want), file)
	}
	if *update {
		if err := os.WriteFile("zones.txt", []byte(strings.Join(want, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if got := Zones(); !slices.Equal(got, want) {
		t.Errorf("zones.txt has %d names, the toolchain %d; go test ./bot/calendar -run ZoneList -update", len(got), len(want))
	}
}

func TestEveryZoneAndCityLoads(t *testing.T) {
	for _, n := range names() {
		if _, err := Zone(n.zone); err != nil {
			t.Errorf("%s: %v", n.key, err)
		}
	}
	for _, bad := range []string{"", "Local", "europe/madrid", "Mars/Olympus", "../../etc/passwd"} {
		if _, err := Zone(bad); err == nil {
			t.Errorf("Zone(%q) gave no error", bad)
		}
	}
	a, _ := Zone("Asia/Tokyo")
	b, _ := Zone("Asia/Tokyo")
	if a != b {
		t.Error("the same zone was loaded twice")
	}
}

func TestFindZone(t *testing.T) {
	for _, tt := range []struct{ typed, zone, suggestion string }{
		{"Europe/Madrid", "Europe/Madrid", ""},
		{"europe/madrid", "Europe/Madrid", ""},
		{" MADRID ", "Europe/Madrid", ""},
		{"new york", "America/New_York", ""},
		{"New_York", "America/New_York", ""},
		{"Mumbai", "Asia/Kolkata", ""},
		{"münchen", "Europe/Berlin", ""},
		{"buenos aires", "", "America/Argentina/Buenos_Aires"},
		{"utc", "UTC", ""},
		{"Lord Howe", "Australia/Lord_Howe", ""},
		{"Europe/Madird", "", "Europe/Madrid"},
		{"Lodnon", "", "Europe/London"},
		{"kathmndu", "", "Asia/Kathmandu"},
		{"IST", "", "Asia/Kolkata"},
		{"UTC+5:30", "", "Asia/Kolkata"},
		{"gmt-03:30", "", "America/St_Johns"},
		{"+5:15", "", ""},
		{"Paris France", "Europe/Paris", ""},
		{"paris, texas", "", "Europe/Paris"},
		{"sydney australia", "Australia/Sydney", ""},
		{"texas", "America/Chicago", ""},
		{"brazil", "", "America/Sao_Paulo"},
		{"USA", "", "America/Los_Angeles"},
		{"xyzzy", "", ""},
		{"", "", ""},
		{strings.Repeat("a", 5000), "", ""},
	} {
		zone, suggestions := FindZone(tt.typed, 5)
		if zone != tt.zone {
			t.Errorf("FindZone(%.20q) = %q, want %q (suggested %q)", tt.typed, zone, tt.zone, suggestions)
		}
		if tt.suggestion != "" && !slices.Contains(suggestions, tt.suggestion) {
			t.Errorf("FindZone(%q) suggests %q, not %q", tt.typed, suggestions, tt.suggestion)
		}
		if len(suggestions) > 5 {
			t.Errorf("FindZone(%q) gave %d suggestions", tt.typed, len(suggestions))
		}
	}
}

func FuzzFindZone(f *testing.F) {
	f.Add("madrid")
	f.Add("\xff\x00'")
	f.Fuzz(func(t *testing.T, typed string) {
		zone, suggestions := FindZone(typed, 5)
		for _, z := range append(suggestions, zone) {
			if z == "" {
				continue
			}
			if _, err := time.LoadLocation(z); err != nil {
				t.Errorf("FindZone(%q) gave %q: %v", typed, z, err)
			}
		}
	})
}
