"""The text of the pull request that puts capacity into a unit, takes it out, or renews its dates."""

from dataclasses import dataclass

from mcp_server.capacity.words import word
from mcp_server.monorepo.plans.summary import Summary
from mcp_server.render.markdown import code, markdown_template
from mcp_server.render.moments import utc
from mcp_server.render.plans import risk_lines, verdict
from mcp_server.wiring.keeping import Wiring
from mcp_server.wiring.marks import marked
from mcp_server.wiring.targets import Target

_MOST_RISKS = 20
_TITLES = {
    "wire": "Give {capacity} to {unit}",
    "unwire": "Take {capacity} out of {unit}",
    "rewire": "Renew the dates of {capacity} in {unit}",
}
_WHAT = {"wire": "an entry is added", "unwire": "an entry is removed", "rewire": "its dates are renewed"}


@dataclass(frozen=True, slots=True)
class Planned:
    """The plan of a change. recorded: it was made elsewhere of the same change, and not run here."""

    summary: Summary
    recorded: bool = False


def pull_request_title(wiring: Wiring) -> str:
    """One line: what changes, for whom."""
    return _TITLES[wiring.action].format(capacity=word(wiring.called), unit=word(wiring.unit))


def pull_request_body(wiring: Wiring, planned: Planned | None) -> str:
    """Who, what, price, dates, checks, plan, risks, and what nobody has checked, in GitHub's Markdown."""
    return markdown_template("pull_request.md").render(
        mark=marked(wiring),
        title=_TITLES[wiring.action].format(capacity=code(wiring.called), unit=code(wiring.unit)),
        simulated=wiring.simulated,
        due=f"{utc(wiring.due)} UTC" if wiring.due else "",
        facts=[
            ("Unit", code(wiring.unit)),
            *((name, code(said)) for name, said in wiring.facts),
            ("As AWS said at", code(f"{utc(wiring.made)} UTC")),
        ],
        file=code(wiring.shown_as),
        what=f"{wiring.target.called} {code(wiring.name)}: {_WHAT[wiring.action]}",
        id=wiring.id,
        plan=_plan_lines(wiring, planned),
        risks=[code(each) for each in risk_lines(planned.summary.risks, _MOST_RISKS)] if planned else [],
        checks=[{"result": each.result, "name": each.name, "told": code(each.told)} for each in wiring.checks],
        dates=_dates(wiring),
        unchecked=_unchecked(wiring, planned),
    )


def _plan_lines(wiring: Wiring, planned: Planned | None) -> list[str]:
    if wiring.target is Target.NODE_CLASS:
        return ["None: Argo CD applies it, and Terraform knows nothing of it."]
    if planned is None:
        return ["plan: not run here. The workflow's is below this text."]
    recorded = ["plan: recorded, not run here."] if planned.recorded else []
    return [*recorded, verdict(planned.summary)]


def _dates(wiring: Wiring) -> list[str]:
    facts = dict(wiring.facts)
    stop = code(facts.get("Machines stop", "an end that AWS does not tell"))
    if wiring.action == "unwire":
        return ["Nothing is left to do in time."]
    return [
        f"Before {stop}: extend it ({code('search_extensions')}), or let it end. AWS takes the machines back then.",
        *_ENDING[wiring.target],
        f"After that: take it out ({code(f'wire_capacity {word(wiring.called)} action unwire')}).",
        f"Once it is extended: renew the dates ({code('action rewire')}).",
    ]


_ENDING = {
    Target.NODE_GROUP: ("A schedule drains the nodes before the end by itself (scale_in_minutes).",),
    Target.NODE_CLASS: ("Karpenter drains the machines 40 minutes before the end by itself.",),
    Target.QUEUE: ("Drain the queue before that by hand: what runs then is ended by AWS.",),
    Target.INSTANCE_GROUP: ("Save checkpoints before that: what runs then is ended by AWS.",),
}


def _unchecked(wiring: Wiring, planned: Planned | None) -> list[str]:
    found = [f"{each.name}: {code(each.told)}" for each in wiring.checks if each.result == "warning"]
    if wiring.target is not Target.NODE_CLASS and (planned is None or planned.recorded):
        found.append("What Terraform does with it: no plan was run here.")
    if wiring.action == "wire":
        found.append("Whether a machine starts: that shows only when the capacity is active and this is applied.")
    return found
