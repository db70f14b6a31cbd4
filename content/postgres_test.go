package content_test

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
)

// cluster is a private PostgreSQL server, reached through a socket in its folder.
type cluster struct {
	bin, dir  string
	as        []string // words before a command that must not run as root
	databases atomic.Int64
}

func newBench(t *testing.T) *bench {
	t.Helper()
	return &bench{cluster: sync.OnceValues(func() (*cluster, error) { return startCluster(t) })}
}

// postgres runs a listing in a database of its own.
func postgres(ctx context.Context, d desk, code string) (string, error) {
	c, err := d.cluster()
	if err != nil {
		return "", err
	}
	name := fmt.Sprintf("listing%d", c.databases.Add(1))
	psql := func(database, sql string) (string, error) {
		return d.exec(ctx, sql, filepath.Join(c.bin, "psql"), "--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1",
			"--host="+c.dir, "--username=postgres", "--dbname="+database, "--file=-")
	}
	if _, err := psql("postgres", "CREATE DATABASE "+name); err != nil {
		return "", fmt.Errorf("the server of the tests: %w", err)
	}
	return psql(name, code)
}

// startCluster starts a server that ends with the test. A [missingTool] says that
// there is none to start.
func startCluster(t *testing.T) (*cluster, error) {
	t.Helper()
	c := &cluster{}
	found, _ := filepath.Glob("/usr/lib/postgresql/*/bin/initdb") // Debian keeps it out of PATH
	if len(found) > 0 {
		c.bin = filepath.Dir(found[len(found)-1])
	} else if initdb, err := exec.LookPath("initdb"); err == nil {
		c.bin = filepath.Dir(initdb)
	} else {
		return nil, missingTool("no initdb here; apt-get install postgresql")
	}
	// Not t.TempDir: its parents are closed to another user, and the name of a
	// socket may have about 100 bytes.
	dir, err := os.MkdirTemp("", "pg") //nolint:usetesting // as said above
	if err != nil {
		return nil, err
	}
	c.dir = dir
	t.Cleanup(func() {
		if err := os.RemoveAll(dir); err != nil {
			t.Error(err)
		}
	})
	if os.Getuid() == 0 { // PostgreSQL refuses to run as root
		if err := c.unroot(); err != nil {
			return nil, err
		}
	}
	data := filepath.Join(dir, "data")
	if err := c.exec("initdb", "--pgdata="+data, "--username=postgres", "--auth=trust", "--no-locale", "--encoding=UTF8", "--no-sync"); err != nil {
		return nil, err
	}
	options := "-k " + dir + " -c listen_addresses='' -c fsync=off -c shared_buffers=16MB -c max_connections=20"
	if err := c.exec("pg_ctl", "--pgdata="+data, "--log="+filepath.Join(dir, "log"), "--wait", "--options="+options, "start"); err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		if err := c.exec("pg_ctl", "--pgdata="+data, "--wait", "--mode=immediate", "stop"); err != nil {
			t.Error(err)
		}
	})
	return c, nil
}

// unroot gives the cluster's folder to the user whom Debian's package makes.
func (c *cluster) unroot() error {
	postgres, err := user.Lookup("postgres")
	if err != nil {
		return missingTool("PostgreSQL does not run as root, and there is no user postgres; run the tests as another user")
	}
	setpriv, err := exec.LookPath("setpriv")
	if err != nil {
		return missingTool("PostgreSQL does not run as root, and there is no setpriv; apt-get install util-linux")
	}
	uid, err1 := strconv.Atoi(postgres.Uid)
	gid, err2 := strconv.Atoi(postgres.Gid)
	if err := errors.Join(err1, err2, os.Chown(c.dir, uid, gid)); err != nil {
		return err
	}
	c.as = []string{setpriv, "--reuid=" + postgres.Uid, "--regid=" + postgres.Gid, "--clear-groups"}
	return nil
}

// exec runs a program of the server. Its output goes to a file, since a server
// that pg_ctl starts would hold a pipe open.
func (c *cluster) exec(program string, args ...string) error {
	out, err := os.Create(filepath.Join(c.dir, program+".out"))
	if err != nil {
		return err
	}
	defer out.Close()
	words := slices.Concat(c.as, []string{filepath.Join(c.bin, program)}, args)
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Dir, cmd.Stdout, cmd.Stderr = c.dir, out, out
	if err := cmd.Run(); err != nil {
		said, _ := os.ReadFile(out.Name())
		return fmt.Errorf("%s: %w\n%s", program, err, said)
	}
	return nil
}
