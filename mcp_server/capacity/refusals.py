"""What all refusals of a request have in common."""

from collections.abc import Sequence

from mcp_server.capacity.words import typed


class RequestRefused(ValueError):
    """A request that cannot be carried out as it was asked. The text says why and what to ask instead.

    Nothing was sent to AWS on its account.
    """


class UnknownWord(RequestRefused):
    """A word of which a few are known, and that is none of them. words are those that there are."""

    def __init__(self, word: str, what: str, words: Sequence[str]) -> None:
        self.word, self.words = word, tuple(words)
        super().__init__(f"{typed(word)} is no {what}: {', '.join(words)}.")
