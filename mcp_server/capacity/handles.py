"""Short names for offerings that people and models can copy without harm."""

import hashlib
from collections.abc import Iterable

from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.words import typed

_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"
_PREFIX = "o-"
_LENGTH = 8


class MistypedHandle(RequestRefused):
    """Not a handle, or one whose check character does not fit: nothing may be looked up by it."""

    def __init__(self, handle: str) -> None:
        self.handle = handle
        super().__init__(
            f"{typed(handle)} is not an offering's handle (o- and {_LENGTH + 1} letters or digits, the last a check): "
            "copy it again from the search's table."
        )


def offering_handle(terms: Iterable[str], attempt: int = 0) -> str:
    """The handle of an offering's terms: the same on every machine, and after every restart.

    attempt is raised when the handle already stands for other terms, so that a handle is never reassigned.
    """
    digest = hashlib.sha256("\x1f".join([*terms, *([str(attempt)] if attempt else [])]).encode()).digest()
    number = int.from_bytes(digest[:5])
    body = "".join(_ALPHABET[number >> 5 * place & 31] for place in range(_LENGTH))
    return f"{_PREFIX}{body}{_check_character(body)}"


def checked_handle(text: str) -> str:
    """The handle in its one spelling.

    Raises:
        MistypedHandle: The form or the check character is wrong.
    """
    handle = text.strip().lower()
    body = handle.removeprefix(_PREFIX)
    well_formed = handle.startswith(_PREFIX) and len(body) == _LENGTH + 1 and set(body) <= set(_ALPHABET)
    if not well_formed or _check_character(body[:-1]) != body[-1]:
        raise MistypedHandle(text)
    return handle


def _check_character(body: str) -> str:
    """Luhn's algorithm modulo 32: finds every single wrong character and nearly every swap of neighbours."""
    total = 0
    for place, character in enumerate(reversed(body)):
        value = _ALPHABET.index(character) * (2 if place % 2 == 0 else 1)
        total += value // 32 + value % 32
    return _ALPHABET[-total % 32]
