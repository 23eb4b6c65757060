// Verifies one delivery with the official library: go run verify.go < delivery.json
package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

type delivery struct {
	Secret  string
	Headers map[string]string
	Body    []byte
}

func main() {
	var got delivery
	if err := json.NewDecoder(os.Stdin).Decode(&got); err != nil {
		panic(err)
	}
	headers := http.Header{}
	for name, value := range got.Headers {
		headers.Set(name, value)
	}
	webhook, err := standardwebhooks.NewWebhook(got.Secret)
	if err == nil {
		err = webhook.Verify(got.Body, headers)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(string(got.Body))
}
