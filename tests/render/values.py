"""Values of every kind that is rendered, with something in each of their parts."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from mcp_server.aws.accounts import AWS_WORLD, Account, Identity, Source
from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.capacity.alternatives import AlternativeKind
from mcp_server.capacity.durations import parse_duration
from mcp_server.capacity.extending import Obstacle
from mcp_server.capacity.fit import TooFew, UnknownZone, WrongZone
from mcp_server.capacity.holdings import BlockHealth, Holding, Interconnect, Use
from mcp_server.capacity.limits import Limit
from mcp_server.capacity.offerings import Segment
from mcp_server.capacity.owned import ExtensionState, OwnedExtension, OwnedReservation, ReservationState
from mcp_server.capacity.plans import TargetResource
from mcp_server.capacity.ranking import Order
from mcp_server.capacity.requests import CapacityRequest, CountUnit
from mcp_server.capacity.stays import Zone
from mcp_server.capacity.troubles import Trouble, TroubleKind
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.plans.attributes import AttributeChange
from mcp_server.monorepo.plans.changes import Action
from mcp_server.monorepo.plans.risks import Risk, Severity
from mcp_server.monorepo.plans.summary import Counts, OutputChange, PlannedChange, Summary, UnitSummary
from mcp_server.monorepo.sources import Source as ModuleSource
from mcp_server.monorepo.sources import SourceKind
from mcp_server.monorepo.units import Dependency, Finding, FindingKind, Place, Unit, UnitKind
from mcp_server.purchasing.book import Book, Purchase
from mcp_server.purchasing.chain import Link
from mcp_server.purchasing.entries import (
    Concluded,
    Entry,
    EvidenceKind,
    Found,
    PurchaseState,
    Quoted,
    Rebuilt,
    Restored,
    Settled,
)
from mcp_server.purchasing.owning import OwnedAnswer, OwnedRow
from mcp_server.purchasing.policy import Ceilings, Policy, PolicyAccount
from mcp_server.purchasing.provenance import Provenance
from mcp_server.purchasing.quotes import Overlap, OverlapKind, Quote
from mcp_server.purchasing.records import Record
from mcp_server.purchasing.tags import BUYER_TAG, CURRENCY_TAG, FEE_TAG, LEDGER_TAG, PURCHASE_TAG
from mcp_server.searching.capacity import Best, Row, SearchAnswer, Suggestion, Untold
from mcp_server.searching.extensions import DurationFailure, ExtensionAnswer, ExtensionRequest, ExtensionRow
from mcp_server.searching.holdings import HoldingPart, Unread
from mcp_server.searching.market import Question, QuestionFailure, Quota, UnreadZones
from mcp_server.searching.owned import OwnedFailure, OwnedPart
from mcp_server.searching.readers import AccountFailure, Reader
from mcp_server.settings import Settings
from tests.purchasing.samples import (
    ACCOUNT,
    NOW,
    P5,
    REGION,
    START,
    ZONE,
    a_quote,
    a_reservation,
    an_extension,
    an_intent,
    an_offering,
)

BERLIN = ZoneInfo("Europe/Berlin")
READER = Reader(
    Account(Source("main", ACCOUNT)),
    Identity(ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/jo", timedelta(), "http://127.0.0.1:7465", "simulation 7f3a"),
)
PREFERENCES = Settings.model_construct(time_zone="Europe/Berlin", time_budget=45)
DAY = timedelta(days=1)
OTHER_ZONE = Zone("us-east-1f", None)


def reserved(state: ReservationState = ReservationState.SCHEDULED, **changes: Any) -> OwnedReservation:
    """A reservation that somebody bought with this program, and tagged as they liked."""
    ours = {PURCHASE_TAG: "mlc-x", FEE_TAG: "10", CURRENCY_TAG: "USD", BUYER_TAG: "jo", LEDGER_TAG: "lg"}
    made = OwnedReservation(
        id="cr-0",
        block_id="cb-0",
        account=ACCOUNT,
        region=REGION,
        instance_type="p5.48xlarge",
        zone=ZONE,
        platform="Linux/UNIX",
        count=4,
        state=state,
        words=str(state),
        start=START,
        end=START + DAY,
        created=NOW,
        tags=(*ours.items(), ("Team", "ML")),
        free=4,
    )
    return replace(made, **changes)


def extended(**changes: Any) -> OwnedExtension:
    """An extension of it, whose payment is pending."""
    place = ("cr-0", "cbeo-0", ACCOUNT, REGION, "p5.48xlarge", 4, ZONE, ExtensionState.PAYMENT_PENDING)
    return replace(OwnedExtension(*place, NOW, START + DAY, START + 2 * DAY, Decimal(10), "USD"), **changes)


def failed(kind: FailureKind, code: str = "Code") -> AwsFailure:
    """A call that failed in some way."""
    return AwsFailure(kind, "describe", "said", code, "Run: aws sso login")


FAILURES = tuple(failed(kind) for kind in FailureKind)


@cache
def block_answer() -> SearchAnswer:
    """A search that found, lacked, failed and owned something of everything."""
    request = CapacityRequest((P5,), 8, CountUnit.INSTANCES, parse_duration("7"), zone_ids=frozenset({"use1-az4"}))
    question = Question(READER, REGION, P5, 7)
    zoneless = Segment(OTHER_ZONE, 4, START, START + DAY, Decimal(1))
    rows = (
        Row("o-a", an_offering(), ()),
        Row("o-b", an_offering(id="cbo-b", segments=(zoneless, *an_offering().segments), currency="EUR"), ()),
    )
    short = Row("o-c", an_offering(), (TooFew(8, 4), WrongZone("use1-az4"), UnknownZone("us-east-1a")))
    quota = Quota("main", ACCOUNT, REGION, Limit("ec2", "L-417A185B", "P5", "vCPUs", 8), None)
    quotas = (quota, replace(quota, failure=FAILURES[0]), replace(quota, allowed=1), replace(quota, allowed=9))
    return SearchAnswer(
        request=request,
        beside=None,
        order=Order.FEE,
        now=NOW,
        simulated=True,
        accounts=(("main", ACCOUNT), ("other", "159553542841")),
        notices=("something to be read",),
        owned=(reserved(), reserved(zone=OTHER_ZONE, end=None)),
        owned_unread=(OwnedFailure(ACCOUNT, "main", REGION, FAILURES[0], OwnedPart.RESERVATIONS),),
        meeting=rows,
        others=(short,),
        left_out_meeting=1,
        left_out_others=2,
        best=Best(None, rows[0], None),
        best_beside=Best(TargetResource.HYPERPOD, rows[1], rows[1]),
        suggestions=(Suggestion(AlternativeKind.FEWER, request, rows[0], (replace(quota, allowed=1),)),),
        answered=(question,),
        failures=tuple(QuestionFailure(question, each) for each in FAILURES),
        account_failures=tuple(AccountFailure("main", each) for each in FAILURES),
        quotas=quotas,
        unasked=(question,),
        unread_zones=(UnreadZones("main", REGION, None), UnreadZones("main", REGION, FAILURES[0])),
        unknown_zone_ids=("use1-az9", "nowhere"),
        no_subnets=("Account main has no subnet there.",),
        telling=True,
        complete=False,
        untold=(Untold(question, None), *(Untold(question, each) for each in FAILURES)),
    )


@cache
def extension_answer() -> ExtensionAnswer:
    """A search for extensions that found some, was refused some, and failed for some."""
    failures = tuple(DurationFailure(days, each, None) for days, each in enumerate(FAILURES, start=1))
    refused = tuple(DurationFailure(days, FAILURES[0], rule) for days, rule in enumerate(Obstacle, start=20))
    return ExtensionAnswer(
        request=ExtensionRequest("cr-0", parse_duration("1-14")),
        reservation=reserved(),
        account_name="main",
        now=NOW,
        simulated=True,
        notices=("something to be read",),
        rows=(ExtensionRow("o-a", an_extension(count=3)), ExtensionRow("o-b", an_extension(currency="EUR"))),
        deadline=START + DAY,
        obstacle=Obstacle.WRONG_STATE,
        pending=extended(),
        none_offered=(3,),
        failures=(*failures, *refused),
        unasked=(4, 5),
        unread=OwnedFailure(ACCOUNT, "main", REGION, FAILURES[0], OwnedPart.EXTENSIONS),
        account_failures=(AccountFailure("main", FAILURES[0]),),
    )


def owned_row(state: ReservationState, *kinds: TroubleKind) -> OwnedRow:
    """A reservation with everything that can be known of it, and these troubles."""
    holding = Holding(
        reserved(state),
        (extended(),),
        Use(4, ((ACCOUNT, 2), ("159553542841", 1))),
        BlockHealth(1, Interconnect.IMPAIRED),
        ("159553542841",),
    )
    origin = Provenance("mlc-x", "jo", "a purpose", Decimal(10), "USD", Decimal("0.1"), ("It differs",))
    return OwnedRow(holding, origin, tuple(Trouble(kind, 1, START, START) for kind in kinds))


@cache
def owned_answer() -> OwnedAnswer:
    """Reservations in several states, with every trouble, and what could not be read."""
    bare = OwnedRow(
        Holding(reserved(ReservationState.OTHER, zone=OTHER_ZONE, block_id=None)), Provenance(buyer="jo"), ()
    )
    return OwnedAnswer(
        now=NOW,
        simulated=True,
        accounts=(("main", ACCOUNT),),
        notices=("something to be read",),
        rows=(owned_row(ReservationState.ACTIVE, *TroubleKind), owned_row(ReservationState.PAYMENT_PENDING), bare),
        ended=2,
        regions=3,
        unread=tuple(Unread("main", REGION, HoldingPart.USE, each) for each in (*FAILURES, None)),
        account_failures=tuple(AccountFailure("main", each) for each in FAILURES),
    )


@cache
def a_full_quote(*, extension: bool = False, real: bool = False, segments: int = 1) -> Quote:
    """A quote with overlaps of every kind, notes, and tags."""
    parts = an_offering().segments + (Segment(OTHER_ZONE, 4, START, START + DAY, Decimal(1)),) * (segments - 1)
    return a_quote(
        offering=an_extension() if extension else an_offering(segments=parts),
        world=AWS_WORLD if real else "simulation 7f3a",
        purpose="a purpose",
        requester="https://issuer.example jo",
        overlaps=tuple(
            Overlap(kind, "cr-1", ACCOUNT, REGION, "4 x p5.48xlarge in use1-az4, active", START, START + DAY)
            for kind in OverlapKind
        ),
        notes=("The zone id is not known.", "Something was not looked at."),
        own_tags=(("Team", "ML"),),
    )


@cache
def purchases() -> tuple[Purchase, ...]:
    """One in each state, an extension, and one of a ledger that was lost."""
    return (
        *(
            _in_state(state, a_full_quote(extension=extension))
            for state in PurchaseState
            for extension in (False, True)
        ),
        _restored(),
    )


def _in_state(state: PurchaseState, quote: Quote) -> Purchase:
    quote = replace(quote, id=f"q-{state.name}", purchase_id=f"mlc-{state.name}{quote.kind}")
    made = Purchase(quote.purchase_id, quote.deal, NOW, "0" * 64, state, NOW + DAY, quote, an_intent(quote))
    return replace(
        made,
        code="Code",
        message="said",
        request_id="8d3f",
        reservations=(a_reservation(quote),) if state.bought else (),
        mismatches=("It differs",),
        evidence=((EvidenceKind.TAG, "cr-0"),),
    )


def _restored() -> Purchase:
    deal = replace(a_quote().deal, extends="cr-0", fee=None, currency="", platform="", count=None)
    seen = a_reservation(a_quote())
    entry = Restored(
        "mlc-x", deal, NOW, PurchaseState.PAID, EvidenceKind.HISTORY, "cbeo-0", "cbeo-0", "jo", "lg-0", "0",
        (("Team", "ML"),), (seen,),
    )  # fmt: skip
    return Purchase(
        entry.purchase_id,
        deal,
        NOW,
        "0",
        PurchaseState.PAID,
        NOW,
        restored=entry,
        reservations=(seen,),
        evidence=((EvidenceKind.HISTORY, "cbeo-0"),),
    )


@cache
def records() -> tuple[Record, ...]:
    """The records of all of them."""
    return tuple(map(_record, purchases()))


def _record(purchase: Purchase) -> Record:
    quote = purchase.quote or a_quote()
    entries: list[Entry] = [
        purchase.restored or Quoted(quote),
        *([purchase.intent] if purchase.intent else []),
        Concluded(purchase.id, purchase.state),
        Found(purchase.id, EvidenceKind.TAG, "cr-0"),
    ]
    links = [Link(number, NOW.isoformat(), "kind", "{}", "0" * 64) for number in range(1, len(entries) + 1)]
    settled = Settled(purchase.id, "jo", "said so")
    place = "/home/jo/ledger.sqlite3"
    return Record(
        "lg-0", purchase.deal.world, place, purchase, tuple(zip(links, entries, strict=True)), ("mlc-y",), settled
    )


@cache
def a_book() -> Book:
    """A ledger that was begun anew from AWS."""
    known = purchases()
    return Book(
        "lg-1",
        known[0].deal.world,
        9,
        "0" * 64,
        NOW,
        {each.quote.id: each.quote for each in known if each.quote},
        {each.id: each for each in known},
        rebuilt=(NOW, Rebuilt(("lg-0",), "jo", ("us-east-1 was not read",))),
    )


@cache
def a_tree() -> LiveTree:
    """A live tree of two units, of which one needs the other, with something wrong."""
    place = Place("a/networking/terragrunt.hcl", 4, 0, 9)
    first = Unit(
        "networking",
        UnitKind.TERRAGRUNT,
        "networking/terragrunt.hcl",
        "account.hcl",
        "region.hcl",
        "main",
        ACCOUNT,
        REGION,
        ("use1-az4", "use1-az6"),
        (ModuleSource(SourceKind.LOCAL, "", "networking", None),),
        "main/us-east-1/networking/terraform.tfstate",
        providers=("aws",),
    )
    second = replace(
        first,
        path="eks-training",
        sources=(ModuleSource(SourceKind.GIT, "https://example.com/x.git", "eks-cluster", "v1"),),
        state_key=None,
        dependencies=(Dependency("networking", "networking", place),),
    )
    findings = (Finding(FindingKind.MISSING_DEPENDENCY, "networking/terragrunt.hcl", 4, "It needs what is no unit."),)
    return LiveTree(Path("/live"), (first, second), (("networking",), ("eks-training",)), findings, ("bootstrap",))


def a_summary() -> Summary:
    """Plans of two units with something of everything, and of one that has none."""
    changes = (
        PlannedChange("a.b", Action.REPLACE, "it cannot be changed", ("rule", "size"), severity=Severity.CRITICAL),
        PlannedChange(
            "a.c", Action.UPDATE, attributes=(AttributeChange("x", "1", "new"), AttributeChange("y", None, "z"))
        ),
        PlannedChange("a.d", Action.NO_OP, moved_from="a.e", imported=True, deposed="0a"),
    )
    outputs = (OutputChange("arn", Action.UPDATE, "old", "new"),)
    first = UnitSummary(
        "main/kms",
        planned=True,
        result="planned",
        counts=Counts(added=1, changed=1, destroyed=1, moved=1, outputs=1),
        planned_at=NOW,
        terraform_version="1.11.4",
        sha256="0123456789ab",
        needed_by=("main/iam", "main/ecr"),
        changes=changes,
        outputs=outputs,
        drift=(PlannedChange("a.f", Action.DELETE),),
        notes=("2 data sources are read during apply.",),
    )
    second = UnitSummary("main/iam", planned=True, result="planned", old_outputs_of=("main/kms",), mocked=("main/kms",))
    third = UnitSummary("main/ecr", planned=False, result="failed", why="run error")
    risks = (
        Risk("not-planned", Severity.CRITICAL, "main/ecr", "failed"),
        Risk("cluster-replaced", Severity.CRITICAL, "main/kms", "It is replaced.", "a.b"),
        Risk("cluster-replaced", Severity.CRITICAL, "main/kms", "It is replaced.", "a.c"),
    )
    return Summary("live", NOW, (first, second, third), risks, "0123456789abcdef", ("Left out: main/argocd.",))


def a_policy() -> Policy:
    """A policy with everything that a person may write into one."""
    return Policy.model_construct(
        purchases=True,
        accounts=(PolicyAccount(id=ACCOUNT, name="main"),),
        regions=(REGION,),
        instance_types=("p5.48xlarge",),
        required_tags=("Team",),
        tags={"Team": "ML"},
        ceilings=Ceilings(),
        file="/home/jo/policy.toml",
        hash="5" * 64,
    )
