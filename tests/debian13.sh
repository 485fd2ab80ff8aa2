#!/usr/bin/env bash
# Builds the working tree and runs its tests in a bare Debian 13, with tests/run. Needs root and
# debootstrap; asks for packages where this machine's apt does. To be run by hand:
#
#   tests/debian13.sh [FOLDER]    the chroot's place, default ${TMPDIR:-/tmp}/saccade-trixie; one
#                                 that is there is used again. Delete it when done (3 GB).
#
# SUITE=bookworm does the same with Debian 12. Real data is taken from $SACCADE_SHARED or ../shared.
set -euo pipefail
suite=${SUITE:-trixie}
root=${1:-${TMPDIR:-/tmp}/saccade-$suite}
tree=$(realpath "$(dirname "$0")/..")
shared=${SACCADE_SHARED:-$tree/../shared}

if [ "$(id -u)" -ne 0 ]; then
  echo "error: a chroot needs root; run this with sudo" >&2
  exit 1
fi
if ! command -v debootstrap > /dev/null; then
  echo "error: no debootstrap; run: apt-get install debootstrap" >&2
  exit 1
fi

# The archive of Debian itself among apt's sources (security and updates are folders of others).
mirror=$(apt-get indextargets --format '$(REPO_URI) $(RELEASE) $(COMPONENT)' 'Created-By: Packages' |
  awk '$2 !~ /-/ && $3 == "main" && $1 ~ /debian\/?$/ { print $1; exit }')
mirror=${mirror:-http://deb.debian.org/debian}
eval "$(apt-config shell http_proxy Acquire::http::Proxy https_proxy Acquire::https::Proxy)"
[ -z "${http_proxy:-}" ] || export http_proxy
[ -z "${https_proxy:-}" ] || export https_proxy

if ! [ -e "$root/etc/debian_version" ] || [ -e "$root/debootstrap" ]; then
  debootstrap --variant=minbase "$suite" "$root" "$mirror"
fi
apt-config dump | grep -E '^Acquire::https?::Proxy' > "$root/etc/apt/apt.conf.d/proxy" || true
cp /etc/resolv.conf /etc/hosts "$root/etc/"

# The tree as it is, committed or not, without what was built from it: every run builds it anew.
rm -rf "$root/root/saccade"
mkdir -p "$root/root/saccade" "$root/root/shared"
tar -C "$tree" --exclude='./build*' --exclude=./.git -cf - . | tar -C "$root/root/saccade" -xf -

# Mounts of a private namespace go when its last process does.
export root shared
exec unshare --mount --propagation private bash -euo pipefail -c '
  mount -t proc proc "$root/proc"
  mount --rbind /dev "$root/dev"
  if [ -d "$shared" ]; then mount --bind -o ro "$shared" "$root/root/shared"; fi
  exec env -i HOME=/root TERM="${TERM:-dumb}" LANG=C.UTF-8 PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    ${http_proxy:+http_proxy="$http_proxy"} ${https_proxy:+https_proxy="$https_proxy"} \
    chroot "$root" /root/saccade/tests/run'
