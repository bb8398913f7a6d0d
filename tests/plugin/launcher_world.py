"""A machine for the launcher: a tree with a tiny server, an index on 127.0.0.1, a PATH with only what is put there."""

import base64
import hashlib
import io
import os
import shutil
import subprocess
import sys
import sysconfig
import threading
import zipfile
from pathlib import Path

import pytest

from tests.plugin.local_server import LocalServer, QuietHandler

ROOT = Path(__file__).parents[2]
READY = "ml-clusters is ready: its tools are listed now. If they are not, reconnect it (in Claude Code: /mcp)."

# The uv that the Makefile puts into the environment of these tests.
UV = Path(sysconfig.get_path("scripts")) / "uv"
needs_uv = pytest.mark.skipif(not UV.exists(), reason=f"there is no uv at {UV}, where `make test` puts it")

WHEEL = "tiny_package-1.0-py3-none-any.whl"
# What the launcher's shell scripts use; nothing else of this machine is on the PATH, least of all another Python.
SHELL_TOOLS = ("sh", "dirname", "readlink", "sed")

# Speaks as little as a client needs, in both eras, and needs the locked package for it.
TINY_SERVER = """\
import json, os, sys
import tiny_package

TOOLS = [
    {"name": name, "description": "Does it.", "inputSchema": {"type": "object"}}
    for name in ("search_capacity_blocks", "purchase_capacity")
]


def result(request):
    params = request.get("params") or {}
    modern = "io.modelcontextprotocol/protocolVersion" in params.get("_meta", {})
    declared = {"capabilities": {"tools": {}}, "serverInfo": {"name": "tiny", "version": "1"}}
    answers = {
        "initialize": {"protocolVersion": "2025-11-25", **declared},
        "server/discover": {"supportedVersions": ["2026-07-28"], **declared},
        "tools/list": {"tools": TOOLS},
        "tools/call": {"content": [{"type": "text", "text": f"{tiny_package.WORD} {os.getpid()}"}], "isError": False},
    }
    era = {"resultType": "complete", "ttlMs": 0, "cacheScope": "private"} if modern else {}
    return {**answers[request["method"]], **era}


def say(**message):
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)


for line in sys.stdin:
    request = json.loads(line)
    print("read", line, end="", file=sys.stderr, flush=True)
    if request["method"] == "subscriptions/listen":
        meta = {"io.modelcontextprotocol/subscriptionId": request["id"]}
        params = {"_meta": meta, "notifications": request["params"]["notifications"]}
        say(method="notifications/subscriptions/acknowledged", params=params)
    elif request["method"] == "echo":
        sys.stdout.write(line)
        sys.stdout.flush()
    elif "id" in request:
        say(id=request["id"], result=result(request))
"""


class PackageIndex:
    """A package index with one package, which it gives only while its gate is open."""

    def __init__(self) -> None:
        self.wheel = _wheel()
        self.gate = threading.Event()
        self.gate.set()
        self.broken = False
        self.asked = threading.Event()
        self.downloads = 0
        index = self

        class Handler(QuietHandler):
            def do_GET(self) -> None:
                index.asked.set()
                index.gate.wait()
                page = f'<a href="/{WHEEL}">{WHEEL}</a>'.encode()
                body = index.wheel if self.path.endswith(".whl") else page
                index.downloads += self.path.endswith(".whl")
                kind = "application/zip" if body is index.wheel else "text/html"
                self.send_body(500 if index.broken else 200, kind, body)

            def do_HEAD(self) -> None:
                self.send_error(405)

        self._server = LocalServer(Handler)

    @property
    def address(self) -> str:
        """Where clients find it; the password must not be told to anybody."""
        return f"http://someone:secret@{self._server.host}/simple"

    def close(self) -> None:
        """Stop serving; whoever waits at the gate is let go."""
        self.gate.set()
        self._server.close()


class World:
    """A home, a PATH, a project to stand in, and a copy of the launcher with a tiny server and lock."""

    def __init__(self, folder: Path, index: PackageIndex) -> None:
        self.index = index
        self.tree, self.home, self.project, self.path = (folder / name for name in ("tree", "home", "project", "path"))
        for place in (self.home, self.project, self.path, self.tree / "mcp_server" / "cli", self.tree / "locks"):
            place.mkdir(parents=True)
        for name in ("bin", ".claude-plugin"):
            shutil.copytree(ROOT / name, self.tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        (self.tree / "mcp_server" / "__init__.py").touch()
        (self.tree / "mcp_server" / "app.py").write_text(TINY_SERVER)
        (self.tree / "mcp_server" / "cli" / "__init__.py").write_text(
            "import sys, tiny_package\ndef main():\n    print(tiny_package.WORD, *sys.argv)\n"
        )
        self.write_lock()
        for tool in SHELL_TOOLS:
            (self.path / tool).symlink_to(shutil.which(tool) or f"/bin/{tool}")

    def write_lock(self, comment: str = "") -> None:
        """Lock the index's package as it is now."""
        digest = hashlib.sha256(self.index.wheel).hexdigest()
        lock = f"# {comment}\ntiny-package==1.0 \\\n    --hash=sha256:{digest}\n"
        (self.tree / "locks" / "server.txt").write_text(lock)

    def add_python(self, name: str = "python3") -> None:
        """Put this Python on the PATH, outside any environment."""
        self._command(name, f'exec "{base_python()}" "$@"')

    def add_old_python(self, name: str = "python3") -> None:
        """Put a Python on the PATH that says it is 3.8."""
        script = self.path / f"{name}.py"
        script.write_text(OLD_PYTHON.format(executable=str(self.path / name)))
        self._command(name, f'unset PYTHONHOME; exec "{base_python()}" -S "{script}" "$@"')

    def add_uv(self) -> None:
        """Put the real uv on the PATH."""
        (self.path / "uv").symlink_to(UV)

    def add_failing_uv(self) -> None:
        """Put a uv on the PATH that finds nothing and fetches nothing, and would read what is not meant for it."""
        self._command("uv", 'read -r line; echo "error: no route to https://me:secret@downloads" >&2; exit 2')

    def add_endless_uv(self) -> Path:
        """Put a uv on the PATH that never ends; returns the file in which it writes its process id."""
        (self.path / "sleep").symlink_to(shutil.which("sleep") or "/bin/sleep")
        self._command("uv", 'echo $$ > "$HOME/uv.pid"; exec sleep 600')
        return self.home / "uv.pid"

    def _command(self, name: str, line: str) -> None:
        (self.path / name).write_text(f"#!/bin/sh\n{line}\n")
        (self.path / name).chmod(0o755)

    def environ(self, **more: str) -> dict[str, str]:
        """The variables that the launcher is started with."""
        return {
            "PATH": str(self.path),
            "HOME": str(self.home),
            "TMPDIR": str(self.home),
            "XDG_DATA_HOME": str(self.data),
            "PIP_INDEX_URL": self.index.address,
            "PIP_RETRIES": "0",
            "UV_DEFAULT_INDEX": self.index.address,
            "UV_HTTP_RETRIES": "0",
            "UV_PYTHON_DOWNLOADS": "never",
            "NO_PROXY": "127.0.0.1",
            "PYTHONHOME": "/somebody's",
        } | more

    @property
    def data(self) -> Path:
        """The user's data directory."""
        return self.home / "data"

    @property
    def environments(self) -> list[str]:
        """The environments in the user's data directory, whether finished or not."""
        folder = self.data / "ml-clusters" / "environments"
        return sorted(each.name for each in folder.iterdir() if each.name != ".installing")

    def run_cli(self, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
        """Run the command line to its end."""
        command = [str(self.tree / "bin" / "ml-clusters"), *arguments]
        return subprocess.run(
            command, env=self.environ(**more), cwd=self.project, capture_output=True, text=True, timeout=60, check=False
        )


def base_python() -> Path:
    """This Python, outside any environment."""
    return Path(os.path.realpath(sys._base_executable))  # pyright: ignore[reportAttributeAccessIssue]


OLD_PYTHON = """\
import runpy, sys
from pathlib import Path

sys.version_info, sys.executable = (3, 8, 18, "final", 0), "{executable}"
arguments = sys.argv[1:]
while arguments[0] in ("-I", "-S", "-E", "-s"):
    arguments.pop(0)
sys.argv = arguments
if arguments[0] == "-c":
    exec(arguments[1])
else:
    sys.path[0] = str(Path(arguments[0]).parent)
    runpy.run_path(arguments[0], run_name="__main__")
"""


def _wheel() -> bytes:
    files = {
        "tiny_package.py": b"WORD = 'found'\n",
        "tiny_package-1.0.dist-info/METADATA": b"Metadata-Version: 2.1\nName: tiny-package\nVersion: 1.0\n",
        "tiny_package-1.0.dist-info/WHEEL": b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "tiny_package-1.0.dist-info/RECORD"
    lines = [f"{name},sha256={_record_hash(content)},{len(content)}" for name, content in files.items()]
    files[record] = "\n".join([*lines, f"{record},,", ""]).encode()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as wheel:
        for name, content in files.items():
            wheel.writestr(name, content)
    return buffer.getvalue()


def _record_hash(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()
