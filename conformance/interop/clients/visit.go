// A visit by crypto/tls of Go (README.md).
package main

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"time"
)

func check(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func configuration(told map[string]string) *tls.Config {
	authorities := x509.NewCertPool()
	pem, err := os.ReadFile(told["ca"])
	check(err)
	authorities.AppendCertsFromPEM(pem)
	secrets, err := os.OpenFile(told["key_log"], os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	check(err)
	version := map[string]uint16{"1.2": tls.VersionTLS12, "1.3": tls.VersionTLS13}[told["version"]]
	config := &tls.Config{
		ServerName:         told["name"],
		RootCAs:            authorities,
		MinVersion:         version,
		MaxVersion:         version,
		KeyLogWriter:       secrets,
		ClientSessionCache: tls.NewLRUClientSessionCache(4),
	}
	if told["code"] != "" {
		code, err := strconv.ParseUint(told["code"], 10, 16)
		check(err)
		config.CipherSuites = []uint16{uint16(code)}
	}
	if told["groups"] != "" {
		groups := map[string]tls.CurveID{"X25519": tls.X25519, "P-384": tls.CurveP384}
		for _, name := range strings.Split(told["groups"], ":") {
			config.CurvePreferences = append(config.CurvePreferences, groups[name])
		}
	}
	if told["certificate"] != "" {
		pair, err := tls.LoadX509KeyPair(told["certificate"], told["key"])
		check(err)
		config.Certificates = []tls.Certificate{pair}
	}
	return config
}

func visit(told map[string]string, config *tls.Config) {
	dialer := &net.Dialer{Timeout: 20 * time.Second}
	connection, err := tls.DialWithDialer(dialer, "tcp", net.JoinHostPort(told["host"], told["port"]), config)
	check(err)
	defer connection.Close()
	check(connection.SetDeadline(time.Now().Add(20 * time.Second)))
	_, err = fmt.Fprintf(connection, "GET %s HTTP/1.1\r\nHost: %s\r\nAccept: application/json\r\nConnection: close\r\n\r\n",
		told["path"], told["name"])
	check(err)
	answer, err := io.ReadAll(connection)
	check(err)
	_, body, _ := bytes.Cut(answer, []byte("\r\n\r\n"))
	state := connection.ConnectionState()
	resumed := 0
	if state.DidResume {
		resumed = 1
	}
	version := map[uint16]string{tls.VersionTLS12: "1.2", tls.VersionTLS13: "1.3"}[state.Version]
	fmt.Printf("visit version=%s suite=%s resumed=%d page=%s\n", version, tls.CipherSuiteName(state.CipherSuite),
		resumed, base64.StdEncoding.EncodeToString(body))
}

func main() {
	told := map[string]string{}
	for _, word := range os.Args[1:] {
		name, value, _ := strings.Cut(word, "=")
		told[name] = value
	}
	config := configuration(told)
	count, err := strconv.Atoi(told["connections"])
	check(err)
	for i := 0; i < count; i++ {
		visit(told, config)
	}
}
