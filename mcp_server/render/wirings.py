"""What is put where, as people and models read it."""

from collections.abc import Sequence

from tabulate import tabulate

from mcp_server.capacity.extending import extension_deadline
from mcp_server.capacity.payments import payment_deadline
from mcp_server.capacity.words import UNKNOWN, clean, word
from mcp_server.purchasing.owning import OwnedRow
from mcp_server.render.holdings import amount
from mcp_server.render.moments import money, utc
from mcp_server.wiring.checks import Check, Result
from mcp_server.wiring.proposing import Fit, Proposal
from mcp_server.wiring.targets import Target

_DONE = {"wire": "put into", "unwire": "taken out of", "rewire": "given new dates in"}


def capacity_line(row: OwnedRow, names: dict[str, str]) -> str:
    """What is to be put somewhere, in one line. names are of accounts, by number. Times are UTC."""
    reservation, origin = row.holding.reservation, row.origin
    stop = reservation.usable_end
    until = f", machines stop {utc(stop)} UTC" if stop else ""
    bought = f" Purchase {word(origin.purchase_id)}." if origin.purchase_id else ""
    price = f" {_price(row)}." if origin.spent else ""
    return (
        f"{word(reservation.name)}: {amount(reservation)} in {word(reservation.zone.id or reservation.zone.name)} of "
        f"{word(names.get(reservation.account, reservation.account))}, {word(reservation.words)}, "
        f"from {utc(reservation.start)}{until}.{bought}{price}"
    )


def capacity_facts(row: OwnedRow, names: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """The same, fact by fact, for the text of a pull request. What nobody tells is left out."""
    reservation, origin = row.holding.reservation, row.origin
    facts = (
        ("Capacity", f"{word(reservation.name)}, {amount(reservation)}"),
        ("Account", f"{word(names.get(reservation.account, reservation.account))} ({word(reservation.account)})"),
        ("Zone", f"{word(reservation.zone.id or '')} in {word(reservation.region)}"),
        ("State", word(reservation.words)),
        ("Start", f"{utc(reservation.start)} UTC"),
        ("Machines stop", _moment(reservation.usable_end)),
        ("End", _moment(reservation.end)),
        ("Extend by", _moment(extension_deadline(reservation))),
        ("Price", _price(row)),
        ("Purchase", word(origin.purchase_id) if origin.purchase_id else ""),
        ("Bought by", clean(origin.buyer) or UNKNOWN if origin.buyer else ""),
        ("Purpose", clean(origin.purpose) or UNKNOWN if origin.purpose else ""),
    )
    return tuple((name, said) for name, said in facts if said)


def _moment(at: object) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC" if at else ""


def _price(row: OwnedRow) -> str:
    """What it costs in all, and whether AWS has it already; empty where nobody tells."""
    spent, currency = row.origin.spent, row.origin.currency
    if spent is None or not currency:
        return ""
    told = f"{word(currency)} {money(spent)}"
    if payment_deadline(row.holding.reservation):
        return f"{told}, not paid yet"
    return f"{told} in all, of which an extension is not paid yet" if row.pending else f"{told} paid in all"


def check_lines(checks: Sequence[Check]) -> list[str]:
    """Every check with its result, those that stop first."""
    order = [Result.STOPPED, Result.WARNING, Result.PASSED]
    return [
        f"{each.result} {each.name}: {each.told}" for each in sorted(checks, key=lambda one: order.index(one.result))
    ]


def verdict(proposal: Proposal) -> str:
    """What came of a proposal, in one sentence."""
    what = f"{proposal.target.called} {word(proposal.name)} of {word(proposal.unit)}"
    if proposal.stopped:
        names = ", ".join(each.name for each in proposal.stopped)
        return f"Stopped by {names}: nothing was written, and there is nothing to apply."
    if proposal.edit is None:
        return f"Nothing has to be changed in {what}."
    warnings = sum(each.result is Result.WARNING for each in proposal.checks)
    read = f" {warnings} warning{'s' * (warnings != 1)} to be read." if warnings else ""
    return f"It can be {_DONE[proposal.action]} {what}. Nothing is written yet.{read}"


def fits_table(fits: Sequence[Fit]) -> str | None:
    """The places that a capacity fits into; None where there is none."""
    fitting = [each for each in fits if each.fits]
    rows = [(word(each.place.unit.path), each.place.target, word(each.place.cluster or "")) for each in fitting]
    return tabulate(rows, headers=["unit", "target", "cluster"], tablefmt="plain") if rows else None


def misfit_lines(fits: Sequence[Fit]) -> list[str]:
    """The places that it does not fit into, each with the first reason."""
    return [
        f"{word(each.place.unit.path)} {each.place.target}: "
        + next(check.told for check in each.checks if check.result is Result.STOPPED)
        for each in fits
        if not each.fits
    ]


def apply_command(wiring_id: str, *, simulated: bool) -> str:
    """What writes a kept edit: with --sandbox where it is kept among the state of simulated AWS."""
    return f"{_program(simulated=simulated)} wire --apply {wiring_id}"


def next_steps(proposal: Proposal, wiring_id: str, *, simulated: bool) -> list[str]:
    """What to do with an edit, in order."""
    program = _program(simulated=simulated)
    body = f"{program} wire --body {wiring_id}"
    applied = [apply_command(wiring_id, simulated=simulated)]
    if proposal.target is Target.NODE_CLASS:
        return [*applied, *_KARPENTER[proposal.action], f"{body} --output body.md"]
    return [
        *applied,
        *_BEFORE_APPLYING.get((proposal.action, proposal.target), ()),
        f"{program} plan {word(proposal.unit)} --base origin/main --json --output plan.json",
        "summarize_plan of plan.json: no high risk that the change does not explain",
        f"{body} --plan plan.json --output body.md",
    ]


def _program(*, simulated: bool) -> str:
    return "ml-clusters --sandbox" if simulated else "ml-clusters"


_KARPENTER = {
    "wire": ("Argo CD applies it after the merge; Karpenter starts machines once it is active, for pods that fit",),
    "unwire": ("Argo CD applies it after the merge; Karpenter ends what still runs on it",),
    "rewire": (),
}
_BEFORE_APPLYING = {
    ("unwire", Target.QUEUE): ("Say in the pull request: drain the queue first (scontrol update, state=drain)",),
    ("unwire", Target.INSTANCE_GROUP): ("Say in the pull request: drain its nodes first",),
}
