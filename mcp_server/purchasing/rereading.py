"""Reading an offering again: the probe that found it is repeated, since AWS reads none by its id."""

from datetime import datetime

from mcp_server.purchasing.refusals import Rule, SpendingRefused
from mcp_server.purchasing.seller import Seller
from mcp_server.searching.seen import AnyOffering, AnyProbe


def reread(seller: Seller, offering: AnyOffering, probe: AnyProbe) -> AnyOffering:
    """The offering as AWS describes it now, on the same terms and possibly under a new id.

    Raises:
        SpendingRefused: It is not offered any more, or on other terms.
        AwsFailure: AWS did not answer.
    """
    found = seller.reread(probe)
    same = next((each for each in found if each.terms == offering.terms), None)
    if same:
        return same
    near = next((each for each in found if _place(each) == _place(offering)), None)
    if near:
        raise SpendingRefused(
            Rule.TERMS_CHANGED,
            f"The terms changed: {_terms(offering)} before, {_terms(near)} now.",
        )
    raise SpendingRefused(Rule.NOT_OFFERED, "AWS does not offer it any more.")


def _terms(offering: AnyOffering) -> str:
    return f"{offering.count} x {offering.instance_type.name} for {offering.fee} {offering.currency}"


def _place(offering: AnyOffering) -> tuple[str, datetime, datetime]:
    return offering.zone.name, offering.start, offering.end
