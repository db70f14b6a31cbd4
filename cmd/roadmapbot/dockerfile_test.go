package main

import (
	"bufio"
	"context"
	"debug/elf"
	"encoding/json"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"
)

// image is what the Dockerfile says, as far as it matters when the image runs.
type image struct {
	build                  string // the command that makes the binary
	base, user, volume     string
	env                    map[string]string
	entry, command, health []string
}

func readDockerfile(t *testing.T) image {
	t.Helper()
	file, err := os.ReadFile("../../Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	words := func(list string) (all []string) {
		if err := json.Unmarshal([]byte(list), &all); err != nil {
			t.Fatalf("the Dockerfile has %s: %v", list, err)
		}
		return all
	}
	i := image{env: map[string]string{}}
	for line := range strings.Lines(string(file)) {
		instruction, rest, _ := strings.Cut(strings.TrimSpace(line), " ")
		switch instruction {
		case "FROM":
			i.base = rest
		case "RUN":
			if strings.Contains(rest, "go build") {
				i.build = rest
			}
		case "ENV":
			name, value, _ := strings.Cut(rest, "=")
			i.env[name] = value
		case "USER":
			i.user = rest
		case "VOLUME":
			i.volume = rest
		case "ENTRYPOINT":
			i.entry = words(rest)
		case "CMD":
			i.command = words(rest)
		case "HEALTHCHECK":
			_, list, _ := strings.Cut(rest, "CMD ")
			i.health = words(list)
		}
	}
	return i
}

// TestDockerfile goes the image's way without an engine: the Dockerfile's own build
// command; then its entry point, as its user, in a root that holds what the last
// stage copies, with its environment; then its health check; then the signal that
// ends a container.
func TestDockerfile(t *testing.T) {
	if testing.Short() || runtime.GOOS != "linux" {
		t.Skip("builds and runs the image's binary, on Linux")
	}
	i := readDockerfile(t)
	if i.base != "scratch" || i.user != "65532:65532" || i.volume != "/data" {
		t.Errorf("based on %s, user %s, volume %s", i.base, i.user, i.volume)
	}
	root := i.assemble(t)

	i.env["ROADMAPBOT_LISTEN"] = "127.0.0.1:0" // this machine has no network of its own for us
	serve := i.contained(t, root, slices.Concat(i.entry, i.command, []string{"--terminal"}))
	typed, err := serve.StdinPipe() // held open: its end would be the end of the terminal
	if err != nil {
		t.Fatal(err)
	}
	log, err := serve.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := serve.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(log)
	for i.env["ROADMAPBOT_LISTEN"] == "127.0.0.1:0" {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			t.Fatalf("serve ended: %s %v", line, serve.Wait())
		}
		var entry struct{ Msg, Listen, Database string }
		if json.Unmarshal(line, &entry) == nil && entry.Msg == "serving" {
			i.env["ROADMAPBOT_LISTEN"] = entry.Listen
		}
	}
	if said, err := i.contained(t, root, i.health).CombinedOutput(); err != nil || string(said) != "well\n" {
		t.Errorf("the health check: %s %v", said, err)
	}
	if err := serve.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	deadline := time.AfterFunc(10*time.Second, func() { _ = serve.Process.Kill() })
	defer deadline.Stop()
	rest, _ := io.ReadAll(lines)
	if err := serve.Wait(); err != nil {
		t.Errorf("after SIGTERM: %v\n%s", err, rest)
	}
	_ = typed.Close()
	if said, err := i.contained(t, root, i.health).CombinedOutput(); err == nil {
		t.Errorf("the health check of what has stopped is content: %s", said)
	}
	if info, err := os.Stat(filepath.Join(root, i.env["ROADMAPBOT_DB"])); err != nil || info.Size() == 0 {
		t.Errorf("the database is not on the volume: %v", err)
	}
}

// assemble makes the last stage's root.
func (i *image) assemble(t *testing.T) string {
	t.Helper()
	// Not t.TempDir: its parents are closed to the image's user.
	root, err := os.MkdirTemp("", "roadmapbot-image") //nolint:usetesting // as said
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(root) })
	if err := os.Chmod(root, 0o755); err != nil { //nolint:gosec // a root is open to read
		t.Fatal(err)
	}
	build := exec.CommandContext(t.Context(), "sh", "-ec", strings.Replace(i.build, "/out/roadmapbot", root+"/roadmapbot", 1))
	build.Dir = "../.."
	if said, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", i.build, err, said)
	}
	binary, err := elf.Open(filepath.Join(root, "roadmapbot"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = binary.Close() }()
	for _, p := range binary.Progs {
		if p.Type == elf.PT_INTERP || p.Type == elf.PT_DYNAMIC {
			t.Error("the binary is not static")
		}
	}
	data := filepath.Join(root, i.volume)
	if err := os.Mkdir(data, 0o700); err != nil {
		t.Fatal(err)
	}
	if os.Getuid() == 0 {
		if err := os.Chown(data, 65532, 65532); err != nil {
			t.Fatal(err)
		}
	}
	return root
}

// contained is a command as the container would run it. As root, that is the
// image's user in a read-only root with a writable volume; otherwise it is the
// same binary with the volume's path on this machine.
func (i *image) contained(t *testing.T, root string, words []string) *exec.Cmd {
	t.Helper()
	env := maps.Clone(i.env)
	isolate := os.Getuid() == 0 && exec.CommandContext(t.Context(), "unshare", "--mount", "true").Run() == nil
	if isolate {
		const enter = `mount --bind "$0" "$0"; mount --bind "$0$1" "$0$1"; mount -o remount,ro,bind "$0"
			root=$0; user=$2; shift 2; cd "$root"
			exec chroot --userspec="$user" "$root" "$@"`
		words = slices.Concat([]string{"unshare", "--mount", "sh", "-ec", enter, root, i.volume, i.user}, words)
	} else {
		t.Log("not root: the binary runs as this user, outside a container")
		words = slices.Concat([]string{root + words[0]}, words[1:])
		env["ROADMAPBOT_DB"] = root + env["ROADMAPBOT_DB"]
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, words[0], words[1:]...)
	cmd.Dir = "/"
	for name, value := range env {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	return cmd
}
