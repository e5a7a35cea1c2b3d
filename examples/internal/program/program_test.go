package program

import (
	"bytes"
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/stagecraft-go/stagecraft/internal/leak"
	"github.com/stagecraft-go/stagecraft/process"
	"github.com/stagecraft-go/stagecraft/stage"
)

// asProgram makes the test binary run one of the programs instead of the tests.
const asProgram = "RUN_AS_PROGRAM"

// programs are what Main is tested with.
var programs = map[string]func(ctx context.Context, args []string, out io.Writer) error{
	"echo": func(_ context.Context, args []string, out io.Writer) error {
		_, err := fmt.Fprintln(out, args)
		return err
	},
	"fail": func(context.Context, []string, io.Writer) error { return errors.New("no luck") },
	"help": func(context.Context, []string, io.Writer) error { return flag.ErrHelp },
	"wait": func(ctx context.Context, _ []string, out io.Writer) error {
		fmt.Fprintln(out, "ready")
		<-ctx.Done()
		return context.Cause(ctx)
	},
	"stuck": func(ctx context.Context, _ []string, out io.Writer) error {
		fmt.Fprintln(out, "ready")
		<-ctx.Done()
		fmt.Fprintln(out, "interrupted")
		select {}
	},
	"crash": func(ctx context.Context, _ []string, _ io.Writer) error {
		p, err := stage.StartProducer(ctx, stage.ProducerFunc[int](func(*stage.Context[int], int) error { panic("boom") }))
		if err != nil {
			return err
		}
		for _, err := range stage.Stream(ctx, stage.From(p)) {
			return err
		}
		return nil
	},
}

func TestMain(m *testing.M) {
	if name := os.Getenv(asProgram); name != "" {
		Main(name, programs[name])
		return
	}
	os.Exit(m.Run())
}

func start(name string, args ...string) (cmd *exec.Cmd, stderr *bytes.Buffer) {
	cmd = exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), asProgram+"="+name)
	stderr = new(bytes.Buffer)
	cmd.Stderr = stderr
	return cmd, stderr
}

func TestMainEnds(t *testing.T) {
	for _, test := range []struct {
		program, out, stderr string
		code                 int
	}{
		{"echo", "[a b]\n", "", 0},
		{"help", "", "", 0},
		{"fail", "", "fail: no luck\n", 1},
	} {
		cmd, stderr := start(test.program, "a", "b")
		out, err := cmd.Output()
		require.Equal(t, test.code == 0, err == nil, test.program)
		require.Equal(t, test.out, string(out), test.program)
		require.Equal(t, test.stderr, stderr.String(), test.program)
		require.Equal(t, test.code, cmd.ProcessState.ExitCode(), test.program)
	}
}

func TestCrashIsReportedOnce(t *testing.T) {
	cmd, stderr := start("crash")
	require.Error(t, cmd.Run())
	require.Regexp(t, `^crash: .*boom\n$`, stderr.String())
}

func TestNewSystem(t *testing.T) {
	leak.Check(t)
	system, shutdown := NewSystem()
	idle := stage.ProducerFunc[int](func(*stage.Context[int], int) error { return nil })
	p, err := stage.StartProducer(context.Background(), idle, stage.In(system))
	require.NoError(t, err)
	shutdown()
	require.ErrorIs(t, p.Process().Err(), process.Shutdown)
}

func TestParse(t *testing.T) {
	parse := func(args ...string) (string, error) {
		var out bytes.Buffer
		flags := flag.NewFlagSet("program", flag.ContinueOnError)
		flags.SetOutput(&out)
		flags.Int("size", 50, "a size")
		err := Parse(flags, args)
		return out.String(), err
	}
	out, err := parse("-size", "1")
	require.NoError(t, err)
	require.Empty(t, out)
	out, err = parse("-size", "abc")
	require.ErrorContains(t, err, "abc")
	require.Empty(t, out, "Main prints it")
	out, err = parse("-h")
	require.ErrorIs(t, err, flag.ErrHelp)
	require.Contains(t, out, "-size")
}
