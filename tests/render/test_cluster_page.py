"""The status page in a real browser: read on a phone and on a desk, by everybody, and of nobody else's making."""

from dataclasses import replace
from pathlib import Path

import pytest

from mcp_server.render.calendars import calendar_of
from mcp_server.render.cluster_page import cluster_page
from mcp_server.sandbox.control import SandboxControl
from tests.render.browser import Opened, browser, opened
from tests.render.cluster_answers import clusters_answer
from tests.render.cluster_page_shot import PICTURE, put_scene, write_page
from tests.render.hostile import PIECES, instead, poisoned
from tests.render.values import owned_answer
from tests.tools.conftest import both_accounts, project  # noqa: F401 - fixtures

in_a_browser = pytest.mark.skipif(browser() is None, reason="no Chromium: `make browser` unpacks one, where Node is")
HOSTILE = "".join([*PIECES[:3], "<script>document.title='lost'</script><img src=http://evil>\"'>\u202e{{7*7}}"])
MOST_BYTES = 300_000


def seen(page: Path, width: int, *, dark: bool = False) -> Opened:
    """The page in a window, in which nothing must be wrong."""
    found = opened(page, width=width, dark=dark)
    assert (found.errors, found.requests, found.wider) == ([], [], 0)
    assert found.faults == []
    return found


@in_a_browser
@pytest.mark.parametrize("width", [390, 1280])
def test_the_seeded_scene_is_read_by_everybody(
    sandbox: SandboxControl,
    both_accounts: Path,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    width: int,
) -> None:
    """No script, no request, no fault of accessibility in light and dark, and nothing is wider than the window."""
    monkeypatch.setenv("ML_CLUSTERS_SETTINGS", str(both_accounts))
    put_scene(sandbox)
    page = write_page(tmp_path)
    for dark in (False, True):
        assert seen(page, width, dark=dark).title.startswith("SIMULATED: Clusters at 2026-")


@in_a_browser
@pytest.mark.parametrize("width", [390, 1280])
def test_words_of_others_stay_words(width: int, tmp_path: Path) -> None:
    """Markup, quotation marks and marks that turn text around, in every name and message that AWS tells."""
    page = tmp_path / "clusters.html"
    answer = clusters_answer(lambda value: poisoned(value, instead(HOSTILE)))
    text = cluster_page(answer, calendar_of(poisoned(owned_answer(), instead(HOSTILE))))
    assert "<script" not in text
    assert "\u202e" not in text
    page.write_text(text, "utf-8")
    assert seen(page, width).title == "SIMULATED: Clusters at 2026-11-01 12:00 UTC"


@in_a_browser
def test_an_empty_page_is_whole(tmp_path: Path) -> None:
    """Where nothing was found, and nothing failed."""
    full = clusters_answer()
    empty = replace(full.status, clusters=(), problems=(), reservations=(), unread=())
    page = tmp_path / "clusters.html"
    nothing = replace(full, status=empty, account_failures=(), total=0)
    page.write_text(cluster_page(nothing, calendar_of(replace(owned_answer(), rows=()))), "utf-8")
    seen(page, 390)
    assert "Nothing that was read." in page.read_text("utf-8")


@in_a_browser
def test_what_is_wrong_with_a_page_is_seen(tmp_path: Path) -> None:
    """A script that fails, a request that leaves, what is too wide, and what nobody can read."""
    page = tmp_path / "wrong.html"
    pale = "<p style='width: 3000px; color: #eee; background: #fff'>pale words</p>"
    wrong = f"{pale}<img src='other.png'><script>missing()</script>"
    page.write_text(f"<!doctype html><html><body>{wrong}</body></html>", "utf-8")
    found = opened(page, width=390)
    assert found.errors
    assert [Path(each).name for each in found.requests] == ["other.png"]
    assert found.wider > 2000
    assert {"color-contrast", "image-alt"} <= {each["id"] for each in found.faults}


def test_the_picture_in_the_docs_is_small() -> None:
    """It is of this page at its width; `python -m tests.render.cluster_page_shot` takes it anew."""
    data = PICTURE.read_bytes()
    assert data.startswith(b"\x89PNG\r\n\x1a\n")
    assert int.from_bytes(data[16:20], "big") == 1280
    assert len(data) < MOST_BYTES
