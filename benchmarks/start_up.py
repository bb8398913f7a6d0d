"""How long a client waits for the list of tools, beside a server of the same SDK that has one empty tool."""

import json
import subprocess
import sys
import time
from statistics import median

ROUNDS = 7

OURS = [sys.executable, "-m", "mcp_server.app"]
_BARE_PROGRAM = """
from mcp.server import MCPServer
server = MCPServer("bare", version="1")
@server.tool()
def nothing(x: int) -> int:
    "Nothing."
    return x
server.run()
"""
BARE = [sys.executable, "-c", _BARE_PROGRAM]

_HANDSHAKE = (
    {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "bench", "version": "1"},
        },
    },
    {"jsonrpc": "2.0", "method": "notifications/initialized"},
    {"jsonrpc": "2.0", "id": 2, "method": "tools/list"},
)


def measure() -> None:
    """Print both times and their ratio, measured in turns."""
    pairs = [(_seconds(OURS), _seconds(BARE)) for _ in range(ROUNDS)]
    ours, bare = median(one for one, _ in pairs), median(other for _, other in pairs)
    print("\nStart to tools/list, over standard input")
    print(f"  this server                  {ours * 1000:6.0f} ms")
    print(f"  a bare MCPServer             {bare * 1000:6.0f} ms   ratio {ours / bare:.2f}")


def _seconds(command: list[str]) -> float:
    began = time.perf_counter()
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    ) as server:
        assert server.stdin
        assert server.stdout
        server.stdin.write("".join(json.dumps(message) + "\n" for message in _HANDSHAKE))
        server.stdin.flush()
        for line in server.stdout:
            if json.loads(line).get("id") == 2:
                break
        seconds = time.perf_counter() - began
        server.kill()
    return seconds
