"""Words from elsewhere in refusals: what happened, what was not done and what to do next are read whole."""

import inspect
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages

import pytest
from hypothesis import given, settings

import mcp_server
from mcp_server.aws.accounts import UnknownAccount
from mcp_server.aws.buying import Certainty, PurchaseFailed
from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.aws.pacing import OutOfTime
from mcp_server.capacity.durations import InvalidDuration
from mcp_server.capacity.handles import MistypedHandle
from mcp_server.capacity.instance_types import NotInPlans, SoldAsUltraServer, UnknownInstanceType
from mcp_server.capacity.moments import InvalidMoment
from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.requests import InvalidCount, InvalidWindow, UnknownZones, UnsoldCount
from mcp_server.cli.approving import NoTerminal
from mcp_server.cli.arguments import ArgumentRefused
from mcp_server.cli.base_tree import BaseUnread
from mcp_server.cli.calling import CallFailed, SpendingTool, UnknownTool
from mcp_server.cli.demonstration import NotItsOwn
from mcp_server.cli.refusals import AnchorsDisagree
from mcp_server.cli.terragrunt_run import NoTerragrunt, RunFailed
from mcp_server.cli.wire_command import NoSummary
from mcp_server.monorepo.edits import EditRefused
from mcp_server.monorepo.inputs import InputsUnread
from mcp_server.monorepo.live_tree import NoTree
from mcp_server.monorepo.naming import AmbiguousUnit, NotInTree, UnknownUnit
from mcp_server.monorepo.plans.choosing import UnknownPlanUnit, UnknownWord
from mcp_server.monorepo.plans.parallelcluster import NotAsked
from mcp_server.monorepo.plans.plan_files import NoPlans
from mcp_server.monorepo.plans.run_report import NotAReport
from mcp_server.monorepo.plans.summary import NotASummary
from mcp_server.monorepo.plans.terraform_json import NotAPlan
from mcp_server.monorepo.yaml_texts import NotYaml
from mcp_server.purchasing.approving import named_quote
from mcp_server.purchasing.book import Book, ImpossibleEntry
from mcp_server.purchasing.chain import BrokenChain
from mcp_server.purchasing.ledger import LedgerRefused
from mcp_server.purchasing.ledger_refusals import (
    DamagedLedger,
    LedgerThere,
    LostLedger,
    NewerLedger,
    OtherWorld,
    UnusableLedger,
)
from mcp_server.purchasing.places import NoHome
from mcp_server.purchasing.policy import PolicyForbids, PolicyMissing, PolicyRefused
from mcp_server.purchasing.records import NoSuchPurchase
from mcp_server.purchasing.refusals import (
    NoSuchQuote,
    NotStarted,
    PurchaseDeclined,
    RebuildRefused,
    SettlingRefused,
    SpendingRefused,
)
from mcp_server.purchasing.requesters import check_requester
from mcp_server.purchasing.verification import UnreadableEntry
from mcp_server.render.snippets import NotQuoted
from mcp_server.searching.homes import UnitElsewhere, UnitNowhere, UnitTakesOther, UnitWithoutMachines
from mcp_server.searching.owned import OwnedFailure, OwnedPart, SeveralReservations, UnknownReservation
from mcp_server.searching.readers import AccountFailure
from mcp_server.searching.seen import StateUnusable, UnknownHandle
from mcp_server.serving import ServingRefused
from mcp_server.settings import SettingsRefused
from mcp_server.tokens import TokenRefused
from mcp_server.tools.arguments import TooManyRegions, UnknownRegion
from mcp_server.tools.searches import InvalidTimeBudget
from mcp_server.wiring.clones import CloneRefused
from mcp_server.wiring.elsewhere import Elsewhere, PastedByHand
from mcp_server.wiring.ground import TakesNoCapacity
from mcp_server.wiring.keeping import FileChanged, FileUnwritable, NotKept, NotScratch, UnknownWiring
from mcp_server.wiring.looking import NotOwned
from mcp_server.wiring.marks import BadMark
from mcp_server.wiring.places import Wired
from mcp_server.wiring.proposing import NotWired
from mcp_server.wiring.targets import Target
from tests.purchasing.samples import ACCOUNT, REGION, a_quote
from tests.render.hostile import FLOOD, PIECES, TEXTS, WRITERS, Writer, check_alike, poisoned
from tests.render.values import a_tree, owned_answer

Make = Callable[[Writer], Exception]

SENTENCES_OF_OTHERS = {
    # Made of a sentence that somebody else made, and which is tested where it is made.
    ArgumentRefused, CallFailed, ImpossibleEntry, InputsUnread, InvalidWindow, LedgerRefused, NotItsOwn,
    PurchaseDeclined, RebuildRefused, RequestRefused, ServingRefused, SettlingRefused, SpendingRefused, TokenRefused,
    NotAPlan, NotAReport, NotASummary, RunFailed, BadMark, NotQuoted,
    # Of a file of the tree, whose path is shown as a word.
    FileChanged, FileUnwritable, NotKept, NotScratch,
    # Numbers, names of this program's tools, and ids that it made or that are checked before.
    BrokenChain, InvalidCount, InvalidTimeBudget, NotAsked, NotInPlans, NotYaml, NoHome, NoTerminal, NoTerragrunt,
    OutOfTime, SpendingTool,
    TooManyRegions, UnknownHandle, UnreadableEntry, UnsoldCount,
    # Paths, and what the operating system says of them: made one line where a refusal leaves, see one_line.
    AnchorsDisagree, DamagedLedger, LedgerThere, LostLedger, NewerLedger, NoTree, NotStarted, OtherWorld, PolicyForbids,
    PolicyMissing, PolicyRefused, SettingsRefused, StateUnusable, UnusableLedger,
}  # fmt: skip
"""Refusals that put no word of a stranger's into their text by themselves."""


def _raised(work: Callable[[], object]) -> Exception:
    with pytest.raises(SpendingRefused) as refused:
        work()
    return refused.value


def _failed(write: Writer) -> AwsFailure:
    return AwsFailure(FailureKind.DENIED, "describe", write.name("said"), write.name("Code"))


REFUSALS: dict[object, Make] = {
    AwsFailure: _failed,
    PurchaseFailed: lambda write: PurchaseFailed(Certainty.UNKNOWN, write.name("said"), write.name("Code")),
    UnknownAccount: lambda write: UnknownAccount(write.name(""), ("main",)),
    InvalidDuration: lambda write: InvalidDuration(write.name(""), (7,)),
    MistypedHandle: lambda write: MistypedHandle(write.name("")),
    UnknownInstanceType: lambda write: UnknownInstanceType(write.name(""), ("p5",)),
    SoldAsUltraServer: lambda write: SoldAsUltraServer(write.name(""), ("u-trn2x64",)),
    InvalidMoment: lambda write: InvalidMoment("latest_end", write.name("")),
    UnknownZones: lambda write: UnknownZones((write.name("use1-az9"),), (write.name("use1-az9"),)),
    UnknownPlanUnit: lambda write: UnknownPlanUnit(write.name(""), (write.name("kms"),)),
    UnknownWord: lambda write: UnknownWord(write.name(""), "action", ("create",)),
    NoPlans: lambda write: NoPlans(Path(write.name("p")), "The file is empty."),
    UnknownRegion: lambda write: UnknownRegion(write.name(""), (REGION,)),
    UnknownTool: lambda write: UnknownTool(write.name(""), ("a",)),
    NoSuchPurchase: lambda write: NoSuchPurchase("ledger.sqlite3", write.name(""), "is no purchase of"),
    NoSuchQuote: lambda write: NoSuchQuote(write.name("")),
    SeveralReservations: lambda write: SeveralReservations(write.name(""), (write.name("cr-0"), write.name("cr-1"))),
    NotInTree: lambda write: NotInTree(write.name(""), (write.name("main"),)),
    UnknownUnit: lambda write: UnknownUnit(write.name(""), (write.name("a/eks"),)),
    AmbiguousUnit: lambda write: AmbiguousUnit(write.name(""), (write.name("a/eks"), write.name("b/eks"))),
    BaseUnread: lambda write: BaseUnread(write.name(""), "there is no such commit here; `git fetch` may bring it."),
    UnitTakesOther: lambda write: UnitTakesOther(poisoned(a_tree().units[0], write), "plans", "search_capacity_blocks"),
    UnitWithoutMachines: lambda write: UnitWithoutMachines(
        poisoned(a_tree().units[0], write), "plans", [poisoned(a_tree().units[1], write)]
    ),
    UnitNowhere: lambda write: UnitNowhere(poisoned(a_tree().units[0], write)),
    UnitElsewhere: lambda write: UnitElsewhere(
        poisoned(a_tree().units[0], write), "zone_ids", [write.name("use1-az1")], [write.name("use1-az4")]
    ),
    UnknownReservation: lambda write: UnknownReservation(
        write.name(""),
        {"main": 2},
        (OwnedFailure(ACCOUNT, "main", REGION, _failed(write), OwnedPart.RESERVATIONS),),
        (AccountFailure("main", _failed(write)),),
    ),
    EditRefused: lambda write: EditRefused(3, "it is a merge", "a = 1"),
    CloneRefused: lambda write: CloneRefused(Path(write.name("p")), "Git failed."),
    PastedByHand: lambda _: PastedByHand(Elsewhere.SKYPILOT),
    TakesNoCapacity: lambda write: TakesNoCapacity(poisoned(a_tree().units[0], write), None, [], [write.name("a/eks")]),
    UnknownWiring: lambda write: UnknownWiring(write.name(""), "it may be of another user or machine."),
    NotOwned: lambda write: NotOwned(write.name(""), owned_answer(), ["main us-east-1"]),
    NotWired: lambda write: NotWired(
        write.name(""), (Wired(write.name("u"), Target.QUEUE, write.name("n"), "cr-0", write.name("f"), 1),) * 2, ""
    ),
    NoSummary: lambda write: NoSummary(Path(write.name("p")), "is no summary of a plan"),
    check_requester: lambda write: _raised(
        lambda: check_requester(a_quote(id="q-a", requester=f"https://{write.name('x')}"), write.name("https://y"))
    ),
    named_quote: lambda write: _raised(lambda: named_quote(Book(), write.name(""))),
}  # fmt: skip
"""What puts words into a refusal, with what is made of them."""

every_refusal = pytest.mark.parametrize(
    "make", [pytest.param(make, id=getattr(of, "__name__", "")) for of, make in REFUSALS.items()]
)


def refusals() -> Iterator[type[Exception]]:
    """Every exception that this program may raise."""
    for found in walk_packages(mcp_server.__path__, "mcp_server."):
        if not found.name.startswith("mcp_server.sandbox") and not found.name.endswith("__main__"):
            yield from (
                each
                for name, each in inspect.getmembers(import_module(found.name), inspect.isclass)
                if issubclass(each, Exception) and each.__module__ == found.name and not name.startswith("_")
            )


def check(make: Make, text: str) -> None:
    """The text is one line of what this program says, whatever the words in it."""
    for write, writer in WRITERS:
        check_alike(str(make(write)), str(make(writer(text))))


def test_every_refusal_is_here() -> None:
    """A new one has to be added, or to be named as one that puts no words into its text."""
    assert set(refusals()) == {each for each in REFUSALS if isinstance(each, type)} | SENTENCES_OF_OTHERS


@every_refusal
def test_what_happened_and_what_next_is_read_whole(make: Make) -> None:
    """Whatever was written, and however much."""
    for text in ("".join(PIECES), FLOOD):
        check(make, text)


@pytest.mark.slow
@every_refusal
def test_every_piece_is_a_word(make: Make) -> None:
    """Each by itself, where what hides among others could not."""
    for text in PIECES:
        check(make, text)


@every_refusal
@settings(max_examples=5)
@given(TEXTS)
def test_any_words_are_words(make: Make, text: str) -> None:
    """Also what nobody has thought of."""
    check(make, text)
