#!/bin/bash
# A Slurm of one machine, for as long as it takes: runs the job array with four tasks, joins the shares, prints the digest
# (Debian package slurm-wlm). It uses ports of its own, no system service, and ends every process that it began.
#
#   examples/scale/slurm-here.sh
#
# Where Slurm is there already, all that is needed of this is:
#
#   sbatch --wait --array=1-4 examples/scale/slurm.sbatch && pkiform merge SPEC pki/scale/share-* --out pki/scale/whole
set -euo pipefail
cd "$(dirname "$0")/../.."
OUT=$(realpath -m "${OUT:-pki/scale}")
export OUT SPEC=${SPEC:-specs/fleet.toml} PKIFORM=${PKIFORM:-pkiform} FLAGS=${FLAGS:---env test}
tasks=${TASKS:-4}
here=$(mktemp -d) host=$(hostname -s) pids=()
finish() {
  for pid in "${pids[@]}"; do kill "$pid" 2>/dev/null || true; done
  for pid in "${pids[@]}"; do wait "$pid" 2>/dev/null || true; done
  rm -rf "$here"
}
trap finish EXIT
port=${SLURM_PORT:-$((20000 + $$ % 10000))}
cat > "$here/slurm.conf" <<CONF
ClusterName=here
SlurmctldHost=$host(127.0.0.1)
SlurmUser=$(id -un)
SlurmdUser=$(id -un)
SlurmctldPort=$port
SlurmdPort=$((port + 1))
AuthType=auth/none
CredType=cred/none
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
SchedulerParameters=sched_interval=1,bf_interval=1
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
StateSaveLocation=$here/state
SlurmdSpoolDir=$here/spool
SlurmctldPidFile=$here/slurmctld.pid
SlurmdPidFile=$here/slurmd.pid
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES State=UP
CONF
mkdir "$here/state" "$here/spool"
export SLURM_CONF=$here/slurm.conf PATH=$PATH:/usr/sbin
slurmctld -D -f "$SLURM_CONF" >"$here/slurmctld.log" 2>&1 & pids+=($!)
slurmd -D -f "$SLURM_CONF" >"$here/slurmd.log" 2>&1 & pids+=($!)
for _ in $(seq 60); do
  sinfo -h -o %T 2>/dev/null | grep -q idle && break
  sleep 0.5
done
mkdir -p "$OUT"
if ! timeout "${LIMIT:-300}" sbatch --wait --array="1-$tasks" --output="$OUT/task-%a.log" --export=ALL \
    examples/scale/slurm.sbatch >&2; then
  cat "$OUT"/task-*.log "$here"/*.log >&2
  exit 1
fi
# shellcheck disable=SC2086
"$PKIFORM" merge "$SPEC" "$OUT"/share-* --out "$OUT/whole" $FLAGS
"$PKIFORM" digest "$OUT/whole"
