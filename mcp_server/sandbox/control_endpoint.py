"""The control endpoint's own side: paths under /_ml-clusters/, JSON in and out, one sentence for bad input."""

import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from pathlib import Path
from typing import Any, Literal
from urllib.parse import parse_qs

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, ValidationError, model_validator

from mcp_server import __version__
from mcp_server.sandbox.application import REFUSALS, SimulatedAws
from mcp_server.sandbox.capacity_blocks import Health, Interconnect
from mcp_server.sandbox.control import PREFIX, WorldView, view_as_json
from mcp_server.sandbox.faults import ANY, Armed, Fault
from mcp_server.sandbox.messages import Answer, Request
from mcp_server.sandbox.owning import Owned
from mcp_server.sandbox.population import Population
from mcp_server.sandbox.quotas import QUOTA_BY_CODE, QuotaKey
from mcp_server.sandbox.scenes import Scene
from mcp_server.sandbox.telling import Statement
from mcp_server.sandbox.training_plans import Use

_EARLIEST = datetime(2020, 1, 1, tzinfo=UTC)
_LATEST = datetime(2100, 1, 1, tzinfo=UTC)


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class _Clock(_Body):
    now: AwareDatetime | None = Field(None, ge=_EARLIEST, le=_LATEST)
    advance_seconds: float | None = Field(None, ge=0, le=timedelta(days=3650).total_seconds())

    @model_validator(mode="after")
    def _one(self) -> "_Clock":
        if (self.now is None) == (self.advance_seconds is None):
            raise ValueError("say either now or advance_seconds")
        return self


class _Arm(_Body):
    fault: Fault
    operation: str = ANY
    region: str | None = None
    account: str | None = None
    calls: int | None = Field(None, ge=1)
    seconds: float = Field(60, ge=0)
    milliseconds: float = Field(0, ge=0)
    percent: Decimal = Field(Decimal(10), gt=-100)
    dry_run: bool = False
    message: str = ""


class _Market(_Body):
    fresh_ids: bool


class _Quota(_Body):
    account: str
    region: str
    code: str
    value: int = Field(ge=0)

    @model_validator(mode="after")
    def _known(self) -> "_Quota":
        if self.code not in QUOTA_BY_CODE:
            raise ValueError(f"{self.code} is no quota of blocks or plans; there are {', '.join(QUOTA_BY_CODE)}")
        return self


class _Health(_Body):
    reservation: str
    unavailable: int = Field(0, ge=0)
    interconnect: Interconnect = Interconnect.OK


class _PlanUse(_Body):
    plan: str
    in_use: int = Field(0, ge=0)
    unhealthy: int = Field(0, ge=0)


class _Statements(_Body):
    statements: list[Statement]


class _Reset(_Body):
    population: dict[str, Any] | None = None

    @property
    def inhabitants(self) -> Population | None:
        return Population.from_json(self.population) if self.population else None

    @model_validator(mode="after")
    def _readable(self) -> "_Reset":
        try:
            _ = self.inhabitants
        except (AttributeError, KeyError, TypeError) as error:
            raise ValueError("it is no population") from error
        return self


class Control:
    """Answers whoever plays AWS. stop ends the process that serves."""

    def __init__(self, aws: SimulatedAws, directory: Path | None, stop: Callable[[], None]) -> None:
        self._aws, self._directory, self._stop = aws, directory, stop
        self._routes: dict[tuple[str, str], Callable[[Request], dict[str, Any]]] = {
            ("GET", "world"): lambda _: self._world(),
            ("POST", "clock"): self._set_clock,
            ("GET", "faults"): lambda _: {"faults": [armed.as_json() for armed in aws.faults.armed()]},
            ("POST", "faults"): self._arm,
            ("DELETE", "faults"): lambda _: self._done(aws.faults.disarm),
            ("POST", "market"): self._set_market,
            ("POST", "quota"): self._set_quota,
            ("POST", "health"): self._set_health,
            ("POST", "plan-use"): self._set_plan_use,
            ("POST", "scene"): self._put,
            ("POST", "scene/clusters"): lambda _: self._owned(aws.put_named()),
            ("POST", "statements"): self._tell,
            ("GET", "requests"): self._requests,
            ("DELETE", "requests"): lambda _: self._done(aws.log.clear),
            ("POST", "reset"): self._reset,
            ("POST", "stop"): lambda _: self._done(stop),
        }

    def answer(self, request: Request) -> Answer:
        """Serve a request whose path begins with the prefix."""
        path = request.path.removeprefix(PREFIX)
        route = self._routes.get((request.method, path))
        if route is None:
            known = any(path == each for _, each in self._routes)
            status = HTTPStatus.METHOD_NOT_ALLOWED if known else HTTPStatus.NOT_FOUND
            return _json(status, {"error": f"There is no {request.method} {request.path}."})
        try:
            return _json(HTTPStatus.OK, route(request))
        except ValidationError as error:
            return _json(HTTPStatus.BAD_REQUEST, {"error": _sentence(error)})
        except KeyError as unknown:
            return _json(HTTPStatus.BAD_REQUEST, {"error": f"There is no {unknown.args[0]}."})
        except REFUSALS as refusal:
            return _json(HTTPStatus.BAD_REQUEST, {"error": str(refusal)})

    def _world(self) -> dict[str, Any]:
        world = self._aws.world
        view = WorldView(
            world=world.world,
            seed=world.seed,
            began=datetime.fromisoformat(world.began),
            now=self._aws.now(),
            version=__version__,
            pid=os.getpid(),
            directory=str(self._directory) if self._directory else None,
            accounts=self._aws.population.numbers,
            served=self._aws.log.served,
        )
        return view_as_json(view)

    def _set_clock(self, request: Request) -> dict[str, Any]:
        wanted = _Clock.model_validate_json(request.body)
        if wanted.now is not None:
            self._aws.set_clock(wanted.now)
        else:
            self._aws.advance_clock(timedelta(seconds=wanted.advance_seconds or 0))
        return self._world()

    def _arm(self, request: Request) -> dict[str, Any]:
        wanted = _Arm.model_validate_json(request.body)
        if wanted.fault is Fault.PRICE_MOVED:
            self._aws.move_prices(wanted.region or ANY, wanted.percent)
        else:
            account = self._aws.population.numbers.get(wanted.account or "", wanted.account)
            self._aws.faults.arm(
                Armed(
                    wanted.fault,
                    wanted.operation,
                    wanted.region,
                    account,
                    wanted.calls,
                    wanted.seconds,
                    wanted.milliseconds,
                    wanted.percent,
                    wanted.dry_run,
                    wanted.message,
                )
            )
        return {}

    def _set_market(self, request: Request) -> dict[str, Any]:
        self._aws.show_fresh_ids(fresh=_Market.model_validate_json(request.body).fresh_ids)
        return {}

    def _set_quota(self, request: Request) -> dict[str, Any]:
        wanted = _Quota.model_validate_json(request.body)
        account = self._aws.population.numbers.get(wanted.account, wanted.account)
        self._aws.set_quota(QuotaKey(account, wanted.region, wanted.code), wanted.value)
        return {}

    def _set_health(self, request: Request) -> dict[str, Any]:
        wanted = _Health.model_validate_json(request.body)
        self._aws.set_health(wanted.reservation, Health(wanted.unavailable, wanted.interconnect))
        return {}

    def _set_plan_use(self, request: Request) -> dict[str, Any]:
        wanted = _PlanUse.model_validate_json(request.body)
        self._aws.set_plan_use(wanted.plan, Use(wanted.in_use, wanted.unhealthy))
        return {}

    def _put(self, request: Request) -> dict[str, Any]:
        return self._owned(self._aws.put(Scene.model_validate_json(request.body)))

    def _tell(self, request: Request) -> dict[str, Any]:
        self._aws.tell(_Statements.model_validate_json(request.body).statements)
        return {}

    @staticmethod
    def _owned(owned: Owned) -> dict[str, Any]:
        return {"blocks": dict(owned.blocks), "plans": dict(owned.plans)}

    def _reset(self, request: Request) -> dict[str, Any]:
        wanted = _Reset.model_validate_json(request.body or b"{}")
        return {**self._done(lambda: self._aws.reset(wanted.inhabitants))}

    def _requests(self, request: Request) -> dict[str, Any]:
        query = parse_qs(request.query)
        operation, region = (query.get(name, [None])[0] for name in ("operation", "region"))
        return {"requests": [each.as_json() for each in self._aws.log.read(operation, region)]}

    @staticmethod
    def _done(act: Callable[[], None]) -> dict[str, Literal[True]]:
        act()
        return {"done": True}


def _json(status: HTTPStatus, data: dict[str, Any]) -> Answer:
    return Answer(status, (("Content-Type", "application/json"),), json.dumps(data).encode())


def _sentence(error: ValidationError) -> str:
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"]) or "The request"
    return f"{where}: {first['msg']}."
