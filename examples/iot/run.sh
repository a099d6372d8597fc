#!/usr/bin/env bash
# The tutorial's last step on one machine: a broker with mutual TLS, devices that send telemetry, and all who must not get
# in. Needs mosquitto and Python with azure-iot-device (which brings paho-mqtt). Ends whatever it has started.
#
#   ./run.sh [FOLDER]      FOLDER takes the PKI, the broker's files and its log; else one that goes away
set -euo pipefail
cd "$(dirname "$0")"
here=$PWD
pkiform=${PKIFORM:-pkiform} python=${PYTHON:-python3}
broker=$(command -v mosquitto || echo /usr/sbin/mosquitto)
work=${1:-} port=8883 # Microsoft's client knows no other port
pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null && wait "$pid" 2>/dev/null; done
  [ -n "${1:-}" ] && rm -rf "$1"
  return 0
}
if [ -z "$work" ]; then work=$(mktemp -d); trap 'finish "$work"' EXIT; else mkdir -p "$work"; trap finish EXIT; fi
pki=$work/pki
say() { printf '%s\n' "$*"; }
die() { say "FAIL $*"; tail -n 20 "$work/broker.log" 2>/dev/null; exit 1; }

[ -x "$broker" ] || die "there is no mosquitto: apt-get install mosquitto mosquitto-clients"
if (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null; then
  say "FAIL port $port is taken: another broker is running on this machine; stop it first"
  exit 1
fi

"$pkiform" apply --quiet --yes "$here/pki.toml" --out "$pki"

# The broker: who connects must show a certificate of our root that no list revokes; its common name is who he is.
cat "$pki"/intermediate-*/crl.pem >"$work/crl.pem"
cat >"$work/mosquitto.conf" <<CONF
per_listener_settings false
listener $port 127.0.0.1
cafile $pki/root/cert.pem
certfile $pki/broker/fullchain.pem
keyfile $pki/broker/key.pem
crlfile $work/crl.pem
require_certificate true
use_identity_as_username true
allow_anonymous false
acl_file $here/acl
persistence false
log_dest file $work/broker.log
log_type all
CONF
if [ "$(id -u)" = 0 ]; then echo "user root" >>"$work/mosquitto.conf"; fi
"$broker" -c "$work/mosquitto.conf" >"$work/broker.out" 2>&1 &
pids+=($!)
for _ in $(seq 50); do
  (exec 3<>"/dev/tcp/127.0.0.1/$port") 2>/dev/null && break
  kill -0 "${pids[0]}" 2>/dev/null || { cat "$work/broker.out"; die "the broker did not start"; }
  sleep 0.1
done

# One that listens, and must get what both devices send: five messages each.
client() { printf -- '-h\nlocalhost\n-p\n%s\n--cafile\n%s/root/cert.pem\n--cert\n%s/%s/fullchain.pem\n--key\n%s/%s/key.pem\n' "$port" "$pki" "$pki" "$1" "$pki" "$1"; }
mapfile -t listener < <(client device-thermo-2)
timeout 60 mosquitto_sub "${listener[@]}" -i listener -t 'devices/+/messages/events/#' -F '%t %p' -C 10 >"$work/got" 2>"$work/sub.err" &
listening=$!
pids+=("$listening")
for _ in $(seq 50); do grep -q 'SUBSCRIBE from listener' "$work/broker.log" 2>/dev/null && break; sleep 0.1; done

timeout 40 "$python" "$here/device_azure.py" "$pki" device-thermo-1 >"$work/azure.out" 2>&1 || { cat "$work/azure.out"; die "Microsoft's client"; }
say "pass thermo-1 has sent $(grep -c '^sent' "$work/azure.out") messages with azure-iot-device"
timeout 40 "$python" "$here/device_paho.py" "$pki" device-thermo-2 "$port" || die "paho-mqtt"
say "pass thermo-2 has sent 5 messages with paho-mqtt"
wait "$listening" || die "the listener got $(wc -l <"$work/got") of 10 messages: $(cat "$work/sub.err")"
for device in thermo-1 thermo-2; do
  [ "$(grep -c "^devices/$device/messages/events/.*\"temperature\"" "$work/got")" = 5 ] || die "messages of $device: $(cat "$work/got")"
done
[ "$(grep -c 'temperatureAlert=true' "$work/got")" -ge 2 ] || die "alerts: $(cat "$work/got")"
say "pass a listener got all ten, each under its sender's name, with temperature, humidity and alert"

refused() { # WHO WHAT ENTITY [AS]
  if timeout 20 "$python" "$here/device_paho.py" "$pki" "$3" "$port" ${4:+"$4"} >"$work/refused.out" 2>&1; then
    die "$1 $2 was let in"
  fi
  say "pass $1 $2 is refused"
}
refused "a device" "that is revoked" device-stolen
refused "a device" "that has expired" expired
refused "a device" "of another root" stranger
refused "someone" "without a certificate" nobody

# Under another's name: the broker takes the connection, and denies the message.
timeout 20 "$python" "$here/device_paho.py" "$pki" device-thermo-2 "$port" thermo-1 >"$work/refused.out" 2>&1 || true
grep -q 'Denied PUBLISH.*devices/thermo-1/' "$work/broker.log" || die "a message under another's name was taken"
say "pass a message under another's name is refused"
