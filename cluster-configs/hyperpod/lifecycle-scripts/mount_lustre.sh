#!/usr/bin/env bash
# mount_lustre.sh DNS_NAME MOUNT_NAME DIRECTORY: mounts a file system of FSx for Lustre, now and after every start.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

source="$1@tcp:/$2"
directory="$3"
fstab="$root/etc/fstab"

# What is mounted there, if anything. An automount of systemd is not it yet.
mounted() {
  findmnt --noheadings --first-only --output SOURCE --types lustre --mountpoint "$root$directory" || true
}

is_mounted() {
  [[ "$(mounted)" == "$source" ]] && return 0
  # Where the security groups do not let Lustre in, mount waits for ever.
  timeout "${LIFECYCLE_SECONDS_TO_ANSWER:-120}" mount -t lustre -o noatime,flock "$source" "$root$directory"
}

why_not() {
  local state
  # FSx knows more than mount says; that it cannot be asked here is no error of its own.
  state="$(timeout 30 aws fsx describe-file-systems --file-system-ids "${1%%.*}" \
    --query 'FileSystems[0].Lifecycle' --output text 2>&1)" || state="not to be told ($state)"
  fail "$source is not mounted at $directory. FSx says that its state is $state. If it is AVAILABLE, look at security groups: the" \
    "file system's must let in the machines' on TCP 988 and 1018 to 1023, and the machines' let them out."
}

mkdir -p "$root$directory" "$(dirname "$fstab")"
touch "$fstab"

present="$(mounted)"
if [[ -n "$present" && "$present" != "$source" ]]; then
  fail "$directory already has $present mounted, and should have $source. Unmount it, or give the machine another group."
fi

# FSx for Lustre user guide, mounting automatically. One line for the directory, whatever was there.
{
  awk -v directory="$directory" '$2 != directory' "$fstab"
  printf '%s %s lustre defaults,noatime,flock,_netdev,x-systemd.automount,x-systemd.requires=network-online.target 0 0\n' \
    "$source" "$directory"
} | write_file "$fstab"
systemctl daemon-reload

wait_for "${LIFECYCLE_SECONDS_TO_MOUNT:-300}" is_mounted || why_not "$1"
say "$source is mounted at $directory"
