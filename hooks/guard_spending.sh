# The guard around spending: a PreToolUse hook for commands, for files that are written, and for other servers' tools.
# It runs before each of them, so most must be let through without starting a Python: only a call that has a word of
# ours, or of AWS's purchases, is looked at closely, in guard/guard.py. Nothing is used here but a shell and sed, as
# by what starts the server. Exit status 2 blocks, and its standard error is what the model is told.
# shellcheck shell=sh
here=${0%/*}

block() {
  echo "ml-clusters blocked this call, and nothing was done: $1" >&2
  exit 2
}

event=$(sed '') || block 'its guard could not read it.'
[ "${#event}" -le 16000000 ] || block 'it is too long for its guard to read. Make it in smaller parts.'
case $event in
  '{'*'"tool_name"'*'}') ;;
  *) block 'its guard did not understand it.' ;;
esac

# Quotes (PowerShell has more than other shells, which JSON may spell by number), backslashes and carets within a word do
# not hide it. In the C locale no byte is illegal to any sed.
# shellcheck disable=SC1112
words=$(printf '%s' "$event" | LC_ALL=C sed -e 's/\\u201[89A-Fa-f]//g; s/‘//g; s/’//g; s/‚//g; s/‛//g' \
  -e 's/“//g; s/”//g; s/„//g; s/‟//g' -e "s/[\"'\\\\\`^]//g") || block 'its guard could not read it.'
case $words in
  *[Cc][Aa][Pp][Aa][Cc][Ii][Tt][Yy]* | *[Pp][Uu][Rr][Cc][Hh][Aa][Ss][Ee]* | *[Tt][Rr][Aa][Ii][Nn][Ii][Nn][Gg]*) ;;
  *ml-clusters* | *mcp_server* | *launch.py* | *disableAllHooks*) ;;
  *) exit 0 ;;
esac

python=
[ ! -r "$here/../bin/launcher/find-python.sh" ] || . "$here/../bin/launcher/find-python.sh"
if [ -n "$python" ]; then
  printf '%s' "$event" | "$python" -I -S "$here/guard/guard.py"
  case $? in
    0) exit 0 ;;
    2) exit 2 ;;
    *) block 'its guard failed, or took too long. Tell the person, who can see why in the log of hooks.' ;;
  esac
fi

# Without a Python nothing tells a purchase from a search for its name, so the plain spellings are blocked wherever they
# stand, and all else runs: blocking every command would leave no way to install a Python.
case $words in
  *urchase[-_]capacity[-_]block* | *urchaseCapacityBlock* | *ew-EC2CapacityBlock* | *aws_ec2_capacity_block_reservation*) ;;
  *reate[-_]training[-_]plan* | *reateTrainingPlan* | *xtend[-_]training[-_]plan* | *xtendTrainingPlan* | *ew-SMTrainingPlan*) ;;
  *'ml-clusters approve'* | *'ml-clusters ledger settle'* | *'ml-clusters ledger rebuild'* | *'ml-clusters policy init'* | *'ml-clusters serve'*) ;;
  */ml-clusters/policy.toml* | */ml-clusters/ledger.sqlite3*) ;;
  *) exit 0 ;;
esac
block 'it names what spends money, and without a Python on the PATH its guard cannot tell reading from buying.'
