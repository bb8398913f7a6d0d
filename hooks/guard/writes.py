"""Files that are written: policy, ledger and settings never; a program not if it buys.

A script that is written now and run later escapes whoever looks at commands alone, so what is written is looked at
too. Two kinds of files are not: documents, which nothing runs, and any file in a checkout of this very project, whose
sources and tests are full of these words. Both can be run all the same. SECURITY.md says so.
"""

import os

import guarded

_DOCUMENTS = (".md", ".mdx", ".markdown", ".rst", ".txt", ".adoc", ".csv", ".html", ".tex")
_TERRAFORM = (".tf", ".tf.json", ".tofu", ".tofu.json")
_SETTINGS = (".json", ".toml", ".yaml", ".yml")
_MARKS = (".git", ".claude-plugin/plugin.json", "hooks/guard/writes.py", "mcp_server/purchasing/purchase.py")


def guarded_in(path, content):
    """What is guarded about a file at a path and what is added to it, or None."""
    place = guarded.in_path(path) or guarded.in_path(os.path.normpath(path))
    if place or holds_no_program(path):
        return place
    what = guarded.in_program(content) or (path.lower().endswith(_TERRAFORM) and guarded.in_terraform(content)) or None
    settings = path.lower().endswith(_SETTINGS)
    # Clients are told of the server in their settings; and elsewhere than in settings nothing turns hooks off.
    return None if (what == guarded.SERVER and settings) or (what == guarded.HOOKS and not settings) else what


def holds_no_program(path):
    """Whether what is written there is not looked at."""
    return path.lower().endswith(_DOCUMENTS) or _in_checkout(path)


def _in_checkout(path):
    folder = os.path.dirname(os.path.realpath(path))  # noqa: PTH120 (pathlib costs more than all else)
    while folder != os.path.dirname(folder):  # noqa: PTH120
        if all(os.path.exists(os.path.join(folder, mark)) for mark in _MARKS):  # noqa: PTH110, PTH118
            return True
        folder = os.path.dirname(folder)  # noqa: PTH120
    return False
