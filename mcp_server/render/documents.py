"""Values as JSON documents, for programs and models that read resources."""

import json
from typing import Any, cast

from pydantic import TypeAdapter

from mcp_server.capacity.words import word
from mcp_server.searching.seen import Seen

_SEEN = TypeAdapter(Seen)


def offering_document(seen: Seen) -> str:
    """Every field of an offering as it was last seen, and of the probe that finds it again."""
    return json.dumps(_in_words(_SEEN.dump_python(seen, mode="json")), indent=1)


def _in_words(value: Any) -> Any:
    """The same, each text as one word: they are names, and AWS chose some of them."""
    match value:
        case str():
            return word(value)
        case list():
            return [_in_words(each) for each in cast("list[Any]", value)]
        case dict():
            return {name: _in_words(each) for name, each in cast("dict[str, Any]", value).items()}
        case _:
            return value
