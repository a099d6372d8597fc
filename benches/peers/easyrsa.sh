#!/usr/bin/env bash
# A root and devices with easy-rsa, which knows no chain of intermediates: easyrsa.sh DIR DEVICES
set -euo pipefail
dir=$1 devices=$2
mkdir -p "$dir"; cd "$dir"
rsa=${EASYRSA:-/usr/share/easy-rsa/easyrsa}
export EASYRSA_BATCH=1 EASYRSA_ALGO=ec EASYRSA_CURVE=prime256v1 EASYRSA_CERT_EXPIRE=30 EASYRSA_PKI=$PWD/pki
"$rsa" init-pki >/dev/null 2>&1
EASYRSA_REQ_CN=root "$rsa" build-ca nopass >/dev/null 2>&1
for ((n = 1; n <= devices; n++)); do
  "$rsa" build-client-full "device-$n" nopass >/dev/null 2>&1
  cat "pki/issued/device-$n.crt" pki/ca.crt > "device-$n-fullchain.pem"
done
