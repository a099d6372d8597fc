#!/bin/bash
# One share of a fleet for each job of GNU parallel, then all of them joined:
#
#   examples/scale/parallel.sh [SHARES]        default: 4
#
# SPEC, OUT and FLAGS (as `--env test --var devices=100000`) say what is made; `--sshlogin` in PARALLEL deals it out to
# several machines. The environment has a seed, from which each share derives the same CAs.
set -euo pipefail
shares=${1:-4} spec=${SPEC:-specs/fleet.toml} out=${OUT:-pki/scale}
export PKIFORM=${PKIFORM:-pkiform} FLAGS=${FLAGS:---env test}
mkdir -p "$out"
seq "$shares" | parallel --will-cite --halt now,fail=1 --jobs "${JOBS:-100%}" \
  "$PKIFORM apply $spec --out $out/share-{} --shard {}/$shares --jobs 1 --yes --quiet $FLAGS"
# shellcheck disable=SC2086
"$PKIFORM" merge "$spec" "$out"/share-* --out "$out/whole" $FLAGS
"$PKIFORM" digest "$out/whole"
