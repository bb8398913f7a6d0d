import pytest
from tests.tools.spending import *
from tests.tools.conftest import *
pytestmark = pytest.mark.anyio
from tests.conftest import *
async def test_probe(shop):
    async with shop.talk("auto") as talk:
        found = await talk.search(response_format="detailed")
        offers=found["details"]["offerings"]
        for o in offers: print(o["handle"],o["start"],o["end"],o["fee"])
        q = await talk.quoted(); q2 = await talk.quoted(offers[1]["handle"])
        s = talk.client.session
        r1 = await s.call_tool("purchase_capacity", card(q), allow_input_required=True)
        print(r1)
        resp = {k: the_total(v.params.message) for k,v in r1.input_requests.items()}
        for args,state in ((card(q2), r1.request_state),(card(q)|{"total":"1 USD"}, r1.request_state), (card(q), r1.request_state[:-4]+"AAAA"), (card(q), None)):
            try: print("->", await s.call_tool("purchase_capacity", args, allow_input_required=True, input_responses=resp, request_state=state))
            except Exception as e: print("!!", type(e), e)
        for i in range(2):
            print("==", await s.call_tool("purchase_capacity", card(q), allow_input_required=True, input_responses=resp, request_state=r1.request_state))
        print(len(shop.spent()))
