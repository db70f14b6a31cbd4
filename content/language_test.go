package content_test

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"go/parser"
	"go/token"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v3"
)

// patience is how long one listing may take on a slow and busy machine.
const patience = 90 * time.Second

// language says how listings of one language are proven.
type language struct {
	tool   string // the program that it takes; "" if this test does it alone
	debian string // the package that has the program
	skip   string // why it is not proven
	run    prover
	parse  prover
}

type prover func(ctx context.Context, d desk, code string) (stdout string, err error)

var languages = map[string]language{
	"python": {tool: "python3", debian: "python3", run: program("main.py", "python3"), parse: pythonParse},
	"javascript": {tool: "node", debian: "nodejs",
		run: javascript("node"), parse: javascript("node", "--check")},
	"go":           {tool: "go", debian: "golang-go", run: program("main.go", "go", "run"), parse: goParse},
	"sh":           {tool: "bash", debian: "bash", run: program("main.sh", "bash", "-eu"), parse: program("main.sh", "bash", "-n")},
	"sql":          {tool: "sqlite3", debian: "sqlite3", run: sqlite},
	"sql postgres": {run: postgres},
	"sql mysql":    {skip: "Debian has no MySQL server, only MariaDB, which differs", run: postgres},
	"ruby":         {tool: "ruby", debian: "ruby", run: program("main.rb", "ruby"), parse: program("main.rb", "ruby", "-c")},
	"php":          {tool: "php", debian: "php-cli", run: php("php"), parse: php("php", "-l")},
	"java":         {tool: "javac", debian: "default-jdk-headless", run: program("Main.java", "java"), parse: javaParse},
	"json":         {parse: jsonParse},
	"yaml":         {parse: yamlParse},
	"http":         {parse: httpParse},
	"proto":        {tool: "protoc", debian: "protobuf-compiler", parse: protoParse},
	"dockerfile":   {},
	"graphql":      {},
	"html":         {},
	"ini":          {},
	"nginx":        {}, // its own check wants root
	"text":         {},
	"toml":         {},
}

// commands that shell listings may use and that some machine may lack.
var commands = map[string]string{
	"git": "git", "python3": "python3", "node": "nodejs", "sqlite3": "sqlite3", "awk": "mawk", "curl": "curl",
}

// missing is why a listing can't be proven on this machine, or "".
func (lang language) missing(l listing, parse bool) string {
	need := map[string]string{}
	if lang.tool != "" {
		need[lang.tool] = lang.debian
	}
	if l.Language == "sh" && !parse {
		for command, debian := range commands {
			if regexp.MustCompile(`\b` + command + `\b`).MatchString(l.Text) {
				need[command] = debian
			}
		}
	}
	for tool, debian := range need {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Sprintf("no %s here; apt-get install %s", tool, debian)
		}
	}
	return ""
}

// missingTool is the error of a prover that finds out by itself.
type missingTool string

func (m missingTool) Error() string { return string(m) }

// bench is what all listings share: a PostgreSQL server, started when first used.
type bench struct{ cluster func() (*cluster, error) }

// desk is a folder of one listing: source holds it, and work, where it runs, is
// empty.
type desk struct {
	*bench
	source, work, home string
}

func (b *bench) desk(t *testing.T) desk {
	t.Helper()
	root := t.TempDir()
	d := desk{b, filepath.Join(root, "source"), filepath.Join(root, "work"), filepath.Join(root, "home")}
	for _, dir := range []string{d.source, d.work, d.home} {
		if err := os.Mkdir(dir, 0o700); err != nil {
			t.Fatal(err)
		}
	}
	who := "[user]\nname = Ann\nemail = ann@example.com\n"
	if err := os.WriteFile(filepath.Join(d.home, ".gitconfig"), []byte(who), 0o600); err != nil {
		t.Fatal(err)
	}
	return d
}

// write puts code into a file of the folder source.
func (d desk) write(name, code string) (string, error) {
	path := filepath.Join(d.source, name)
	return path, os.WriteFile(path, []byte(code+"\n"), 0o600)
}

// exec runs a command in the folder work, with the environment of nobody in
// particular. The error of a command that fails holds what it said.
func (d desk) exec(ctx context.Context, stdin, name string, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, name, args...)
	cmd.Dir = d.work
	cmd.Stdin = strings.NewReader(stdin)
	cmd.WaitDelay = time.Second // for what it may have left behind, holding the pipes
	cmd.Env = []string{
		"PATH=" + os.Getenv("PATH"), "HOME=" + d.home, "LC_ALL=C.UTF-8", "TZ=UTC", "GIT_CONFIG_NOSYSTEM=1",
	}
	if cache, err := os.UserCacheDir(); err == nil {
		cmd.Env = append(cmd.Env, "GOCACHE="+filepath.Join(cache, "go-build"))
	}
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return stdout.String(), fmt.Errorf("%s: %w\n%s%s", name, err, stderr.String(), stdout.String())
	}
	return stdout.String(), nil
}

// program proves a listing as a file that a command takes as its last argument.
func program(file, command string, args ...string) prover {
	return func(ctx context.Context, d desk, code string) (string, error) {
		path, err := d.write(file, code)
		if err != nil {
			return "", err
		}
		return d.exec(ctx, "", command, append(slices.Clip(args), path)...)
	}
}

func pythonParse(ctx context.Context, d desk, code string) (string, error) {
	return d.exec(ctx, code, "python3", "-c", "import ast, sys; ast.parse(sys.stdin.read())")
}

var importLine = regexp.MustCompile(`(?m)^(import|export)\b`)

// javascript takes a file as a module if it imports or exports, else as a script.
func javascript(command string, args ...string) prover {
	return func(ctx context.Context, d desk, code string) (string, error) {
		file := "main.cjs"
		if importLine.MatchString(code) {
			file = "main.mjs"
		}
		return program(file, command, args...)(ctx, d, code)
	}
}

// php gives a listing its opening tag if it has none.
func php(command string, args ...string) prover {
	return func(ctx context.Context, d desk, code string) (string, error) {
		if !strings.HasPrefix(code, "<?php") {
			code = "<?php\n" + code
		}
		return program("main.php", command, args...)(ctx, d, code)
	}
}

func sqlite(ctx context.Context, d desk, code string) (string, error) {
	return d.exec(ctx, code, "sqlite3", "-batch", "-bail", ":memory:")
}

// goParse takes a file, declarations or statements.
func goParse(_ context.Context, _ desk, code string) (string, error) {
	return "", anyOf([]string{code, "package p\n" + code, "package p\nfunc _() {\n" + code + "\n}"}, func(file string) error {
		_, err := parser.ParseFile(token.NewFileSet(), "main.go", file, parser.SkipObjectResolution)
		return err
	})
}

// javaParser is a program that parses its standard input: javac alone would also
// look for every type.
const javaParser = `
import com.sun.source.util.JavacTask;
import java.net.URI;
import java.util.List;
import javax.tools.*;

class Parse {
	public static void main(String[] args) throws Exception {
		String code = new String(System.in.readAllBytes());
		var errors = new DiagnosticCollector<JavaFileObject>();
		var file = new SimpleJavaFileObject(URI.create("string:///Main.java"), JavaFileObject.Kind.SOURCE) {
			@Override public CharSequence getCharContent(boolean ignore) { return code; }
		};
		var compiler = ToolProvider.getSystemJavaCompiler();
		((JavacTask) compiler.getTask(null, null, errors, null, null, List.of(file))).parse();
		errors.getDiagnostics().forEach(System.err::println);
		System.exit(errors.getDiagnostics().isEmpty() ? 0 : 1);
	}
}`

// javaParse takes a file or statements.
func javaParse(ctx context.Context, d desk, code string) (string, error) {
	path, err := d.write("Parse.java", javaParser)
	if err != nil {
		return "", err
	}
	return "", anyOf([]string{code, "class Main { void run() {\n" + code + "\n} }"}, func(file string) error {
		_, err := d.exec(ctx, file, "java", path)
		return err
	})
}

// anyOf wants one of the forms to parse; the error is that of the first.
func anyOf(forms []string, parse func(string) error) error {
	var first error
	for _, form := range forms {
		err := parse(form)
		if err == nil {
			return nil
		}
		if first == nil {
			first = err
		}
	}
	return first
}

func protoParse(ctx context.Context, d desk, code string) (string, error) {
	path, err := d.write("main.proto", code)
	if err != nil {
		return "", err
	}
	return d.exec(ctx, "", "protoc", "--proto_path="+d.source, "--descriptor_set_out="+os.DevNull, path)
}

func jsonParse(_ context.Context, _ desk, code string) (string, error) {
	var v any
	return "", json.Unmarshal([]byte(code), &v)
}

func yamlParse(_ context.Context, _ desk, code string) (string, error) {
	dec := yaml.NewDecoder(strings.NewReader(code))
	for {
		var v any
		switch err := dec.Decode(&v); {
		case errors.Is(err, io.EOF):
			return "", nil
		case err != nil:
			return "", err
		}
	}
}

var startLine = regexp.MustCompile(`(?m)^(?:HTTP/[\d.]+ \d|[A-Z]+ \S+ HTTP/[\d.]+$)`)

// httpParse reads every request and response of a listing; bodies are not
// measured, since a lesson leaves out Content-Length.
func httpParse(_ context.Context, _ desk, code string) (string, error) {
	starts := startLine.FindAllStringIndex(code, -1)
	if len(starts) == 0 || starts[0][0] > 0 {
		return "", errors.New("no request or response at its beginning")
	}
	for i, start := range starts {
		end := len(code)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		var err error
		message := bufio.NewReader(strings.NewReader(code[start[0]:end] + "\n\n"))
		if strings.HasPrefix(code[start[0]:], "HTTP/") {
			var response *http.Response
			if response, err = http.ReadResponse(message, nil); err == nil {
				err = response.Body.Close()
			}
		} else {
			_, err = http.ReadRequest(message)
		}
		if err != nil {
			return "", err
		}
	}
	return "", nil
}
