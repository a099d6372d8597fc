#!/usr/bin/env bash
# Mosquitto starts with `server/mosquitto.conf`; paho-mqtt, by Python's ssl, connects. The port is not the usual one, so
# that two of these can run at once.
set -euo pipefail
. "$(dirname "$0")/common.sh"
port=$(free_port)
sed "s/^listener 8883$/listener $port 127.0.0.1/" server/mosquitto.conf >main.conf
[ "$(id -u)" != 0 ] || echo 'user root' >>main.conf
"$(command -v mosquitto || echo /usr/sbin/mosquitto)" -c main.conf >log-mosquitto 2>&1 &
server=$!
await "$port"
"$PYTHON" - "$port" <<'PY'
import ssl, sys
import paho.mqtt.client as mqtt

def connect(cert):
    arguments = [mqtt.CallbackAPIVersion.VERSION2] if hasattr(mqtt, "CallbackAPIVersion") else []
    client = mqtt.Client(*arguments)
    context = ssl.create_default_context(cafile="server/trust.pem")
    if cert:
        context.load_cert_chain("client/fullchain.pem", "client/key.pem")
    client.tls_set_context(context)
    seen = []
    client.on_connect = lambda client, data, flags, code, *more: seen.append(code)
    client.connect("localhost", int(sys.argv[1]))
    for _ in range(50):
        if client.loop(0.1) != 0 or seen:
            break
    return bool(seen) and seen[0] == 0

print("with a certificate:", "connected" if connect(True) else "refused")
try:
    print("without a certificate:", "connected" if connect(False) else "refused")
except (ssl.SSLError, OSError):
    print("without a certificate: refused")
PY
