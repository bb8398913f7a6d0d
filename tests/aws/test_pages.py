"""Answers in pages, and what is read of machines from them."""

from typing import Any

import pytest

from mcp_server.aws.failures import AwsFailure
from mcp_server.aws.instances import impaired_instances


class Answering:
    """EC2 that answers DescribeInstanceStatus with these, the last of them for ever."""

    def __init__(self, *answers: dict[str, Any]) -> None:
        self.answers = list(answers)

    def describe_instance_status(self, **_: Any) -> dict[str, Any]:
        """The next answer."""
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def row(instance: str, check: str) -> dict[str, Any]:
    """A machine that fails one check."""
    return {"InstanceId": instance, check: {"Status": "impaired"}}


def test_a_machine_that_fails_any_check_is_impaired() -> None:
    """Of the machine, of its host, or of its volumes; whichever page it is on."""
    checks = ("InstanceStatus", "SystemStatus", "AttachedEbsStatus")
    *first, last = [{"InstanceStatuses": [row(each, each)], "NextToken": each} for each in checks]
    told = impaired_instances(Answering(*first, last | {"NextToken": ""}))
    assert told == {each: each for each in checks}


def test_pages_without_an_end_are_a_failure() -> None:
    """Rather than a list that grows until there is no memory."""
    endless = Answering({"InstanceStatuses": [row("i-1", "SystemStatus")], "NextToken": "again"})
    with pytest.raises(AwsFailure, match="its pages have no end"):
        impaired_instances(endless)
