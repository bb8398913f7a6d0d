#!/usr/bin/env bash
# What HyperPod runs, as root, on every new machine of every group, and again after it replaced the machine's system. It may be run
# any number of times. Tests set LIFECYCLE_ROOT, under which all files are then, and the waits.
set -euo pipefail

here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
# HyperPod's agent sends this file to CloudWatch, stream LifecycleConfig/GROUP/INSTANCE.
log="${LIFECYCLE_ROOT:-}/var/log/provision/provisioning.log"
mkdir -p "$(dirname "$log")"

# A process of its own: within a condition, as here, bash would not stop at the first command that fails.
if bash "$here/set_up_machine.sh" 2>&1 | tee -a "$log"; then
  exit 0
fi
# A machine that failed is soon taken away, and the agent needs a while to send the reason.
sleep "${LIFECYCLE_SECONDS_TO_SEND_LOG:-60}"
exit 1
