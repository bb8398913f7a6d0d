#!/usr/bin/env bash
# start_slurm.sh controller|login|compute CONTROLLER_ADDRESSES: starts Slurm, for which HyperPod's agent writes the configuration on
# controllers, from provisioning_parameters.json; other machines fetch it from there.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

role="$1"
controllers="$2"
units="$root/etc/systemd/system"
configuration="$root/opt/slurm/etc/slurm.conf"
export PATH="$PATH:$root/opt/slurm/bin:$root/opt/slurm/sbin"

names_a_controller() {
  local address
  [[ -f "$configuration" ]] || return 1
  for address in ${controllers//,/ }; do
    grep --quiet --fixed-strings --word-regexp "$address" "$configuration" && return 0
  done
  return 1
}

answers() {
  scontrol ping | grep --quiet ' is UP$'
}

# The image has both daemons; the other one would join a machine to Slurm in a part that it does not have.
never_start() {
  systemctl disable --now "$1" || true
  if [[ -f "$units/$1.service" ]]; then
    mv -f "$units/$1.service" "$units/$1.service.not-on-this-machine"
  fi
}

case "$role" in
  controller)
    command -v slurmctld >/dev/null || fail "there is no slurmctld: the machine's image is not HyperPod's for Slurm"
    wait_for "${LIFECYCLE_SECONDS_TO_CONFIGURE:-300}" names_a_controller ||
      fail "HyperPod's agent has not written $controllers into $configuration. Is controller_group in provisioning_parameters.json the name of this group?"
    say "$(slurmctld -V)"
    never_start slurmd
    systemctl daemon-reload
    systemctl enable --now slurmctld ||
      fail "slurmctld does not start: journalctl --unit slurmctld says why, and slurmctld -t what is wrong in $configuration"
    wait_for "${LIFECYCLE_SECONDS_TO_START:-120}" answers ||
      fail "slurmctld is started and does not answer scontrol ping: see $root/var/log/slurm/slurmctld.log"
    ;;
  compute | login)
    never_start slurmctld
    # The image's unit has $SLURMD_OPTIONS in its command.
    write_file "$units/slurmd.service.d/10-controllers.conf" <<UNIT
[Service]
Environment="SLURMD_OPTIONS=--conf-server $controllers"
UNIT
    systemctl daemon-reload
    if [[ "$role" == login ]]; then
      # It fetches the configuration, and ends where it does not find itself in it: a login machine runs no jobs.
      systemctl enable --now slurmd || say "slurmd does not stay on a login machine, which is right"
    else
      systemctl enable --now slurmd ||
        fail "slurmd does not start: can this machine reach $controllers on TCP 6817? journalctl --unit slurmd says more"
      systemctl is-active --quiet slurmd || fail "slurmd ended right after its start: journalctl --unit slurmd says why"
    fi
    ;;
  *) fail "Slurm has no part named $role" ;;
esac
say "Slurm runs: $role"
