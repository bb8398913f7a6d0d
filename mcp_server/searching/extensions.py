"""Search for ways to extend a block, or a training plan, that is owned."""

import threading
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from mcp_server.aws.accounts import Accounts
from mcp_server.aws.extensions import describe_extension_history, describe_extension_offerings
from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.aws.pacing import Deadline, OutOfTime, Pace
from mcp_server.aws.training_plans import describe_plan_extensions, search_extensions
from mcp_server.capacity.durations import Duration
from mcp_server.capacity.extending import Obstacle, extension_deadline, makes_too_long, obstacle, pending_extension
from mcp_server.capacity.extensions import ExtensionOffering, ExtensionProbe
from mcp_server.capacity.owned import OwnedExtension, OwnedReservation
from mcp_server.searching.fan_out import Outcome, Task, fan_out
from mcp_server.searching.market import Progress
from mcp_server.searching.owned import OwnedFailure, OwnedPart, locate, selling_regions
from mcp_server.searching.readers import AccountFailure, Reader, Readers, choose_readers
from mcp_server.searching.seen import SeenOfferings

_SAME_FOR_EVERY_DURATION = frozenset(
    {
        FailureKind.QUOTA,
        FailureKind.DENIED,
        FailureKind.CREDENTIALS,
        FailureKind.WRONG_ACCOUNT,
        FailureKind.REGION_OFF,
        FailureKind.UNSUPPORTED,
    }
)


@dataclass(frozen=True, slots=True)
class ExtensionRequest:
    """What is wanted: an owned reservation's or block's id, or a plan's ARN or name, and by how many days.

    None: wherever it is found.
    """

    wanted: str
    duration: Duration
    region: str | None = None
    account: str | None = None

    @property
    def questions(self) -> tuple[int | None, ...]:
        """The durations to ask for; None is the longest to be had."""
        return (None,) if self.duration.longest else self.duration.days

    def regions_of(self, reader: Reader) -> Sequence[str]:
        """Where the reservation may be."""
        return (self.region,) if self.region else selling_regions(reader)


@dataclass(frozen=True, slots=True)
class ExtensionRow:
    """One offering and its handle."""

    handle: str
    offering: ExtensionOffering


@dataclass(frozen=True, slots=True)
class DurationFailure:
    """A duration for which AWS named no offerings, and why. days is None for the longest to be had.

    obstacle is the rule that explains a refusal; None where AWS could not be asked, or nothing is known to explain it.
    """

    days: int | None
    failure: AwsFailure
    obstacle: Obstacle | None


@dataclass(frozen=True, slots=True)
class ExtensionAnswer:
    """How a block can go on. Rows are by end, then fee. now is AWS's time, UTC.

    deadline is the last moment to extend, UTC. pending is an extension that waits for its payment. none_offered are
    durations that AWS answered with nothing: it has no room then. unasked are those that time ran out for; neither they
    nor failures say anything about capacity. unread is the history, if that could not be read.
    """

    request: ExtensionRequest
    reservation: OwnedReservation
    account_name: str
    now: datetime
    simulated: bool
    notices: tuple[str, ...]
    rows: tuple[ExtensionRow, ...]
    deadline: datetime | None
    obstacle: Obstacle | None
    pending: OwnedExtension | None
    none_offered: tuple[int | None, ...]
    failures: tuple[DurationFailure, ...]
    unasked: tuple[int | None, ...]
    unread: OwnedFailure | None
    account_failures: tuple[AccountFailure, ...]


class ExtensionSearch:
    """Searches, and remembers what each handle stands for. Safe to use from several threads."""

    def __init__(self, accounts: Accounts, seen: SeenOfferings) -> None:
        self._accounts, self._seen = accounts, seen
        self._lock = threading.Lock()
        self._paces: dict[tuple[str, str], Pace] = defaultdict(Pace)

    def search(self, request: ExtensionRequest, deadline: Deadline, progress: Progress) -> ExtensionAnswer:
        """Find the block, ask for every duration, and say what there is or why there is nothing.

        Raises:
            UnknownAccount: An account that is not configured; nothing was asked of AWS.
            UnknownReservation: No account that can be read owns it.
            SeveralReservations: The id is that of a block with several reservations.
            AwsFailure: No account can be read.
            StateUnusable: Handles cannot be kept.
        """
        readers = choose_readers(self._accounts, [request.account] if request.account else [], deadline)
        if not readers.working:
            raise readers.failures[0].failure
        steps = _Steps(request, readers.working, progress)
        reader, reservation = locate(
            request.wanted, readers.working, readers.failures, request.regions_of, deadline, steps.looking
        )
        with self._lock:
            pace = self._paces[reservation.account, reservation.region]
        inquiry = _Inquiry(reader, reservation, pace)
        history, *outcomes = fan_out(inquiry.tasks(request), deadline, steps.asking)
        return self._answer(request, readers, inquiry, history, outcomes)

    def _answer(
        self,
        request: ExtensionRequest,
        readers: Readers,
        inquiry: "_Inquiry",
        history: Outcome[Any, Any],
        outcomes: Sequence["Outcome[int | None, _Part]"],
    ) -> ExtensionAnswer:
        reader, reservation = inquiry.reader, inquiry.reservation
        parts = [(each.key, each.answer) for each in outcomes if each.answer]
        unasked = [each.key for each in outcomes if not each.asked]
        rows = self._rows((each for _, part in parts for each in part.found), reader.now)
        return ExtensionAnswer(
            request=request,
            reservation=reservation,
            account_name=reader.name,
            now=reader.now,
            simulated=readers.simulated,
            notices=readers.notices,
            rows=rows,
            deadline=extension_deadline(reservation),
            obstacle=None if rows else obstacle(reservation, inquiry.extensions, reader.now),
            pending=pending_extension(reservation, inquiry.extensions),
            none_offered=tuple(days for days, part in parts if part.complete and not part.found),
            failures=tuple(
                DurationFailure(each.key, each.failure, inquiry.explained(each.failure, each.key))
                for each in outcomes
                if each.failure
            ),
            unasked=(*unasked, *(days for days, part in parts if not part.complete)),
            unread=None if history.answer is not None else inquiry.history_failure(history.failure),
            account_failures=readers.failures,
        )

    def _rows(
        self, found: Iterable[tuple[ExtensionOffering, ExtensionProbe]], now: datetime
    ) -> tuple[ExtensionRow, ...]:
        """Each offering once, with the probe that found it first."""
        once: dict[tuple[str, ...], tuple[ExtensionOffering, ExtensionProbe]] = {}
        for each in found:
            once.setdefault(each[0].terms, each)
        kept = sorted(once.values(), key=lambda each: (each[0].end, each[0].fee))
        handles = self._seen.remember(kept, now)
        return tuple(ExtensionRow(handle, offering) for handle, (offering, _) in zip(handles, kept, strict=True))


@dataclass(frozen=True, slots=True)
class _Part:
    """What an answer to one question holds; complete is false when time ran out within it."""

    found: tuple[tuple[ExtensionOffering, ExtensionProbe], ...]
    complete: bool = True


class _Steps:
    """Progress over both parts of a search: every region where the block may be, then every duration."""

    def __init__(self, request: ExtensionRequest, readers: Sequence[Reader], progress: Progress) -> None:
        self._progress = progress
        # Blocks and plans are looked for, each by itself.
        self._places = 2 * sum(len(request.regions_of(each)) for each in readers)
        self._total = self._places + len(request.questions)
        self._asked = 0

    def looking(self, answered: int, _: int, line: str) -> None:
        self._progress(answered, self._total, line)

    def asking(self, outcome: Outcome[Any, Any]) -> None:
        if outcome.key is OwnedPart.EXTENSIONS:
            return
        self._asked += 1
        length = "longest" if outcome.key is None else f"{outcome.key} d"
        part: _Part | None = outcome.answer
        result = f"{len(part.found)} found" if part else str(outcome.failure and outcome.failure.kind)
        self._progress(self._places + self._asked, self._total, f"{length}: {result}")


class _Inquiry:
    """The questions about one reservation, asked one after another. extensions are known once the first is answered."""

    def __init__(self, reader: Reader, reservation: OwnedReservation, pace: Pace) -> None:
        self.reader, self.reservation = reader, reservation
        self.extensions: tuple[OwnedExtension, ...] = ()
        self._pace = pace
        self._refusal: AwsFailure | None = None

    def tasks(self, request: ExtensionRequest) -> list[Task[Any, Any]]:
        """The history, then each duration."""
        lane = "extensions"
        questions = [
            Task(each, lane, lambda deadline, days=each: self._question(days, request.duration, deadline))
            for each in request.questions
        ]
        return [Task(OwnedPart.EXTENSIONS, lane, lambda _: self._read_history()), *questions]

    def history_failure(self, failure: AwsFailure | None) -> OwnedFailure:
        """That the history was not read; for lack of time where there is no failure."""
        account, region = self.reservation.account, self.reservation.region
        return OwnedFailure(account, self.reader.name, region, failure, OwnedPart.EXTENSIONS)

    def explained(self, failure: AwsFailure, days: int | None) -> Obstacle | None:
        """The rule that a refusal follows from, if one is known."""
        if failure.kind not in {FailureKind.INVALID, FailureKind.AWS_ERROR} or not failure.code:
            return None
        general = obstacle(self.reservation, self.extensions, self.reader.now)
        if general or days is None or failure.kind is not FailureKind.INVALID:
            return general
        return Obstacle.TOO_LONG if makes_too_long(self.reservation, days) else None

    def _read_history(self) -> tuple[OwnedExtension, ...]:
        account = self.reader.account
        try:
            client = self._client()
            self.extensions = tuple(
                describe_plan_extensions(client, (self.reservation,))
                if self.reservation.plan
                else describe_extension_history(client, self.reservation.account, (self.reservation.id,))
            )
        except AwsFailure as failure:
            raise account.after(failure) from failure
        return self.extensions

    def _question(self, days: int | None, duration: Duration, deadline: Deadline) -> _Part:
        return self._longest(duration.days, deadline) if days is None else _Part(self._offered(days, deadline))

    def _offered(self, days: int, deadline: Deadline) -> tuple[tuple[ExtensionOffering, ExtensionProbe], ...]:
        if self._refusal:
            raise self._refusal
        account = self.reader.account
        probe = ExtensionProbe(self.reservation.id, days, of_plan=self.reservation.plan is not None)
        try:
            client = self._client()
            offerings = self._pace.call(lambda: self._asked(client, probe), deadline)
        except AwsFailure as failure:
            told = account.after(failure)
            if told.kind in _SAME_FOR_EVERY_DURATION or self.explained(told, None):
                self._refusal = told
            raise told from failure
        return tuple((each, probe) for each in offerings)

    def _asked(self, client: Any, probe: ExtensionProbe) -> list[ExtensionOffering]:
        if self.reservation.plan:
            ids = {each.zone.name: each.zone.id for each in self.reservation.plan.parts if each.zone.id}
            return search_extensions(client, self.reservation, probe, ids)
        return describe_extension_offerings(client, self.reservation.account, probe)

    def _client(self) -> Any:
        service = "sagemaker" if self.reservation.plan else "ec2"
        return self.reader.account.client(service, self.reservation.region)

    def _longest(self, days: Sequence[int], deadline: Deadline) -> _Part:
        """Halve the list of durations: where more days are to be had, fewer are too."""
        found: tuple[tuple[ExtensionOffering, ExtensionProbe], ...] = ()
        low, high = 0, len(days)
        while low < high:
            middle = (low + high) // 2
            try:
                hit = self._offered(days[middle], deadline)
            except OutOfTime:
                return _Part(found, complete=False)
            except AwsFailure as failure:
                if self.explained(failure, days[middle]) is not Obstacle.TOO_LONG:
                    raise
                hit = ()
            if hit:
                found, low = hit, middle + 1
            else:
                high = middle
        return _Part(found)
