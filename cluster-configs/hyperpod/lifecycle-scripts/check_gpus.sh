#!/usr/bin/env bash
# check_gpus.sh INSTANCE_TYPE: are all GPUs there and well? HyperPod's deep health checks load them for an hour and more; this takes
# seconds, and also sees what they leave out on a machine that only came back.
set -euo pipefail
# shellcheck source=common.sh
source "$(dirname "${BASH_SOURCE[0]}")/common.sh"

instance_type="$1"
replace="Let HyperPod replace the machine (aws sagemaker batch-replace-cluster-nodes); while node recovery is on, it does so itself."

# EC2 instance types, accelerated computing. Of a type that is not here any number above none will do.
case "$instance_type" in
  ml.p4d.24xlarge | ml.p4de.24xlarge | ml.p5.48xlarge | ml.p5e.48xlarge | ml.p5en.48xlarge) expected=8 ;;
  ml.p6-b200.48xlarge | ml.p6-b300.48xlarge | ml.g5.48xlarge | ml.g6.48xlarge | ml.g6e.48xlarge) expected=8 ;;
  ml.p6e-gb200.36xlarge) expected=4 ;;
  ml.p5.4xlarge) expected=1 ;;
  ml.p[0-9]* | ml.g[0-9]* | ml.gr[0-9]*) expected="" ;;
  *)
    say "$instance_type has no GPU of NVIDIA"
    exit 0
    ;;
esac

# A driver in trouble does not answer at all.
listed="$(timeout "${LIFECYCLE_SECONDS_TO_ANSWER:-120}" nvidia-smi -L)" ||
  fail "nvidia-smi does not answer on $instance_type: its driver is missing or hangs. $replace"
present="$(grep --count '^GPU ' <<<"$listed" || true)"
if [[ -n "$expected" ]]; then
  ((present == expected)) || fail "$instance_type has $expected GPUs, and $present are there. $replace"
else
  ((present > 0)) || fail "$instance_type has GPUs, and none is there. $replace"
fi

errors="$(timeout "${LIFECYCLE_SECONDS_TO_ANSWER:-120}" nvidia-smi \
  --query-gpu=index,ecc.errors.uncorrected.volatile.total --format=csv,noheader,nounits)" ||
  fail "nvidia-smi does not tell errors of memory on $instance_type. $replace"
while IFS=', ' read -r gpu count; do
  # A GPU without error correction says [N/A].
  if [[ "$count" =~ ^[0-9]+$ ]] && ((count > 0)); then
    fail "GPU $gpu has $count errors of memory that could not be corrected. $replace"
  fi
done <<<"$errors"
say "$present GPUs are there and well"
