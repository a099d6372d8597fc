#!/usr/bin/env bash
# PostgreSQL starts with `server/postgresql.conf`; psql and pg8000, by Python's ssl, log in by their certificate alone.
# PostgreSQL does not run as root, so that it may have to be somebody else, with copies of the files.
set -euo pipefail
. "$(dirname "$0")/common.sh"
bin=$(ls -d /usr/lib/postgresql/*/bin | tail -1)
port=$(free_port) data=$1/data
as=()
mkdir -p "$data" "$1/tls"
cp server/fullchain.pem server/key.pem server/trust.pem "$1/tls/"
sed "s#server/#$1/tls/#" server/postgresql.conf >"$1/tls.conf"
if [ "$(id -u)" = 0 ]; then
  as=(setpriv --reuid=postgres --regid=postgres --clear-groups)
  chown -R postgres:postgres "$1"
fi
"${as[@]}" "$bin/initdb" -D "$data" -U postgres -A reject --no-sync >log-init 2>&1
"${as[@]}" tee "$data/pg_hba.conf" >/dev/null <<<"hostssl all all 127.0.0.1/32 cert"
"${as[@]}" tee -a "$data/postgresql.conf" >/dev/null <<<"include '$1/tls.conf'"
# A role needs a server, which then asks for a certificate: --single makes one before.
"${as[@]}" "$bin/postgres" --single -D "$data" postgres >log-role 2>&1 <<<'create role alice login'
"${as[@]}" "$bin/postgres" -D "$data" -p "$port" -c listen_addresses=127.0.0.1 -c unix_socket_directories="$1" -c fsync=off >log-postgres 2>&1 &
server=$!
await "$port"
# libpq takes no key that others can read, nor one of another's.
PGSSLMODE=verify-full PGSSLROOTCERT=server/trust.pem PGSSLCERT=client/fullchain.pem PGSSLKEY=client/key.pem \
  "$bin/psql" -X -A -t -h localhost -p "$port" -U alice -d postgres -c 'select current_user' || cat log-postgres
"$PYTHON" - "$port" <<'PY'
import ssl, sys
import pg8000.native

context = ssl.create_default_context(cafile="server/trust.pem")
try:
    pg8000.native.Connection("alice", host="localhost", port=int(sys.argv[1]), database="postgres", ssl_context=context)
    print("without a certificate: connected")
except Exception as error:
    print("without a certificate: refused")
context.load_cert_chain("client/fullchain.pem", "client/key.pem")
connection = pg8000.native.Connection("alice", host="localhost", port=int(sys.argv[1]), database="postgres", ssl_context=context)
print("pg8000:", connection.run("select current_user")[0][0])
PY
