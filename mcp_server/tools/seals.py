"""The keys that seal a question's state while a person answers it, kept over restarts for a day."""

import json
import os
import secrets
import time
from collections.abc import Callable
from pathlib import Path

from mcp.server.mcpserver import RequestStateSecurity
from mcp.server.request_state import AESGCMRequestStateCodec

LIFETIME = 86_400.0
"""Seconds for which an answer is still understood, if only to say that its quote has expired."""

_FILE = "seals.json"


class KeptSeals:
    """Seals with a key of today's and opens with yesterday's too. The folder is asked for when first needed."""

    def __init__(self, folder: Callable[[], Path]) -> None:
        self._folder = folder

    def seal(self, payload: bytes) -> str:
        """A sealed token."""
        return self._codec().seal(payload)

    def unseal(self, token: str) -> bytes:
        """What was sealed.

        Raises:
            InvalidRequestState: It was not sealed here within the last day.
        """
        return self._codec().unseal(token)

    def _codec(self) -> AESGCMRequestStateCodec:
        return AESGCMRequestStateCodec([bytes.fromhex(key) for _, key in _keys(self._folder() / _FILE, time.time())])


def kept_seals(folder: Callable[[], Path]) -> RequestStateSecurity:
    """Seals whose keys are kept in a folder."""
    return RequestStateSecurity(codec=KeptSeals(folder), ttl=LIFETIME)


def _keys(file: Path, now: float) -> list[tuple[float, str]]:
    """The keys, newest first; a new one is made each day, and those of the day before yesterday are forgotten."""
    try:
        kept = [(float(made), str(key)) for made, key in json.loads(file.read_text(encoding="ascii"))]
    except (OSError, ValueError, TypeError):
        kept = []
    fresh = [each for each in kept if 0 <= now - each[0] < 2 * LIFETIME]
    if fresh and now - fresh[0][0] < LIFETIME:
        return fresh
    fresh.insert(0, (now, secrets.token_hex(32)))
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = file.with_name(f"{_FILE}.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="ascii") as stream:
        json.dump(fresh, stream)
    draft.replace(file)
    return fresh
