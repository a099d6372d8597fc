// A test PKI for a package: TestMain makes it once, in a folder that goes away.
package example

import (
	"crypto/tls"
	"crypto/x509"
	"log"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

var pki string // the store's folder

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	var err error
	if pki, err = os.MkdirTemp("", "pki"); err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(pki)
	pkiform := os.Getenv("PKIFORM")
	if pkiform == "" {
		pkiform = "pkiform"
	}
	command := exec.Command(pkiform, "apply", "--quiet", "pki.toml", "--out", pki)
	command.Stderr = os.Stderr
	if err := command.Run(); err != nil {
		log.Print(err)
		return 1
	}
	return m.Run()
}

func certificate(t *testing.T, entity string) tls.Certificate {
	t.Helper()
	made, err := tls.LoadX509KeyPair(filepath.Join(pki, entity, "fullchain.pem"), filepath.Join(pki, entity, "key.pem"))
	if err != nil {
		t.Fatal(err)
	}
	return made
}

func TestBothSidesKnowEachOther(t *testing.T) {
	pem, err := os.ReadFile(filepath.Join(pki, "root", "cert.pem"))
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(pem) {
		t.Fatal("no root")
	}
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Write([]byte(r.TLS.PeerCertificates[0].Subject.CommonName))
	}))
	server.TLS = &tls.Config{
		Certificates: []tls.Certificate{certificate(t, "server")},
		ClientAuth:   tls.RequireAndVerifyClientCert,
		ClientCAs:    roots,
	}
	server.StartTLS()
	defer server.Close()
	client := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{
		RootCAs:      roots,
		Certificates: []tls.Certificate{certificate(t, "client")},
		ServerName:   "localhost",
	}}}
	answer, err := client.Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	name := make([]byte, 16)
	n, _ := answer.Body.Read(name)
	if string(name[:n]) != "client" {
		t.Fatalf("the server saw %q", name[:n])
	}
	stranger := http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{RootCAs: roots, ServerName: "localhost"}}}
	if _, err := stranger.Get(server.URL); err == nil {
		t.Fatal("who shows no certificate is let in")
	}
}
