"""What AWS shows, held against what was quoted."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from mcp_server.capacity.owned import (
    ExtensionState,
    OwnedExtension,
    OwnedReservation,
    PlanFacts,
    ReservationState,
)
from mcp_server.capacity.plans import TargetResource
from mcp_server.capacity.stays import Stay, Zone
from mcp_server.purchasing.book import Book
from mcp_server.purchasing.ceilings import foreign_spend, unpriced
from mcp_server.purchasing.comparison import mismatches
from mcp_server.purchasing.entries import Began, Entry, PurchaseState, Quoted
from mcp_server.purchasing.evidence import shown_of
from mcp_server.purchasing.overlaps import Estate
from mcp_server.purchasing.quotes import Quote
from mcp_server.purchasing.requesters import principal
from mcp_server.purchasing.tags import fee_in, tags_of
from tests.purchasing.samples import ACCOUNT, NOW, REGION, WORLD, ZONE, a_conclusion, a_quote, an_extension, an_intent


def sold(quote: Quote, tags: dict[str, str] | None = None, **changes: Any) -> OwnedReservation:
    """The reservation that a quote's purchase makes."""
    made = OwnedReservation(
        id="cr-0123456789abcdef0",
        block_id="cb-0123456789abcdef0",
        account=ACCOUNT,
        region=REGION,
        instance_type="p5.48xlarge",
        zone=ZONE,
        platform=str(quote.platform),
        count=4,
        state=ReservationState.SCHEDULED,
        words="scheduled",
        start=quote.start,
        end=quote.end,
        created=NOW,
        tags=tuple((tags or {}).items()),
    )
    return replace(made, **changes)


def extended(quote: Quote, **changes: Any) -> OwnedExtension:
    """The extension that a quote's purchase makes."""
    made = OwnedExtension(
        reservation_id=quote.extends or "",
        offering_id=quote.offering.id,
        account=ACCOUNT,
        region=REGION,
        instance_type="p5.48xlarge",
        count=4,
        zone=ZONE,
        state=ExtensionState.PAYMENT_PENDING,
        purchased=NOW,
        start=quote.start,
        end=quote.end,
        fee=quote.fee,
        currency="USD",
    )
    return replace(made, **changes)


def book(*entries: Entry) -> Book:
    """What entries add up to."""
    return Book().after(
        (NOW, f"{number:064x}", each) for number, each in enumerate((Began("lg-1", WORLD), *entries), 1)
    )


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"platform": "Ubuntu Pro"}, "platform is Ubuntu Pro, quoted was Linux/UNIX"),
        ({"instance_type": "p4d.24xlarge"}, "type is p4d.24xlarge, quoted was p5.48xlarge"),
        ({"account": "1"}, f"account is 1, quoted was {ACCOUNT}"),
        ({"count": 3}, "has 3 instances, quoted were 4"),
        ({"zone": Zone("us-east-1b", "use1-az5")}, "is in us-east-1b"),
        ({"end": None}, "to no end: not as quoted"),
    ],
)
def test_a_block_that_is_not_as_quoted(changes: dict[str, Any], says: str) -> None:
    """Each departure is a sentence of its own; without one there is none."""
    quote = a_quote()
    assert mismatches(quote.deal, [sold(quote)]) == ()
    (found,) = mismatches(quote.deal, [sold(quote, **changes)])
    assert says in found


FIRST = Stay(ZONE, 16, NOW + timedelta(days=3), NOW + timedelta(days=17))
LAST = replace(FIRST, start=FIRST.end + timedelta(days=7), end=FIRST.end + timedelta(days=21))


@pytest.mark.parametrize(
    "parts",
    [
        (FIRST,),
        (FIRST, replace(LAST, count=1)),
        (replace(FIRST, count=1), LAST),
        (replace(FIRST, end=FIRST.end - timedelta(days=1)), LAST),
        (replace(FIRST, end=FIRST.end + timedelta(days=1)), LAST),
        (FIRST, replace(LAST, end=LAST.end - timedelta(days=1))),
        (FIRST, replace(LAST, start=LAST.start + timedelta(days=1))),
        (FIRST, replace(LAST, zone=Zone("us-east-1b", "use1-az5"))),
        (FIRST, LAST, LAST),
    ],
)
def test_a_plan_whose_parts_are_not_as_quoted(parts: tuple[Stay, ...]) -> None:
    """Where, how many, from when and until when of each part; only an extension may make the last one longer."""
    deal = replace(a_quote().deal, target=TargetResource.HYPERPOD, plan="mlc-plan", stays=(FIRST, LAST), count=16)

    def found_in(*parts: Stay) -> tuple[str, ...]:
        plan = PlanFacts("mlc-plan", ("hyperpod-cluster",), parts, deal.fee, deal.currency)
        return mismatches(deal, [sold(a_quote(), count=16, plan=plan)])

    for fitting in ((FIRST, LAST), (LAST, FIRST), (FIRST, replace(LAST, end=LAST.end + timedelta(days=7))), ()):
        assert found_in(*fitting) == ()
    (found,) = found_in(*parts)
    assert found.startswith("mlc-plan is ")
    assert found.endswith(": not as quoted.")


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"start": NOW}, "start is 2026-12-01 03:00:00+00:00"),
        ({"end": NOW}, "end is 2026-12-01 03:00:00+00:00"),
        ({"fee": Decimal("99999.00")}, "fee is 99999.00, quoted was 3020.54"),
        ({"currency": "EUR"}, "currency is EUR"),
        ({"count": 5}, "count is 5, quoted was 4"),
        ({"instance_type": "p4d.24xlarge"}, "type is p4d.24xlarge"),
        ({"reservation_id": "cr-2"}, "reservation is cr-2"),
    ],
)
def test_an_extension_that_is_not_as_quoted(changes: dict[str, Any], says: str) -> None:
    """Whatever of it differs is said, its start too."""
    quote = a_quote(offering=an_extension())
    assert mismatches(quote.deal, (), [extended(quote)]) == ()
    (found,) = mismatches(quote.deal, (), [extended(quote, **changes)])
    assert says in found


@pytest.mark.parametrize(
    ("arn", "who"),
    [
        (f"arn:aws:sts::{ACCOUNT}:assumed-role/buyer/jo", f"arn:aws:sts::{ACCOUNT}:assumed-role/buyer"),
        (f"arn:aws:iam::{ACCOUNT}:user/jo", f"arn:aws:iam::{ACCOUNT}:user/jo"),
        (f"arn:aws:sts::{ACCOUNT}:federated-user/whoever", None),
    ],
)
def test_whoever_chose_a_name_is_not_told_by_it(arn: str, who: str | None) -> None:
    """The name of a session says nothing; of a federated user there is nothing else."""
    assert principal(arn) == who


FEES: list[tuple[dict[str, str], Decimal | None]] = [
    ({"ml-clusters:fee": "9000", "ml-clusters:currency": "USD"}, Decimal(9000)),
    ({"ml-clusters:fee": "9000"}, Decimal(9000)),
    ({"ml-clusters:fee": "9000", "ml-clusters:currency": "EUR"}, None),
    ({"ml-clusters:fee": "9e999999", "ml-clusters:currency": "USD"}, None),
    ({"ml-clusters:fee": "-1", "ml-clusters:currency": "USD"}, None),
    ({}, None),
]


@pytest.mark.parametrize(("tags", "counts"), FEES)
def test_what_others_spent(tags: dict[str, str], counts: Decimal | None) -> None:
    """A fee in the ceilings' currency or none counts; every other one is named as not counting. None is lost."""
    quote = a_quote()
    theirs = sold(quote, {"ml-clusters:purchase-id": "mlc-theirs", **tags})
    estate, empty = Estate((theirs,)), book()
    assert [each.fee for each in foreign_spend(estate, empty, [ACCOUNT], "USD")] == ([counts] if counts else [])
    assert unpriced(estate, empty, [ACCOUNT], "USD") == (() if counts else (theirs.id,))


def test_a_copied_tag_hides_no_spending() -> None:
    """A block elsewhere with the tags of a purchase of ours was bought by somebody: its fee counts besides ours."""
    quote = a_quote()
    ours = book(Quoted(quote), an_intent(quote), a_conclusion(quote))
    tags = tags_of(quote, "lg-1", "0" * 64, NOW)
    copied = sold(quote, tags, id="cr-copy", region="us-west-2", zone=Zone("us-west-2a", "usw2-az1"))
    (spend,) = foreign_spend(Estate((sold(quote, tags), copied)), ours, [ACCOUNT], "USD")
    assert (spend.name, spend.fee) == ("cr-copy", quote.fee)


def test_a_fee_can_be_added_up() -> None:
    """No tag, whatever is written there, makes a sum overflow."""
    huge = sold(a_quote(), {"ml-clusters:fee": "9e999999", "ml-clusters:currency": "USD"})
    assert fee_in(huge) is None


def test_tags_that_fit_are_anchors() -> None:
    """A reservation with the ledger's id and the intent's head is one; what nobody bought here is none."""
    quote = a_quote()
    ours = book(Quoted(quote), an_intent(quote), a_conclusion(quote))
    head = ours.purchases[quote.purchase_id].head
    shown = shown_of(ours, [sold(quote, tags_of(quote, "lg-1", head, NOW)), sold(quote, {"Team": "ML"})])
    assert (shown.anchors, shown.contradictions) == (((quote.purchase_id, head),), ())


def test_tags_of_another_ledger_on_what_this_one_bought() -> None:
    """Whoever rewrote the ledger under a new name cannot change what the tags say."""
    quote = a_quote()
    ours = book(Quoted(quote), an_intent(quote), a_conclusion(quote))
    head = ours.purchases[quote.purchase_id].head
    for tags, says in (
        (tags_of(quote, "lg-before", head, NOW), "of ledger lg-before"),
        ({"ml-clusters:purchase-id": quote.purchase_id, "ml-clusters:ledger": "lg-1"}, "none"),
    ):
        assert shown_of(ours, [sold(quote, tags)]).anchors == ((quote.purchase_id, says),)


@pytest.mark.parametrize("state", [PurchaseState.REJECTED, PurchaseState.NOT_SENT])
def test_a_ledger_that_denies_what_aws_shows(state: PurchaseState) -> None:
    """A reservation with the tag of a purchase that the ledger calls unbought contradicts it."""
    quote = a_quote()
    denying = book(Quoted(quote), an_intent(quote), a_conclusion(quote, state))
    tags = tags_of(quote, "lg-1", denying.purchases[quote.purchase_id].head, NOW)
    (said,) = shown_of(denying, [sold(quote, tags)]).contradictions
    assert said.endswith(f"which {quote.purchase_id} bought; the ledger calls it {state}.")
