"""Decides about one call of a tool: exit status 0 lets it through, 2 blocks it and tells the model why.

A tripwire, not a boundary (SECURITY.md): it stops an agent that takes the short way to a purchase, not one that hides
it. What is not understood is blocked. Standard library alone, and readable by Python 3.6.
"""

import faulthandler
import json
import os
import re
import sys

# An isolated Python does not look beside the script.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 (pathlib costs more than all else)

import commands
import guarded
import writes

OWN_TOOL = re.compile(r"mcp__(?:plugin_ml-clusters_)?ml-clusters__\w+")
# Tools of other servers that look something up, by their names: they may be asked about a purchase.
LOOKING_UP = re.compile(
    r"(?:search|suggest|recommend|read|find|list|describe)(?![a-z])|(?:.*[-_])?(?:docs?|documentation)(?![a-z])"
)
RUNNING = re.compile(r"(?:(?<![a-z])(?:run|exec|eval|call|invoke)|(?:Run|Exec|Eval|Call|Invoke))(?:ute|s)?(?![a-z])")
COMMAND_LINE = re.compile(r"(?:\w+_)?(?:command|cmd)")

# Claude Code goes on without a hook that takes a minute.
LONGEST_SECONDS = 20

RIGHT_WAY = (
    "To buy capacity use the tools quote_capacity and purchase_capacity (or extend_capacity) of ml-clusters: a person "
    "decides there. Do not look for another way."
)
SENTENCES = {
    guarded.PURCHASE: "it names a request that buys capacity, which cannot be cancelled or refunded. " + RIGHT_WAY,
    guarded.RESOURCE: "applying a Terraform resource that is a Capacity Block buys it. " + RIGHT_WAY,
    guarded.COMMAND: "this command of ml-clusters is for a person to run, in a terminal of their own. Give it to them.",
    guarded.SERVER: "the server of ml-clusters is started by the client, not from a shell. Use its tools.",
    guarded.PLACE: "policy, ledger and settings of ml-clusters are a person's to change. Tell them what to change.",
    guarded.HOOKS: "whether hooks run is for a person to decide. Tell them what you would change.",
}


def main():
    """Decide about the event on standard input."""
    # It ends the process with a failure, which blocks, whatever Python is busy with, also within a regular expression.
    faulthandler.dump_traceback_later(LONGEST_SECONDS, exit=True)
    try:
        event = json.loads(sys.stdin.buffer.read().decode("utf-8"))
        what = named(event["tool_name"], event["tool_input"], event.get("cwd") or "")
    except Exception as error:  # noqa: BLE001 (whatever it is, a guard that fails blocks)
        return _block(f"its guard did not understand it ({type(error).__name__}).")
    return _block(SENTENCES[what]) if what else 0


def named(tool, arguments, folder):
    """What a call of a tool would do that is guarded, or None. folder is where commands run."""
    if tool in ("Bash", "PowerShell", "Monitor"):
        return commands.guarded_in(arguments["command"], folder, powershell=tool == "PowerShell")
    if tool in ("Write", "Edit", "MultiEdit", "NotebookEdit"):
        path = arguments["notebook_path" if tool == "NotebookEdit" else "file_path"]
        added = [text for key, text in _texts(arguments) if key in ("content", "new_string", "new_source")]
        if arguments.get("cell_type") == "markdown":
            added = []
        return writes.guarded_in(os.path.join(folder, path), "\n".join(added))  # noqa: PTH118
    if OWN_TOOL.fullmatch(tool):
        return None
    own_name = tool.rsplit("__", 1)[-1]
    if tool.startswith("mcp__") and LOOKING_UP.match(own_name) and not RUNNING.search(own_name):
        return None
    told = list(_texts(arguments))
    lines = [text for key, text in told if COMMAND_LINE.fullmatch(key)]
    rest = "\n".join([own_name] + [text for key, text in told if not COMMAND_LINE.fullmatch(key)])
    found = [commands.guarded_in(line, folder) for line in lines] + [guarded.in_program(rest), guarded.in_path(rest)]
    return next(filter(None, found), None)


def _texts(value, key=""):
    """Every text within the arguments of a call, with the key under which it stands."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from _texts(each, name)
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each, "")  # the words of a list are no command line each


def _block(why):
    sys.stderr.write(f"ml-clusters blocked this call, and nothing was done: {why}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
