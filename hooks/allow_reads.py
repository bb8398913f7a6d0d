"""PreToolUse hook: lets the tools that only read run without a question, and is silent about everything else.

A skill's allowed-tools holds for one turn; this holds for the next ones too. A deny or ask rule of the user's still
wins. Readable by Python 3.6, as what starts the server is.
"""

import json
import re
import sys

READ_TOOLS = (
    "search_capacity_blocks",
    "search_extensions",
    "search_training_plans",
    "list_capacity",
    "list_units",
    "cluster_status",
    "quote_capacity",
    "purchase_history",
    "summarize_plan",
    "wire_capacity",
    "setup_status",
)

# A clone's own server, and the plugin's.
NAME = re.compile(r"mcp__(?:plugin_ml-clusters_)?ml-clusters__({})".format("|".join(READ_TOOLS)))


def main():
    """Answer one event on standard input."""
    try:
        event = json.load(sys.stdin)
        tool = event.get("tool_name", "")
    except (ValueError, AttributeError):
        return
    if isinstance(tool, str) and NAME.fullmatch(tool):
        decision = {
            "hookEventName": "PreToolUse",
            "permissionDecision": "allow",
            "permissionDecisionReason": f"{tool} only reads.",
        }
        json.dump({"hookSpecificOutput": decision}, sys.stdout)


if __name__ == "__main__":
    main()
