"""Looking at everything that the configured accounts own, before anything is quoted."""

from collections.abc import Iterable
from dataclasses import dataclass

from mcp_server.aws.accounts import Accounts
from mcp_server.aws.pacing import Deadline
from mcp_server.purchasing.overlaps import Estate
from mcp_server.purchasing.policy import Policy
from mcp_server.purchasing.quoting import Seen
from mcp_server.searching.market import Progress
from mcp_server.searching.owned import OwnedFailure, is_off, read_owned, selling_regions
from mcp_server.searching.readers import Reader, choose_readers


@dataclass(frozen=True, slots=True)
class Survey:
    """What was seen, and through whom."""

    seen: Seen
    readers: tuple[Reader, ...]

    def reader(self, account: str) -> Reader | None:
        """Who reads an account, by its number."""
        return next((each for each in self.readers if each.identity.account == account), None)


def survey(accounts: Accounts, here: str, policy: Policy, deadline: Deadline, progress: Progress) -> Survey:
    """Read every configured account in every region that sells blocks or plans.

    What is not read matters in the region where something is to be bought (here) and wherever the policy allows it: a
    quote is refused for it. So it is for an account that the policy allows and nobody reads: what it spent counts.
    """
    matter = {here, *policy.regions}
    chosen = choose_readers(accounts, [each.name for each in accounts.sources], deadline)
    owned = read_owned(chosen.working, lambda reader: sorted({*selling_regions(reader), here}), deadline, progress)
    # A region that is off owns nothing.
    failures = [each for each in owned.failures if not is_off(each) or each.region == here]
    unread = [f"account {each.name}: {each.failure.kind}" for each in chosen.failures]
    read = {each.identity.account for each in chosen.working}
    if not chosen.failures:
        unread += [
            f"account {each}: the policy allows it, and ml-clusters.toml does not say how to read it"
            for each in policy.account_ids
            if each not in read
        ]
    unread += _sentences(each for each in failures if each.region in matter)
    not_read = _sentences(each for each in failures if each.region not in matter)
    return Survey(Seen(Estate(owned.reservations, owned.extensions), tuple(unread), tuple(not_read)), chosen.working)


def _sentences(failures: Iterable[OwnedFailure]) -> list[str]:
    grouped: dict[tuple[str, str], list[str]] = {}
    for each in failures:
        why = str(each.failure.kind) if each.failure else "no time left"
        grouped.setdefault((each.account_name, why), []).append(each.region)
    return [f"account {name}, {', '.join(dict.fromkeys(where))} ({why})" for (name, why), where in grouped.items()]
