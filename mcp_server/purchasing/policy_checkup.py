"""Whether the spending policy lets anything be bought, and by whose yes."""

from collections.abc import Generator, Iterable
from decimal import Decimal

from mcp_server.aws.accounts import Accounts
from mcp_server.aws.failures import AwsFailure
from mcp_server.capacity.instance_types import CATALOGUE
from mcp_server.purchasing.approving import Program
from mcp_server.purchasing.book import Book
from mcp_server.purchasing.ceilings import budget, foreign_spend
from mcp_server.purchasing.desk import Desk
from mcp_server.purchasing.entries import ApprovalMode
from mcp_server.purchasing.overlaps import Estate
from mcp_server.purchasing.policy import Policy, PolicyMissing, PolicyRefused
from mcp_server.purchasing.requesters import principal
from mcp_server.searching.checkup import Looked, Scope
from mcp_server.searching.findings import Finding, Verdict

_POLICY, _APPROVAL = "policy", "approval"


def scope_of(desk: Desk) -> Scope:
    """The quotas that matter: those of what the policy lets be bought; all of them where it lets nothing be."""
    try:
        policy = desk.policy()
    except PolicyRefused:
        return Scope()
    if not policy.purchases or policy.lacking:
        return Scope()
    return Scope(tuple(CATALOGUE[each] for each in policy.instance_types), policy.regions)


def examine_policy(desk: Desk, looked: Looked, book: Book | None) -> Generator[Finding, None, Policy | None]:
    """The file, what it allows that cannot be, and what its ceilings leave. book is None where it cannot be read.

    Returns the policy; None where nothing can be bought under it.
    """
    try:
        policy = desk.policy()
    except PolicyMissing as refusal:
        yield Finding(Verdict.NOTE, _POLICY, f"there is none at {refusal.file}: only reading is possible", refusal.then)
        return None
    except PolicyRefused as refusal:
        then = refusal.then or f"Mend that in {refusal.file}, then see: ml-clusters policy show"
        yield Finding(Verdict.BAD, _POLICY, f"{refusal.file} cannot be used ({refusal.rule}): {refusal.why}", then)
        return None
    lacking = ", ".join(policy.lacking)
    if not policy.purchases:
        more = f" Before that, say: {lacking}." if lacking else ""
        fix = f"To buy, a person writes purchases = true in {policy.file}.{more}"
        yield Finding(Verdict.NOTE, _POLICY, f"{policy.file}: purchases are off", fix)
        return None
    if lacking:
        detail = f"{policy.file}: purchases are on, and nothing is allowed, because it lacks {lacking}"
        yield Finding(Verdict.BAD, _POLICY, detail, f"Write them in {policy.file}, then see: ml-clusters policy show")
        return None
    yield Finding(Verdict.GOOD, _POLICY, f"{policy.file}, purchases are on (SHA-256 {policy.hash[:16]})")
    yield from _unread_accounts(policy, looked)
    yield from _unsold(policy)
    if book:
        yield from _ledger_id(policy, book)
        yield from _ceilings(policy, looked, book)
    return policy


def _unread_accounts(policy: Policy, looked: Looked) -> Iterable[Finding]:
    """Accounts that the policy allows and nobody reads; one whose reader fails may be any of them."""
    read = {each.identity.account for each in looked.readers.working}
    if looked.readers.failures:
        return
    for each in policy.accounts:
        if each.id not in read:
            detail = f"it allows account {each.id}, which the settings do not name: every quote is refused"
            fix = (
                f'Write in ml-clusters.toml: [[accounts]] name = "{each.name or "NAME"}" id = "{each.id}" and its '
                f"profile or role; or leave the account out of {policy.file}."
            )
            yield Finding(Verdict.BAD, _POLICY, detail, fix)


def _unsold(policy: Policy) -> Iterable[Finding]:
    """What is allowed and, as far as is known, never sold."""
    sold = frozenset[str]().union(*(each.regions for each in CATALOGUE.values()))
    for region in policy.regions:
        if region not in sold:
            detail = f"it allows {region}, where no Capacity Block is known to be sold"
            fix = f"Leave it out of regions in {policy.file}, unless AWS has opened it lately."
            yield Finding(Verdict.NOTE, _POLICY, detail, fix)
    for name in policy.instance_types:
        regions = CATALOGUE[name].regions
        if not regions & set(policy.regions):
            detail = f"it allows {name}, which is sold in none of its regions"
            fix = f"Add one of them to regions in {policy.file}: {', '.join(sorted(regions))}"
            yield Finding(Verdict.NOTE, _POLICY, detail, fix)


def _ledger_id(policy: Policy, book: Book) -> Iterable[Finding]:
    if book.count and policy.ledger_id is None:
        detail = "it does not name the ledger, so that nobody would notice if it were lost"
        yield Finding(Verdict.NOTE, _POLICY, detail, f'Write in {policy.file}: ledger_id = "{book.ledger_id}"')


def _ceilings(policy: Policy, looked: Looked, book: Book) -> Iterable[Finding]:
    if not looked.readers.working:
        return
    now = looked.now
    estate = Estate(looked.owned.reservations, looked.owned.extensions)
    foreign = foreign_spend(estate, book, policy.account_ids, policy.currency)
    left, most, currency = budget(policy, book, foreign, now), policy.ceilings, policy.currency
    for rest, whole, name, when in (
        (left.rolling_day, most.rolling_24_hours, "rolling_24_hours", "in any 24 hours"),
        (left.month, most.calendar_month, "calendar_month", f"in {now:%B %Y} (UTC)"),
    ):
        detail = f"{max(rest, Decimal(0))} of {whole} {currency} may still be spent {when}"
        fix = f"Wait, or raise ceilings.{name} in {policy.file}."
        enough = rest > 0
        yield Finding(Verdict.GOOD if enough else Verdict.NOTE, _POLICY, detail, "" if enough else fix)


def examine_approval(policy: Policy, accounts: Accounts, here: Program | None) -> Generator[Finding]:
    """What the approval mode comes to on this machine. here is the Claude Code that is installed, if one is."""
    match policy.approval:
        case ApprovalMode.TERMINAL:
            detail = (
                "terminal: a person types the total into `ml-clusters approve QUOTE`, in a terminal of this machine"
            )
            yield Finding(Verdict.GOOD, _APPROVAL, detail)
        case ApprovalMode.SECOND_PERSON:
            yield _second_person(policy, accounts)
        case ApprovalMode.CLIENT:
            yield _dialog(policy, here)


def _second_person(policy: Policy, accounts: Accounts) -> Finding:
    own = "Work with AWS credentials of your own (aws sso login), not only with the profiles of ml-clusters.toml."
    try:
        arn = accounts.ambient.identity().arn
    except AwsFailure as failure:
        detail = f"second-person: AWS does not say who is here ({failure.kind}), so nobody could be somebody else"
        return Finding(Verdict.BAD, _APPROVAL, detail, failure.remedy or own)
    who = principal(arn)
    if who is None:
        detail = f"second-person: {arn} is a federated user, whom AWS does not tell from others"
        return Finding(Verdict.BAD, _APPROVAL, detail, own)
    detail = f"second-person: what is quoted as {who} is approved by another AWS principal, with `ml-clusters approve`"
    if policy.http and not policy.http.principals:
        more = "; over HTTP nothing is quoted, because [http.principals] names nobody"
        fix = f"Write in {policy.file}, under [http.principals], the ARNs of each subject."
        return Finding(Verdict.NOTE, _APPROVAL, detail + more, fix)
    return Finding(Verdict.GOOD, _APPROVAL, detail)


def _dialog(policy: Policy, here: Program | None) -> Finding:
    coded = [each.name or each.id for each in policy.accounts if each.mfa_serial]
    if coded:
        detail = (
            f"client: for {', '.join(coded)} the total is typed in a terminal all the same, with the code (mfa_serial)"
        )
        return Finding(Verdict.NOTE, _APPROVAL, detail, 'Say so: approval = "terminal". Or leave mfa_serial out.')
    if here and not here.asks_people:
        detail = f"client: {here} is too old to be trusted with a dialog, so that the total is typed in a terminal"
        return Finding(Verdict.NOTE, _APPROVAL, detail, "claude update")
    found = f"; {here} is installed" if here else "; no `claude` is on the PATH"
    http = "; over HTTP always in a terminal" if policy.http and not policy.http.dialog else ""
    detail = f"client: a person types the total in a dialog of Claude Code, elsewhere in a terminal{found}{http}"
    return Finding(Verdict.GOOD, _APPROVAL, detail)
