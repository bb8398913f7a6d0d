"""What is sensitive in a plan, and hiding it: a value is masked if either side is marked.

Terraform marks no copies: what a provider gives back of a sensitive argument, such as output of terraform_data, stands
unmarked in the same plan. So whatever holds a text that is marked somewhere in the plan is masked as well.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import cast

from mcp_server.capacity.words import clean, word
from mcp_server.monorepo.plans.changes import Values
from mcp_server.monorepo.plans.values_at import inner, mapping

SENSITIVE = "(sensitive)"
_SHORT_SECRET = 4
"""Characters: a shorter one cannot be told from other words."""
_PARTS = re.compile(r"(?<![^\s(])(?=\S*[\d:/*.@-]\S)[^\s,;()]{3,}(?<![.:,])")
"""Words of a sentence that are somebody's values: with a digit, or a sign that plain words have not."""
NOT_TOLD = "The reason holds a sensitive value and is not told."

_LINE = 8
"""Characters of a line that is a secret by itself."""

Marks = object
"""true, or the shape of a value with true in it; anything else is no mark."""


def both_marks(one: Marks, other: Marks) -> Marks:
    """What is marked on either side. Of a list every element has the marks of all, since elements change places."""
    if one is True or other is True:
        return True
    shapes = {type(each) for each in (one, other) if any_true(each)}
    if len(shapes) == 2:
        return True
    if shapes == {dict}:
        first, second = mapping(one), mapping(other)
        return {key: both_marks(first.get(key), second.get(key)) for key in {**first, **second}}
    merged: Marks = None
    for each in (*inner(one), *inner(other)):
        merged = both_marks(merged, each)
    return [merged] if merged else None


def mark_at(marks: Marks, step: str | int) -> Marks:
    """The mark of what lies at a key or number; of all of it where the marks have another shape than the value."""
    if marks is True:
        return True
    if isinstance(step, str) == isinstance(marks, dict):
        return mapping(marks).get(step) if isinstance(step, str) else next(iter(inner(marks)), None)
    return True if any_true(marks) else None


def any_true(marks: Marks) -> bool:
    """Whether anything is marked."""
    return marks is True or any(map(any_true, inner(marks)))


def masked(value: object, marks: Marks) -> object:
    """A value with SENSITIVE where it is marked."""
    if marks is True:
        return SENSITIVE
    if isinstance(value, dict):
        return {key: masked(each, mark_at(marks, key)) for key, each in cast(Mapping[str, object], value).items()}
    if isinstance(value, list):
        return [masked(each, mark_at(marks, number)) for number, each in enumerate(cast(Sequence[object], value))]
    return SENSITIVE if any_true(marks) else value


class Secrets:
    """The texts that are marked in a plan, of which there may be thousands, found in other texts in one pass.

    Those that are too short to be told from other words are not among them: is_told_shortly is for these.
    """

    def __init__(self, texts: Iterable[str] = ()) -> None:
        self._by_beginning: dict[str, list[str]] = defaultdict(list)
        # The longest first, since one may begin with another.
        for each in sorted({*texts}, key=len, reverse=True):
            if len(each) >= _SHORT_SECRET:
                self._by_beginning[each[:_SHORT_SECRET]].append(each)

    def __bool__(self) -> bool:
        """Whether there is any."""
        return bool(self._by_beginning)

    def are_in(self, text: str) -> bool:
        """Whether a text holds one."""
        return next(self._places(text), None) is not None

    def taken_from(self, text: str) -> str:
        """The text with SENSITIVE for each."""
        parts: list[str] = []
        end = 0
        for start, secret in self._places(text):
            if start >= end:
                parts += [text[end:start], SENSITIVE]
                end = start + len(secret)
            else:
                # It begins within another one: what of it lies beyond goes too.
                end = max(end, start + len(secret))
        return "".join([*parts, text[end:]])

    def _places(self, text: str) -> Iterator[tuple[int, str]]:
        # Looking for each beginning is quicker than looking at each place, where they are few.
        if len(self._by_beginning) < len(text) and not any(each in text for each in self._by_beginning):
            return
        for start in range(len(text) - _SHORT_SECRET + 1):
            for each in self._by_beginning.get(text[start : start + _SHORT_SECRET], ()):
                if text.startswith(each, start):
                    yield start, each
                    break


def secrets_of(changes: Iterable[Values]) -> Secrets:
    """Every text, number and key that is marked on either side of these changes."""
    marked = {text for values in changes if values.is_marked for text in _secrets(values)}
    return Secrets(spelt for text in marked for spelt in _spellings(text))


def _spellings(text: str) -> Iterator[str]:
    """A text as it stands in other texts too: escaped in a document, as a word of a sentence, line by line."""
    yield text
    escaped = json.dumps(text, ensure_ascii=False)[1:-1]
    yield escaped
    yield json.dumps(text)[1:-1]
    # A document in a document.
    yield json.dumps(escaped, ensure_ascii=False)[1:-1]
    # As Terraform's jsonencode writes it.
    yield escaped.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
    yield word(text, len(text) + 1)
    yield clean(text, len(text) + 1)
    if "\n" in text:
        yield from (line.strip() for line in text.splitlines() if len(line.strip()) >= _LINE)


def may_tell(text: str, values: Values) -> bool:
    """Whether a text about a change may hold what is sensitive in it and cannot be found by its whole.

    That is a secret too short to be told from other words, and a part of a longer one: what a rule has found inside a
    policy or a configuration that is marked as a whole.
    """
    if not values.is_marked:
        return False
    secrets = {*_secrets(values)}
    if any(each in text for each in secrets if 0 < len(each) < _SHORT_SECRET):
        return True
    return any(part in each for part in _PARTS.findall(text) for each in secrets if len(each) > len(part))


def is_sensitive(values: Values, name: str) -> bool:
    """Whether anything of an attribute is marked on either side."""
    return any_true(mark_at(both_marks(*values.marks), name))


def _secrets(values: Values) -> Iterator[str]:
    marks = both_marks(*values.marks)
    for side in (values.before, values.after):
        yield from _marked_texts(side, marks)


def _marked_texts(value: object, marks: Marks) -> Iterator[str]:
    if not marks:
        return
    if isinstance(value, dict):
        found = cast(Mapping[str, object], value)
        if marks is True:
            yield from found
        # Where the marks have keys too, most of the value has none.
        for key in found if not mapping(marks) else found.keys() & mapping(marks).keys():
            yield from _marked_texts(found[key], mark_at(marks, key))
    elif isinstance(value, list):
        for number, each in enumerate(cast(Sequence[object], value)):
            yield from _marked_texts(each, mark_at(marks, number))
    elif any_true(marks) and value is not None and not isinstance(value, bool):
        yield value if isinstance(value, str) else json.dumps(value)


def without_copies(value: object, marks: Marks, secrets: Secrets) -> object:
    """A value with SENSITIVE for each text and key that is not marked and holds a secret."""
    if not secrets or marks is True:
        return value
    if isinstance(value, dict):
        found = cast(Mapping[str, object], value)
        kept = {key: without_copies(each, mark_at(marks, key), secrets) for key, each in found.items()}
        # By its other name nobody would find the mark of what is under it.
        hidden = {key: masked(each, mark_at(marks, key)) for key, each in kept.items() if secrets.are_in(key)}
        return {SENSITIVE if key in hidden else key: hidden.get(key, each) for key, each in kept.items()}
    if isinstance(value, list):
        found = cast(Sequence[object], value)
        return [without_copies(each, mark_at(marks, number), secrets) for number, each in enumerate(found)]
    return SENSITIVE if isinstance(value, str | int | float) and secrets.are_in(str(value)) else value
