#!/usr/bin/env bash
# The tutorial's chain with the openssl command, as the scripts that projects copy do it: openssl.sh DIR DEVICES
set -euo pipefail
dir=$1 devices=$2
mkdir -p "$dir"; cd "$dir"
printf '%s\n' 'basicConstraints=critical,CA:TRUE' 'keyUsage=critical,keyCertSign,cRLSign' \
  'subjectKeyIdentifier=hash' 'authorityKeyIdentifier=keyid' > ca.ext
printf '%s\n' 'basicConstraints=critical,CA:FALSE' 'keyUsage=critical,digitalSignature' \
  'extendedKeyUsage=clientAuth,serverAuth' 'subjectKeyIdentifier=hash' 'authorityKeyIdentifier=keyid' > leaf.ext
make() { # make NAME ISSUER EXTENSIONS
  mkdir "$1"
  openssl genpkey -algorithm EC -pkeyopt ec_paramgen_curve:P-256 -out "$1/key.pem" 2>/dev/null
  openssl req -new -key "$1/key.pem" -subj "/C=US/O=Contoso/CN=$1" -out "$1/csr.pem"
  if [ "$2" = "$1" ]; then signer=(-signkey "$1/key.pem"); else signer=(-CA "$2/cert.pem" -CAkey "$2/key.pem"); fi
  openssl x509 -req -in "$1/csr.pem" "${signer[@]}" -set_serial "0x$(openssl rand -hex 15)1" -days 30 -sha256 \
    -extfile "$3" -out "$1/cert.pem" 2>/dev/null
  rm "$1/csr.pem"
}
make root root ca.ext
make intermediate-1 root ca.ext; make intermediate-2 intermediate-1 ca.ext; make intermediate-3 intermediate-2 ca.ext
cat intermediate-3/cert.pem intermediate-2/cert.pem intermediate-1/cert.pem > chain.pem
for ((n = 1; n <= devices; n++)); do
  make "device-$n" intermediate-3 leaf.ext
  cat "device-$n/cert.pem" chain.pem > "device-$n/fullchain.pem"
done
