// Judges paths by Go's crypto/x509: one tab-separated line in for each, one line out for each.
//
// In: leaf, chain and root (PEM files), the moment (Unix seconds), the purpose's OID or "any", then host names.
// Out: "ok", or what is wrong.
package main

import (
	"bufio"
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

var purposes = map[string]x509.ExtKeyUsage{
	"any":               x509.ExtKeyUsageAny,
	"1.3.6.1.5.5.7.3.1": x509.ExtKeyUsageServerAuth,
	"1.3.6.1.5.5.7.3.2": x509.ExtKeyUsageClientAuth,
	"1.3.6.1.5.5.7.3.3": x509.ExtKeyUsageCodeSigning,
	"1.3.6.1.5.5.7.3.4": x509.ExtKeyUsageEmailProtection,
	"1.3.6.1.5.5.7.3.8": x509.ExtKeyUsageTimeStamping,
	"1.3.6.1.5.5.7.3.9": x509.ExtKeyUsageOCSPSigning,
}

func main() {
	lines := bufio.NewScanner(os.Stdin)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		if err := judge(strings.Split(lines.Text(), "\t")); err != nil {
			fmt.Println(strings.ReplaceAll(err.Error(), "\n", " "))
		} else {
			fmt.Println("ok")
		}
	}
	if err := lines.Err(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func judge(fields []string) error {
	if len(fields) < 5 {
		return errors.New("the line has fewer than five fields")
	}
	leaf, err := read(fields[0])
	if err != nil {
		return err
	}
	chain, err := read(fields[1])
	if err != nil {
		return err
	}
	roots, err := read(fields[2])
	if err != nil {
		return err
	}
	if len(leaf) != 1 || len(roots) != 1 {
		return errors.New("one leaf and one root are wanted")
	}
	moment, err := strconv.ParseInt(fields[3], 10, 64)
	if err != nil {
		return err
	}
	purpose, known := purposes[fields[4]]
	if !known {
		return errors.New("a purpose that the driver does not know")
	}
	options := x509.VerifyOptions{
		Roots:         pool(roots),
		Intermediates: pool(chain),
		CurrentTime:   time.Unix(moment, 0),
		KeyUsages:     []x509.ExtKeyUsage{purpose},
	}
	paths, err := leaf[0].Verify(options)
	if err != nil {
		return err
	}
	// Go takes a shorter way where there is one; all that were given shall be of use.
	wanted := len(chain) + 2
	if bytes.Equal(leaf[0].Raw, roots[0].Raw) {
		wanted = 1
	}
	whole := false
	for _, path := range paths {
		whole = whole || len(path) == wanted
	}
	if !whole {
		return fmt.Errorf("no path has all %d certificates", wanted)
	}
	for _, host := range fields[5:] {
		if err := leaf[0].VerifyHostname(host); err != nil {
			return err
		}
	}
	return nil
}

func pool(certificates []*x509.Certificate) *x509.CertPool {
	pool := x509.NewCertPool()
	for _, certificate := range certificates {
		pool.AddCert(certificate)
	}
	return pool
}

func read(path string) ([]*x509.Certificate, error) {
	rest, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var found []*x509.Certificate
	for {
		var block *pem.Block
		if block, rest = pem.Decode(rest); block == nil {
			return found, nil
		}
		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		found = append(found, certificate)
	}
}
