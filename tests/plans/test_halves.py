"""Many changes are looked at by two processes, and what they find is what one finds."""

import os
import signal
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from mcp_server.monorepo.plans.changes import Change, change_of
from mcp_server.monorepo.plans.halves import WORTH_IT, in_halves
from mcp_server.monorepo.plans.risks import Risk, Severity
from mcp_server.monorepo.plans.terraform_json import ChangeJson, NotAPlan, ResourceChangeJson, read_plan
from mcp_server.monorepo.plans.unit_plans import review_unit
from tests.plans.large import write_large_plan

MANY = [change_of(ResourceChangeJson(f"a.b[{number}]", ChangeJson(("create",)))) for number in range(WORTH_IT)]


def by_process(changes: Sequence[Change]) -> list[Risk]:
    """Who looks at what."""
    return [Risk(str(os.getpid()), Severity.LOW, "u", "", each.address) for each in changes]


def failing_elsewhere(here: int, changes: Sequence[Change]) -> list[Risk]:
    """What only one process can do."""
    if os.getpid() != here:
        raise NotAPlan("A value of it is no JSON.")
    return by_process(changes)


@pytest.fixture
def two_processors(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that has two, and a process without threads: a runner of tests has some."""
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    monkeypatch.setattr(threading, "active_count", lambda: 1)


@pytest.mark.usefixtures("two_processors")
def test_two_processes_find_in_order() -> None:
    """Half each, and every change once."""
    found = in_halves(by_process, MANY)
    assert [each.address for each in found] == [each.address for each in MANY]
    processes = [each.rule for each in found]
    assert processes[0] == str(os.getpid()) != processes[-1]
    assert sorted(map(processes.count, set(processes))) == [WORTH_IT // 2, WORTH_IT // 2]


@pytest.mark.usefixtures("two_processors")
def test_what_fails_in_one_is_done_in_the_other() -> None:
    """A process that ends early hides nothing."""
    here = os.getpid()
    found = in_halves(lambda changes: failing_elsewhere(here, changes), MANY)
    assert {each.rule for each in found} == {str(here)}
    assert len(found) == WORTH_IT


@pytest.mark.usefixtures("two_processors")
@pytest.mark.parametrize("trouble", [NotAPlan("A value of it is no JSON."), KeyboardInterrupt()])
def test_what_fails_here_ends_the_other_process(trouble: BaseException, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also while that has more to tell than a pipe holds, which nobody reads any more."""
    here, begun, fork = os.getpid(), list[int](), os.fork

    def remembered() -> int:
        begun.append(fork())
        return begun[-1]

    monkeypatch.setattr(os, "fork", remembered)

    def fails_here(changes: Sequence[Change]) -> list[Risk]:
        if os.getpid() == here:
            raise trouble
        return [Risk("r", Severity.LOW, "u", "w" * 1000, each.address) for each in changes]

    with pytest.raises(type(trouble)):
        in_halves(fails_here, MANY)
    (second,) = begun
    with pytest.raises(ChildProcessError):
        os.waitpid(second, os.WNOHANG)


@pytest.mark.usefixtures("two_processors")
def test_where_no_process_can_be_made_one_does_it_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """A system may have no room for another."""

    def full() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", full)
    assert {each.rule for each in in_halves(by_process, MANY)} == {str(os.getpid())}


@pytest.mark.usefixtures("two_processors")
def test_children_that_are_let_go_of_by_themselves_are_missed_by_nobody() -> None:
    """Somebody who starts this program may have said so, for all that it starts."""
    before = signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    try:
        assert len(in_halves(by_process, MANY)) == WORTH_IT
    finally:
        signal.signal(signal.SIGCHLD, before)


def test_few_changes_and_processes_with_threads_are_one() -> None:
    """No copy is made of a server."""
    assert {each.rule for each in in_halves(by_process, MANY[1:])} == {str(os.getpid())}
    threading.Thread(target=threading.Event().wait, args=(5,), daemon=True).start()
    assert {each.rule for each in in_halves(by_process, MANY)} == {str(os.getpid())}


def test_a_large_plan_has_the_risks_of_one_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each risk, in its order."""
    path = tmp_path / "plan.json"
    write_large_plan(path, 2 * WORTH_IT)
    monkeypatch.setattr(threading, "active_count", lambda: 2)
    alone = review_unit("u", read_plan(path.read_bytes()), "").risks
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {0, 1}, raising=False)  # pyright: ignore[reportUnknownLambdaType, reportUnknownArgumentType]
    monkeypatch.setattr(threading, "active_count", lambda: 1)
    assert review_unit("u", read_plan(path.read_bytes()), "").risks == alone
    assert len(alone) > WORTH_IT / 4
