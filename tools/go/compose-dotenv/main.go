// Command compose-dotenv answers with Docker Compose's own code what Docker Compose would read: the oracle of the
// tests of lib/dotenv and lib/check.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/compose-spec/compose-go/v2/cli"
	"github.com/compose-spec/compose-go/v2/dotenv"
	"github.com/compose-spec/compose-go/v2/template"
	"github.com/sirupsen/logrus"
)

const usage = `usage:
  compose-dotenv parse              one JSON string a line (a .env file) on standard input -> {"values":{}} or {"error":""}
  compose-dotenv substitute         one JSON {"template","values"} a line -> {"value":""} or {"error":""}
  compose-dotenv variables          one JSON string a line (a scalar) -> {"variables":[]}
  compose-dotenv config DIR [FILE]  the project in DIR as "docker compose config --format json" loads it`

type answer struct {
	Values    map[string]string            `json:"values,omitempty"`
	Value     *string                      `json:"value,omitempty"`
	Variables map[string]template.Variable `json:"variables,omitempty"`
	Error     string                       `json:"error,omitempty"`
}

func main() {
	logrus.SetOutput(io.Discard)
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	switch {
	case len(arguments) == 1 && arguments[0] == "parse":
		return eachLine(func(text string) answer {
			values, err := dotenv.Parse(strings.NewReader(text))
			return answer{Values: values, Error: messageOf(err)}
		})
	case len(arguments) == 1 && arguments[0] == "substitute":
		return eachLine(func(question struct {
			Template string            `json:"template"`
			Values   map[string]string `json:"values"`
		}) answer {
			value, err := template.Substitute(question.Template, func(name string) (string, bool) {
				value, ok := question.Values[name]
				return value, ok
			})
			return answer{Value: &value, Error: messageOf(err)}
		})
	case len(arguments) == 1 && arguments[0] == "variables":
		return eachLine(func(text string) answer {
			return answer{Variables: template.ExtractVariables(map[string]any{"value": text}, nil)}
		})
	case len(arguments) >= 2 && arguments[0] == "config":
		return config(arguments[1], arguments[2:])
	default:
		return fmt.Errorf("%s", usage)
	}
}

func messageOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

func eachLine[Q any](reply func(Q) answer) error {
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 64<<20)
	output := bufio.NewWriter(os.Stdout)
	encoder := json.NewEncoder(output)
	for input.Scan() {
		var question Q
		if err := json.Unmarshal(input.Bytes(), &question); err != nil {
			return err
		}
		if err := encoder.Encode(reply(question)); err != nil {
			return err
		}
	}
	if err := input.Err(); err != nil {
		return err
	}
	return output.Flush()
}

// config takes no variable from the process, so that the answer depends on the folder alone.
func config(folder string, files []string) error {
	options, err := cli.NewProjectOptions(files,
		cli.WithWorkingDirectory(folder),
		cli.WithEnvFiles(),
		cli.WithDotEnv,
		cli.WithDefaultConfigPath,
		cli.WithInterpolation(true),
		cli.WithName("oracle"),
	)
	if err != nil {
		return err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return err
	}
	text, err := project.MarshalJSON()
	if err != nil {
		return err
	}
	_, err = os.Stdout.Write(text)
	return err
}
