package store

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	bolt "go.etcd.io/bbolt"

	"roadmapbot/bot"
)

func TestOpenRefuses(t *testing.T) {
	other := filepath.Join(t.TempDir(), "other.db")
	db, err := bolt.Open(other, 0o600, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := db.Update(func(tx *bolt.Tx) error { _, err := tx.CreateBucket([]byte("recipes")); return err }); err != nil {
		t.Fatal(err)
	}
	_ = db.Close()

	newer := put(t, grown(t))
	s := openAt(t, newer)
	if err := s.db.Update(func(tx *bolt.Tx) error { return tx.Bucket(metaBucket).Put(schemaKey, key64(schema+1)) }); err != nil {
		t.Fatal(err)
	}
	_ = s.Close()

	file := put(t, []byte("a file"))
	for name, c := range map[string]struct {
		path, want string
		setting    bool // is what has to be mended
	}{
		"a folder":               {t.TempDir(), "is not a file", true},
		"a device":               {os.DevNull, "is not a file", true},
		"a file as folder":       {filepath.Join(file, "learners.db"), "can't be made", true},
		"text":                   {put(t, []byte(strings.Repeat("Dear diary\n", 5000))), "is damaged", false},
		"zeros":                  {put(t, make([]byte, 1<<16)), "is damaged", false},
		"another program's":      {other, "another program", true},
		"a later version's file": {newer, "newer roadmapbot", true},
	} {
		t.Run(name, func(t *testing.T) {
			before, _ := os.ReadFile(c.path)
			s, err := Open(c.path)
			if err == nil {
				_ = s.Close()
				t.Fatal("it opened")
			}
			if !strings.Contains(err.Error(), c.want) {
				t.Errorf("the error does not say “%s”: %v", c.want, err)
			}
			helpful(t, err, c.path)
			if _, setting := errors.AsType[*bot.SetupError](err); setting != c.setting {
				t.Errorf("it is a setting to mend: %v", setting)
			}
			if after, _ := os.ReadFile(c.path); !bytes.Equal(before, after) {
				t.Error("it was changed")
			}
		})
	}
}

// TestOpenEmpty makes a database of an empty file, as a failed first start may
// leave one, and of one in folders that are not there yet.
func TestOpenEmpty(t *testing.T) {
	for _, path := range []string{put(t, nil), filepath.Join(t.TempDir(), "a", "b", "learners.db")} {
		s, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		if _, _, err := s.Update(context.Background(), someone(1), "", studied("git", "")); err != nil {
			t.Error(err)
		}
		info, err := os.Stat(path)
		if err != nil || info.Mode().Perm() != 0o600 {
			t.Errorf("%s is %v (%v); nobody else may read it", path, info.Mode(), err)
		}
		_ = s.Close()
	}
}

func TestInUse(t *testing.T) {
	path := put(t, nil)
	cmd := helper("hold", path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatalf("the other process said %q: %v", line, err)
	}
	_, err = Open(path)
	var inUse *InUseError
	if !errors.As(err, &inUse) || inUse.Path != path {
		t.Errorf("opening a file in use gives %v", err)
	} else {
		helpful(t, err, path)
	}
	_ = in.Close() // the other one ends
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	openAt(t, path)
}

// holdOpen is the other process of TestInUse.
func holdOpen(path string) error {
	s, err := Open(path)
	if err != nil {
		return err
	}
	fmt.Println("open")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return s.Close()
}

// TestReadOnly opens databases where nothing may be written.
func TestReadOnly(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "learners.db")
	_ = openAt(t, path).Close()
	chmod := func(path string, mode fs.FileMode) {
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
	}
	chmod(filepath.Dir(dir), 0o755)
	chmod(path, 0o444)
	chmod(dir, 0o555)
	t.Cleanup(func() { chmod(dir, 0o700) })
	for _, path := range []string{path, filepath.Join(dir, "new.db"), filepath.Join(dir, "new", "new.db")} {
		out, err := helper("nobody", path).Output()
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(out), "permission denied") {
			t.Errorf("opening %s gave %q", path, out)
		}
		helpful(t, errors.New(string(out)), path)
	}
}

// openAsNobody is the process of TestReadOnly: root could write anywhere.
func openAsNobody(path string) error {
	if os.Getuid() == 0 {
		if err := syscall.Setuid(65534); err != nil {
			return err
		}
	}
	s, err := Open(path)
	if err == nil {
		return errors.Join(errors.New("it opened"), s.Close())
	}
	if _, setting := errors.AsType[*bot.SetupError](err); !setting {
		return fmt.Errorf("not told as a setting: %w", err)
	}
	fmt.Println(err)
	return nil
}

// TestNoTrace looks for a learner in every bucket after they left.
func TestNoTrace(t *testing.T) {
	ctx := context.Background()
	s := openAt(t, put(t, nil))
	fill(t, s, 3)
	who := bot.Account{Platform: "discord", User: "the-one-who-left"}
	for i := range 50 {
		if _, _, err := s.Update(ctx, who, fmt.Sprint("the-one-who-left-", i), func(l *bot.Learner) error {
			if i == 0 {
				l.Settings.Plan = "the-one-who-left eats"
				l.Settings.Zone = "Asia/Tokyo"
				l.Settings.Schedule = bot.Schedule{On: true, Minute: 600, Weekdays: bot.EveryDay}
			}
			l.Nudges.Snooze = noon.Add(time.Duration(i) * time.Hour)
			return studied("git-basics", fmt.Sprint("the-one-who-left-", i))(l)
		}); err != nil {
			t.Fatal(err)
		}
	}
	l, err := s.Learner(ctx, who)
	if err != nil {
		t.Fatal(err)
	}
	find := func() (found []string) {
		t.Helper()
		if err := s.db.View(func(tx *bolt.Tx) error {
			return tx.ForEach(func(name []byte, b *bolt.Bucket) error {
				return b.ForEach(func(k, v []byte) error {
					entry := string(k) + " " + string(v)
					if strings.Contains(entry, "the-one-who-left") || string(name) != string(namesBucket) && strings.Contains(entry, string(key64(l.ID))) {
						found = append(found, fmt.Sprintf("%s: %q", name, entry))
					}
					return nil
				})
			})
		}); err != nil {
			t.Fatal(err)
		}
		return found
	}
	if n := len(find()); n < 7 { // account, record, both indexes, three segments of events
		t.Fatalf("only %d entries before the deletion", n)
	}
	if err := s.Delete(ctx, who); err != nil {
		t.Fatal(err)
	}
	for _, entry := range find() {
		t.Errorf("left behind in %s", entry)
	}
	// Whoever comes next is somebody new, even with the same account.
	again, _, err := s.Update(ctx, who, "", studied("git-basics", ""))
	if err != nil || again.ID == l.ID || again.Events != 1 || again.Settings.Plan != "" {
		t.Errorf("the same account came back as %+v (%v)", again, err)
	}
}
