"""Simulated AWS as one function from request to answer."""

import logging
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from http import HTTPStatus
from threading import Lock
from typing import Any

from mcp_server.sandbox import hyperpod_nodes, scaling_groups, world
from mcp_server.sandbox.arrivals import arrival_of
from mcp_server.sandbox.asking_moto import ask_moto
from mcp_server.sandbox.call import AwsError, Caller
from mcp_server.sandbox.capacity_blocks import Health, Interconnect
from mcp_server.sandbox.clock import Clock
from mcp_server.sandbox.effects import Effects
from mcp_server.sandbox.fault_answers import effects_of, error_of
from mcp_server.sandbox.faults import Armoury, Fault
from mcp_server.sandbox.journal import Journal, World
from mcp_server.sandbox.messages import DROPPED, Answer, Arrival, Request
from mcp_server.sandbox.moto_stage import Dispatcher, Stage, adjust_moto, caller_of, forget_everything, randomness
from mcp_server.sandbox.operations import put_on_moto
from mcp_server.sandbox.owning import Owned
from mcp_server.sandbox.population import Population
from mcp_server.sandbox.putting import NotInThisWorld, Stagehand
from mcp_server.sandbox.quotas import QuotaKey
from mcp_server.sandbox.received import Log
from mcp_server.sandbox.scenes import NamedScene, Scene
from mcp_server.sandbox.seeding import named_scene
from mcp_server.sandbox.serialised import refusal
from mcp_server.sandbox.settling import AlreadyThere, Settlement, keep_outside
from mcp_server.sandbox.simulation import Simulation
from mcp_server.sandbox.telling import NotAMember, Statement, tell
from mcp_server.sandbox.training_plans import Use

_log = logging.getLogger(__name__)
REFUSALS = (AlreadyThere, AwsError, KeyError, NotAMember, NotInThisWorld)
"""Why a scene cannot be put in, or something cannot be told."""
_GARBAGE = Answer(HTTPStatus.OK, (("Content-Type", "text/html"),), b"<html><body>It works!</body></html>")


@dataclass(frozen=True, slots=True)
class _Late:
    """A request whose caller gave up and that is acted on later (simulated UTC)."""

    due: datetime
    request: Request
    arrival: Arrival
    effects: Effects


class SimulatedAws:
    """moto, the capacity market and the faults behind one lock. A process can have one, since moto's state is its own.

    What the world depends on is journalled before it is answered, and replayed when the instance is made.
    """

    def __init__(self, journal: Journal, clock: Clock) -> None:
        self.clock = clock
        self.faults = Armoury()
        self.log = Log()
        self._journal = journal
        self._lock = Lock()
        self._late: list[_Late] = []
        self._changes = 0
        self._stage = Stage(self._simulation())
        adjust_moto(self._stage)
        put_on_moto(self._stage)
        self._dispatcher = Dispatcher()
        self._furnish()
        self._replay()

    @property
    def world(self) -> World:
        """Which world it is."""
        return self._journal.world

    @property
    def population(self) -> Population:
        """Whose accounts the world has."""
        return self._journal.world.inhabitants

    def answer(self, request: Request) -> Answer:
        """Serve one request to AWS. Delays are waited for outside the lock."""
        arrival = arrival_of(request)
        with self._lock:
            self._settle()
            caller = self._caller(arrival)
            self.log.write(arrival, caller.account, self.clock.now())
            struck = self.faults.strike(arrival, caller.account)
        time.sleep(sum(armed.milliseconds for armed in struck if armed.fault is Fault.SLOW) / 1000)
        for armed in struck:
            if error := error_of(armed, arrival, caller.arn):
                return refusal(request, arrival, error)
        kinds = {armed.fault: armed for armed in struck}
        if Fault.GARBAGE in kinds:
            return _GARBAGE
        if Fault.DEAD in kinds:
            return DROPPED
        effects = effects_of(struck)
        with self._lock:
            self._settle()
            if late := kinds.get(Fault.ACT_LATE):
                due = self.clock.now() + timedelta(seconds=late.seconds)
                self._late.append(_Late(due, request, arrival, effects))
                return DROPPED
            answer = self._act(request, arrival, effects, self.clock.now())
        return DROPPED if Fault.ACT_THEN_DROP in kinds else answer

    def now(self) -> datetime:
        """The simulated time (UTC)."""
        # While a request is served the clock may be pinned to what happened before.
        with self._lock:
            return self.clock.now()

    def set_clock(self, moment: datetime) -> None:
        """Let the simulated time go on from a moment (UTC)."""
        with self._lock:
            self._change_world({"kind": "clock", "now": moment.isoformat()})

    def advance_clock(self, by: timedelta) -> None:
        """Let the simulated time be so much later."""
        with self._lock:
            self._change_world({"kind": "clock", "now": (self.clock.now() + by).isoformat()})

    def show_fresh_ids(self, *, fresh: bool) -> None:
        """Whether every describe shows offerings under new ids."""
        with self._lock:
            self._change_world({"kind": "fresh-ids", "fresh": fresh})

    def move_prices(self, region: str, percent: Decimal) -> None:
        """Change every price of a region, or of all ("*"), by so many percent from now on."""
        with self._lock:
            self._change_world({"kind": "prices", "region": region, "percent": str(percent)})

    def set_quota(self, key: QuotaKey, value: int) -> None:
        """Change a limit."""
        with self._lock:
            self._change_world(
                {"kind": "quota", "account": key.account, "region": key.region, "code": key.code, "vcpus": value}
            )

    def set_health(self, reservation_id: str, health: Health) -> None:
        """Let instances of a reservation fail, or its interconnect.

        Raises:
            KeyError: There is no such reservation.
        """
        with self._lock:
            if self._stage.simulation.estate.find(reservation_id) is None:
                raise KeyError(f"reservation {reservation_id}")
            self._change_world(
                {
                    "kind": "health",
                    "reservation": reservation_id,
                    "unavailable": health.unavailable,
                    "interconnect": health.interconnect.value,
                }
            )

    def set_plan_use(self, arn: str, use: Use) -> None:
        """Let instances of a training plan be in use, or fail.

        Raises:
            KeyError: There is no such plan.
        """
        with self._lock:
            if self._stage.simulation.plans.find(arn) is None:
                raise KeyError(f"training plan {arn}")
            self._change_world({"kind": "plan-use", "plan": arn, "in_use": use.in_use, "unhealthy": use.unhealthy})

    def reset(self, population: Population | None) -> None:
        """Begin a new world with the same seed: nothing bought, no fault armed, the real time.

        Without a population it has that of the world that was.
        """
        with self._lock:
            self._journal.begin(self._journal.world.seed, population or self.population)
            self.clock.follow_reality()
            self.faults.disarm()
            self.log.clear()
            self._late.clear()
            self._changes = 0
            forget_everything()
            self._stage.simulation = self._simulation()
            self._furnish()

    def put(self, scene: Scene) -> Owned:
        """Put capacity and clusters in. Returns what is owned, by the scene's keys.

        Raises:
            AwsError, KeyError, NotInThisWorld: It cannot be.
        """
        with self._lock:
            return self._put({"scene": scene.model_dump(mode="json")})

    def tell(self, statements: Sequence[Statement]) -> None:
        """Let AWS say something of clusters.

        Raises:
            NotAMember, NotInThisWorld: It cannot.
        """
        with self._lock:
            self._put({"said": [each.model_dump(mode="json") for each in statements]})

    def put_named(self) -> Owned:
        """Put in the scene `clusters`.

        Raises:
            AlreadyThere: It has been put in before.
        """
        with self._lock:
            self._settle()
            scene, said = named_scene(self._stage.simulation, self.clock.now())
            rows = [each.model_dump(mode="json") for each in said]
            return self._put({"name": NamedScene.CLUSTERS, "scene": scene.model_dump(mode="json"), "said": rows})

    def close(self) -> None:
        """Let go of the journal once what is being served is done."""
        with self._lock:
            self._journal.close()

    def _simulation(self) -> Simulation:
        return world.simulation(self._journal.world.seed, self.clock, self.population)

    def _caller(self, arrival: Arrival) -> Caller:
        return caller_of(arrival.access_key, self.population.accounts)

    def _furnish(self) -> None:
        began = datetime.fromisoformat(self.world.began)
        with self.clock.pinned(began), randomness(self.world.seed, "world"):
            world.furnish(self._stage.simulation, self._stage.of)
        self._settlement = Settlement(self._stage, began)

    def _replay(self) -> None:
        """Do again what the journal says, each thing at its time. The clock then runs on from the real one."""
        for entry in self._journal.past():
            at = datetime.fromisoformat(entry["at"])
            with self.clock.pinned(at):
                self._settle()
                match entry["kind"]:
                    case "request":
                        request = Request.from_json(entry)
                        self._perform(request, arrival_of(request), Effects(**entry["effects"]))
                    case "scene":
                        with suppress(*REFUSALS):
                            self._perform_scene(entry)
                    case _:
                        self._apply(entry)
            if entry["kind"] == "clock":
                self.clock.shift(timedelta(seconds=entry["offset"]))

    def _settle(self) -> None:
        """Let happen what was due before anybody looks."""
        now = self.clock.now()
        for late in sorted((each for each in self._late if each.due <= now), key=lambda each: each.due):
            self._late.remove(late)
            self._act(late.request, late.arrival, late.effects, late.due)
        self._stage.simulation.tags.settle(now)
        self._stage.simulation.launches.settle(now)
        scaling_groups.settle(self._stage.simulation, now)
        hyperpod_nodes.settle(self._stage.simulation, now)

    def _act(self, request: Request, arrival: Arrival, effects: Effects, now: datetime) -> Answer:
        if not arrival.changes:
            return self._dispatch(request, arrival, effects)
        with self.clock.pinned(now):
            answer = self._perform(request, arrival, effects)
        self._journal.append(
            {"kind": "request", "at": now.isoformat(), **request.as_json(), "effects": effects.as_json()}
        )
        return answer

    def _perform(self, request: Request, arrival: Arrival, effects: Effects) -> Answer:
        """Change something, minting the ids that a replay mints again."""
        self._changes += 1
        with randomness(self.world.seed, "change", self._changes):
            return self._dispatch(request, arrival, effects)

    def _put(self, what: dict[str, Any]) -> Owned:
        """Put in and say as much of it as can be; what could not be is refused again by a replay."""
        self._settle()
        now = self.clock.now()
        entry: dict[str, Any] = {"kind": "scene", "at": now.isoformat(), **what}
        try:
            with self.clock.pinned(now):
                return self._perform_scene(entry)
        finally:
            self._journal.append(entry)

    def _perform_scene(self, entry: dict[str, Any]) -> Owned:
        self._changes += 1
        self._settlement.complete()
        if name := entry.get("name"):
            self._settlement.put_once(name)
        now = datetime.fromisoformat(entry["at"])
        scene = Scene.model_validate(entry.get("scene", {}))
        with randomness(self.world.seed, "change", self._changes):
            owned = Stagehand(self._stage.simulation, self._stage.of, now).put(scene)
            keep_outside(self._stage, scene, owned, now)
            for each in entry.get("said", ()):
                tell(self._stage.simulation, Statement.model_validate(each), now)
        return owned

    def _change_world(self, entry: dict[str, Any]) -> None:
        self._settle()
        entry["at"] = self.clock.now().isoformat()
        self._apply(entry)
        if entry["kind"] == "clock":
            entry["offset"] = self.clock.offset.total_seconds()
        self._journal.append(entry)

    def _apply(self, entry: dict[str, Any]) -> None:
        simulation = self._stage.simulation
        match entry["kind"]:
            case "clock":
                self.clock.set(datetime.fromisoformat(entry["now"]))
            case "fresh-ids":
                simulation.fresh_ids = entry["fresh"]
            case "prices":
                simulation.price_moves.append((entry["region"], Decimal(entry["percent"])))
            case "quota":
                simulation.quotas.set(QuotaKey(entry["account"], entry["region"], entry["code"]), entry["vcpus"])
            case "health":
                reservation = simulation.estate.find(entry["reservation"])
                if reservation:
                    reservation.health = Health(entry["unavailable"], Interconnect(entry["interconnect"]))
            case "plan-use":
                plan = simulation.plans.find(entry["plan"])
                if plan:
                    plan.use = Use(entry["in_use"], entry["unhealthy"])
            case kind:
                raise ValueError(kind)

    def _dispatch(self, request: Request, arrival: Arrival, effects: Effects) -> Answer:
        if request.path.startswith("/moto-api"):
            return Answer(HTTPStatus.NOT_FOUND)
        self._settlement.see(arrival)
        self._stage.account = self._caller(arrival).account
        self._stage.effects = effects
        try:
            return ask_moto(self._dispatcher, request)
        except NotImplementedError:
            message = f"Simulated AWS does not have {arrival.service}:{arrival.operation}."
            return refusal(request, arrival, AwsError("NotImplemented", message, HTTPStatus.NOT_IMPLEMENTED))
        except Exception:  # noqa: BLE001 - AWS answers 500 whatever broke inside it; the log says what it was
            _log.exception("%s %s", arrival.service, arrival.operation)
            message = "An internal error has occurred in simulated AWS; its log says more."
            return refusal(request, arrival, AwsError("InternalError", message, HTTPStatus.INTERNAL_SERVER_ERROR))
