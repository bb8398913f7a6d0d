"""The client of the control endpoint: whoever plays AWS moves the clock, arms faults and looks at what arrived."""

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from urllib.error import HTTPError, URLError
from urllib.parse import urlencode
from urllib.request import ProxyHandler, Request, build_opener

from mcp_server.sandbox.faults import ANY, Armed, Fault
from mcp_server.sandbox.population import Population
from mcp_server.sandbox.received import Received

if TYPE_CHECKING:
    from mcp_server.sandbox.scenes import Scene

PREFIX: Final = "/_ml-clusters/"
_TIMEOUT = 60.0


class NoSandbox(Exception):
    """No simulated AWS answers at a URL."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(f"No simulated AWS answers at {url}.")


class ControlRefused(Exception):
    """The control endpoint refused a request; reason is its sentence."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


@dataclass(frozen=True, slots=True)
class WorldView:
    """A sandbox as it describes itself. world identifies it: a reset begins another. now is UTC.

    accounts maps names to numbers; directory is None where nothing survives a restart.
    """

    world: str
    seed: int
    began: datetime
    now: datetime
    version: str
    pid: int
    directory: str | None
    accounts: dict[str, str]
    served: int
    simulated: bool = True


@dataclass(frozen=True, slots=True)
class OwnedView:
    """Capacity that was put in: reservation ids of blocks and ARNs of plans, by the scene's keys."""

    blocks: dict[str, str]
    plans: dict[str, str]


class SandboxControl:
    """Speaks to the sandbox at a URL. Every method raises NoSandbox where none answers."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        # A proxy set for the rest of the world has no business between two programs of one machine.
        self._open = build_opener(ProxyHandler({})).open

    def world(self) -> WorldView:
        """Which world it is and what time it is there."""
        data = self._ask("GET", "world")
        for member in ("began", "now"):
            data[member] = datetime.fromisoformat(data[member])
        return WorldView(**data)

    def now(self) -> datetime:
        """The simulated time, UTC."""
        return self.world().now

    def set_clock(self, now: datetime) -> datetime:
        """Let the simulated time go on from a moment, past or future, with a time zone. Returns it in UTC."""
        return datetime.fromisoformat(self._ask("POST", "clock", {"now": now.isoformat()})["now"])

    def advance(self, by: timedelta) -> datetime:
        """Move the clock forward. Returns the simulated time, UTC."""
        return datetime.fromisoformat(self._ask("POST", "clock", {"advance_seconds": by.total_seconds()})["now"])

    def arm(  # noqa: PLR0913 - each is a different circumstance, and all but two are optional
        self,
        operation: str,
        fault: Fault | str,
        *,
        region: str | None = None,
        account: str | None = None,
        calls: int | None = None,
        seconds: float | None = None,
        milliseconds: float | None = None,
        percent: Decimal | float | None = None,
        dry_run: bool | None = None,
        message: str | None = None,
    ) -> None:
        """Arm a fault for the next calls of an operation ("*": of any), or for all where calls is None.

        Dry runs of a named operation meet it only with dry_run. price-moved acts at once and stays. message is what an
        error answer says instead of AWS's own words.
        """
        wanted = {
            "fault": str(fault),
            "operation": operation,
            "region": region,
            "account": account,
            "calls": calls,
            "seconds": seconds,
            "milliseconds": milliseconds,
            "percent": None if percent is None else str(percent),
            "dry_run": dry_run,
            "message": message,
        }
        self._ask("POST", "faults", {name: value for name, value in wanted.items() if value is not None})

    def armed(self) -> list[Armed]:
        """The faults that still wait for calls."""
        return [Armed.from_json(row) for row in self._ask("GET", "faults")["faults"]]

    def disarm(self) -> None:
        """Forget all armed faults."""
        self._ask("DELETE", "faults")

    def fresh_ids(self, fresh: bool) -> None:
        """Whether every describe shows the same offerings under new ids."""
        self._ask("POST", "market", {"fresh_ids": fresh})

    def set_quota(self, account: str, region: str, code: str, value: int) -> None:
        """Change a limit: vCPUs of concurrently active blocks, instances of plans; account is a name or a number."""
        self._ask("POST", "quota", {"account": account, "region": region, "code": code, "value": value})

    def set_health(self, reservation: str, *, unavailable: int = 0, interconnect: str = "ok") -> None:
        """Let so many instances of a reservation be unavailable, and its interconnect ok, impaired or without data."""
        self._ask(
            "POST", "health", {"reservation": reservation, "unavailable": unavailable, "interconnect": interconnect}
        )

    def set_plan_use(self, plan: str, *, in_use: int = 0, unhealthy: int = 0) -> None:
        """Let so many instances of a training plan (ARN) be in use and so many broken, while it runs."""
        self._ask("POST", "plan-use", {"plan": plan, "in_use": in_use, "unhealthy": unhealthy})

    def put(self, scene: "Scene") -> OwnedView:
        """Put capacity and clusters into the world at once; a cluster that is there gets the scene's groups besides."""
        return OwnedView(**self._ask("POST", "scene", scene.model_dump(mode="json")))

    def put_clusters(self) -> OwnedView:
        """Put in the scene `clusters`: the world's own clusters with capacity in use and idle, and with problems."""
        return OwnedView(**self._ask("POST", "scene/clusters", {}))

    def tell(self, of: str, set: dict[str, Any], **named: str) -> None:  # noqa: A002 - AWS's members are set
        """Let AWS say of something what it decides itself: see telling.Statement."""
        self._ask("POST", "statements", {"statements": [{"of": of, "set": set, **named}]})

    def requests(self, operation: str | None = None, region: str | None = None) -> list[Received]:
        """The requests to AWS that arrived, the oldest first."""
        query = {name: value for name, value in (("operation", operation), ("region", region)) if value}
        rows = self._ask("GET", f"requests?{urlencode(query)}")["requests"]
        return [Received.from_json(row) for row in rows]

    def clear_requests(self) -> None:
        """Forget which requests arrived."""
        self._ask("DELETE", "requests")

    def reset(self, population: Population | None = None) -> None:
        """Begin a new world with the same seed, and with another population if one is given."""
        self._ask("POST", "reset", {"population": population.as_json()} if population else {})

    def stop(self) -> None:
        """End the sandbox's process."""
        self._ask("POST", "stop")

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> dict[str, Any]:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Content-Type": "application/json"}
        request = Request(self.url + PREFIX + path, data, headers, method=method)  # noqa: S310 - our own server's URL
        try:
            with self._open(request, timeout=_TIMEOUT) as response:
                return json.load(response)
        except HTTPError as error:
            with error:
                text = error.read().decode(errors="replace")
            try:
                raise ControlRefused(json.loads(text)["error"]) from error
            except (ValueError, KeyError, TypeError):
                raise NoSandbox(self.url) from error
        except (URLError, ConnectionError, TimeoutError, ValueError) as error:
            raise NoSandbox(self.url) from error


def view_as_json(view: WorldView) -> dict[str, Any]:
    """A view for the wire; times are ISO 8601."""
    return asdict(view) | {"began": view.began.isoformat(), "now": view.now.astimezone(UTC).isoformat()}


__all__ = ["ANY", "PREFIX", "ControlRefused", "Fault", "NoSandbox", "Received", "SandboxControl", "WorldView"]
