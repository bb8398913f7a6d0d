"""Whatever bytes a tree is made of, it is read; and what is said to be a literal is one, at its very bytes."""

from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.capacity.words import one_line
from mcp_server.monorepo.graph import dependents, order, reached
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.parsing import parse
from mcp_server.monorepo.reading import read_tree
from mcp_server.monorepo.syntax import Literal, Sequence
from mcp_server.monorepo.units import FindingKind, Input
from tests.monorepo.test_agreement_with_terragrunt import EXPRESSIONS
from tests.monorepo.trees import LEAF, our_tree, write

WRITTEN = [LEAF.format(module="networking", name="é", more="").encode(), *map(str.encode, EXPRESSIONS.values())]
PIECES = [
    b"{",
    b"}",
    b'"',
    b"${",
    b"%{",
    b"<<-E\n",
    b"\nE\n",
    b"(",
    b")",
    b"[",
    b"]",
    b"\n",
    b"=",
    b"\r\n",
    b".*",
    b"\xff",
]
PIECES += [b"local.", b"include.", b"...", b"\\u12", b"? 1 :", b"-", b"!", b"1e9", b"/*", b"#", b"null", b",", b"\x00"]


@st.composite
def torn(draw: st.DrawFn) -> bytes:
    """A file that was HCL before parts were cut out of it, put in and moved."""
    data = draw(st.sampled_from(WRITTEN))
    for _ in range(draw(st.integers(1, 4))):
        at, end = sorted((draw(st.integers(0, len(data))), draw(st.integers(0, len(data)))))
        put = draw(st.sampled_from(PIECES) | st.just(data[at:end]) | st.just(b""))
        data = data[:at] + put + data[draw(st.sampled_from([at, end])) :]
    return data


@given(st.binary(max_size=200) | torn())
def test_no_bytes_break_the_parser(data: bytes) -> None:
    """A file is wholly read, or its trouble is a line of it."""
    document = parse(data)
    if document.trouble:
        assert 1 <= document.line(document.trouble.at) <= data.count(b"\n") + 1
        assert not document.body.attributes
        assert not document.body.blocks


@given(
    leaf=torn(),
    shared=torn(),
    name=st.sampled_from(["root.hcl", "_envcommon/networking.hcl", "main-account/account.hcl"]),
)
def test_no_bytes_in_any_file_hide_a_unit(leaf: bytes, shared: bytes, name: str) -> None:
    """All units are listed and every finding is at a line that its file has."""
    with TemporaryDirectory() as folder:
        root = write(
            our_tree(Path(folder), 4), {"main-account/us-east-1/networking/terragrunt.hcl": leaf, name: shared}
        )
        tree = read_tree(root)
        assert len(tree.units) == 4
        for each in tree.findings:
            assert 1 <= each.line <= (root / each.file).read_bytes().count(b"\n") + 1
            assert one_line(each.sentence) == each.sentence
        _assert_literals_are_where_they_are_said_to_be(tree)


def _assert_literals_are_where_they_are_said_to_be(tree: LiveTree) -> None:
    for unit in tree.units:
        for each in unit.literals:
            data = (tree.root / each.place.file).read_bytes()
            assert _value_at(data, each) == each.value
            assert each.place.line == data[: each.place.start].count(b"\n") + 1


def _value_at(data: bytes, literal: Input) -> Any:
    """What stands at a literal's place, read on its own."""
    written = parse(b"x = " + data[literal.place.start : literal.place.end] + b"\n")
    assert written.trouble is None
    expression = written.body.attributes["x"].expression
    if isinstance(expression, Literal):
        return expression.value
    if isinstance(expression, Sequence):
        return tuple(each.value for each in expression.items if isinstance(each, Literal))
    return {}


TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
SCALARS = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | TEXTS
KEYS = st.from_regex(r"[a-z][a-z0-9_-]{0,6}", fullmatch=True).filter(
    lambda key: key not in {"null", "true", "false", "for", "if", "in"}
)
INPUTS = st.dictionaries(
    KEYS,
    st.recursive(SCALARS | st.lists(SCALARS, max_size=3), lambda inner: st.dictionaries(KEYS, inner, max_size=3)),
    max_size=4,
)
ENDS = st.sampled_from(["\n", "\r\n"])
BLANKS = st.sampled_from(["", " ", "\t", "  # é\n", "/* ü */ "])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + escaped.replace("${", "$${").replace("%{", "%%{") + '"'


def _hcl(value: Any, blank: str) -> str:
    match value:
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)
        case str():
            return _quoted(value)
        case list():
            return f"[{', '.join(_hcl(each, blank) for each in value)}]"
        case _:
            gap = "\n" if blank.endswith("\n") else ""
            pairs = [f"{blank}{gap}{key} = {_hcl(each, blank)}\n" for key, each in value.items()]
            return "{\n" + "".join(pairs) + "}" if pairs else "{}"


def _literals(value: Mapping[str, Any], keys: tuple[str, ...] = ()) -> dict[tuple[str, ...], Any]:
    found: dict[tuple[str, ...], Any] = {}
    for key, each in value.items():
        if isinstance(each, dict) and each:
            found |= _literals(each, (*keys, key))
        else:
            found[*keys, key] = tuple(each) if isinstance(each, list) else each
    return found


@given(inputs=INPUTS, end=ENDS, blank=BLANKS, mark=st.sampled_from([b"", b"\xef\xbb\xbf"]))
def test_every_literal_input_comes_back_with_its_value_and_its_bytes(
    inputs: dict[str, Any], end: str, blank: str, mark: bytes
) -> None:
    """Whatever the line ends, comments and letters around it."""
    text = f"# ü\ninputs = {_hcl(inputs, blank)}\n".replace("\n", end)
    with TemporaryDirectory() as folder:
        tree = read_tree(write(Path(folder), {"a/terragrunt.hcl": mark + text.encode()}))
        (unit,) = tree.units
        assert not [each for each in tree.findings if each.kind is FindingKind.BAD_HCL]
        assert {each.keys: each.value for each in unit.literals} == _literals(inputs)
        _assert_literals_are_where_they_are_said_to_be(tree)


@given(inputs=INPUTS.filter(bool), end=ENDS, blank=BLANKS, data=st.data())
def test_a_literal_may_be_replaced_at_its_bytes_and_nothing_else_changes(
    inputs: dict[str, Any], end: str, blank: str, data: st.DataObject
) -> None:
    """After an edit at its place it has the new value, and every other input its own."""
    text = f"inputs = {_hcl(inputs, blank)}\n".replace("\n", end).encode()
    with TemporaryDirectory() as folder:
        root = write(Path(folder), {"a/terragrunt.hcl": text})
        before = read_tree(root).units[0].literals
        chosen = data.draw(st.sampled_from(before))
        place = chosen.place
        write(root, {"a/terragrunt.hcl": text[: place.start] + b'["new"]' + text[place.end :]})
        after = {each.keys: each.value for each in read_tree(root).units[0].literals}
        assert after == {each.keys: each.value for each in before} | {chosen.keys: ("new",)}


@given(st.dictionaries(st.integers(0, 9).map(str), st.sets(st.integers(0, 12).map(str), max_size=4)))
def test_the_order_has_every_unit_once_after_what_it_needs(needs: dict[str, set[str]]) -> None:
    """Only what is in a cycle, or needs one, is left out; cycles are closed ways."""
    ordered = order(needs)
    placed = [each for group in ordered.groups for each in group]
    assert sorted([*placed, *ordered.unordered]) == sorted(needs)
    before: set[str] = set()
    for group in ordered.groups:
        assert list(group) == sorted(group)
        assert all(needs[each] & set(needs) <= before for each in group)
        before |= set(group)
    in_cycles = {each for each in needs if each in reached(each, {unit: needs[unit] & set(needs) for unit in needs})}
    assert set(ordered.unordered) == {each for each in needs if ({each} | reached(each, needs)) & in_cycles}
    for cycle in ordered.cycles:
        assert all(following in needs[each] for each, following in zip(cycle, [*cycle[1:], cycle[0]], strict=True))
    assert {
        each for each in in_cycles if any(each in reached(cycle[0], needs) for cycle in ordered.cycles)
    } == in_cycles


@given(st.dictionaries(st.integers(0, 9).map(str), st.sets(st.integers(0, 12).map(str), max_size=4)))
def test_dependents_are_the_needs_turned_around(needs: dict[str, set[str]]) -> None:
    """A unit is a dependent of exactly what it needs."""
    turned = dependents(needs)
    assert {(user, each) for each, users in turned.items() for user in users} == {
        (user, each) for user, needed in needs.items() for each in needed if each in needs
    }


@pytest.mark.parametrize("path", ["main-account/us-east-1/networking", "main-account/us-east-1/shared-storage"])
def test_the_tree_says_what_needs_a_unit_and_what_it_needs(tmp_path: Path, path: str) -> None:
    """Near and far, in both directions, across accounts."""
    tree = read_tree(our_tree(tmp_path))
    for unit in tree.units:
        assert (path in tree.all_needs(unit.path)) == (unit.path in tree.all_dependents(path))
    assert "secondary-account/us-east-1/cluster-003" in tree.all_dependents(path)
    assert tree.by_path["secondary-account/us-east-1/cluster-003"].zone_ids == ("use1-az1", "use1-az4")
