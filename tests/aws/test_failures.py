"""What kind of failure an answer of AWS's is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mcp_server.aws.failures import AwsFailure, FailureKind, kind_of


@pytest.mark.parametrize(
    ("code", "message", "kind"),
    [
        (
            "CapacityBlockDescribeLimitExceeded",
            "Your existing service limits for this AWS account are not sufficient to use EC2 Capacity Blocks.",
            FailureKind.QUOTA,
        ),
        ("CapacityBlockDescribeLimitExceeded", "You've reached the limit for this account.", FailureKind.THROTTLED),
        ("RequestLimitExceeded", "Request limit exceeded.", FailureKind.THROTTLED),
        (
            "InvalidParameterValue",
            "The instance type 'c7i.4xlarge' is not supported for Capacity Blocks in 'us-west-2'.",
            FailureKind.UNSUPPORTED,
        ),
        ("InvalidParameterValue", "The start date is not valid.", FailureKind.INVALID),
        (
            "ValidationException",
            "Invalid instance count 3 for instance type ml.p5.48xlarge",
            FailureKind.COUNT,
        ),
        ("ValidationException", "Invalid instance type ml.p5.48xlarge", FailureKind.UNSUPPORTED),
        ("UnauthorizedOperation", "You are not authorized to perform this operation.", FailureKind.DENIED),
        (
            "OperationNotPermitted",
            "This AWS Account is not authorized to call DescribeCapacityBlockOfferings API for an UltraServer",
            FailureKind.DENIED,
        ),
        ("ExpiredToken", "The security token included in the request is expired", FailureKind.CREDENTIALS),
        ("RequestExpired", "Request has expired.", FailureKind.CREDENTIALS),
        ("AuthFailure", "AWS was not able to validate the provided access credentials", FailureKind.REGION_OFF),
        ("OptInRequired", "You are not subscribed to this service", FailureKind.REGION_OFF),
        ("InternalError", "An internal error has occurred", FailureKind.AWS_ERROR),
    ],
)
def test_codes_are_told_apart_by_their_words_where_they_must(code: str, message: str, kind: FailureKind) -> None:
    """One code has two meanings, or four: the message decides."""
    assert kind_of(code, message) is kind


@given(st.text(), st.text())
def test_a_failure_is_printable_in_every_part(code: str, message: str) -> None:
    """Neither AWS's code nor its words reach a terminal as they came."""
    failure = AwsFailure(FailureKind.AWS_ERROR, "describe", message, code)
    assert failure.code.isprintable()
    assert failure.message.isprintable()
    assert str(failure).isprintable()


def test_words_of_others_are_quoted_and_ours_are_not() -> None:
    """Who reads a failure can tell what AWS said from what this program says."""
    said = AwsFailure(FailureKind.DENIED, "describe", 'No. "All" is well.', "AccessDenied", "Run: aws sso login")
    assert str(said) == "describe: AccessDenied: \"No. 'All' is well.\" Run: aws sso login"
    ours = AwsFailure(FailureKind.AWS_ERROR, "describe", "the answer is not one of AWS's", ours=True)
    assert str(ours) == "describe: the answer is not one of AWS's."
