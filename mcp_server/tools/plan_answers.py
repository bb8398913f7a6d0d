"""The answer of summarize_plan, made of a review. Imported when it is first asked: it loads every rule."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from mcp_server.capacity.words import word
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.plans.choosing import Wanted, narrowed
from mcp_server.monorepo.plans.provenance import moved_on
from mcp_server.monorepo.plans.reading import read_review
from mcp_server.monorepo.plans.roll_up import Review
from mcp_server.monorepo.plans.summary import PlannedChange, Summary
from mcp_server.render.plans import (
    attribute_line,
    change_line,
    note_lines,
    provenance,
    quiet_line,
    risk_groups,
    risk_lines,
    unit_table,
    verdict,
    worst_first,
)
from mcp_server.render.sections import sections
from mcp_server.settings import project_folder
from mcp_server.tools.plan_results import ChangeDetails, PlanResult

CHANGES_ON_A_PAGE = 10
DETAILED_ON_A_PAGE = 25
_MOST_RISKS = 6
_MOST_UNITS = 12
_MOST_DRIFT = 4
_MOST_NOTES = 4
_LONGEST_WORD = 70
"""With these a concise answer is under 1,500 tokens, however large the plan."""
_MOST_ATTRIBUTES = 40
_MOST_CHARACTERS = 38_000


def answer(
    paths: Sequence[str], read_tree: Callable[[], LiveTree], wanted: Wanted, *, page: int, detailed: bool
) -> PlanResult:
    """What summarize_plan answers; paths are relative to the project.

    Raises:
        RequestRefused: There is no plan, or nothing that is wanted of it.
    """
    project = project_folder()
    review = read_review([project / each for each in paths], read_tree)
    return plan_result(
        review,
        narrowed(review.summary, wanted),
        overall=narrowed(review.summary, Wanted(wanted.units)),
        page=page,
        detailed=detailed,
        now=datetime.now(UTC),
        notes=moved_on(review.summary, project),
    )


def plan_result(
    review: Review,
    part: Summary,
    *,
    page: int,
    detailed: bool,
    now: datetime,
    notes: Sequence[str],
    overall: Summary | None = None,
) -> PlanResult:
    """The result for a part of a review; page counts from 1, now is in UTC.

    overall has all that there is of the same units: what each does is told whole, however little of it was asked for.
    """
    whole = overall or part
    changes = worst_first(part)
    size = DETAILED_ON_A_PAGE if detailed else CHANGES_ON_A_PAGE
    shown = changes[(page - 1) * size : page * size]
    overview = _Overview.of(part, whole) if page == 1 else _Overview()
    result = PlanResult(
        of=provenance(part, now),
        verdict=verdict(whole),
        risks=overview.risks,
        units=overview.units,
        changes=[] if detailed else [_change(unit, change) for unit, change in shown],
        drift=overview.drift,
        notes=[*notes, *note_lines(part)][:_MOST_NOTES],
        cut=" ".join([*overview.cut, *_pages(len(changes), page, size)]) or None,
        details=_details(review, shown) if detailed else [],
    )
    return _bounded(result)


@dataclass(frozen=True, slots=True)
class _Overview:
    """What the first page alone has; cut says what is left out of it."""

    risks: list[str] = field(default_factory=list[str])
    units: str | None = None
    drift: list[str] = field(default_factory=list[str])
    cut: list[str] = field(default_factory=list[str])

    @classmethod
    def of(cls, part: Summary, whole: Summary) -> "_Overview":
        risks = risk_lines(part.risks, _MOST_RISKS, _LONGEST_WORD)
        news = sorted((each for each in whole.units if each.is_news or each.drift), key=lambda each: each.planned)
        units = news[:_MOST_UNITS]
        drift = [_change(unit.unit, each) for unit in part.units for each in unit.drift]
        less, more = len(risk_groups(part.risks)) - len(risks), len(news) - len(units)
        cut = [
            f"{less} less severe rules that found something are left out: narrow by severity or units." if less else "",
            quiet_line(whole),
            f"{more} more units are left out: narrow by units." if more else "",
        ]
        shown = drift[:_MOST_DRIFT]
        rest = [f"and {len(drift) - len(shown)} more"] if len(drift) > len(shown) else []
        return cls(risks, unit_table(units) if units else None, [*shown, *rest], [each for each in cut if each])


def _change(unit: str, change: PlannedChange) -> str:
    return f"{word(unit, _LONGEST_WORD)}: {change_line(change, _LONGEST_WORD)}"


def plan_text(result: PlanResult) -> str:
    """The same for people."""
    details = [
        line
        for each in result.details
        for line in (f"{each.unit}: {each.change}", *(f"    {text}" for text in each.attributes))
    ]
    parts = [result.of, result.verdict]
    parts += sections((("Risks", result.risks),))
    parts += [result.units or ""]
    parts += sections(
        (("Changes", result.changes or details), ("Changed outside Terraform", result.drift), ("Notes", result.notes))
    )
    return "\n\n".join(each for each in [*parts, result.cut or ""] if each)


def _details(review: Review, changes: Sequence[tuple[str, PlannedChange]]) -> list[ChangeDetails]:
    found: list[ChangeDetails] = []
    for unit, change in changes:
        (full,) = review.in_detail(unit, [change])
        lines = [attribute_line(each) for each in full.attributes[:_MOST_ATTRIBUTES]]
        more = len(full.attributes) - _MOST_ATTRIBUTES
        found.append(
            ChangeDetails(
                unit=unit,
                change=change_line(full),
                severity=full.severity,
                attributes=[*lines, f"and {more} more attributes"] if more > 0 else lines,
            )
        )
    return found


def _pages(changes: int, page: int, size: int) -> Iterator[str]:
    pages = -(-changes // size)
    if page > max(pages, 1):
        yield f"There is no page {page}: the last is {pages or 1}."
    elif pages > 1:
        following = f"; page={page + 1} shows more" if page < pages else ""
        yield f"Page {page} of {pages}, {changes} changes{following}."


def _bounded(result: PlanResult) -> PlanResult:
    """Within what clients pass on whole: the last details go, and that is said."""
    left_out = 0
    while result.details and len(result.model_dump_json(exclude_defaults=True)) > _MOST_CHARACTERS:
        left_out += 1
        result.details.pop()
    if left_out:
        result.cut = f"{result.cut or ''} For length {left_out} changes of this page were left out: narrow by address."
    return result
