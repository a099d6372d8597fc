#!/usr/bin/env bash
# Times, in one run and in a memory file system, pkiform and its peers on the tutorial's chain (P-256): root, three
# intermediates, devices, each with key, certificate and full chain as PEM. CPU is user + system.
#
#   benches/peers.sh [DEVICES…]        default: 0 100 1000
#
# Packed fleets (`pack = "sqlite"`) are made in memory and on the disk. Above 1,000 devices the peers are left out; those
# that are not installed are passed over. PYTHON names a Python that has `cryptography`.
set -euo pipefail
cd "$(dirname "$0")/.."
counts=("${@:-0}"); [ $# -gt 0 ] || counts=(0 100 1000)
cargo build --release --locked -q
cargo build --profile bench --bench bound -q
pkiform=$PWD/target/release/pkiform
bound=$(ls -t target/release/deps/bound-* | grep -v '\.d$' | head -n 1)
python=${PYTHON:-$PWD/target/judges/venv/bin/python}
memory=/dev/shm; [ -d $memory ] || memory=${TMPDIR:-/tmp}
work=$(mktemp -d "$memory/pkiform-peers.XXXXXX"); disk=$(mktemp -d "$PWD/target/pkiform-peers.XXXXXX")
trap 'rm -rf "$work" "$disk"' EXIT
# PKCS#12 costs what its key derivation costs, and the peers make none.
sed 's/, "pkcs12"\]/]/' specs/azure-iot.toml > "$work/azure-iot.toml"
sed 's/^\[leaf.device\]/&\npack = "sqlite"/' "$work/azure-iot.toml" > "$work/packed.toml"

run() { # run NAME COMMAND… : prints CPU and wall time in milliseconds
  local name=$1; shift
  local TIMEFORMAT='%U %S %R' took
  took=$({ time "$@" >/dev/null 2>&1; } 2>&1) || { printf '  %-22s failed\n' "$name"; return; }
  awk -v name="$name" -v n="$devices" -v base="$base" '{
    cpu = ($1 + $2) * 1000; wall = $3 * 1000
    printf "  %-22s CPU %9.1f ms   wall %9.1f ms", name, cpu, wall
    if (base > 0) printf "   CPU %6.2f x the bound", cpu / base
    printf "\n" }' <<<"$took"
  cpu=$(awk '{ print ($1 + $2) * 1000 }' <<<"$took")
}
for devices in "${counts[@]}"; do
  echo "$devices devices"
  base=0 cpu=0
  # What lies there already costs the next one: the kernel's memory for files is given out anew, or used again.
  mkdir "$work/bound"; run bound "$bound" "$work/bound" "$devices"; base=$cpu; rm -rf "$work/bound"
  apply=("$pkiform" apply "$work/azure-iot.toml" --out "$work/pkiform" --var "devices=$devices" --quiet)
  run pkiform "${apply[@]}"
  run "pkiform again" "${apply[@]}"
  rm -rf "$work/pkiform"
  run "pkiform --jobs 1" "${apply[@]}" --jobs 1
  rm -rf "$work/pkiform"
  for place in "$work" "$disk"; do
    apply=("$pkiform" apply "$work/packed.toml" --out "$place/packed" --var "devices=$devices" --quiet)
    on=""; [ "$place" = "$disk" ] && on=", disk"
    run "packed$on" "${apply[@]}"
    run "packed$on, again" "${apply[@]}"
    rm -rf "$place/packed"
    [ -z "$on" ] && run "packed --jobs 1" "${apply[@]}" --jobs 1 && rm -rf "$place/packed"
  done
  [ "$devices" -gt 1000 ] && continue
  "$python" -c 'import cryptography' 2>/dev/null && run "python cryptography" "$python" benches/peers/python.py "$work/python" "$devices"
  run "openssl script" bash benches/peers/openssl.sh "$work/openssl" "$devices"
  command -v certtool >/dev/null && run certtool bash benches/peers/certtool.sh "$work/certtool" "$devices"
  command -v cfssl >/dev/null && run cfssl bash benches/peers/cfssl.sh "$work/cfssl" "$devices"
  [ -x "${EASYRSA:-/usr/share/easy-rsa/easyrsa}" ] && run "easy-rsa (no chain)" bash benches/peers/easyrsa.sh "$work/easyrsa" "$devices"
  rm -rf "$work/python" "$work/openssl" "$work/certtool" "$work/cfssl" "$work/easyrsa"
done
