#!/usr/bin/env bash
# The system's own store for real, in a mount namespace in which nothing of this machine's is written: curl refuses a
# server, accepts it once its root is installed, and refuses it again after the removal.
#
#   unshare --mount --map-root-user debian.sh      (or, on a machine that is thrown away, with SHARED=1 and without)
set -euo pipefail
if [ -z "${SHARED:-}" ]; then
  mkdir -p certs local
  cp -a /etc/ssl/certs/. certs/
  mount --bind certs /etc/ssl/certs
  mount --bind local /usr/local/share/ca-certificates
fi
openssl s_server -accept 127.0.0.1:0 -cert pki/trusted/server/cert.pem -cert_chain pki/trusted/server/fullchain.pem \
  -key pki/trusted/server/key.pem -www </dev/null >server.out 2>server.err &
server=$!
trap 'kill "$server"; wait "$server" 2>/dev/null || true' EXIT
for _ in $(seq 50); do port=$(sed -n 's/^ACCEPT .*:\([0-9]*\)$/\1/p' server.out); [ -n "$port" ] && break; sleep 0.1; done
ask() {
  # Whatever this machine tells its clients to trust besides.
  env -u SSL_CERT_FILE -u SSL_CERT_DIR -u CURL_CA_BUNDLE \
    timeout 10 curl -s --noproxy '*' -o page "https://localhost:$port/" && echo accepted || echo "refused ($?)"
}
ask
"$PKIFORM" trust install pki.toml --store debian 2>acts
cat acts | grep '^  '
ask
"$PKIFORM" trust install pki.toml --store debian
"$PKIFORM" trust status pki.toml --store debian
"$PKIFORM" trust remove pki.toml --store debian 2>>acts
ask
"$PKIFORM" trust status pki.toml --store debian || echo "exit $?"
# No link that points nowhere stays.
find /etc/ssl/certs -name 'pkiform-*'
