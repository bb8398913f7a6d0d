"""Words from elsewhere, by every renderer: what people and models see stays this program's."""

import csv
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from markdown_it import MarkdownIt

from mcp_server.purchasing.quotes import Quote
from mcp_server.purchasing.records import Record
from mcp_server.render import quotes, receipts
from mcp_server.render.receipts import ReceiptFormat
from mcp_server.render.spreadsheets import cell
from tests.render import values
from tests.render.hostile import (
    BIDI,
    FLOOD,
    FORMULAS,
    HIDDEN,
    IMITATIONS,
    LINES,
    MARKS,
    MARKUP,
    PIECES,
    QUOTES,
    SEQUENCES,
    TEXTS,
    WRITERS,
    Writer,
    after,
    check_alike,
    check_words,
    poisoned,
)
from tests.render.renderers import RENDERERS, WORDLESS, Render, renderers

AT_ONCE = [
    "".join([*LINES, *SEQUENCES, *BIDI, *HIDDEN, *MARKS]),
    "".join([*FORMULAS, *MARKUP, *QUOTES]),
    "".join(IMITATIONS),
]
"""Everything at once: what draws, hides or reorders; what is markup, or ends it; and what looks like our own lines."""

every_renderer = pytest.mark.parametrize(
    "render",
    [pytest.param(each, id=f"{of.__module__.rpartition('.')[2]}.{of.__name__}") for of, each in RENDERERS.items()],
)


@cache
def harmless(render: Render, write: Writer) -> Any:
    """What is rendered of words that nobody could mind."""
    return render(write)


def check(render: Render, text: str) -> None:
    """Nothing that is rendered is other with this text than with harmless words, but for the words."""
    for write, writer in WRITERS:
        check_alike(harmless(render, write), render(writer(text)))


def test_every_renderer_is_here() -> None:
    """A new one has to be added, with values whose words it shows, or to be named as showing none."""
    assert set(renderers()) == {*RENDERERS, *WORDLESS}


@every_renderer
def test_words_stay_in_their_place(render: Render) -> None:
    """Whatever is written there: as many lines, and in each this program's own words where they were."""
    for text in (*AT_ONCE, " "):
        check(render, text)


@pytest.mark.slow
@every_renderer
def test_megabytes_fill_no_screen(render: Render) -> None:
    """However long words are, what is rendered has its own lines, and a length that somebody reads."""
    write, writer = WRITERS[0]
    check_alike(harmless(render, write), render(writer(FLOOD)))


@every_renderer
@settings(max_examples=3)
@given(TEXTS)
def test_any_words_stay_in_their_place(render: Render, text: str) -> None:
    """Also what nobody has thought of."""
    check(render, text)


@pytest.mark.slow
@every_renderer
@settings(max_examples=100)
@given(TEXTS)
def test_any_words_stay_in_their_place_at_length(render: Render, text: str) -> None:
    """The same for long, and each piece by itself."""
    check(render, text)


@pytest.mark.slow
@every_renderer
def test_every_piece_stays_in_its_place(render: Render) -> None:
    """Each by itself, where what hides among others could not."""
    for text in PIECES:
        check(render, text)


STRANGERS = ("tags", "purpose", "requester")
"""What of a quote people write who may not decide."""

DECIDING = (
    "SIMULATED",
    "REAL",
    "Account",
    "Capacity",
    "Extension",
    "Where",
    "Start",
    "End",
    "Usable",
    "Total",
    "The policy",
)


@pytest.mark.parametrize("quote", [values.a_full_quote(), values.a_full_quote(extension=True, real=True)])
@settings(max_examples=20)
@given(text=TEXTS)
def test_what_is_decided_by_is_the_same_byte_for_byte(quote: Quote, text: str) -> None:
    """World, account, where, times and total, in the same places; the question has no word of a stranger's at all."""
    written = replace(quote, **{name: poisoned(getattr(quote, name), after(text)) for name in STRANGERS})
    assert quotes.question(written) == quotes.question(quote)
    lines, others = (quotes.reading(each, values.BERLIN).split("\n") for each in (quote, written))
    assert len(lines) == len(others)
    deciding = [(line, other) for line, other in zip(lines, others, strict=True) if line.startswith(DECIDING)]
    assert len(deciding) >= 9
    assert all(line == other for line, other in deciding)


@pytest.mark.parametrize("text", FORMULAS)
def test_no_cell_is_a_formula(text: str) -> None:
    """Whichever way one may begin, also where a semicolon parts the cells."""
    starts = tuple("=+-@\t\uff1d\uff0b\uff0d\uff20")
    assert not cell(text).startswith(starts)
    assert not any(each.strip(" \"'").startswith(starts) for each in cell(f"a; {text}").split(";")[1:])
    record, (write, writer) = values.records()[0], WRITERS[0]
    check_forms(poisoned(record, write), poisoned(record, writer(text)))


@settings(max_examples=5)
@given(TEXTS)
def test_receipts_keep_their_form(text: str) -> None:
    """Markdown has the elements that it had, JSON and CSV the fields; no cell is a formula."""
    for record in values.records()[-3:]:
        for write, writer in WRITERS:
            check_forms(poisoned(record, write), poisoned(record, writer(text)))


def check_forms(record: Record, written: Record) -> None:
    """Hold a receipt of hostile words against one of others, in every format."""
    one, other = (receipts.receipt(each, values.BERLIN) for each in (record, written))
    assert shape(other) == shape(one)
    one, other = (json.loads(receipts.receipt(each, values.BERLIN, ReceiptFormat.JSON)) for each in (record, written))
    assert list(other) == list(one)
    for each in strings(other):
        check_words(each)
    texts = (receipts.receipt(each, values.BERLIN, ReceiptFormat.CSV) for each in (record, written))
    (names, before), (others, cells) = (list(csv.reader(io.StringIO(each))) for each in texts)
    assert (names, len(before)) == (others, len(cells))
    assert not [each for each in cells if each.startswith(("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b"))]


def shape(markdown: str) -> list[str]:
    """The kinds of elements of a document, in order."""
    tokens = MarkdownIt("commonmark").enable("table").parse(markdown)
    return [kind for token in tokens for kind in (token.type, *(one.type for one in token.children or ()))]


def strings(value: Any) -> Iterator[str]:
    """Every text in a JSON value, names included."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, each in value.items():
            yield from (name, *strings(each))
    elif isinstance(value, list):
        for each in value:
            yield from strings(each)
