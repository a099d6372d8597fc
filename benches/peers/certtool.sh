#!/usr/bin/env bash
# The tutorial's chain with GnuTLS' certtool: certtool.sh DIR DEVICES
set -euo pipefail
dir=$1 devices=$2
mkdir -p "$dir"; cd "$dir"
make() { # make NAME ISSUER ca|leaf
  mkdir "$1"
  { printf 'country = US\norganization = Contoso\ncn = "%s"\nexpiration_days = 30\n' "$1"
    if [ "$3" = ca ]; then printf 'ca\ncert_signing_key\ncrl_signing_key\n'
    else printf 'signing_key\ntls_www_client\ntls_www_server\ndns_name = "%s.devices.example"\n' "$1"; fi; } > "$1/template"
  certtool --generate-privkey --key-type ecdsa --curve secp256r1 --pkcs8 --password "" --outfile "$1/key.pem" 2>/dev/null
  if [ "$2" = "$1" ]; then
    certtool --generate-self-signed --load-privkey "$1/key.pem" --template "$1/template" --outfile "$1/cert.pem" 2>/dev/null
  else
    certtool --generate-certificate --load-privkey "$1/key.pem" --load-ca-certificate "$2/cert.pem" \
      --load-ca-privkey "$2/key.pem" --template "$1/template" --outfile "$1/cert.pem" 2>/dev/null
  fi
  rm "$1/template"
}
make root root ca
make intermediate-1 root ca; make intermediate-2 intermediate-1 ca; make intermediate-3 intermediate-2 ca
cat intermediate-3/cert.pem intermediate-2/cert.pem intermediate-1/cert.pem > chain.pem
for ((n = 1; n <= devices; n++)); do
  make "device-$n" intermediate-3 leaf
  cat "device-$n/cert.pem" chain.pem > "device-$n/fullchain.pem"
done
