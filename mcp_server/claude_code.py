"""What Claude Code on this machine would do in a project, by its settings, its plugins and its version.

Read as Claude Code 2.1.330 reads them; it looks for a project's settings in the very folder in which it is opened.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from mcp_server.capacity.words import clean

PLUGIN = "ml-clusters"
GUARD, READS = Path("hooks/guard_spending.sh"), Path("hooks/allow_reads.sh")
PROJECT_SETTINGS = Path(".claude/settings.json")
ROOT = Path(__file__).resolve().parents[1]
"""Where this program is: a clone, the plugin's folder, or where packages are installed."""

_ADMINISTRATORS = "/Library/Application Support/ClaudeCode" if sys.platform == "darwin" else "/etc/claude-code"
_PATIENCE = 20.0

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Hooks:
    """The hooks in a folder, and the file that registers them with Claude Code. mend puts both right.

    installed says that a person has installed them as a plugin, and not merely opened the folder.
    """

    root: Path
    registered: Path
    mend: str
    installed: bool


@dataclass(frozen=True, slots=True)
class Settings:
    """Claude Code's settings files for a project, what wins first. What is not there says nothing."""

    project: Path
    managed: Path
    files: Mapping[Path, Document]
    unreadable: tuple[Path, ...]

    def first(self, key: str) -> tuple[Path, Any] | None:
        """The file whose word on a key holds, and the word."""
        return next(((file, read[key]) for file, read in self.files.items() if key in read), None)

    @property
    def plugin(self) -> str | None:
        """The name of our plugin with its marketplace's, where it is on."""
        switches: dict[str, Any] = {}
        for read in self.files.values():
            for name, on in _plugins(read):
                switches.setdefault(name, on)
        return next((name for name, on in switches.items() if _is_ours(name) and on is True), None)

    @property
    def plugin_forced(self) -> bool:
        """Whether an administrator keeps our plugin on."""
        return any(_is_ours(name) and on is True for name, on in _plugins(self.files[self.managed]))


def read_settings(project: Path) -> Settings:
    """The settings that hold where Claude Code is opened in a project."""
    managed = Path(_ADMINISTRATORS) / "managed-settings.json"
    ours = project / PROJECT_SETTINGS
    files = (managed, ours.with_name("settings.local.json"), ours, _home() / "settings.json")
    read = {file: _read(file) for file in files}
    return Settings(
        project,
        managed,
        {file: each or {} for file, each in read.items()},
        tuple(file for file, each in read.items() if each is None),
    )


def hooks_of(settings: Settings) -> Hooks | None:
    """Our hooks that Claude Code would run: those of a clone that is opened, else those of the plugin; None if none."""
    ours = settings.project / PROJECT_SETTINGS
    if settings.project == ROOT or registers(ours, GUARD):
        return Hooks(settings.project, ours, _checkout(settings.project), installed=False)
    return _plugin_hooks(settings.plugin, settings.project) if settings.plugin else None


def _plugin_hooks(name: str, project: Path) -> Hooks:
    """Those of a plugin that is on. One from a folder on this machine runs in place, any other from a copy."""
    plugins = _home() / "plugins"
    marketplace = _member(_read(plugins / "known_marketplaces.json"), name.partition("@")[2])
    source = _member(marketplace, "source")
    if source.get("source") == "directory":
        root, mend = Path(source["path"]), _checkout(Path(source["path"]))
    else:
        copies = cast("list[Document]", _member(_read(plugins / "installed_plugins.json"), "plugins").get(name) or [])
        here = [each for each in copies if each.get("projectPath") in (None, str(project))]
        root = Path(here[0]["installPath"]) if here else ROOT
        mend = f"claude plugin uninstall --keep-data {name} && claude plugin install {name}"
    return Hooks(root, root / "hooks" / "hooks.json", mend, installed=True)


def _checkout(root: Path) -> str:
    return f"git -C {shlex.quote(str(root))} checkout -- .claude hooks bin/launcher"


def registers(file: Path, script: Path) -> bool:
    """Whether a file of settings or hooks says that a script is to be run before tools."""
    return str(script) in json.dumps(_member(_read(file), "hooks").get("PreToolUse"))


def installed_version() -> str | None:
    """The version of the Claude Code on the PATH; None where there is none, or it does not say."""
    program = shutil.which("claude")
    if program is None:
        return None
    try:
        said = subprocess.run(
            [program, "--version"], stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return clean(said.stdout.decode(errors="replace")).split(" ")[0] or None


def _home() -> Path:
    """Where Claude Code keeps what is its user's."""
    return Path(os.environ.get("CLAUDE_CONFIG_DIR") or Path.home() / ".claude")


def _read(file: Path) -> Document | None:
    """A JSON object; None where it is none, nothing where there is no file."""
    try:
        found: Any = json.loads(file.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, ValueError):
        return None
    return cast("Document", found) if isinstance(found, dict) else None


def _member(read: Document | None, name: str) -> Document:
    """An object within another; nothing where it is not there."""
    return cast("Document", (read or {}).get(name) or {})


def _plugins(read: Document) -> Iterable[tuple[str, Any]]:
    return _member(read, "enabledPlugins").items()


def _is_ours(name: str) -> bool:
    return name.split("@", maxsplit=1)[0] == PLUGIN
