"""Words from elsewhere in settings, which a checkout may bring along: names that are not names are refused."""

import shlex

import pytest
from hypothesis import example, given, settings
from pydantic import ValidationError

from mcp_server.aws.accounts import Account, Source
from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.capacity.words import one_line, word
from mcp_server.settings import AccountSettings
from tests.render.hostile import TEXTS

SETTINGS = {"name": "main", "id": "483026362307"}


@pytest.mark.parametrize(
    ("field", "before"),
    [("name", ""), ("id", ""), ("id", "48302636230"), ("role", ""), ("role", "arn:aws:iam::483026362307:role/")],
)
@settings(max_examples=15)
@given(text=TEXTS)
@example(text="\u0667")
def test_a_name_is_one_word_or_refused(field: str, before: str, text: str) -> None:
    """What is printed beside every region, and what is asked of AWS, is what a name can be."""
    try:
        read = AccountSettings.model_validate({**SETTINGS, field: before + text})
    except ValidationError:
        return
    written = getattr(read, field)
    assert written.isascii()
    assert word(written, 700) == written == before + text


@settings(max_examples=15)
@given(TEXTS)
@example("x; rm -rf ~")
@example("my profile")
def test_a_profile_is_what_is_typed_in_a_shell(text: str) -> None:
    """It may be of several words; the line that renews its credentials has it as one."""
    try:
        profile = AccountSettings.model_validate({**SETTINGS, "profile": text}).profile
    except ValidationError:
        return
    assert profile == one_line(text)
    renewed = Account(Source("main", profile=profile)).after(AwsFailure(FailureKind.CREDENTIALS, "describe", "Expired"))
    command = renewed.remedy.removeprefix("Run: ").partition(" (if profile ")[0]
    assert shlex.split(command) == ["aws", "sso", "login", "--profile", profile]
