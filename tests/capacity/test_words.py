"""Words from elsewhere, as they may be shown."""

from unicodedata import category

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from mcp_server.capacity.words import UNKNOWN, clean, one_line, quoted, sentence, typed, word
from tests.render.hostile import FLOOD, PIECES, TEXTS, check_words

MARKDOWN = MarkdownIt("commonmark").enable(["table", "strikethrough"])
HARMLESS = {"text", "em_open", "em_close", "strong_open", "strong_close", "s_open", "s_close", "softbreak"}


@given(TEXTS | st.text(), st.integers(1, 300))
def test_words_from_elsewhere_are_one_short_line_of_what_can_be_seen(text: str, longest: int) -> None:
    """Nothing that anybody says can move a cursor, hide or reorder text, or fill a screen."""
    for line in (clean(text, longest), one_line(text, longest)):
        assert len(line) <= longest
        assert line.isprintable()
        assert line == " ".join(line.split())
    check_words(clean(text))


@settings(max_examples=40)
@given(TEXTS)
def test_cleaning_what_is_clean_changes_nothing(text: str) -> None:
    """Words may come by two places that clean them."""
    for cleaned in (clean, one_line, word):
        assert cleaned(cleaned(text)) == cleaned(text)


@settings(max_examples=40)
@given(TEXTS)
def test_words_are_no_markup(text: str) -> None:
    """Whoever shows a sentence as markdown shows no link, image, code or HTML, nor what a name hides."""
    (block,) = [each for each in MARKDOWN.parse(f"AWS says {quoted(text)}; see it.") if each.type == "inline"]
    children = block.children or []
    assert {each.type for each in children} <= HARMLESS
    for each in children:
        assert not {one for one in each.content if category(one) in {"Cc", "Cf", "Zl", "Zp"}}


@settings(max_examples=40)
@given(TEXTS)
def test_quotation_marks_are_ended_by_us_alone(text: str) -> None:
    """What is within them is the words, and nothing of the words is without."""
    assert quoted(text).count('"') == 2
    assert typed(text).count("'") == 2


@settings(max_examples=40)
@given(TEXTS)
def test_a_name_is_one_word(text: str) -> None:
    """It has no space, so that it is no sentence and no two columns; and it is never nothing."""
    assert word(text).split() == [word(text)]


@pytest.mark.parametrize(
    "text",
    [
        "fine-tune the Müller model",
        "学習用の予約 モデル3",
        "обучение Ωμέγα हिन्दी ไทย 한국어",
        "שָׁלוֹם نموذج",
        "rocket 🚀 and ❤ é e\u0301",
        "arn:aws:sts::483026362307:assumed-role/ml-clusters_reader/jo@example.com",
        "User: x is not authorized to perform: ec2:* on [a], because a & b < c",
        "R&D AT&T",
    ],
)
def test_what_people_write_stays_readable(text: str) -> None:
    """Letters of any script, pictures, and what AWS writes; a bracket may become one that looks alike."""
    assert clean(text) == text.replace("<", "\u2039")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b[2Jb\r\nc", "a [2Jb c"),
        ("\u202eUSD 1\u2066 x\u200by", "USD 1 x y"),
        ("e" + "\u0301" * 50, "e" + "\u0301" * 4),
        ("\u0338= \u0301x", "= x"),
        ("❤\ufe0f👩\u200d💻", "❤👩 💻"),
        ("![x](http://e) <b> `c` &lt;b&gt; &#8238;", "![x] (http://e) \u2039b\u203a 'c' & lt;b& gt; & #8238;"),
        ("\u200b\u2060", ""),
        (FLOOD, "A" * 299 + "…"),
        ("x" + " " * 1_000_000 + "y", "x …"),
    ],
)
def test_what_is_no_word_is_not_shown(text: str, shown: str) -> None:
    """Controls, directions, piles of marks, what cannot be seen, markup, and too much."""
    assert clean(text) == shown


def test_a_name_that_cannot_be_seen_is_unknown() -> None:
    """Never an empty place, into which something else would move."""
    assert (word("\u200b"), word(""), quoted("\u200b")) == (UNKNOWN, UNKNOWN, '""')


@pytest.mark.parametrize("end", [".", "!", "…", '."', ':"'])
def test_a_sentence_ends_once(end: str) -> None:
    """Also where its end is within quotation marks."""
    assert sentence(f"AWS says it{end}") == f"AWS says it{end}"
    assert sentence('AWS says "it"') == 'AWS says "it".'


def test_every_piece_is_tried() -> None:
    """What the other tests are made of still has what it must not show."""
    assert {"Cc", "Cf", "Cs", "Zl", "Zp", "Zs", "Mn", "Me"} <= {category(one) for one in "".join(PIECES)}
