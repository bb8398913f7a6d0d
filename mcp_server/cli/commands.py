"""The commands, their options and their help."""

import json
import signal
import socket
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from threading import Event
from types import FrameType
from typing import Annotated, Any, NoReturn, TypeVar

import anyio
import typer
from rich.console import Console

from mcp_server import __version__
from mcp_server.app import build_server
from mcp_server.aws.failures import AwsFailure
from mcp_server.capacity.words import one_line
from mcp_server.cli import approving, calling, demonstration, doctor, plan_command
from mcp_server.cli.agenda_command import show_agenda
from mcp_server.cli.arguments import ArgumentRefused, describe_arguments
from mcp_server.cli.calendars import write_calendar
from mcp_server.cli.ledger_commands import ledger_app
from mcp_server.cli.policy_commands import policy_app
from mcp_server.cli.populating import read_project
from mcp_server.cli.receipts import print_receipt
from mcp_server.cli.simulation import forget_purchases, put_scene, shell_lines, simulated, world_lines
from mcp_server.cli.status_command import show_status
from mcp_server.cli.watching import watch_purchases
from mcp_server.cli.wire_command import wire
from mcp_server.opening import quiet_logs
from mcp_server.purchasing.entries import PurchaseState
from mcp_server.purchasing.ledger import LedgerRefused
from mcp_server.purchasing.places import NoHome
from mcp_server.purchasing.policy import PolicyForbids, PolicyRefused
from mcp_server.purchasing.refusals import PurchaseDeclined, SpendingRefused
from mcp_server.sandbox.control import SandboxControl
from mcp_server.sandbox.market import DEFAULT_SEED
from mcp_server.sandbox.process import AlreadyServed, Running, SandboxError, default_directory, join, serve
from mcp_server.sandbox.scenes import NamedScene
from mcp_server.serving import ServingRefused, http_service
from mcp_server.settings import SettingsRefused

T = TypeVar("T")

app = typer.Typer(
    name="ml-clusters",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(policy_app, name="policy")
app.add_typer(ledger_app, name="ledger")
app.command("agenda")(show_agenda)
app.command("calendar")(write_calendar)
app.command("status")(show_status)
app.command("receipt")(print_receipt)
app.command("watch-purchases")(watch_purchases)
app.command("wire")(wire)
errors = Console(stderr=True, soft_wrap=True, highlight=False, emoji=False)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def root(
    context: typer.Context,
    in_sandbox: Annotated[
        bool, typer.Option("--sandbox", help="See simulated AWS, with settings and state of its own.")
    ] = False,
    version: Annotated[  # noqa: ARG001 - its callback answers
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """GPU capacity on AWS, and the clusters that run on it.

    Any command takes --sandbox, before or after its name: it joins the simulated AWS that runs, else starts one whose
    world is kept for the next command. Nothing of a real account is read or written then.
    """
    # These two have a sandbox of their own.
    if in_sandbox and context.invoked_subcommand not in {"sandbox", "demo"}:
        try:
            project = read_project()
            running = context.with_resource(simulated(project=project))
        except SandboxError as refusal:
            _fail(str(refusal))
        for line in (f"Simulated AWS at {running.url}", *world_lines(running, project)):
            errors.print(line, style="dim", markup=False)


@app.command(context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []})
def call(
    context: typer.Context,
    tool: Annotated[str, typer.Argument(help="A tool's name; `ml-clusters tools` lists them.")] = "",
) -> None:
    """Call one of the server's tools: ml-clusters call TOOL [--argument value …] [--json].

    Prints the readable table, or with --json the structured result. `call TOOL --help` lists the tool's arguments.
    """
    words = [word for word in context.args if word not in {"--json", "--help"}]
    if tool in {"", "--help"}:
        typer.echo(call.__doc__)
        typer.echo(_tools_text())
        raise typer.Exit(0 if tool else 2)
    if "--help" in context.args:
        typer.echo(_help_of(tool))
        return
    result = _run(calling.call, tool, words)
    text = json.dumps(result.structured_content, indent=1) if "--json" in context.args else calling.text_of(result)
    typer.echo(text)


@app.command(
    help=plan_command.ABOUT,
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)
def plan(context: typer.Context) -> None:  # noqa: D103 - its help is said beside its options
    plan_command.plan(context.args)


@app.command()
def tools(name: Annotated[str, typer.Argument(help="Show the arguments of this one.")] = "") -> None:
    """List the server's tools, or the arguments of one."""
    typer.echo(_help_of(name) if name else _tools_text())


@app.command("serve")
def serve_mcp(
    http: Annotated[bool, typer.Option("--http", help="Streamable HTTP, not standard input.")] = False,
    host: Annotated[str, typer.Option(help="For --http: 0.0.0.0 lets other machines in.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="For --http.")] = 8765,
) -> None:
    """Serve MCP: on standard input and output, or with --http at http://HOST:PORT/mcp.

    Over HTTP there is only what reads AWS, for this machine, unless the spending policy says under [http] whose tokens
    let people in. It speaks plain HTTP: for other machines, put a proxy that ends TLS in front. Requests are refused
    unless their Host is one that this server is known by and their Origin, if any, too.
    """
    if not http:
        build_server().run()
        return
    try:
        service = http_service(host, port or _free_port())
    except (ServingRefused, SettingsRefused, PolicyRefused) as refusal:
        _fail(str(refusal))
    for line in service.said:
        errors.print(line, markup=False)
    service.run()


@app.command()
def sandbox(
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes any free one.")] = 7465,
    directory: Annotated[Path | None, typer.Option(help="Where its world is kept between runs.")] = None,
    seed: Annotated[int, typer.Option(help="Another number is another market.")] = DEFAULT_SEED,
    fresh: Annotated[bool, typer.Option("--fresh", help="Begin the world anew.")] = False,
    scene: Annotated[NamedScene | None, typer.Option(help="Own capacity that its clusters use.")] = None,
) -> None:
    """Run simulated AWS until Ctrl-C, and print the lines that point any AWS client at it.

    eval them in another terminal, then use the AWS CLI, Terraform or this program as if it were AWS.
    """
    folder, project = directory or default_directory(), read_project()
    if fresh:
        forget_purchases(folder)

    def ready(url: str, ending: str = "Ctrl-C ends it") -> None:
        typer.echo(f"# Simulated AWS at {url}; its world is kept in {folder}. {ending}.")
        world = Running(url, SandboxControl(url), started_here=True)
        for line in [*world_lines(world, project), *(put_scene(world) if scene else ())]:
            typer.echo(f"# {line}")
        typer.echo(shell_lines(url, folder, world.control.world().accounts, project.variables))
        sys.stdout.flush()

    try:
        serve(folder, port=port, seed=seed, fresh=fresh, on_ready=ready, population=project.population)
    except AlreadyServed:
        # One that a --sandbox command started: it is this very world, and stays for as long as it is used.
        with join(folder, fresh=fresh, population=project.population) as running:
            ready(running.url, "It ran already, at a port of its own; Ctrl-C leaves it to its other users")
            _wait_for_the_end()
    except SandboxError as refusal:
        _fail(str(refusal))


@app.command()
def approve(quote: Annotated[str, typer.Argument(help="A quote's id: q-…")]) -> None:
    """Read a quote, type its total, and buy it: a person's yes, in a terminal.

    Shows everything that will be bought and what it costs. A quote whose ten minutes have run out is made again first,
    and shown as such. Exits with 0 when it is bought, 3 when nobody knows whether it is, and 1 when nothing was bought.
    """
    try:
        state = approving.approve(quote)
    except KeyboardInterrupt:
        _fail("Stopped: nothing was bought.")
    except (
        approving.NoTerminal,
        SpendingRefused,
        PurchaseDeclined,
        PolicyRefused,
        PolicyForbids,
        LedgerRefused,
        NoHome,
        SettingsRefused,
    ) as refusal:
        _fail(str(refusal))
    except AwsFailure as failure:
        _fail(f"{failure} Nothing was bought.")
    if state in {PurchaseState.UNKNOWN, PurchaseState.IN_FLIGHT}:
        raise typer.Exit(3)
    if state is None or not state.bought:
        raise typer.Exit(1)


@app.command("doctor")
def examine(
    seconds: Annotated[float, typer.Option(min=1, help="How long AWS may take to answer.")] = 60,
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a finding.")] = False,
) -> None:
    """Check everything that searching and buying need, and name the fix of what is bad. Nothing is bought.

    Versions, settings, the hooks of Claude Code; each account's reader, its permissions, clock and quotas beside what
    is owned; ledger, policy, approval, and by dry runs whoever buys. Nothing is written to ledger or policy.

    ok is well; note should be known, and stands in nobody's way; bad stands in the way. Exits with 1 when something
    is bad.
    """
    if not doctor.show(doctor.examine(seconds), as_json=as_json):
        raise typer.Exit(1)


@app.command()
def demo() -> None:
    """Walk the whole path on simulated AWS, each step explained. Needs no account and no credentials."""
    try:
        demonstration.run()
    except (calling.CallFailed, SandboxError) as refusal:
        _fail(str(refusal))


def main() -> None:
    """Run the command line. --sandbox may stand anywhere in it."""
    quiet_logs()
    words = [word for word in sys.argv[1:] if word != "--sandbox"]
    # Nobody who asks for help needs AWS, simulated or not.
    simulated_too = len(words) < len(sys.argv) - 1 and "--help" not in words
    app([*["--sandbox"] * simulated_too, *words])


def _run(function: Callable[..., Coroutine[Any, Any, T]], *arguments: Any) -> T:
    """Run to its end, and tell an expected failure in one sentence."""
    try:
        return anyio.run(function, *arguments)
    except (ArgumentRefused, calling.CallFailed, calling.SpendingTool, calling.UnknownTool) as refusal:
        _fail(str(refusal))


def _help_of(name: str) -> str:
    tool = _run(calling.find_tool, name)
    return f"{tool.name}: {tool.description}\n\n{describe_arguments(tool)}"


def _wait_for_the_end() -> None:
    ended = Event()

    def end(number: int, frame: FrameType | None) -> None:  # noqa: ARG001 - the signal module gives the signature
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    # A wait without an end would not let a signal's handler run.
    while not ended.wait(0.5):
        pass


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _tools_text() -> str:
    listed = anyio.run(calling.list_tools)
    width = max(len(tool.name) for tool in listed)
    return "\n".join(f"{tool.name:<{width}}  {(tool.description or '').splitlines()[0]}" for tool in listed)


def _fail(sentence: str) -> NoReturn:
    errors.print(one_line(sentence), style="red", markup=False)
    raise SystemExit(1)
