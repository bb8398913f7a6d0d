# Claude Code takes exit status 2 of a hook for "block", and a missing file or a broken Python can end with just that:
# whatever goes wrong here, nothing is answered, and Claude Code asks as it does without this hook.
# shellcheck shell=sh
here=${0%/*}
[ -r "$here/../bin/launcher/find-python.sh" ] || exit 0
. "$here/../bin/launcher/find-python.sh"
[ -z "$python" ] || "$python" -I -S "$here/allow_reads.py" 2>/dev/null
exit 0
