# Sourced. Sets python to the first Python 3.6 or later, or to nothing. launch.py wants no more than that to say what else is missing.
# shellcheck shell=sh
python=
for candidate in python3 python3.13 python3.12 python3.11 python; do
  # Asked for its own path, so that a version manager's shim is paid for once.
  python=$("$candidate" -I -S -c 'import sys; sys.version_info >= (3, 6) and print(sys.executable)' 2>/dev/null </dev/null) || python=
  [ -z "$python" ] || break
done
[ -n "$python" ] || python=$(uv python find --no-project '>=3.11' 2>/dev/null </dev/null) || python=
