#!/usr/bin/env bash
# The steps, in order. Each is a script of its own, may be run again, and says what failed.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

read -r -a addresses <<<"$(hostname -I)"
group="$(about group "${addresses[@]}")" || fail "this machine is not known to the cluster, see the line before"
instance_type="$(about instance-type "${addresses[@]}")"
role="$(about slurm-role "${addresses[@]}")" || fail "group $group has no part in Slurm, see the line before"
say "group $group, $instance_type, Slurm: $role"

# First, so that a machine with a broken accelerator never joins.
bash "$here/check_gpus.sh" "$instance_type"

# Each answer in a line of its own: within a command's arguments bash would take a failure for an empty word.
fsx_dns_name="$(about fsx-dns-name)"
fsx_mount_name="$(about fsx-mount-name)"
if [[ -n "$fsx_dns_name" ]]; then
  bash "$here/mount_lustre.sh" "$fsx_dns_name" "$fsx_mount_name" /fsx
fi

if [[ "$role" != none ]]; then
  controllers="$(about controllers)" || fail "Slurm has no controller, see the line before"
  bash "$here/start_slurm.sh" "$role" "$controllers"
fi
say "done"
