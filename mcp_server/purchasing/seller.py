"""AWS in one account and region, through the eyes of one who buys there."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Protocol

from mcp_server.aws.accounts import Account, Identity
from mcp_server.aws.buying import Buyer, Credentials, Sold, assume_purchaser
from mcp_server.aws.capacity_blocks import describe_offerings
from mcp_server.aws.extensions import describe_extension_history, describe_extension_offerings
from mcp_server.aws.failures import AwsFailure
from mcp_server.aws.quotas import quota_value
from mcp_server.aws.reservations import describe_reservations
from mcp_server.aws.subnets import subnets_in
from mcp_server.aws.trails import PurchaseEvent, purchase_events
from mcp_server.aws.training_plans import (
    describe_plan,
    describe_plan_extensions,
    describe_plans,
    search_extensions,
    search_offerings,
)
from mcp_server.aws.zones import zone_ids
from mcp_server.capacity.extensions import ExtensionProbe
from mcp_server.capacity.owned import OwnedReservation
from mcp_server.capacity.plans import PlanProbe
from mcp_server.purchasing.overlaps import Estate
from mcp_server.purchasing.policy import PolicyAccount
from mcp_server.searching.seen import AnyOffering, AnyProbe


class Purchaser(Protocol):
    """Who sends the one request. Its methods are those of aws.buying.Buyer."""

    @property
    def identity(self) -> Identity:
        """Whom AWS takes it for."""
        ...

    @property
    def endpoint(self) -> str:
        """Where its requests go."""
        ...

    def dry_run_block(self, offering_id: str, platform: str, tags: Mapping[str, str]) -> None:
        """Whether it may buy a block."""
        ...

    def dry_run_extension(self, offering_id: str, reservation_id: str) -> None:
        """Whether it may buy an extension."""
        ...

    def buy_block(self, offering_id: str, platform: str, tags: Mapping[str, str]) -> Sold:
        """Buy a block with one request."""
        ...

    def buy_extension(self, offering_id: str, reservation_id: str) -> Sold:
        """Buy an extension with one request."""
        ...

    def buy_plan(self, offering_id: str, name: str, tags: Mapping[str, str]) -> Sold:
        """Buy a training plan with one request."""
        ...

    def buy_plan_extension(self, offering_id: str, plan: OwnedReservation) -> Sold:
        """Buy an extension of a training plan with one request."""
        ...


class Seller(Protocol):
    """What a purchase asks of AWS. Every method raises AwsFailure where AWS does not answer."""

    @property
    def now(self) -> datetime:
        """AWS's time as last heard, UTC."""
        ...

    def caller(self) -> Identity:
        """Who reads."""
        ...

    def endpoint(self, service: str = "ec2") -> str:
        """Where a service answers."""
        ...

    def reread(self, probe: AnyProbe) -> Sequence[AnyOffering]:
        """What a probe finds now, over all pages."""
        ...

    def estate(self) -> Estate:
        """Every reservation, plan and extension in this account and region."""
        ...

    def events(self, since: datetime) -> Sequence[PurchaseEvent]:
        """Purchases that CloudTrail shows since a time (UTC)."""
        ...

    def quota(self, service: str, code: str) -> int:
        """How much a quota of a service allows."""
        ...

    def subnets(self, zone_id: str) -> int:
        """How many subnets the account has in a zone."""
        ...

    def purchaser(
        self, terms: PolicyAccount, purchase_id: str, credentials: Credentials | None, service: str
    ) -> Purchaser:
        """Become who buys of a service, on fresh clients.

        credentials are a session's that a person opened with a second factor.
        """
        ...


class AwsSeller:
    """The one that asks AWS. purchase_timeout is in seconds."""

    def __init__(self, account: Account, region: str, purchase_timeout: float) -> None:
        self._account, self._region, self._timeout = account, region, purchase_timeout

    @property
    def now(self) -> datetime:
        """AWS's time as last heard, UTC."""
        return self._account.now

    def caller(self) -> Identity:
        """Who reads; asked of AWS once per session."""
        return self._account.identity()

    def endpoint(self, service: str = "ec2") -> str:
        """Where a service answers."""
        return self._client(service).meta.endpoint_url

    def reread(self, probe: AnyProbe) -> Sequence[AnyOffering]:
        """What a probe finds now, over all pages; a start that has passed means from now on."""
        client, number = self._client("ec2"), self.caller().account
        if isinstance(probe, ExtensionProbe):
            return self._reread_extension(probe)
        if probe.earliest_start and probe.earliest_start <= self.now:
            probe = replace(probe, earliest_start=None)
        if isinstance(probe, PlanProbe):
            return search_offerings(self._client("sagemaker"), number, probe, self._zones(client))
        return describe_offerings(client, number, probe, self._zones(client))

    def _reread_extension(self, probe: ExtensionProbe) -> Sequence[AnyOffering]:
        client, number = self._client("ec2"), self.caller().account
        if not probe.of_plan:
            return describe_extension_offerings(client, number, probe)
        plans = self._client("sagemaker")
        return search_extensions(plans, describe_plan(plans, number, probe.reservation_id), probe, self._zones(client))

    def estate(self) -> Estate:
        """Every reservation, plan and extension in this account and region."""
        client, number = self._client("ec2"), self.caller().account
        sagemaker = self._client("sagemaker")
        plans = describe_plans(sagemaker, number)
        return Estate(
            (*describe_reservations(client, number), *plans),
            (*describe_extension_history(client, number), *describe_plan_extensions(sagemaker, plans)),
        )

    def events(self, since: datetime) -> Sequence[PurchaseEvent]:
        """Purchases that CloudTrail shows since a time (UTC)."""
        return purchase_events(self._client("cloudtrail"), since)

    def quota(self, service: str, code: str) -> int:
        """How much a quota of a service allows."""
        return quota_value(self._client("service-quotas"), service, code)

    def subnets(self, zone_id: str) -> int:
        """How many subnets the account has in a zone."""
        return subnets_in(self._client("ec2"), zone_id)

    def purchaser(
        self, terms: PolicyAccount, purchase_id: str, credentials: Credentials | None, service: str
    ) -> Purchaser:
        """Become who buys: the role of the policy, its profile, or else whoever reads."""
        source = self._account.source
        profile = terms.purchaser_profile or source.profile
        if credentials is None and terms.purchaser_role:
            credentials = assume_purchaser(profile, terms.purchaser_role, purchase_id)
        elif credentials is None and source.role and terms.purchaser_profile is None:
            credentials = assume_purchaser(source.profile, source.role, purchase_id)
        return Buyer(self._region, self._timeout, service=service, profile=profile, credentials=credentials)

    def _zones(self, client: Any) -> Mapping[str, str]:
        try:
            return zone_ids(client)
        except AwsFailure:
            # Whoever may not describe zones is shown their names.
            return {}

    def _client(self, service: str) -> Any:
        return self._account.client(service, self._region)
