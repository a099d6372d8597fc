#!/usr/bin/env bash
# HAProxy starts with `server/combined.pem`; GnuTLS and curl connect.
set -euo pipefail
. "$(dirname "$0")/common.sh"
port=$(free_port)
cat >haproxy.cfg <<CONF
defaults
  mode http
  timeout client 5s
  timeout server 5s
  timeout connect 5s
frontend tls
  bind 127.0.0.1:$port ssl crt $PWD/server/combined.pem ca-file $PWD/server/trust.pem verify required
  http-request return status 200 content-type text/plain lf-string "%[ssl_c_s_dn(cn)]"
CONF
haproxy -f haproxy.cfg -db >log-haproxy 2>&1 &
server=$!
await "$port"
gnutls -p "$port" --x509certfile client/fullchain.pem --x509keyfile client/key.pem && echo "GnuTLS connects"
curl -sS --noproxy '*' --cacert server/trust.pem --cert client/fullchain.pem --key client/key.pem "https://localhost:$port/" && echo
curl -s --noproxy '*' --cacert server/trust.pem "https://localhost:$port/" || echo "without a certificate: refused"
