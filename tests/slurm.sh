#!/usr/bin/env bash
# Runs `saccade batch` as two tasks of a real Slurm on this machine alone, and compares what
# `saccade merge` makes of them with a run by one process.
#
#   tests/slurm.sh [--install] [SACCADE]      SACCADE: default build/dev/bin/saccade
#
# As root: Slurm's daemons start tasks for users. Needs Debian's slurm-wlm and munge, which --install
# installs. The daemons have a configuration, a key, ports and folders of their own and end with the
# script; one that is installed and configured is neither used nor touched.
set -euo pipefail
cd "$(dirname "$0")/.."

packages=(slurm-wlm munge)
if [ "${1:-}" = --install ]; then
  shift
  apt-get install -q -y --no-install-recommends "${packages[@]}"
fi
saccade=$(realpath "${1:-build/dev/bin/saccade}")

fail() {
  echo "error: $*" >&2
  exit 1
}
[ "$(id -u)" -eq 0 ] || fail "Slurm's daemons want to be root; run this with sudo"
[ -x "$saccade" ] || fail "$saccade: is not there; build it, or name another"
for program in munged slurmctld slurmd srun sbatch; do
  command -v "$program" > /dev/null || fail "no $program; run apt-get install ${packages[*]}"
done

work=$(mktemp -d)
daemons=()
ready=no
clean_up() {
  local status=$?
  if [ $status -ne 0 ]; then tail -n 20 "$work"/*.log >&2 || true; fi
  if [ $ready = yes ]; then end_jobs; fi
  for ((i = ${#daemons[@]} - 1; i >= 0; i--)); do
    kill "${daemons[i]}" 2> /dev/null || true
    wait "${daemons[i]}" 2> /dev/null || true
  done
  rm -rf "$work"
  exit $status
}
# Tasks outlive the daemons.
end_jobs() {
  scancel --user="$(id -un)" || true
  for ((i = 0; i < 100; i++)); do
    squeue --noheader | grep -q . || break
    sleep 0.2
  done
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# until_true SECONDS COMMAND...
until_true() {
  local end=$((SECONDS + $1))
  shift
  until "$@" > /dev/null 2>&1; do
    [ $SECONDS -lt $end ] || fail "gave up waiting for: $*"
    sleep 0.2
  done
}

# Slurm's port may be in use by another Slurm.
port=$((20000 + RANDOM % 10000))
host=$(hostname -s)
write_configuration() {
  mkdir "$work/state" "$work/spool"
  chmod 755 "$work"
  cat > "$work/slurm.conf" << END
ClusterName=saccade
SlurmctldHost=$host(127.0.0.1)
SlurmUser=root
SlurmctldPort=$port
SlurmdPort=$((port + 1))
AuthType=auth/munge
AuthInfo=socket=$work/munge.socket
CredType=cred/munge
CommunicationParameters=NoCtldInAddrAny
StateSaveLocation=$work/state
SlurmdSpoolDir=$work/spool
SlurmctldPidFile=$work/slurmctld.pid
SlurmdPidFile=$work/slurmd.pid
ProctrackType=proctrack/linuxproc
TaskPlugin=task/affinity
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
MpiDefault=none
ReturnToService=2
KillWait=10
NodeName=$host NodeAddr=127.0.0.1 CPUs=$(nproc) State=UNKNOWN
PartitionName=all Nodes=$host Default=YES State=UP
END
}

start_slurm() {
  export SLURM_CONF=$work/slurm.conf
  dd if=/dev/urandom of="$work/munge.key" bs=1024 count=1 status=none
  chmod 600 "$work/munge.key"
  munged --foreground --force --key-file="$work/munge.key" --socket="$work/munge.socket" \
    --pid-file="$work/munged.pid" --seed-file="$work/munged.seed" > "$work/munged.log" 2>&1 &
  daemons+=($!)
  until_true 20 munge --socket="$work/munge.socket" --no-input
  slurmctld -D > "$work/slurmctld.log" 2>&1 &
  daemons+=($!)
  slurmd -D -N "$host" > "$work/slurmd.log" 2>&1 &
  daemons+=($!)
  until_true 30 sh -c "sinfo --noheader --format=%T | grep -qx idle"
  ready=yes
}

# Twelve pictures, one of them broken.
make_pictures() {
  mkdir -p "$work/photos/sub"
  for i in $(seq 1 6); do
    cp tests/samples/cat.png "$work/photos/img$i.png"
    cp tests/samples/rocket.jpg "$work/photos/sub/rocket$i.jpg"
  done
  echo "no picture" > "$work/photos/sub/rocket3.jpg"
}

# Run by one thread and a picture at a time, results are the same to the last bit.
batch=("$saccade" batch -q --threads 1 --batch-size 1 --results "jsonl,csv" photos)

# compare FOLDER FOLDER: the same results?
compare() {
  cmp "$1/results.jsonl" "$2/results.jsonl"
  cmp "$1/results.csv" "$2/results.csv"
}

# expect CODE COMMAND...
expect() {
  local wanted=$1 status=0
  shift
  "$@" || status=$?
  [ $status -eq "$wanted" ] || fail "exit code $status in place of $wanted: $*"
}

write_configuration
start_slurm
make_pictures
cd "$work"
expect 3 "${batch[@]}" -o single

echo "== srun -n 2"
expect 0 srun -n 2 "${batch[@]}" -o shards
for shard in shards/shard-1-of-2 shards/shard-2-of-2; do
  [ -d "$shard" ] || fail "no $shard"
done
expect 3 "$saccade" merge shards -o whole --results csv
compare single whole

echo "== sbatch with srun in the script, and a step of one process before it"
cat > job.sh << END
#!/bin/sh
#SBATCH --ntasks=2 --output=job.log
env | grep ^SLURM_ | sort > script.env
${batch[@]} -o alone
srun sh -c 'env | grep ^SLURM_ | sort > task\$SLURM_PROCID.env; exec "\$@"' - ${batch[@]} -o job
END
expect 0 sbatch --wait job.sh
cat job.log
[ -f alone/results.jsonl ] || fail "the script's own process has made a shard"
expect 3 "$saccade" merge job -o job-whole --results csv
compare single job-whole
compare single alone

echo "== scancel, then the same job again"
mkdir many
for i in $(seq 1 4000); do ln photos/img1.png "many/$i.png"; done
many=("$saccade" batch -q --threads 1 --batch-size 1 --results "jsonl,csv" many --resume)
expect 0 "${many[@]}" -o many-single
printf '#!/bin/sh\n#SBATCH --ntasks=2 --output=many.log\nsrun %s -o many-shards\n' "${many[*]}" > many.sh
job=$(sbatch --parsable many.sh)
until_true 30 grep -q . many-shards/shard-1-of-2/results.jsonl
until_true 30 grep -q . many-shards/shard-2-of-2/results.jsonl
scancel "$job"
until_true 30 sh -c "! squeue --noheader | grep -q ."
cat many.log
for run in many-shards/*/run.json; do
  grep -q '"outcome": "interrupted"' "$run" || fail "$run: was not interrupted in good order"
done
expect 2 "$saccade" merge many-shards -o many-whole
expect 0 sbatch --wait many.sh
expect 0 "$saccade" merge many-shards -o many-whole --results csv
compare many-single many-whole

echo "ok"
