#!/usr/bin/env bash
# nginx starts with `server/nginx.conf`; GnuTLS and curl connect. Run in the store, with a folder for what nginx writes.
set -euo pipefail
. "$(dirname "$0")/common.sh"
port=$(free_port) work=$1
cat >main.conf <<CONF
daemon off; pid $work/pid; error_log $work/log-nginx info;
events {}
http {
  access_log off; client_body_temp_path $work/a; proxy_temp_path $work/b; fastcgi_temp_path $work/c; uwsgi_temp_path $work/d; scgi_temp_path $work/e;
  server { listen 127.0.0.1:$port ssl; include server/nginx.conf; location / { return 200 "\$ssl_client_s_dn \$ssl_client_verify"; } }
}
CONF
nginx -p "$PWD/" -c "$PWD/main.conf" -e "$work/log-start" &
server=$!
await "$port"
cert=(--x509certfile client/fullchain.pem --x509keyfile client/key.pem)
gnutls -p "$port" "${cert[@]}" && echo "GnuTLS connects"
curl -sS --noproxy '*' --cacert server/trust.pem --cert client/fullchain.pem --key client/key.pem "https://localhost:$port/" && echo
code=$(curl -s --noproxy '*' --cacert server/trust.pem -o /dev/null -w '%{http_code}' "https://localhost:$port/" || true)
echo "without a certificate: $code"
