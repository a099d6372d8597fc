#!/usr/bin/env bash
# The tutorial's chain with cfssl: cfssl.sh DIR DEVICES
set -euo pipefail
dir=$1 devices=$2
mkdir -p "$dir"; cd "$dir"
cat > config.json <<'J'
{"signing":{"default":{"expiry":"720h"},"profiles":{
 "ca":{"expiry":"720h","usages":["cert sign","crl sign"],"ca_constraint":{"is_ca":true}},
 "leaf":{"expiry":"720h","usages":["digital signature","client auth","server auth"]}}}}
J
request() { printf '{"CN":"%s","hosts":["%s.devices.example"],"key":{"algo":"ecdsa","size":256},"names":[{"C":"US","O":"Contoso"}]}' "$1" "$1"; }
request root > root.json
cfssl gencert -loglevel 5 -initca root.json | cfssljson -bare root
issuer=root
for ca in intermediate-1 intermediate-2 intermediate-3; do
  request $ca > $ca.json
  cfssl gencert -loglevel 5 -ca $issuer.pem -ca-key $issuer-key.pem -config config.json -profile ca $ca.json | cfssljson -bare $ca
  issuer=$ca
done
cat intermediate-3.pem intermediate-2.pem intermediate-1.pem > chain.pem
for ((n = 1; n <= devices; n++)); do
  request "device-$n" > "device-$n.json"
  cfssl gencert -loglevel 5 -ca $issuer.pem -ca-key $issuer-key.pem -config config.json -profile leaf "device-$n.json" \
    | cfssljson -bare "device-$n"
  cat "device-$n.pem" chain.pem > "device-$n-fullchain.pem"
done
