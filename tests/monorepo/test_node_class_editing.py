"""Naming reservations in NodeClasses: the field alone changes, or the edit is refused."""

from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_server.monorepo.edits import MOST_BYTES, EditRefused
from mcp_server.monorepo.node_class_editing import add_reservation, remove_reservation
from tests.monorepo.test_hcl_editing import assert_spliced

ROOT = Path(__file__).parents[2]
REAL = sorted(ROOT.glob("gitops/clusters/*/*/*/node-classes.yaml"))
FIELD = "capacityReservationSelectorTerms"
NEW = "cr-0123456789abcdef0"
HEAD = "kind: EC2NodeClass\nmetadata:\n  name: reserved\n"

_IN_TERMS = ["id: cr-1", 'id: "cr-2"', "tags: { team: é }", "tags: { a: '*' }, ownerID: '111122223333'"]
_ENDS = st.sampled_from(["", "", " # why é", "   # {[,"])
_OTHERS = [
    "amiSelectorTerms: [{ alias: al2023@v1 }]",
    "instanceStorePolicy: RAID0 # é",
    "userData: |\n  # no comment\n  é",
]


@st.composite
def field_lines(draw: st.DrawFn) -> list[str]:
    """The field, not indented, in one of the ways in which it may be written."""
    terms = draw(st.lists(st.sampled_from(_IN_TERMS), unique=True, min_size=1, max_size=4))
    kind = draw(st.sampled_from(["block", "flow", "lines", "none"]))
    if kind == "none":
        return []
    if kind == "flow":
        blank, comma = draw(st.sampled_from(["", " "])), draw(st.sampled_from([", ", ","]))
        inner = comma.join(f"{{{blank}{each}{blank}}}" for each in terms) + draw(st.sampled_from(["", ","]))
        return [f"{FIELD}: [{inner}]{draw(_ENDS)}"]
    if kind == "lines":
        return [f"{FIELD}: [", *(f"  {{ {each} }},{draw(_ENDS)}" for each in terms), "]"]
    indent = draw(st.sampled_from(["", "  ", "    "]))
    lines = [f"{FIELD}:{draw(_ENDS)}"]
    for each in terms:
        lines += draw(st.lists(st.sampled_from([f"{indent}# above", "", "# left"]), max_size=2))
        if ", " in each and "tags: { a" in each:
            lines += [f"{indent}- tags:", f"{indent}    a: '*'{draw(_ENDS)}", f"{indent}  ownerID: '111122223333'"]
        else:
            lines.append(f"{indent}- {each}{draw(_ENDS)}")
    return lines


@st.composite
def files(draw: st.DrawFn) -> bytes:
    """A file with the NodeClass reserved among other documents."""
    others = draw(st.lists(st.sampled_from(_OTHERS), unique=True, min_size=1, max_size=3))
    at = draw(st.integers(0, len(others)))
    parts = [each.split("\n") for each in others]
    parts.insert(at, draw(field_lines()))
    comment = draw(st.lists(st.sampled_from(["# é over", "", "#"]), max_size=2))
    deep = draw(st.sampled_from(["  ", "    "]))
    lines = [f"{deep}{line}" if line else "" for part in parts for line in (*comment, *part)]
    written = HEAD + "\n".join([f"spec:{draw(_ENDS)}", *lines]) + draw(st.sampled_from(["\n", "", "\n\n# end\n"]))
    if draw(st.booleans()):
        written = f"# é\nkind: NodePool\nmetadata: {{ name: reserved }}\n---\n{written}"
    if draw(st.booleans()):
        written = f"{written}\n---\n{HEAD.replace('reserved', 'other')}spec:\n  a: [1, 2]\n"
    return (
        draw(st.sampled_from(["", "\ufeff"])).encode()
        + written.replace("\n", draw(st.sampled_from(["\n", "\r\n"]))).encode()
    )


def loaded(data: bytes) -> tuple[list[Any], list[Any] | None]:
    """The documents without the field, and the field."""
    documents = list(yaml.safe_load_all(data))
    found = [each for each in documents if each["kind"] == "EC2NodeClass" and each["metadata"]["name"] == "reserved"]
    return documents, found[0]["spec"].pop(FIELD, None)


@given(files())
@settings(max_examples=60)
def test_an_added_reservation_is_the_last_term_and_nothing_else_changes(data: bytes) -> None:
    """Taking it out again gives the file of before."""
    rest, terms = loaded(data)
    edit = add_reservation(data, "reserved", NEW)
    assert_spliced(edit)
    assert len(edit.splices) == 1
    assert edit.splices[0].start == edit.splices[0].end
    assert loaded(edit.after) == (rest, [*(terms or []), {"id": NEW}])
    back = remove_reservation(edit.after, "reserved", NEW)
    assert loaded(back.after) == (rest, terms)
    if data.endswith(b"\n"):
        assert back.after == data


@given(files(), st.sampled_from(["cr-1", "cr-2"]))
def test_a_removed_reservation_is_gone_and_nothing_else_changes(data: bytes, reservation: str) -> None:
    """The field goes with its last term."""
    rest, terms = loaded(data)
    try:
        edit = remove_reservation(data, "reserved", reservation)
    except EditRefused as refused:
        assert {"id": reservation} not in (terms or []) or "comment" in refused.why  # noqa: PT017
        return
    assert_spliced(edit)
    assert loaded(edit.after) == (rest, [each for each in terms or [] if each != {"id": reservation}] or None)


@pytest.mark.parametrize("file", REAL, ids=lambda each: "/".join(each.parts[-4:-1]))
def test_our_own_files_take_a_reservation_and_give_it_back(file: Path) -> None:
    """Two lines come directly below spec."""
    data = file.read_bytes()
    edit = add_reservation(data, "reserved", NEW)
    (splice,) = edit.splices
    assert splice.text.decode() == f"  {FIELD}:\n    - id: {NEW}\n"
    assert data[: splice.start].endswith(b"  name: reserved\nspec:\n")
    assert remove_reservation(edit.after, "reserved", NEW).after == data


@pytest.mark.parametrize(
    ("text", "line", "why"),
    [
        ("a: [", 1, "no YAML"),
        ("a: &a [*a]\n--- {b: \x01}", 1, "no YAML"),
        (HEAD.replace("reserved", "other"), 1, 'those there are: "other"'),
        ("kind: NodePool\n", 1, "those there are: none"),
        (f"{HEAD}spec:\n  a: 1\n---\n{HEAD}spec:\n  a: 1\n", 7, "more than one"),
        (f"{HEAD}spec:\n  a: 1\nspec:\n  a: 1\n", 6, "twice"),
        (f"{HEAD}spec: {{ a: 1 }}\n", 4, "in braces"),
        ("{kind: EC2NodeClass, metadata: {name: reserved}, spec: {a: 1}}", 1, "in braces"),
        (f"{HEAD}spec:\n", 1, "no spec"),
        (f"{HEAD}spec: &spec\n  a: 1\n", 4, "anchor"),
        (f"{HEAD}spec: !!map\n  a: 1\n", 4, "tag"),
        (f"{HEAD}other: &b {{ c: 1 }}\nspec:\n  <<: *b\n", 6, "merge key"),
        (f"x: &x\n  a: 1\n{HEAD}spec: *x\n", 1, "alias"),
        (f"{HEAD}spec:\n  x: &x [{{ id: cr-1 }}]\n  {FIELD}: *x\n", 6, "alias"),
        (f"{HEAD}spec:\n  {FIELD}: [{{ id: &i cr-1 }}]\n", 5, "anchor"),
        (f"{HEAD}spec:\n  {FIELD}: no\n", 5, "no list"),
        (f"{HEAD}spec:\n  {FIELD}:\n", 5, "no list"),
        (f"{HEAD}spec:\n  {FIELD}: [cr-1]\n", 5, "no fields"),
        (f"{HEAD}spec:\n  {FIELD}: [{{ id: cr-1, ownerID: '111122223333' }}]\n", 5, "and more"),
        (f"{HEAD}spec:\n  {FIELD}: [{{ ownerID: '111122223333' }}]\n", 5, "neither id nor tags"),
        (f"{HEAD}spec:\n  {FIELD}: [{{ name: cr-1 }}]\n", 5, "does not know"),
        (f"{HEAD}spec:\n  {FIELD}: [{{ id: cr-1, id: cr-2 }}]\n", 5, "twice"),
        (f"{HEAD}spec:\n  {FIELD}: [{{ tags: {{ a: 1 }} }}]\n", 5, "tags of a term"),
        (f"{HEAD}spec:\n  {FIELD}: [{{ tags: {{ a: b }}, ownerID: 111122223333 }}]\n", 5, "ownerID of a term"),
        (f"{HEAD}spec:\n  {FIELD}:\n  - id: |\n      cr-1\n", 6, "id of a term"),
        (f"{HEAD}spec:\n  {FIELD}: [{', '.join(f'{{ id: cr-{each} }}' for each in range(30))}]\n", 4, "30 terms"),
        (f"{HEAD}spec:\n  {FIELD}:\n  - id: cr-2\n  - id: {NEW}\n", 7, "already"),
        ("#" * (MOST_BYTES + 1), 1, "megabyte"),
        ("[" * 5000, 1, "no YAML"),
    ],
)
def test_what_is_not_edited_is_refused_with_what_to_write(text: str, line: int, why: str) -> None:
    """The line where it shows, why, and the field as a person would type it."""
    with pytest.raises(EditRefused, match=why) as refused:
        add_reservation(text.encode(), "reserved", NEW)
    assert refused.value.line == line
    assert refused.value.instead == f"{FIELD}: [{{ id: {NEW} }}]"
    assert refused.value.instead in str(refused.value)


def test_bytes_that_are_no_text_are_refused() -> None:
    """At the line with the byte."""
    with pytest.raises(EditRefused, match="UTF-8") as refused:
        add_reservation(b"a: 1\nb: \xff", "reserved", NEW)
    assert refused.value.line == 2


@pytest.mark.parametrize("named", ["i-1", "cr-1 }", "cr-", "cr-ABC", "cr-1\n"])
def test_only_an_id_of_a_reservation_is_added(named: str) -> None:
    """Nothing else comes into the file."""
    with pytest.raises(EditRefused, match="no id of a reservation"):
        add_reservation(REAL[0].read_bytes(), "reserved", named)


@pytest.mark.parametrize(
    ("terms", "why"),
    [
        ("[{ id: cr-1 }]", "not named"),
        (f"[{{ id: {NEW} }}, {{ id: {NEW} }}]", "more than once"),
        (f"[{{ id: {NEW} }}]", "without fields"),
        (f"[\n    {{ id: {NEW} }}, # why\n    {{ id: cr-1 }}]", "comment"),
    ],
)
def test_a_term_that_cannot_be_taken_out_is_refused(terms: str, why: str) -> None:
    """It is not there, there twice, all that spec has, or has a comment between it and the next."""
    with pytest.raises(EditRefused, match=why):
        remove_reservation(f"{HEAD}spec:\n  {FIELD}: {terms}\n".encode(), "reserved", NEW)


def test_aliases_that_grow_are_read_once() -> None:
    """A file that would be huge if its aliases were written out takes no longer than another."""
    grown = "".join(f"  a{at}: &a{at} [{', '.join([f'*a{at - 1}'] * 9)}]\n" for at in range(1, 40))
    edit = add_reservation(f"{HEAD}spec:\n  a0: &a0 [1]\n{grown}".encode(), "reserved", NEW)
    assert b"spec:\n  capacityReservationSelectorTerms:\n" in edit.after
