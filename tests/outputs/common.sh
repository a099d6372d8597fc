# What the scripts beside this one share: a free port, waiting for it, ending what was started.
free_port() { python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
await() {
  for _ in $(seq 100); do
    (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null && return
    kill -0 "$server" 2>/dev/null || break
    sleep 0.1
  done
  echo "the server did not start" >&2
  cat log* >&2
  exit 1
}
trap '[ -z "${server:-}" ] || { kill "$server" 2>/dev/null; wait "$server" 2>/dev/null; } || true' EXIT
# GnuTLS as the client: with a certificate of ours, and with none.
gnutls() {
  # A server that closes at once is no fault of the handshake, which is what counts.
  timeout 20 gnutls-cli --x509cafile server/trust.pem "$@" localhost </dev/null >client.out 2>&1 || true
  grep -q 'Handshake was completed' client.out
}
