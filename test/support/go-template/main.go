// Renders templates as External Secrets Operator's engine v2 does: Go's text/template with missingkey=error over a map
// of texts, and with the one function beyond Go's own that our templates call.
package main

import (
	"encoding/json"
	"os"
	"strings"
	"text/template"
)

type question struct {
	Template string            `json:"template"`
	Data     map[string]string `json:"data"`
}

type answer struct {
	Text  string `json:"text"`
	Error string `json:"error,omitempty"`
}

// Sprig's replace (https://masterminds.github.io/sprig/strings.html#replace).
var functions = template.FuncMap{
	"replace": func(old, new, text string) string { return strings.ReplaceAll(text, old, new) },
}

func render(q question) answer {
	parsed, err := template.New("value").Option("missingkey=error").Funcs(functions).Parse(q.Template)
	if err != nil {
		return answer{Error: err.Error()}
	}
	var text strings.Builder
	if err := parsed.Execute(&text, q.Data); err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Text: text.String()}
}

func main() {
	var questions []question
	if err := json.NewDecoder(os.Stdin).Decode(&questions); err != nil {
		panic(err)
	}
	answers := make([]answer, len(questions))
	for i, q := range questions {
		answers[i] = render(q)
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		panic(err)
	}
}
