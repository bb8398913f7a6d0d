"""The plugin as Claude Code (2.1.330) keeps it once a person has installed it."""

import json
import shutil
from pathlib import Path

from tests.plugin.launcher_world import ROOT

PLUGIN = "ml-clusters@ml-clusters"


def install_plugin(claude: Path) -> Path:
    """Install it into a user's .claude, with its hooks and what starts it, and turn it on. Returns its folder."""
    folder = claude / "plugins" / "cache" / "ml-clusters" / "ml-clusters" / "0.1.0"
    for name in ("hooks", "bin"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    registry = {"version": 2, "plugins": {PLUGIN: [{"scope": "user", "installPath": str(folder), "version": "0.1.0"}]}}
    (claude / "plugins" / "installed_plugins.json").write_text(json.dumps(registry))
    (claude / "settings.json").write_text(json.dumps({"enabledPlugins": {PLUGIN: True}}))
    return folder
