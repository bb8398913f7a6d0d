"""Whether whoever buys can: the role is assumed as for a purchase, and EC2 asked for dry runs. Nothing is bought."""

from collections.abc import Generator, Iterable
from dataclasses import dataclass
from itertools import zip_longest

from mcp_server.aws.accounts import Identity
from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.aws.pacing import Deadline
from mcp_server.capacity.extending import obstacle
from mcp_server.capacity.extensions import ExtensionProbe
from mcp_server.capacity.instance_types import CATALOGUE
from mcp_server.capacity.offerings import Offering
from mcp_server.capacity.owned import OwnedReservation
from mcp_server.capacity.requests import Probe
from mcp_server.capacity.words import word
from mcp_server.purchasing.desk import Desk
from mcp_server.purchasing.policy import Policy, PolicyAccount
from mcp_server.purchasing.quotes import Platform
from mcp_server.purchasing.requesters import principal
from mcp_server.purchasing.seller import Purchaser
from mcp_server.purchasing.tags import PURCHASE_TAG
from mcp_server.searching.checkup import Looked
from mcp_server.searching.fan_out import Outcome, Task, fan_out
from mcp_server.searching.findings import OUT_OF_TIME, Finding, Verdict, mend, said

SESSION = "ml-clusters-doctor"
"""The name under which the role is assumed, and CloudTrail shows the dry runs."""

_MOST_PROBES = 4
"""Searches for something to try with: EC2 lets few be made."""

_MOST_RESERVATIONS = 2

_OF_PLANS = (
    "sagemaker:CreateTrainingPlan",
    "sagemaker:CreateReservedCapacity",
    "sagemaker:ExtendTrainingPlan",
    "sagemaker:AddTags",
)
"""What buying, extending and tagging plans needs (SageMaker guide, Reserve training plans, IAM permissions)."""


def examine_purchasers(desk: Desk, policy: Policy, looked: Looked, deadline: Deadline) -> Generator[Finding]:
    """The purchaser of every account that the policy allows and that can be read."""
    readable = {each.identity.account: each.identity for each in looked.readers.working}
    tasks = [
        Task(
            each.name or each.id,
            each.id,
            lambda _, each=each: _Checkup(desk, policy, each, readable[each.id], looked).findings(),
        )
        for each in policy.accounts
        if each.id in readable
    ]
    for outcome in fan_out(tasks, deadline, _unheard):
        if outcome.answer:
            yield from outcome.answer
        else:
            why = said(outcome.failure) if outcome.failure else "no answer in time"
            fix = "Run doctor again when AWS answers." if outcome.failure else OUT_OF_TIME
            yield Finding(Verdict.BAD, f"purchaser {outcome.key}", why, fix)


def _unheard(_: Outcome[str, list[Finding]]) -> None:
    """Outcomes are looked at together."""


@dataclass(frozen=True, slots=True)
class _Checkup:
    """One account's purchaser, and who reads there."""

    desk: Desk
    policy: Policy
    terms: PolicyAccount
    reader: Identity
    looked: Looked

    def findings(self) -> list[Finding]:
        """All that is found, or the one thing that stands in the way of looking further."""
        if self.terms.mfa_serial:
            detail = f"not tried: its role is assumed with a code of {self.terms.mfa_serial}"
            return [self._found(Verdict.NOTE, detail, "Nothing to mend: ml-clusters approve asks for the code.")]
        offering, why_none = self._offering()
        region = offering.region if offering else self.policy.regions[0]
        try:
            purchaser = self.desk.seller(self.terms.id, region).purchaser(self.terms, SESSION, None, "ec2")
        except AwsFailure as failure:
            return [self._not_had(failure)]
        stranger = self._stranger(purchaser)
        if stranger:
            return [stranger]
        block = self._block(purchaser, offering) if offering else self._untried(why_none)
        return [self._identity(purchaser), block, self._extension(), *self._plans(purchaser)]

    def _found(self, verdict: Verdict, detail: str, fix: str = "") -> Finding:
        return Finding(verdict, f"purchaser {self.terms.name or self.terms.id}", detail, fix)

    def _offering(self) -> tuple[Offering | None, str]:
        """Something that is for sale, else why there is nothing.

        EC2 may look whether an offering exists before it looks at permissions, so that a made-up one tells nothing.
        """
        sold = [
            [(region, kind) for region in self.policy.regions if region in kind.regions]
            for kind in map(CATALOGUE.__getitem__, self.policy.instance_types)
        ]
        # One region of each type before the next of any: what is sold out in one may be so everywhere.
        places = [each for rank in zip_longest(*sold) for each in rank if each]
        failures: dict[str, None] = {}
        for region, kind in places[:_MOST_PROBES]:
            try:
                found = self.desk.seller(self.terms.id, region).reread(Probe(kind, 1, 1, None, None))
            except AwsFailure as failure:
                failures[str(failure.kind)] = None
                continue
            for each in found:
                if isinstance(each, Offering):
                    return each, ""
        return None, ", ".join(failures) or "nothing is offered"

    def _not_had(self, failure: AwsFailure) -> Finding:
        role, profile = self.terms.purchaser_role, self.terms.purchaser_profile
        if failure.kind is FailureKind.CREDENTIALS and profile:
            detail = f"not tried: profile {profile} has no working credentials here ({said(failure)})"
            fix = f"Where a person approves: aws sso login --profile {profile}, before ml-clusters approve"
            return self._found(Verdict.NOTE, detail, fix)
        by = f"profile {profile}" if profile else self.reader.arn
        fix = (
            f"Let {by} assume {role}: sts:AssumeRole in its own permissions, and in the role's trust policy. Or mend "
            f"purchaser_role in {self.policy.file}."
            if role
            else mend(failure, "sts:GetCallerIdentity", by)
        )
        return self._found(Verdict.BAD, f"{role or by} cannot be had: {said(failure)}", fix)

    def _stranger(self, purchaser: Purchaser) -> Finding | None:
        """A purchaser of another account or another AWS than whoever reads."""
        who = purchaser.identity
        if (who.account, who.partition) != (self.terms.id, self.reader.partition):
            detail = f"{who.arn} belongs to account {who.account}, not to {self.terms.id}: it is not used"
        elif who.world != self.reader.world:
            detail = f"{who.arn} reaches {who.world}, and whoever reads {self.reader.world}: it is not used"
        else:
            return None
        fix = f"Mend purchaser_role and purchaser_profile of {self.terms.id} in {self.policy.file}."
        return self._found(Verdict.BAD, detail, fix)

    def _identity(self, purchaser: Purchaser) -> Finding:
        if principal(purchaser.identity.arn) != principal(self.reader.arn):
            return self._found(Verdict.GOOD, f"buys as {purchaser.identity.arn}")
        detail = f"buys as {purchaser.identity.arn}, with the credentials that read: whoever reads can buy"
        fix = (
            f'Write in {self.policy.file}: purchaser_role = "arn:{self.reader.partition}:iam::{self.terms.id}:role/…", '
            "and let the reader's role not buy; see SECURITY.md."
        )
        return self._found(Verdict.NOTE, detail, fix)

    def _untried(self, why: str) -> Finding:
        detail = (
            f"whether it may buy was not tried: no offering of what the policy allows was found to try with ({why})"
        )
        return self._found(Verdict.NOTE, detail, "Run doctor again when something is offered.")

    def _block(self, purchaser: Purchaser, offering: Offering) -> Finding:
        """Whether it may buy a block and tag it, which EC2 checks together."""
        tags = {**self.policy.tags, PURCHASE_TAG: SESSION}
        where = f"dry run of {offering.count} x {offering.instance_type.name} in {offering.region}"
        try:
            purchaser.dry_run_block(offering.id, Platform.LINUX, tags)
        except AwsFailure as failure:
            if failure.kind is not FailureKind.DENIED:
                return self._unanswered(where, failure)
            untagged = self._may_without_tags(purchaser, offering)
            action = "ec2:CreateTags" if untagged else "ec2:PurchaseCapacityBlock"
            what = "may buy but not tag what it buys" if untagged else "may not buy"
            return self._found(
                Verdict.BAD, f"{what} ({where}): {said(failure)}", mend(failure, action, purchaser.identity.arn)
            )
        return self._found(Verdict.GOOD, f"may buy blocks and tag them ({where})")

    def _may_without_tags(self, purchaser: Purchaser, offering: Offering) -> bool:
        try:
            purchaser.dry_run_block(offering.id, Platform.LINUX, {})
        except AwsFailure:
            return False
        return True

    def _extension(self) -> Finding:
        """Whether it may extend a block, where one is owned that can be extended."""
        untried, tried = "whether it may extend blocks was not tried", self._extensible()[:_MOST_RESERVATIONS]
        failures: dict[str, None] = {}
        for each in tried:
            seller = self.desk.seller(self.terms.id, each.region)
            where = f"dry run of one for {each.id}"
            try:
                offered = seller.reread(ExtensionProbe(each.id, 1))
                if not offered:
                    continue
                purchaser = seller.purchaser(self.terms, SESSION, None, "ec2")
            except AwsFailure as failure:
                failures[str(failure.kind)] = None
                continue
            try:
                purchaser.dry_run_extension(offered[0].id, each.id)
            except AwsFailure as failure:
                if failure.kind is not FailureKind.DENIED:
                    return self._unanswered(where, failure)
                fix = mend(failure, "ec2:PurchaseCapacityBlockExtension", purchaser.identity.arn)
                return self._found(Verdict.BAD, f"may not buy extensions ({where}): {said(failure)}", fix)
            return self._found(Verdict.GOOD, f"may buy extensions ({where})")
        if not tried:
            return self._found(Verdict.NOTE, f"{untried}: no block that is owned can be extended now")
        why = ", ".join(failures) or "nothing is offered"
        named = ", ".join(word(each.id) for each in tried)
        return self._found(Verdict.NOTE, f"{untried}: no extension of {named} was found to try with ({why})")

    def _extensible(self) -> list[OwnedReservation]:
        owned, now = self.looked.owned, self.looked.now
        return [
            each
            for each in owned.reservations
            if each.plan is None
            and each.account == self.terms.id
            and each.region in self.policy.regions
            and obstacle(each, owned.extensions, now) is None
        ]

    def _plans(self, purchaser: Purchaser) -> Iterable[Finding]:
        """That nothing tells whether it may buy training plans, where the policy allows a type of theirs."""
        if any(CATALOGUE[each].plan for each in self.policy.instance_types):
            detail = (
                "whether it may buy and extend training plans was not tried: SageMaker has no dry run, so that only a "
                "purchase tells"
            )
            fix = f"See that {purchaser.identity.arn} is allowed {', '.join(_OF_PLANS)}."
            yield self._found(Verdict.NOTE, detail, fix)

    def _unanswered(self, where: str, failure: AwsFailure) -> Finding:
        detail = f"whether it may buy is not known, the {where} failed: {said(failure)}"
        return self._found(Verdict.BAD, detail, "Run doctor again when AWS answers.")
