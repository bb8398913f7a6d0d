"""How evidence is told: times, counts, and names that others chose."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from mcp_server.capacity.issues import Issue
from mcp_server.capacity.owned import OwnedReservation
from mcp_server.capacity.words import quoted, sentence, word
from mcp_server.clusters.model import User

_MOST = 3


def moment(at: datetime) -> str:
    """A time to the minute."""
    return f"{at:%Y-%m-%d %H:%M} UTC"


def begun(text: str) -> str:
    """The text as a sentence begins."""
    return text[:1].upper() + text[1:]


def machines(count: int) -> str:
    """So many machines."""
    return f"{count} machine{'' if count == 1 else 's'}"


def some(names: Iterable[str]) -> str:
    """A few names, and how many more there are."""
    return _few(list(map(word, names)))


def _few(shown: Sequence[str]) -> str:
    more = f" and {len(shown) - _MOST} more" if len(shown) > _MOST else ""
    return ", ".join(shown[:_MOST]) + more


def issues(found: Sequence[Issue]) -> str:
    """What AWS says is wrong: its codes and its sentences, the latter as quotations."""
    told = [
        f"{word(each.code)}{f': {sentence(quoted(each.untrusted_message))}' if each.untrusted_message else '.'}"
        for each in found[:_MOST]
    ]
    return " ".join([*told, *([f"{len(found) - _MOST} more."] if len(found) > _MOST else [])])


def owned(reservation: OwnedReservation) -> str:
    """A reservation or plan by its name, with what it is."""
    what = "plan" if reservation.plan else "block"
    count = reservation.machines
    of = f"{'' if count is None else f'{count} '}{word(reservation.instance_type)}"
    return f"{what} {word(reservation.name)} ({of})"


def where(found: Sequence[User]) -> str:
    """Which groups use it; nothing where none does."""
    return _few([f"{word(each.cluster.name)}/{word(each.group.name)}" for each in found])
