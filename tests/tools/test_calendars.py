"""The calendar as clients of the server read it."""

import pytest
from mcp import Client
from mcp.shared.exceptions import MCPError

from mcp_server.app import build_server
from mcp_server.sandbox.control import SandboxControl
from tests.bought_blocks import buy_block
from tests.tools.spending import REGION, Shop, either_era
from tests.written_calendars import Picture, events_in

pytestmark = pytest.mark.anyio

EVENTS, PICTURE = "calendar://capacity.ics", "calendar://capacity.svg"
TYPES = {EVENTS: "text/calendar", PICTURE: "image/svg+xml"}


async def read(client: Client, uri: str) -> str:
    """A resource's text, which says of itself what it is."""
    (content,) = (await client.read_resource(uri)).contents
    assert content.mime_type == TYPES[uri]
    return content.text


@either_era
async def test_what_is_owned_can_be_read_as_a_calendar(shop: Shop, era: str) -> None:
    """Both forms are listed and say the same; what only the ledger knows not where nobody is named, as over HTTP."""
    async with shop.talk(era) as talk:
        listed = {str(each.uri): each for each in (await talk.client.list_resources()).resources}
        assert {uri: listed[uri].mime_type for uri in TYPES} == TYPES
        bought = await talk.bought(await talk.quoted())
        (reservation,) = bought["reservations"]
        events, picture = events_in(await read(talk.client, EVENTS)), Picture(await read(talk.client, PICTURE))
    assert len(events) == 4
    facts = picture.told(reservation)[1]
    assert events[f"{reservation}@ml-clusters"].description.endswith(facts)
    assert f'{bought["purchase_id"]}, by "arn:aws:iam::' in facts
    assert facts.endswith('for "fine-tune the model"')
    async with Client(build_server(purchases=False), mode=era) as client:
        told = await read(client, EVENTS) + await read(client, PICTURE)
    assert bought["purchase_id"] in told
    assert "fine-tune" not in told


async def test_what_could_not_be_read_is_said_in_both(sandbox: SandboxControl, project: object, era: str) -> None:
    """A region that does not answer stands in them; where nothing answers there is no calendar but a sentence."""
    reservation = buy_block("us-west-2", InstanceCount=1)["CapacityReservation"]["CapacityReservationId"]
    sandbox.arm("DescribeCapacityReservations", "denied", region=REGION)
    async with Client(build_server(), mode=era) as client:
        events, picture = events_in(await read(client, EVENTS)), Picture(await read(client, PICTURE))
        for told in (events["incomplete@ml-clusters"].description, picture.description, " ".join(picture.words)):
            assert f"{REGION}: reservations not read (denied: " in told
        assert f"{reservation}@ml-clusters" in events
        assert picture.row(reservation) is not None
        sandbox.arm("GetCallerIdentity", "denied")
    async with Client(build_server(), mode=era) as client:
        with pytest.raises(MCPError, match=r"denied: get_caller_identity: .* There is no calendar\."):
            await read(client, EVENTS)
