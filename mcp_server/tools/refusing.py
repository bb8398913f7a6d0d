"""Expected failures, told to the model: what happened, what was not done, what to do next."""

from collections.abc import Generator
from contextlib import contextmanager

from mcp.server.mcpserver.exceptions import ToolError

from mcp_server.aws.accounts import UnknownAccount
from mcp_server.aws.failures import AwsFailure
from mcp_server.capacity.refusals import RequestRefused
from mcp_server.capacity.words import sentence
from mcp_server.purchasing.ledger import LedgerRefused
from mcp_server.purchasing.places import NoHome
from mcp_server.purchasing.policy import PolicyForbids, PolicyRefused
from mcp_server.purchasing.refusals import PurchaseDeclined, SpendingRefused
from mcp_server.searching.seen import StateUnusable, UnknownHandle
from mcp_server.settings import SettingsRefused


@contextmanager
def refusals_told(not_done: str, *, unasked: str = "AWS was not asked for offerings.") -> Generator[None]:
    """Within it, every failure that can be expected becomes a ToolError whose text ends with what was not done.

    unasked is what a refused request leaves out.

    Raises:
        ToolError: In place of the failure. Anything else passes through: the model is shown no crash's text.
    """
    try:
        yield
    except (RequestRefused, UnknownAccount, UnknownHandle, SettingsRefused) as refusal:
        raise ToolError(" ".join(filter(None, [sentence(str(refusal)), unasked, not_done]))) from refusal
    except StateUnusable as failure:
        raise ToolError(f"{failure} What AWS answered could not be kept, and is not shown. {not_done}") from failure
    except (SpendingRefused, PurchaseDeclined, PolicyForbids, PolicyRefused, LedgerRefused, NoHome) as refusal:
        raise ToolError(str(refusal)) from refusal
    except AwsFailure as failure:
        raise ToolError(f"{failure.kind}: {sentence(str(failure))} {not_done}") from failure
