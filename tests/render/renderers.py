"""Everything that makes text for people or models, each with values of its own whose strings can be rewritten."""

import inspect
import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any

import mcp_server.cli
import mcp_server.render
import mcp_server.tools
from mcp_server.capacity.plans import TargetResource
from mcp_server.capacity.requests import Probe
from mcp_server.cli import ledger_commands, policy_commands, rebuilding, simulation, watching
from mcp_server.clusters.looking import ClustersAnswer
from mcp_server.clusters.problems import Problem
from mcp_server.monorepo.edits import Edit
from mcp_server.monorepo.live_tree import LiveTree
from mcp_server.monorepo.plans.roll_up import Review
from mcp_server.monorepo.plans.summary import PlannedChange, Summary
from mcp_server.purchasing.book import Purchase
from mcp_server.purchasing.places import Places
from mcp_server.purchasing.rebuilding import Remains
from mcp_server.purchasing.troubles import Trouble as PurchaseTrouble
from mcp_server.purchasing.watching import Watch, Watched
from mcp_server.render import (
    agenda,
    calendar_events,
    calendar_picture,
    calendars,
    cluster_page,
    clusters,
    documents,
    extensions,
    holdings,
    lettering,
    markdown,
    markup,
    offerings,
    plan_comments,
    plan_text,
    plans,
    pull_requests,
    purchases,
    quotes,
    receipts,
    sections,
    snippets,
    spreadsheets,
    time_axis,
    timeline,
    units,
    wirings,
)
from mcp_server.searching.homes import Homes
from mcp_server.searching.seen import Seen
from mcp_server.tools import (
    cluster_answers,
    extension_results,
    holding_results,
    plan_answers,
    purchase_results,
    search_results,
    unit_results,
    wiring_answers,
)
from mcp_server.wiring.agenda import Known, Reach
from mcp_server.wiring.agenda import agenda as items_of
from mcp_server.wiring.checks import Case, checked
from mcp_server.wiring.elsewhere import Elsewhere
from mcp_server.wiring.keeping import Action, KeptCheck, Wiring
from mcp_server.wiring.looking_ahead import Outlook
from mcp_server.wiring.places import Wired
from mcp_server.wiring.proposing import Fit, Proposal
from mcp_server.wiring.targets import Target
from tests.clusters import worlds
from tests.purchasing.samples import ACCOUNT, NOW, P5
from tests.render import values
from tests.render.cluster_answers import clusters_answer
from tests.render.hostile import Writer, poisoned
from tests.wiring.cases import BLOCK_PLACES, block_case, plan_case

Render = Callable[[Writer], Any]
"""Writes into values of its own, and renders them: to text, lines, or what becomes JSON."""

ARGUMENTS = {"days": "7", "time_budget": None, "regions": ["us-east-1"]}
NAMES = {ACCOUNT: "main"}
"""Accounts by number, as the settings name them."""

WORDLESS = {
    offerings.wanted,
    offerings.shortfall,
    extensions.unasked_lines,
    extensions.deadline_sentence,
    extensions.departures,
    holdings.running,
    holdings.interconnect,
    holdings.payment_lines,
    purchases.meaning_of,
    purchases.waited,
    # Reads files; what it makes of them is made by plan_result.
    plan_answers.answer,
    plans.quiet_line,
    quotes.urgent,
    holding_results.names_in,
    lettering.width_of,
    lettering.cut_to,
    time_axis.division_of,
    # Of lines that others made.
    sections.sections,
    # Of a calendar, whose words are clean: escaped, folded, or cut to the room that there is.
    calendar_events.calendar_events,
    timeline.timeline_of,
    calendar_picture.calendar_picture,
    clusters.running,
    # Of checks, by their names.
    snippets.snippet_verdict,
    wirings.apply_command,
    # Of lines that others made.
    wiring_answers.wiring_text,
    # Makes of proposals and fits what their own renderers show.
    wiring_answers.answer,
    # Makes templates, which others fill in.
    markup.environment_of,
    # They sort, group or look up what others show.
    clusters.names_of,
    clusters.problem_groups,
    clusters.shown_capacity,
    clusters.urgent_first,
    ledger_commands.verification_lines,
    simulation.shell_lines,
    simulation.world_lines,
}
"""What shows nothing from elsewhere: numbers, times, and names of this program's or the settings' own."""

_TIMES_AND_MONEY = "mcp_server.render.moments"
_LINES = "_lines"


def renderers() -> Iterator[Callable[..., Any]]:
    """Every public function of the renderers, of what makes results, and of what makes a command's lines."""
    rendering = [module for module in _modules(mcp_server.render) if module.__name__ != _TIMES_AND_MONEY]
    results = [module for module in _modules(mcp_server.tools) if module.__name__.endswith(("_results", "_answers"))]
    for module in (*rendering, *results):
        yield from _public(module)
    for module in _modules(mcp_server.cli):
        yield from (each for each in _public(module) if each.__name__.endswith(_LINES))


def _modules(package: Any) -> Iterator[Any]:
    return (import_module(f"{package.__name__}.{each.name}") for each in iter_modules(package.__path__))


def _public(module: Any) -> Iterator[Callable[..., Any]]:
    for name, each in inspect.getmembers(module, inspect.isfunction):
        if each.__module__ == module.__name__ and not name.startswith("_"):
            yield each


def _block(render: Callable[[Any], Any]) -> Render:
    return lambda write: render(poisoned(values.block_answer(), write))


def _extension(render: Callable[[Any], Any]) -> Render:
    return lambda write: render(poisoned(values.extension_answer(), write))


def _owned(render: Callable[[Any], Any]) -> Render:
    return lambda write: render(poisoned(values.owned_answer(), write))


def _purchases(render: Callable[[Purchase], Any]) -> Render:
    return lambda write: [render(poisoned(each, write)) for each in values.purchases()]


def _quotes(render: Callable[[Any], Any]) -> Render:
    def rendered(write: Writer) -> list[Any]:
        made = (
            values.a_full_quote(extension=True),
            values.a_full_quote(real=True),
            values.a_full_quote(segments=2),
        )
        return [render(poisoned(each, write)) for each in made]

    return rendered


def _receipts(written: receipts.ReceiptFormat) -> Render:
    return lambda write: [receipts.receipt(poisoned(each, write), values.BERLIN, written) for each in values.records()]


def _result(result: Any) -> dict[str, Any]:
    return result.model_dump(mode="json")


def _block_result(answer: Any) -> list[Any]:
    return [
        _result(search_results.search_result(answer, values.PREFERENCES, ARGUMENTS, (), detailed=detailed))
        for detailed in (False, True)
    ]


def _block_text(answer: Any) -> str:
    result = search_results.search_result(answer, values.PREFERENCES, ARGUMENTS, (), detailed=False)
    return search_results.result_text(result, answer, values.PREFERENCES)


def _extension_result(answer: Any) -> list[Any]:
    made = (extension_results.extension_result(answer, values.PREFERENCES, detailed=each) for each in (False, True))
    return list(map(_result, made))


def _extension_text(answer: Any) -> str:
    result = extension_results.extension_result(answer, values.PREFERENCES, detailed=False)
    return extension_results.extension_text(result, answer)


def _list_result(answer: Any) -> list[Any]:
    made = (holding_results.list_result(answer, values.PREFERENCES, detailed=each) for each in (False, True))
    return list(map(_result, made))


def _list_text(answer: Any) -> str:
    result = holding_results.list_result(answer, values.PREFERENCES, detailed=False)
    return holding_results.list_text(result, answer)


def _holdings(render: Callable[[Any], Any]) -> Render:
    return lambda write: [render(each) for each in poisoned(values.owned_answer(), write).rows]


def _snippets(write: Writer) -> list[str]:
    block, plan = worlds.block(), worlds.plan()
    return [
        snippets.snippet(each, poisoned(plan if each.takes_plans else block, write), block.count) for each in Elsewhere
    ]


def _cases(write: Writer) -> list[Case]:
    here = [*(block_case(each) for each in BLOCK_PLACES), plan_case()]
    apart = [replace(each, holding=plan_case().holding) for each in here]
    return [poisoned(each, write) for each in (*here, *apart)]


def _proposals(render: Callable[[Proposal], Any]) -> Render:
    def made(write: Writer) -> list[Any]:
        row = poisoned(values.owned_answer(), write).rows[0]
        place = plan_case().place
        plain = Proposal("wire", "cr-0", row, "a/eks", place.target, "p5", 8, "a/eks/terragrunt.hcl", (), None)
        ready = replace(plain, edit=Edit(b"", b"a = 1\n", ()))
        barred = replace(plain, checks=checked(block_case(count=0)))
        return [render(poisoned(each, write)) for each in (plain, ready, barred)]

    return made


def _fits(render: Callable[[list[Fit]], Any]) -> Render:
    return lambda write: render([Fit(each.place, checked(each)) for each in _cases(write)])


def _pull_requests(render: Callable[[Wiring], Any]) -> Render:
    def made(write: Writer) -> list[Any]:
        wiring = Wiring(
            id="w-0123456789",
            action="wire",
            made=NOW,
            capacity=write.name("cr-0"),
            called=write.name("cr-0"),
            purchase=write.name("mlc-0"),
            unit=write.name("a/eks"),
            target=Target.QUEUE,
            name=write.name("p5"),
            file=Path("/home/jo/live/x.hcl"),
            shown_as=write.name("live/x.hcl"),
            before="",
            after="",
            diff="",
            checks=(KeptCheck(name="zone", result="warning", told=write.sentence("It is there.")),),
            facts=(("Bought by", write.sentence("jo")), ("Machines stop", "2026-12-02 11:00 UTC")),
            due=NOW,
            simulated=False,
        )
        actions: tuple[Action, ...] = ("wire", "unwire", "rewire")
        return [render(wiring.model_copy(update={"action": each})) for each in actions]

    return made


def _watch(write: Writer) -> list[str]:
    watched = tuple(
        Watched(poisoned(each, write), changed=True, troubles=tuple(PurchaseTrouble)) for each in values.purchases()
    )
    suspects = ((write.name("mlc-x"), (write.name("cr-0"), write.name("cr-1"))),)
    return list(watching.watch_lines(Watch(watched, suspects, (write.sentence("us-east-1: AWS failed"),), 3)))


def _remains(write: Writer) -> list[str]:
    restored = tuple(each.restored for each in values.purchases() if each.restored)
    made = Remains("AWS", NOW, ("lg-0",), restored, {"lg-1": 2}, ("It is not restored.",), ("us-east-1",))
    return list(rebuilding.remains_lines(poisoned(made, write)))


def _policy(write: Writer) -> list[str]:
    changes = {
        "file": write.sentence("/home/jo/policy.toml"),
        "tags": {write.sentence("Team"): write.sentence("ML")},
        "required_tags": (write.sentence("Team"),),
    }
    places = Places(*[write.sentence("/home/jo/ledger")] * 2, simulated=True)
    return list(policy_commands.policy_lines(values.a_policy().model_copy(update=changes), places))


def _tree(render: Callable[[LiveTree], Any]) -> Render:
    return lambda write: render(poisoned(values.a_tree(), write))


def _units_result(tree: LiveTree) -> list[Any]:
    return [
        _result(unit_results.units_result(tree, tree.units, named=named, detailed=detailed))
        for named, detailed in ((False, False), (True, False), (True, True))
    ]


def _units_text(tree: LiveTree) -> str:
    return unit_results.units_text(unit_results.units_result(tree, tree.units, named=True, detailed=False))


def _plans(render: Callable[[Summary], Any]) -> Render:
    return lambda write: render(poisoned(values.a_summary(), write))


def _changes(render: Callable[[PlannedChange], Any]) -> Render:
    return _plans(lambda summary: [render(each) for unit in summary.units for each in (*unit.changes, *unit.drift)])


def _comment(summary: Summary) -> str:
    """Without the HTML that is the template's own."""
    text = plan_comments.plan_comment(Review(summary), summary, NOW)
    return re.sub(r"<!-- ml-clusters plan -->|</?(details|summary|code)>", "", text)


def _plan_results(summary: Summary) -> list[plan_answers.PlanResult]:
    return [
        plan_answers.plan_result(Review(summary), summary, page=1, detailed=detailed, now=NOW, notes=())
        for detailed in (False, True)
    ]


def _homes(write: Writer) -> list[str]:
    found = [Homes(ACCOUNT, "use1-az4", ("eks-training",)), Homes(ACCOUNT, "use1-az6", ())]
    return units.home_lines(poisoned(found, write), [(write.name("main"), ACCOUNT)])


def _offering(write: Writer) -> Any:
    found = poisoned(values.block_answer(), write).meeting[1].offering
    seen = Seen("o-a", found, Probe(P5, 4, 1, None, None), NOW)
    return json.loads(documents.offering_document(seen))


def _clusters(render: Callable[[ClustersAnswer], Any]) -> Render:
    return lambda write: render(clusters_answer(lambda value: poisoned(value, write)))


def _problems(render: Callable[[Problem], Any]) -> Render:
    return _clusters(lambda answer: [render(each) for each in answer.status.problems])


def _cluster_results(answer: ClustersAnswer) -> list[cluster_answers.ClustersResult]:
    # So few that none is left out for its length, which long words have.
    there = answer.status
    few = replace(there, clusters=there.clusters[:2], problems=there.problems[::4], unread=there.unread[:4])
    answer = replace(answer, status=few)
    return [cluster_answers.clusters_result(answer, page=1, detailed=detailed) for detailed in (False, True)]


def _agendas(render: Callable[[agenda.Agenda], Any]) -> Render:
    def rendered(write: Writer) -> list[Any]:
        owned = poisoned(values.owned_answer(), write)
        answer = clusters_answer(lambda value: poisoned(value, write))
        told = []
        for target in Target:
            there = Wired("a/eks", target, "p5", "cr-0", "a/eks/terragrunt.hcl", 7, {"ends_at": "some day"})
            absent = replace(there, capacity="cr-gone")
            for now in (NOW, values.START + values.DAY):
                entries = tuple(poisoned(each, write) for each in (there, absent))
                reach = {entries[0].unit: Reach.UNREAD if target is Target.QUEUE else Reach.READ}
                holdings = tuple(each.holding for each in owned.rows[:1])
                items = items_of(Known(now, holdings, entries[target is Target.QUEUE :], reach))
                outlook = Outlook(owned, items, tree=True, unread=(), unread_clusters=answer.status.unread[:2])
                told.append(render(agenda.Agenda(outlook, 366, values.BERLIN)))
        return told

    return rendered


def _page(answer: ClustersAnswer) -> list[list[str]]:
    """The page's elements, and the words between them."""
    parser = _Parts()
    parser.feed(cluster_page.cluster_page(answer, calendars.calendar_of(values.owned_answer())))
    parser.close()
    return [parser.elements, parser.words]


class _Parts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.elements: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(" ".join([tag, *(f"{name}={value}" for name, value in attrs)]))

    def handle_data(self, data: str) -> None:
        self.words.append(data)


RENDERERS: dict[Callable[..., Any], Render] = {
    agenda.agenda_text: _agendas(agenda.agenda_text),
    agenda.agenda_markdown: _agendas(agenda.agenda_markdown),
    agenda.agenda_document: _agendas(lambda each: json.loads(agenda.agenda_document(each))),
    agenda.summary_sentence: _agendas(agenda.summary_sentence),
    agenda.not_read: _agendas(lambda each: agenda.not_read(each.outlook)),
    offerings.request_sentence: _block(lambda answer: offerings.request_sentence(answer, values.BERLIN)),
    offerings.owned_lines: _block(offerings.owned_lines),
    offerings.offerings_table: _block(
        lambda answer: [
            offerings.offerings_table(rows, answer.accounts, brief=brief, year=2026 if brief else None)
            for rows in (answer.meeting, answer.others)
            for brief in (False, True)
        ]
    ),
    offerings.suggestion_table: _block(lambda answer: offerings.suggestion_table(answer.suggestions, answer.accounts)),
    offerings.failure_lines: _block(offerings.failure_lines),
    offerings.quota_lines: _block(lambda answer: offerings.quota_lines(answer.quotas)),
    offerings.served: lambda _: [offerings.served(each) for each in (None, *TargetResource)],
    # Places are regions and reasons, which are this program's words by then.
    offerings.listed_briefly: lambda _: offerings.listed_briefly(["us-east-1 (denied)"] * 9),
    offerings.shared_year: _block(lambda answer: str(offerings.shared_year(answer))),
    offerings.unasked_lines: _block(offerings.unasked_lines),
    extensions.reservation_sentence: _extension(extensions.reservation_sentence),
    extensions.extensions_table: _extension(lambda answer: extensions.extensions_table(answer.rows)),
    extensions.reason_lines: _extension(extensions.reason_lines),
    extensions.failure_lines: _extension(extensions.failure_lines),
    holdings.holdings_table: _owned(
        lambda answer: [
            holdings.holdings_table([each.holding for each in answer.rows], NAMES, now=NOW, brief=brief)
            for brief in (False, True)
        ]
    ),
    holdings.account_of: _holdings(lambda row: holdings.account_of(row.holding, NAMES)),
    holdings.trouble_lines: _holdings(
        lambda row: holdings.trouble_lines(row.holding, row.troubles, row.origin, NOW, values.BERLIN)
    ),
    holdings.origin_line: _holdings(lambda row: holdings.origin_line(row.origin)),
    holdings.unread_lines: _owned(lambda answer: holdings.unread_lines(answer.unread)),
    purchases.purchase_sentence: _purchases(purchases.purchase_sentence),
    purchases.answer_of: _purchases(purchases.answer_of),
    purchases.next_step: _purchases(purchases.next_step),
    purchases.purchases_table: lambda write: purchases.purchases_table(
        [poisoned(each, write) for each in values.purchases()]
    ),
    purchases.suspect_lines: lambda write: purchases.suspect_lines(
        {write.name("mlc-x"): (write.name("cr-0"), write.name("cr-1"))}
    ),
    quotes.question: _quotes(quotes.question),
    quotes.reading: _quotes(lambda quote: quotes.reading(quote, values.BERLIN)),
    quotes.facts: _quotes(lambda quote: quotes.facts(quote, values.BERLIN)),
    quotes.total: _quotes(quotes.total),
    receipts.receipt: _receipts(receipts.ReceiptFormat.MARKDOWN),
    spreadsheets.cell: lambda write: {"untrusted": spreadsheets.cell(write.name("x"))},
    search_results.search_result: _block(_block_result),
    search_results.result_text: _block(_block_text),
    search_results.offerings_text: _block(search_results.offerings_text),
    extension_results.extension_result: _extension(_extension_result),
    extension_results.extension_text: _extension(_extension_text),
    extension_results.extensions_text: _extension(extension_results.extensions_text),
    holding_results.list_result: _owned(_list_result),
    holding_results.list_text: _owned(_list_text),
    holding_results.table_of: _owned(lambda answer: holding_results.table_of(answer, answer.rows)),
    purchase_results.quote_result: _quotes(
        lambda quote: _result(
            purchase_results.quote_result(quote, [], values.PREFERENCES, "purchase_capacity", "asked")
        )
    ),
    purchase_results.purchase_result: _purchases(lambda each: _result(purchase_results.purchase_result(each, []))),
    purchase_results.not_asked_result: _quotes(
        lambda quote: _result(
            purchase_results.not_asked_result(quote, purchase_results.PurchaseStatus.DECLINED, "No.", "Ask.", [])
        )
    ),
    ledger_commands.purchase_lines: lambda write: list(
        ledger_commands.purchase_lines(poisoned(values.a_book(), write), write.sentence("/home/jo/ledger"))
    ),
    watching.watch_lines: _watch,
    rebuilding.remains_lines: _remains,
    policy_commands.policy_lines: _policy,
    documents.offering_document: _offering,
    snippets.snippet: _snippets,
    markdown.code: lambda write: markdown.code(write.sentence("It is there.")),
    wirings.capacity_line: _holdings(lambda row: wirings.capacity_line(row, NAMES)),
    wirings.capacity_facts: _holdings(
        lambda row: [{"untrusted": said} for _, said in wirings.capacity_facts(row, NAMES)]
    ),
    wirings.check_lines: lambda write: [wirings.check_lines(checked(each)) for each in _cases(write)],
    wirings.verdict: _proposals(wirings.verdict),
    wirings.next_steps: _proposals(lambda proposal: wirings.next_steps(proposal, "w-0123456789", simulated=False)),
    wirings.fits_table: _fits(wirings.fits_table),
    wirings.misfit_lines: _fits(wirings.misfit_lines),
    pull_requests.pull_request_title: _pull_requests(pull_requests.pull_request_title),
    pull_requests.pull_request_body: _pull_requests(
        lambda wiring: pull_requests.pull_request_body(wiring, None).partition("\n")[2]
    ),
    plans.risk_groups: _plans(lambda summary: [len(each.risks) for each in plans.risk_groups(summary.risks)]),
    plans.risk_lines: _plans(lambda summary: plans.risk_lines(summary.risks, 9)),
    plans.advice: lambda _: [plans.advice(each) for each in ("drift", "no rule")],
    plans.unit_table: _plans(lambda summary: plans.unit_table(summary.units)),
    plans.change_line: _changes(plans.change_line),
    plans.attribute_line: _changes(lambda change: [plans.attribute_line(each) for each in change.attributes]),
    plans.worst_first: _plans(lambda summary: str(len(plans.worst_first(summary)))),
    plans.note_lines: _plans(plans.note_lines),
    plans.verdict: _plans(plans.verdict),
    plans.provenance: _plans(lambda summary: plans.provenance(summary, NOW)),
    plan_text.plan_page: _plans(lambda summary: plan_text.plan_page(summary, NOW)),
    plan_comments.plan_comment: _plans(_comment),
    plan_answers.plan_result: _plans(lambda summary: list(map(_result, _plan_results(summary)))),
    plan_answers.plan_text: _plans(lambda summary: list(map(plan_answers.plan_text, _plan_results(summary)))),
    clusters.asked_of: _clusters(clusters.asked_of),
    clusters.not_read: _clusters(clusters.not_read),
    clusters.unread_lines: _clusters(lambda answer: clusters.unread_lines(answer.status.unread)),
    clusters.cluster_table: _clusters(lambda answer: clusters.cluster_table(answer.status.clusters)),
    clusters.cluster_columns: _clusters(lambda answer: clusters.cluster_columns(answer.status.clusters)),
    clusters.cluster_state: _clusters(lambda answer: list(map(clusters.cluster_state, answer.status.clusters))),
    clusters.group_table: _clusters(
        lambda answer: clusters.group_table(clusters.urgent_first(answer.status), clusters.names_of(answer.status))
    ),
    clusters.group_columns: _clusters(
        lambda answer: clusters.group_columns(clusters.urgent_first(answer.status), clusters.names_of(answer.status))
    ),
    clusters.capacity_table: _clusters(
        lambda answer: clusters.capacity_table(answer.status, clusters.shown_capacity(answer.status))
    ),
    clusters.capacity_columns: _clusters(
        lambda answer: clusters.capacity_columns(answer.status, clusters.shown_capacity(answer.status))
    ),
    clusters.used_by: _clusters(
        lambda answer: [clusters.used_by(answer.status.used_by(each.id)) for each in answer.status.reservations]
    ),
    clusters.problem_lines: _clusters(lambda answer: clusters.problem_lines(answer.status.problems, 9)),
    clusters.problem_line: _problems(clusters.problem_line),
    clusters.evidence: _problems(clusters.evidence),
    clusters.place: _problems(clusters.place),
    cluster_page.cluster_page: _clusters(_page),
    cluster_answers.clusters_result: _clusters(lambda answer: list(map(_result, _cluster_results(answer)))),
    cluster_answers.clusters_text: _clusters(
        lambda answer: list(map(cluster_answers.clusters_text, _cluster_results(answer)))
    ),
    units.units_table: _tree(lambda tree: units.units_table(tree, tree.units)),
    units.group_numbers: lambda _: str(sorted(units.group_numbers(values.a_tree()).values())),
    units.modules_of: _tree(lambda tree: [units.modules_of(each) for each in tree.units]),
    units.place_lines: _tree(lambda tree: units.place_lines(tree.units)),
    units.finding_lines: _tree(units.finding_lines),
    units.beside_line: _tree(units.beside_line),
    units.home_lines: _homes,
    unit_results.units_result: _tree(_units_result),
    unit_results.units_text: _tree(_units_text),
    holdings.amount: _holdings(lambda row: holdings.amount(row.holding.reservation)),
    holdings.serves: _holdings(lambda row: holdings.serves(row.holding.reservation)),
    holding_results.asked_of: _owned(holding_results.asked_of),
    calendars.calendar_of: _owned(
        lambda answer: [(*each.facts, each.what, each.zone) for each in calendars.calendar_of(answer).entries]
    ),
}
