import pytest, time
from tests.purchasing.real_processes import *
from tests.purchasing.counting_endpoint import *

@pytest.fixture(scope="module")
def machine(sandbox_url, tmp_path_factory):
    with a_machine(sandbox_url, tmp_path_factory.mktemp("machine"), timeout=3) as m:
        yield m

@pytest.mark.parametrize("kind", list(QuoteKind))
def test_x(machine, kind):
    t=time.time()
    def lap(x):
        nonlocal t
        print(x, round(time.time()-t,2)); t=time.time()
    q = machine.quote(kind); lap("quote")
    s = machine.session; lap("session")
    r = s.buy(q); lap("buy"); print(r)
    s = machine.new_session(); lap("new")
    print(s.history()); lap("history")
    print(machine.endpoint.spending, machine.aws.bought(q)); lap("truth")
    machine.check_ledger()
