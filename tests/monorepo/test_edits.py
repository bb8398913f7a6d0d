"""Edits put together, and the diff that tells them."""

import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from mcp_server.monorepo.edits import Edit, EditRefused, Splice, edit_of, followed_by, origin, unified_diff

LINES = st.lists(st.sampled_from(["a", "é", "", "b = 1", "-- c", "\\ d", "+"]), max_size=30)
NEWLINES = st.sampled_from(["\n", "\n", "\r\n"])


@st.composite
def edits(draw: st.DrawFn) -> Edit:
    """A file with up to four splices, of which each may be of characters or of lines."""
    newline = draw(NEWLINES)
    lines = [f"{each}{newline}" for each in draw(LINES)]
    text = "".join(lines) + draw(st.sampled_from(["", "end", "x"]))
    ends = sorted(draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pairs = list(zip(ends[::2], ends[1::2], strict=False))
    apart = [pair for at, pair in enumerate(pairs) if at == 0 or pair[0] > pairs[at - 1][1]]
    put = st.sampled_from(["", "new", f"line{newline}", f"{newline}two{newline}", "é"])
    return edit_of(
        text.encode(),
        [Splice(len(text[:start].encode()), len(text[:end].encode()), draw(put).encode()) for start, end in apart],
    )


def applied(edit: Edit, folder: Path, file: str) -> bytes:
    """What git makes of the file with the diff."""
    path = folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(edit.before)
    subprocess.run(
        ["git", "apply", "--whitespace=nowarn", "-"],
        input=unified_diff(edit, file).encode(),
        cwd=folder,
        check=True,
        capture_output=True,
        timeout=60,
    )
    return path.read_bytes()


def spliced(edit: Edit) -> bytes:
    """What the splices make of the file."""
    data = edit.before
    for each in reversed(edit.splices):
        data = data[: each.start] + each.text + data[each.end :]
    return data


@given(edits(), st.sampled_from(["unit.hcl", "live/a b/unit.hcl", "é.hcl", 'quoted "and\tmore']))
@settings(max_examples=60)
def test_git_applies_the_diff(edit: Edit, file: str) -> None:
    """The file becomes what the edit says, whatever its lines end with and whatever it is called."""
    if edit.before == edit.after:
        assert unified_diff(edit, file) == ""
        return
    with TemporaryDirectory() as folder:
        assert applied(edit, Path(folder), file) == edit.after


def test_the_diff_is_the_one_that_git_writes(tmp_path: Path) -> None:
    """Hunks with three lines around them, and a mark where the last line has no end."""
    before = b"".join(b"%d\n" % each for each in range(20)) + b"end"
    edit = edit_of(before, [Splice(0, 1, b"zero"), Splice(8, 8, b"x\n"), Splice(len(before), len(before), b"!")])
    (tmp_path / "a").write_bytes(edit.before)
    (tmp_path / "b").write_bytes(edit.after)
    command = ["git", "diff", "--no-index", "--no-color", "a", "b"]
    written = subprocess.run(command, cwd=tmp_path, check=False, capture_output=True, text=True, timeout=60).stdout
    hunks = [line.partition(" @@")[0] for line in written.splitlines()[4:]]
    assert [line.partition(" @@")[0] for line in unified_diff(edit, "a").splitlines()[3:]] == hunks
    assert "\\ No newline at end of file" in hunks


@given(edits(), st.data())
def test_splices_after_splices_are_one_edit(edit: Edit, draw: st.DataObject) -> None:
    """The edit of both does what one after the other does."""
    assert spliced(edit) == edit.after
    start, end = sorted(draw.draw(st.tuples(*[st.integers(0, len(edit.after))] * 2)))
    more = Splice(start, end, draw.draw(st.sampled_from([b"", b"more"])))
    both = followed_by(edit, [more])
    assert both.before == edit.before
    assert both.after == edit.after[:start] + more.text + edit.after[end:] == spliced(both)


@given(edits())
def test_the_origin_of_a_byte_has_that_byte(edit: Edit) -> None:
    """Whatever is not new stood somewhere before."""
    kept = [(at, origin(edit, at)) for at in range(len(edit.after))]
    assert all(edit.before[was] == edit.after[at] for at, was in kept if was is not None)
    assert sum(was is None for _, was in kept) == sum(len(each.text) for each in edit.splices)


def test_a_refusal_reads_as_a_sentence() -> None:
    """With what to write by hand where there is something to write."""
    assert str(EditRefused(3, "it is a merge", None)) == "Line 3 is not edited: it is a merge."
    assert str(EditRefused(3, "it is a merge", "a = 1")).endswith("it is a merge. To write there by hand: a = 1")
