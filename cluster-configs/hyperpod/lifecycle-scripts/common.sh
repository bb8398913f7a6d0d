# Sourced by the others.
# shellcheck shell=bash

# Where everything is; other than / in tests alone.
root="${LIFECYCLE_ROOT:-}"
here="$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)"
step="$(basename "$0" .sh)"

say() {
  printf '%s [%s] %s\n' "$(date --utc +%FT%TZ)" "$step" "$*"
}

fail() {
  say "FAILED: $*"
  exit 1
}

# wait_for SECONDS COMMAND...: whether it succeeds within so many seconds, asked every five.
wait_for() {
  local deadline=$((SECONDS + $1))
  shift
  until "$@"; do
    ((SECONDS < deadline)) || return 1
    sleep "${LIFECYCLE_SECONDS_BETWEEN_TRIES:-5}"
  done
}

# write_file PATH: standard input becomes that file, in one step, if it is not that already.
write_file() {
  local new
  mkdir -p "$(dirname "$1")"
  new="$(mktemp "$1.XXXXXX")"
  cat >"$new"
  chmod 0644 "$new"
  if cmp --silent "$new" "$1"; then
    rm -f "$new"
  else
    mv -f "$new" "$1"
  fi
}

# about QUESTION...: answers from what HyperPod says of the cluster, see about_cluster.py.
about() {
  python3 "$here/about_cluster.py" \
    "${SAGEMAKER_RESOURCE_CONFIG_PATH:-$root/opt/ml/config/resource_config.json}" "$here/provisioning_parameters.json" "$@"
}
