"""Quoting and buying over HTTP: only by whom a token names, and each only what is theirs."""

import json
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlsplit

import anyio
import boto3
import httpx2
import pexpect
import pytest
from click.testing import Result
from mcp.shared.exceptions import MCPError
from typer.testing import CliRunner

from mcp_server.cli.commands import app
from mcp_server.opening import open_ledger
from mcp_server.purchasing.tags import BUYER_TAG
from mcp_server.serving import ServingRefused, http_service
from tests.plugin.local_server import LocalServer, QuietHandler
from tests.tools.results import structure
from tests.tools.spending import CLAUDE_CODE, MAIN, REGION, Person, Shop, Talk, card, either_era, refusal, the_total
from tests.tools.test_transports import wait_for
from tests.tools.token_issuer import ISSUER, PUBLIC_NAME, Bearer, Issuer, new_key, over_http, served

pytestmark = pytest.mark.anyio

ALICE, BOB = f"{ISSUER} alice", f"{ISSUER} bob"
SPENDING = {"purchase_capacity", "extend_capacity"}
PROGRAM = "from mcp_server.cli import main; main()"


@pytest.fixture
def issuer(shop: Shop) -> Issuer:
    """An issuer whose tokens the policy accepts."""
    made = Issuer()
    shop.allow(http=made.terms())
    return made


@pytest.fixture
def url(issuer: Issuer) -> Iterator[str]:
    """The address of a server that accepts them."""
    with served() as address:
        yield address


def requesters() -> list[str]:
    """Who asked for each quote of the ledger."""
    return [each.requester for each in open_ledger().read().quotes.values()]


def post(url: str, headers: dict[str, str], body: dict[str, Any] | None = None) -> tuple[int, dict[str, str]]:
    """Status and headers of the answer to one message, by default to what opens a connection."""
    hello = {
        "jsonrpc": "2.0",
        "id": 1,
        "method": "initialize",
        "params": {
            "protocolVersion": "2025-11-25",
            "capabilities": {},
            "clientInfo": {"name": "test", "version": "1"},
        },
    }
    address = urlsplit(url)
    connection = HTTPConnection(address.hostname or "", address.port, timeout=20)
    accept = {"Accept": "application/json, text/event-stream", "Content-Type": "application/json"}
    connection.request("POST", address.path, json.dumps(body or hello), {**accept, **headers})
    answer = connection.getresponse()
    said = answer.status, {name.lower(): value for name, value in answer.getheaders()}
    connection.close()
    return said


async def test_whom_a_token_names_can_buy(url: str, shop: Shop, issuer: Issuer, era: str) -> None:
    """With a token everything is offered; its subject is the requester, in ledger and tags, and their dialog buys."""
    person = Person()
    async with over_http(url, era, Bearer(issuer.token()), person) as talk:
        assert {each.name for each in (await talk.client.list_tools()).tools} >= SPENDING
        assert "ledger://purchases" in {str(each.uri) for each in (await talk.client.list_resources()).resources}
        quote = await talk.quoted()
        assert quote["approval"] == "dialog: they type the total"
        assert [(await talk.bought(quote))["status"] for _ in range(2)] == ["bought", "bought"]
        assert len((await talk.history())["purchases"]) == 1
    assert len(person.asked) == 1
    assert requesters() == [ALICE]
    (purchase,) = open_ledger().read().purchases.values()
    assert purchase.intent.approval.approver == ALICE
    assert len(shop.spent()) == 1
    with closing(boto3.client("ec2", region_name=REGION)) as ec2:
        (owned,) = ec2.describe_capacity_reservations()["CapacityReservations"]
    assert {"Key": BUYER_TAG, "Value": ALICE} in owned["Tags"]


@either_era
async def test_a_token_that_is_not_good_buys_nothing(url: str, shop: Shop, issuer: Issuer, era: str) -> None:
    """Forged, expired, meant for others or absent: each request is refused with 401, in the midst of a purchase too."""
    bearer = Bearer(issuer.token())
    async with over_http(url, era, bearer) as talk:
        quote = await talk.quoted()
        for wrong, token in {"absent": None, **issuer.bad_tokens()}.items():
            bearer.token = token
            bearer.answered.clear()
            with pytest.raises(MCPError):
                await talk.buy(quote)
            assert bearer.answered == [401], wrong
            with pytest.raises(MCPError):
                await talk.client.read_resource("ledger://purchases")
            assert bearer.answered == [401, 401], wrong
        assert shop.spent() == []
        assert open_ledger().read().purchases == {}
        bearer.token = issuer.token()
        assert (await talk.bought(quote))["status"] == "bought"


def test_who_is_refused_is_told_where_tokens_are_had(url: str) -> None:
    """The answer names the metadata that names the issuer (RFC 9728)."""
    status, headers = post(url, {"Host": PUBLIC_NAME})
    assert status == 401
    where = re.search(r'resource_metadata="([^"]+)"', headers["www-authenticate"])
    assert where
    assert where[1] == "https://gpu.example.com/.well-known/oauth-protected-resource/mcp"
    told = httpx2.get(url.replace("/mcp", urlsplit(where[1]).path), trust_env=False).json()
    assert told["authorization_servers"] == [ISSUER]
    assert told["resource"] == "https://gpu.example.com/mcp"


def test_a_clock_that_differs_a_little_does_not_matter(url: str, issuer: Issuer) -> None:
    """Half a minute is allowed at both ends."""
    now = int(time.time())
    for times in ({"exp": now - 5}, {"nbf": now + 10, "iat": now + 10}):
        assert post(url, {"Authorization": f"Bearer {issuer.token(**times)}"})[0] == 200


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": f"{PUBLIC_NAME}.evil.example"}, 421),
        ({"Host": f"{PUBLIC_NAME}:8080"}, 421),
        ({"Host": PUBLIC_NAME, "Origin": "https://evil.example"}, 403),
        ({"Host": PUBLIC_NAME, "Origin": f"http://{PUBLIC_NAME}"}, 403),
        ({"Host": PUBLIC_NAME, "Origin": "null"}, 403),
        ({"Host": PUBLIC_NAME, "Origin": f"https://{PUBLIC_NAME}"}, 200),
        ({"Host": "10.0.0.5:8765"}, 200),
        ({}, 200),
    ],
)
def test_foreign_hosts_and_origins_are_refused_with_a_token_too(
    shop: Shop, issuer: Issuer, headers: dict[str, str], status: int
) -> None:
    """Only names that the policy gives, or this machine's, and web pages of theirs; a good token is no excuse."""
    shop.allow(http=issuer.terms(hosts=["10.0.0.5:8765"]))
    token = {"Authorization": f"Bearer {issuer.token()}"}
    said = {
        "io.modelcontextprotocol/protocolVersion": "2026-07-28",
        "io.modelcontextprotocol/clientCapabilities": {},
    }
    discover = {"jsonrpc": "2.0", "id": 1, "method": "server/discover", "params": {"_meta": said}}
    modern = {"MCP-Protocol-Version": "2026-07-28", "Mcp-Method": "server/discover"}
    with served() as url:
        assert post(url, {**token, **headers})[0] == status
        assert post(url, {**token, **modern, **headers}, discover)[0] == status


async def test_two_subjects_at_once_are_told_apart(url: str, issuer: Issuer, era: str) -> None:
    """What they ask at the same time is each time recorded for whoever asked, whichever thread did it."""
    asked: list[tuple[str, str]] = []

    async def ask(name: str) -> None:
        async with over_http(url, era, Bearer(issuer.token(name))) as talk:
            handles = (await talk.offered())[:2]
            async with anyio.create_task_group() as group:
                for handle in handles:

                    async def quote(each: str = handle) -> None:
                        asked.append(((await talk.quoted(each))["quote_id"], f"{ISSUER} {name}"))

                    group.start_soon(quote)

    async with anyio.create_task_group() as group:
        for name in ("alice", "bob", "carol"):
            group.start_soon(ask, name)
    recorded = {each.id: each.requester for each in open_ledger().read().quotes.values()}
    assert len(asked) == 6
    assert dict(asked) == recorded


@either_era
async def test_a_quote_is_spent_by_its_subject_alone(url: str, shop: Shop, issuer: Issuer, era: str) -> None:
    """Another subject, and a dialog of this machine's, are refused with a sentence; then its own subject buys it."""
    other = Person()
    async with (
        over_http(url, era, Bearer(issuer.token())) as alice,
        over_http(url, era, Bearer(issuer.token("bob")), other) as bob,
    ):
        quote = await alice.quoted()
        said = f'{quote["quote_id"]} was made for "{ALICE}"'
        refusal(await bob.buy(quote), said, f'now "{BOB}" asks', "Quote it yourself")
        guess = refusal(await bob.buy(quote, total="1.00 USD"), said)
        assert quote["total"] not in guess
        async with shop.talk(era, other) as here:
            refusal(await here.buy(quote), said, "somebody who is not named by a token")
            mine = await here.quoted((await here.offered())[1])
        refusal(await alice.buy(mine), f'now "{ALICE}" asks')
        assert other.asked == []
        assert shop.spent() == []
        assert (await alice.bought(quote))["status"] == "bought"
        refusal(await bob.buy(quote), said)
    assert len(shop.spent()) == 1


async def rounds(talk: Talk, quote: dict[str, str]) -> tuple[str, dict[str, Any]]:
    """The sealed state of a question, and the answer to it."""
    asked = await talk.client.session.call_tool("purchase_capacity", card(quote), allow_input_required=True)
    answers = {name: the_total(each.params.message) for name, each in asked.input_requests.items()}
    return asked.request_state, answers


async def test_an_answer_is_good_for_its_subject_alone(url: str, shop: Shop, issuer: Issuer) -> None:
    """In the era of rounds: state and answer of one subject buy nothing with another's token, nor without one."""
    async with over_http(url, "auto", Bearer(issuer.token())) as alice:
        quote = await alice.quoted()
        state, answers = await rounds(alice, quote)
        again = {"allow_input_required": True, "input_responses": answers, "request_state": state}
        other = Bearer(issuer.token("bob"))
        async with over_http(url, "auto", other) as bob:
            with pytest.raises(MCPError, match="Invalid or expired requestState"):
                await bob.client.session.call_tool("purchase_capacity", card(quote), **again)
            other.token = None
            with pytest.raises(MCPError):
                await bob.client.session.call_tool("purchase_capacity", card(quote), **again)
        async with shop.talk("auto") as here:
            with pytest.raises(MCPError, match="Invalid or expired requestState"):
                await here.client.session.call_tool("purchase_capacity", card(quote), **again)
        assert shop.spent() == []
        done = await alice.client.session.call_tool("purchase_capacity", card(quote), **again)
        assert structure(done)["status"] == "bought"
    assert len(shop.spent()) == 1


async def test_a_session_is_its_subject_s_alone(url: str, shop: Shop, issuer: Issuer) -> None:
    """In the era of sessions: an answer that comes with another's token is not heard, and buys nothing."""
    bearer = Bearer(issuer.token())
    swapped = anyio.Event()

    class Swapping(Person):
        async def __call__(self, context: object, question: Any) -> Any:
            bearer.token = issuer.token("bob")
            bearer.answered.clear()
            swapped.set()
            return await super().__call__(context, question)

    async with over_http(url, "legacy", bearer, Swapping()) as talk:
        quote = await talk.quoted()
        with anyio.move_on_after(5) as waited:
            await talk.buy(quote)
        assert swapped.is_set()
        assert waited.cancelled_caught
        assert set(bearer.answered) == {404}
        assert shop.spent() == []
        stolen = {"Authorization": f"Bearer {issuer.token('bob')}", "Mcp-Session-Id": str(bearer.session)}
        assert post(url, stolen, {"jsonrpc": "2.0", "id": 9, "method": "tools/list"})[0] == 404
        bearer.token = issuer.token()


@either_era
async def test_a_dialog_over_http_is_enough_only_where_the_policy_says_so(shop: Shop, issuer: Issuer, era: str) -> None:
    """A token says who asks and not with what program: unless http.dialog, a person decides on the server's machine."""
    person = Person()
    shop.allow(http=issuer.terms(dialog=None))
    with served() as url:
        async with over_http(url, era, Bearer(issuer.token()), person, CLAUDE_CODE) as talk:
            quote = await talk.quoted()
            command = f"ml-clusters --sandbox approve {quote['quote_id']}"
            assert quote["approval"] == f"terminal: {command} on the server's machine"
            result = await talk.bought(quote)
            assert result["status"] == "approval required"
            assert f"on the server's machine: {command}" in result["next"]
    assert person.asked == []
    assert shop.spent() == []


def approve(quote_id: str, total: str) -> tuple[int, str]:
    """Approve a quote in a terminal, as the sandbox's own user; exit code and what was shown."""
    shown = pexpect.spawn(
        sys.executable, ["-c", PROGRAM, "approve", quote_id], encoding="utf-8", timeout=120, dimensions=(50, 400)
    )
    if shown.expect(["> ", pexpect.EOF]) == 0:
        before = shown.before
        shown.sendline(total)
        shown.expect(pexpect.EOF)
        shown.before = f"{before}{shown.before}"
    shown.close()
    return shown.exitstatus or 0, shown.before


@pytest.mark.slow
async def test_a_second_person_is_another_than_the_subject(shop: Shop, issuer: Issuer) -> None:
    """Who the subject is in AWS the policy says: unless it does nothing is quoted, and they do not approve it."""
    jo, developer = (f"arn:aws:iam::{MAIN}:user/{name}" for name in ("jo", "developer"))

    async def quoted(**terms: Any) -> Any:
        shop.allow(approval="second-person", http=issuer.terms(**terms))
        with served() as url:
            async with over_http(url, "auto", Bearer(issuer.token())) as talk:
                return await talk.quote()

    for nobody in ({}, {"principals": {"bob": [jo]}}):
        refusal(await quoted(**nobody), f'does not say who "{ALICE}" is in AWS', "[http.principals]")
    assert requesters() == []
    own = structure(await quoted(principals={"alice": [jo, developer]}))
    code, said = await anyio.to_thread.run_sync(approve, own["quote_id"], own["total"])
    assert code == 1
    assert f"somebody else than {developer}, who asked for it" in said
    assert shop.spent() == []
    theirs = structure(await quoted(principals={"alice": [jo]}))
    code, said = await anyio.to_thread.run_sync(approve, theirs["quote_id"], theirs["total"])
    assert code == 0, said
    assert f'Asked for by: "{ALICE}"' in said
    assert len(shop.spent()) == 1


@either_era
async def test_outcomes_are_told_to_whom_they_concern(url: str, shop: Shop, issuer: Issuer, era: str) -> None:
    """A purchase that ended unseen is told to its own subject at the next call, even when another asked before."""
    shop.aws.arm("PurchaseCapacityBlock", "act-late", seconds=600)
    async with over_http(url, era, Bearer(issuer.token())) as alice:
        assert (await alice.bought(await alice.quoted()))["status"] == "unknown"
        shop.aws.advance(timedelta(minutes=11))
        async with over_http(url, era, Bearer(issuer.token("bob"))) as bob:
            assert len((await bob.history())["purchases"]) == 1
            assert not any("Not shown before" in each for each in (await bob.search())["notices"])
        assert any("Not shown before" in each for each in (await alice.search())["notices"])
        assert not any("Not shown before" in each for each in (await alice.search())["notices"])


@either_era
async def test_scopes_are_wanted(shop: Shop, issuer: Issuer, era: str) -> None:
    """A good token without the scope that the policy wants is refused with 403; issuers write scopes in two ways."""
    shop.allow(http=issuer.terms(required_scopes=["capacity"]))
    with served() as url:
        for scopes in ({}, {"scope": "other capacity2"}):
            assert post(url, {"Authorization": f"Bearer {issuer.token(**scopes)}"})[0] == 403
        for scopes in ({"scope": "other capacity"}, {"scp": ["capacity"]}):
            async with over_http(url, era, Bearer(issuer.token(**scopes))) as talk:
                assert {each.name for each in (await talk.client.list_tools()).tools} >= SPENDING


def test_a_change_of_whom_to_let_in_holds_at_once(url: str, shop: Shop, issuer: Issuer) -> None:
    """The server that began under another [http], or whose policy cannot be read, lets nobody in any more."""
    token = {"Authorization": f"Bearer {issuer.token()}"}
    assert post(url, token)[0] == 200
    shop.allow(http=issuer.terms(), required_tags=[])
    assert post(url, token)[0] == 200
    for change in ({"http": issuer.terms(jwks=Issuer().keys())}, {"http": issuer.terms(dialog=False)}, {}):
        shop.allow(**change)
        assert post(url, token)[0] == 401
    shop.allow(http=issuer.terms())
    assert post(url, token)[0] == 200
    shop.policy.chmod(0o666)
    assert post(url, token)[0] == 401
    shop.policy.unlink()
    assert post(url, token)[0] == 401


class Published:
    """What an issuer publishes at an address, and how often it was read."""

    def __init__(self, text: str) -> None:
        self.text, self.read, self.status = text, 0, 200
        published = self

        class Handler(QuietHandler):
            def do_GET(self) -> None:
                published.read += 1
                self.send_body(published.status, "application/json", published.text.encode())

        self._server = LocalServer(Handler)
        self.url = f"http://{self._server.host}/keys"
        self.close = self._server.close


@pytest.mark.slow
def test_published_keys_rotate(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys are read when first needed; a new one is found; a failure lets nobody in, and asks nothing too often."""
    monkeypatch.setattr("mcp_server.tokens._PAUSE", 1.0)
    first, second = Issuer(), Issuer(key=new_key(), name="key-2")
    keys = Published(first.keys())
    shop.allow(http=first.terms(jwks=None, jwks_url=keys.url))

    def status(token: str) -> int:
        return post(url, {"Authorization": f"Bearer {token}"})[0]

    with served() as url:
        assert keys.read == 0
        keys.status = 500
        assert status(first.token()) == 401
        keys.status, keys.text = 200, "no keys at all"
        time.sleep(1.1)
        assert status(first.token()) == 401
        keys.text = first.keys()
        time.sleep(1.1)
        assert status(first.token()) == 200
        read = keys.read
        for _ in range(20):
            assert status(second.token()) == 401
        assert keys.read <= read + 2
        keys.text = second.keys()
        time.sleep(1.1)
        assert status(second.token()) == 200
        assert status(first.token()) == 401
        keys.close()
        assert status(second.token()) == 200
        time.sleep(1.1)
        assert status(first.token()) == 401
        assert status(second.token()) == 200


def serve(*words: str) -> Result:
    """What `serve --http` says where it refuses."""
    return CliRunner().invoke(app, ["serve", "--http", *words])


NOWHERE = "Nothing is served"


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.7", "gpu.internal", ""])
def test_other_machines_are_let_in_only_with_tokens(shop: Shop, issuer: Issuer, host: str) -> None:
    """Beyond loopback: refused without a policy, without [http], and without a name that others use."""
    lacking = [
        (None, "there is no spending policy"),
        ({}, f"{shop.policy} has no [http]"),
        (
            {"http": issuer.terms(url="http://127.0.0.1:8765/mcp", hosts=["localhost:8765", "[::1]:1"])},
            f"{shop.policy} allows no name but those of this machine",
        ),
    ]
    for rules, why in lacking:
        shop.policy.unlink(missing_ok=True)
        if rules is not None:
            shop.allow(**rules)
        with pytest.raises(ServingRefused, match=NOWHERE):
            http_service(host, 8765)
        refused = serve("--host", host)
        assert refused.exit_code == 1
        for said in (f"Others can reach {host}, and {why}", NOWHERE, "under [http]"):
            assert said in refused.stderr


def test_where_others_are_let_in_they_are_warned_for(shop: Shop, issuer: Issuer) -> None:
    """Beyond loopback it is said that this is plain HTTP; on loopback not."""
    service = http_service("0.0.0.0", 8765)
    assert service.security.allowed_hosts == [PUBLIC_NAME]
    assert any("plain HTTP" in line and "TLS" in line for line in service.said)
    assert not any("plain HTTP" in line for line in http_service("127.0.0.1", 8765).said)


def test_a_policy_that_cannot_be_read_serves_nothing(shop: Shop, issuer: Issuer) -> None:
    """It may ask for tokens: not even this machine is let in, and the sentence names what is wrong."""
    shop.policy.chmod(0o666)
    refused = serve()
    assert refused.exit_code == 1
    assert "others can write there" in refused.stderr
    shop.allow(http=issuer.terms(jwks=json.dumps({"keys": [{"kty": "EC", "crv": "P-256"}]})))
    refused = serve()
    assert refused.exit_code == 1
    assert "No key in http.jwks" in refused.stderr
    assert NOWHERE in refused.stderr


@pytest.fixture
def started(issuer: Issuer) -> Iterator[str]:
    """The address of the command, as a process, that accepts tokens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    url = f"http://127.0.0.1:{port}/mcp"
    command = [sys.executable, "-c", PROGRAM, "serve", "--http", "--port", str(port)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert f"MCP at {url}" in server.stderr.readline()
        assert f"Tokens of {ISSUER} let in whoever they name" in server.stderr.readline()
        wait_for(port)
        yield url
        server.terminate()
        server.communicate()


async def test_the_command_serves_with_tokens(started: str, shop: Shop, issuer: Issuer, era: str) -> None:
    """As a process: it says whose tokens let in, refuses whoever has none, and sells to whom they name."""
    assert post(started, {})[0] == 401
    async with over_http(started, era, Bearer(issuer.token())) as talk:
        assert (await talk.bought(await talk.quoted()))["status"] == "bought"
    assert requesters() == [ALICE]
    assert len(shop.spent()) == 1
