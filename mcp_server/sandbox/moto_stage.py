"""moto, adjusted: accounts, zones, randomness and time as simulated AWS has them, and less work per request."""

import copy
import os
import warnings
from collections.abc import Callable, Generator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, tzinfo
from functools import cache, lru_cache
from types import SimpleNamespace
from typing import Any

from moto.core import responses
from moto.core import utils as moto_utils
from moto.core.base_backend import AccountSpecificBackend
from moto.core.responses import BaseResponse
from moto.ec2.models import ec2_backends
from moto.ec2.models.amis import AmiBackend
from moto.ec2.models.availability_zones_and_regions import RegionsAndZonesBackend, Zone
from moto.iam.models import IAMBackend, ManagedPolicy, iam_backends
from moto.moto_api._internal import mock_random
from moto.moto_api._internal.models import moto_api_backend
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app
from moto.sts import models as sts_models

from mcp_server.sandbox.accounts import USER, Account
from mcp_server.sandbox.call import Caller
from mcp_server.sandbox.effects import Effects
from mcp_server.sandbox.simulation import Simulation
from mcp_server.sandbox.zones import LOCAL_ZONES

_PARTITION = "aws"


class Stage:
    """What the request that is being served may see. One request at a time is on it; moto's state is global anyway."""

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.account = simulation.population.first.number
        self.effects = Effects()

    @contextmanager
    def of(self, account: str) -> Generator[None]:
        """Let what happens meanwhile happen in an account."""
        before, self.account = self.account, account
        try:
            yield
        finally:
            self.account = before


class Dispatcher(DomainDispatcherApplication):
    """Finds the service of a request; moto searches a hundred patterns for it at every one."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)
        self._found: dict[str, Any] = {}

    def get_backend_for_host(self, host: str | None) -> Any:
        """The backend for a host name.

        Raises:
            NotImplementedError: moto has no such service.
        """
        if host is None:
            return None
        if host not in self._found:
            self._found[host] = super().get_backend_for_host(host)
        if self._found[host] is None:
            raise NotImplementedError(host)
        return self._found[host]


def adjust_moto(stage: Stage) -> None:
    """Make moto's process-wide state follow the stage. To be called once in a process."""
    # With it in the environment, moto would put every request into this one account.
    os.environ.pop("MOTO_ACCOUNT_ID", None)
    # Faults may send codes that a service's model does not list, as AWS's own front ends do.
    warnings.filterwarnings("ignore", message="Exception.*does not match an error shape")
    _replace(responses, "method_names_from_class", cache(moto_utils.method_names_from_class))
    # Clients compare a session's expiry with their own clock, which is the real one.
    _replace(sts_models, "utcnow", lambda: datetime.now(UTC).replace(tzinfo=None))
    _replace(moto_utils, "datetime", SimpleNamespace(datetime=_datetime_of(stage)))
    _replace(RegionsAndZonesBackend, "zones", _ZonesOfTheCaller(stage))

    def account(_response: BaseResponse) -> str:
        return stage.account

    _replace(BaseResponse, "get_current_account", account)
    _make_backends_repeatable(stage)
    _load_images_when_asked_for(stage)
    _find_an_instances_image_at_once()
    _load_managed_policies_when_asked_for(stage)


def forget_everything() -> None:
    """Empty moto."""
    # moto's own reset makes every backend anew before it drops them, which for EC2 takes long.
    ec2_backends.clear()
    moto_api_backend.reset()
    caller_of.cache_clear()


@contextmanager
def randomness(*token: object) -> Generator[None]:
    """Draw moto's ids from a source that the token determines."""
    before = mock_random.getstate()
    mock_random.seed(":".join(str(part) for part in token))
    try:
        yield
    finally:
        mock_random.setstate(before)


@lru_cache(maxsize=4096)
def caller_of(access_key: str, known: tuple[Account, ...]) -> Caller:
    """Who signs with a key: a role session, a user, or, for a key nobody minted, the first account's user."""
    accounts = dict.fromkeys((*(account.number for account in known), *sts_models.sts_backends))
    for account in accounts:
        role = sts_models.sts_backends[account][_PARTITION].get_assumed_role_from_access_key(access_key)
        if role is not None:
            return Caller(account, access_key, role.arn, role.session_name)
        user = iam_backends[account][_PARTITION].get_user_from_access_key_id(access_key)
        if user is not None:
            return Caller(account, access_key, user.arn, user.name)
    return Caller(known[0].number, access_key, f"arn:aws:iam::{known[0].number}:user/{USER}", USER)


def _replace(owner: object, name: str, value: object) -> None:
    if not hasattr(owner, name):
        raise AttributeError(name, owner)
    setattr(owner, name, value)


def _datetime_of(stage: Stage) -> type[datetime]:
    class SimulatedDatetime(datetime):
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> datetime:  # type: ignore[override]
            return stage.simulation.clock.now().astimezone(tz)

    return SimulatedDatetime


def _make_backends_repeatable(stage: Stage) -> None:
    """A backend mints ids when it is first looked at, which may be by a request that the journal does not keep."""
    getitem: Callable[[Any, str], Any] = getattr(AccountSpecificBackend, "__getitem__")  # noqa: B009 - it is untyped

    def repeatable(backends: Any, region: str) -> Any:
        if region in backends.keys():  # noqa: SIM118 - moto's `in` also knows regions that have no backend yet
            return getitem(backends, region)
        token = (stage.simulation.seed, backends.service_name, backends.account_id, region)
        with stage.of(backends.account_id), randomness(*token):
            return getitem(backends, region)

    _replace(AccountSpecificBackend, "__getitem__", repeatable)


def _load_images_when_asked_for(stage: Stage) -> None:
    """Moto gives every account and region 1,300 images, each with a snapshot, before it answers anything there."""
    load: Callable[[Any], None] = getattr(AmiBackend, "_load_amis")  # noqa: B009 - no public way to put it off

    def get(backend: Any) -> dict[str, Any]:
        if backend.__dict__.pop("_images_to_come", False):
            with randomness(stage.simulation.seed, "images", backend.account_id, backend.region_name):
                load(backend)
        return backend.__dict__["amis"]

    def put(backend: Any, images: dict[str, Any]) -> None:
        backend.__dict__["amis"] = images

    def put_off(backend: Any) -> None:
        backend.__dict__["_images_to_come"] = True

    _replace(AmiBackend, "_load_amis", put_off)
    setattr(AmiBackend, "amis", property(get, put))  # noqa: B010 - it is an attribute of instances only


def _find_an_instances_image_at_once() -> None:
    """Moto holds each of 1,300 images against a filter for every instance that starts."""
    describe: Callable[..., list[Any]] = AmiBackend.describe_images

    def at_once(backend: AmiBackend, *arguments: Any, **named: Any) -> list[Any]:
        filters: Mapping[str, Any] = named.get("filters") or {}
        wanted = filters.get("image-id")
        # A request's filters have lists of patterns.
        if not arguments and named.keys() == {"filters"} and filters.keys() == {"image-id"} and isinstance(wanted, str):
            return [backend.amis[wanted]] if wanted in backend.amis else []
        return describe(backend, *arguments, **named)

    _replace(AmiBackend, "describe_images", at_once)


def _load_managed_policies_when_asked_for(stage: Stage) -> None:
    """AWS's own 1,600 policies, without which no role can be given one; moto would parse them for every account."""
    os.environ["MOTO_IAM_LOAD_MANAGED_POLICIES"] = "true"
    load: Callable[[Any], list[ManagedPolicy]] = getattr(IAMBackend, "_init_aws_policies")  # noqa: B009 - as above
    parsed: list[ManagedPolicy] = []

    def kept(backend: IAMBackend) -> dict[str, Any]:
        if not parsed:
            with randomness(stage.simulation.seed, "managed policies"):
                parsed.extend(load(backend))
        if "managed_policies" not in vars(backend):
            # Each counts where it is attached, which differs between accounts.
            theirs = [copy.copy(each) for each in parsed]
            vars(backend).update(aws_managed_policies=theirs, managed_policies={each.arn: each for each in theirs})
        return vars(backend)

    def put_off(_backend: IAMBackend, _policies: object = None) -> None:
        """A new backend begins with none."""

    def named(name: str) -> property:
        def get(backend: IAMBackend) -> Any:
            return kept(backend)[name]

        return property(get, put_off)

    for init in ("_init_aws_policies", "_init_managed_policies"):
        _replace(IAMBackend, init, put_off)
    for name in ("aws_managed_policies", "managed_policies"):
        setattr(IAMBackend, name, named(name))


class _ZonesOfTheCaller(dict[str, list[Zone]]):
    """moto's zones by region, read with the letters of the account whose request is served."""

    def __init__(self, stage: Stage) -> None:
        super().__init__(RegionsAndZonesBackend.zones)
        self._stage = stage
        self._named = lru_cache(maxsize=1024)(self._name)

    def get(self, region: str, default: Any = None) -> Any:  # type: ignore[override]
        return self._named(self._stage.account, region) or default

    def values(self) -> Any:  # type: ignore[override]
        local = [Zone(zone.name, zone.region, zone.zone_id, "local-zone") for zone in LOCAL_ZONES]
        return [*(self._named(self._stage.account, region) for region in self), local]

    def _name(self, account: str, region: str) -> list[Zone]:
        letters = self._stage.simulation.letters.region(account, region)
        return [Zone(name, region, zone_id) for name, zone_id in letters.items()]
