"""What AWS says when a fault strikes, and what a fault contributes to a change."""

from collections.abc import Callable, Mapping

from mcp_server.sandbox.call import AwsError
from mcp_server.sandbox.ec2_offerings import QUOTA_IS_ZERO
from mcp_server.sandbox.effects import Effects
from mcp_server.sandbox.faults import Armed, Fault
from mcp_server.sandbox.messages import Arrival


def effects_of(struck: tuple[Armed, ...]) -> Effects:
    """What the struck faults contribute to a change."""
    effects = Effects()
    for armed in struck:
        match armed.fault:
            case Fault.RESERVATION_LATE:
                effects.reservation_late = armed.seconds
            case Fault.TAG_LATE:
                effects.tag_late = armed.seconds
            case Fault.HISTORY_LATE:
                effects.history_late = armed.seconds
            case Fault.FIRST_SEGMENT_ONLY:
                effects.segments_late = armed.seconds
            case Fault.PAYMENT_FAILS:
                effects.payment_fails = True
            case Fault.OFFERING_GONE:
                effects.gone = True
            case Fault.QUOTA_ZERO:
                effects.quota_zero = True
            case _:
                pass
    return effects


def error_of(armed: Armed, arrival: Arrival, caller_arn: str) -> AwsError | None:
    """What AWS would say, None if the fault is not an error answer."""
    make = _ERRORS.get(armed.fault)
    error = make(arrival, caller_arn) if make else None
    return AwsError(error.code, armed.message, error.status) if error and armed.message else error


def _throttle(arrival: Arrival, _caller_arn: str) -> AwsError:
    if arrival.service == "ec2":
        return AwsError("RequestLimitExceeded", "Request limit exceeded.", 503)
    if arrival.service == "service-quotas":
        return AwsError("TooManyRequestsException", "Rate exceeded", 429)
    code = "Throttling" if arrival.service in _QUERY else "ThrottlingException"
    return AwsError(code, "Rate exceeded")


def _describe_limit(arrival: Arrival, caller_arn: str) -> AwsError:
    if arrival.service != "ec2":
        return _throttle(arrival, caller_arn)
    return AwsError(
        "CapacityBlockDescribeLimitExceeded",
        "You've reached the limit of Capacity Block describe requests for this account. Wait, then try again.",
    )


def _quota_zero(arrival: Arrival, _caller_arn: str) -> AwsError | None:
    """None where the operation itself says it, since SageMaker names the instance type."""
    return None if arrival.service == "sagemaker" else AwsError("CapacityBlockDescribeLimitExceeded", QUOTA_IS_ZERO)


def _denied(arrival: Arrival, caller_arn: str) -> AwsError:
    return _unauthorized(arrival, caller_arn, arrival.operation)


def _tags_denied(arrival: Arrival, caller_arn: str) -> AwsError:
    return _unauthorized(arrival, caller_arn, "CreateTags")


def _unauthorized(arrival: Arrival, caller_arn: str, operation: str) -> AwsError:
    action = f"{arrival.service}:{operation}"
    who = f"User: {caller_arn} is not authorized to perform: {action}"
    if arrival.service == "ec2":
        return AwsError(
            "UnauthorizedOperation",
            f"You are not authorized to perform this operation. {who} because no identity-based policy allows the "
            f"{action} action.",
            403,
        )
    if arrival.service in _QUERY:
        return AwsError("AccessDenied", who, 403)
    return AwsError("AccessDeniedException", f"{who} because no identity-based policy allows the {action} action")


def _expired(arrival: Arrival, _caller_arn: str) -> AwsError:
    if arrival.service == "ec2":
        return AwsError("RequestExpired", "Request has expired.")
    if arrival.service in _QUERY:
        return AwsError("ExpiredToken", "The security token included in the request is expired", 403)
    return AwsError("ExpiredTokenException", "The security token included in the request is expired")


def _server_error(arrival: Arrival, _caller_arn: str) -> AwsError:
    code = "InternalError" if arrival.service == "ec2" else "InternalFailure"
    return AwsError(code, "An internal error has occurred", 500)


def _unavailable(arrival: Arrival, _caller_arn: str) -> AwsError:
    code = "Unavailable" if arrival.service == "ec2" else "ServiceUnavailable"
    return AwsError(code, "The service is unavailable. Please try again.", 503)


_QUERY = frozenset({"sts", "iam", "s3", "cloudformation", "autoscaling", "elbv2", "ses", "sns", "rds"})
_ERRORS: Mapping[Fault, Callable[[Arrival, str], AwsError | None]] = {
    Fault.THROTTLE: _throttle,
    Fault.DESCRIBE_LIMIT: _describe_limit,
    Fault.QUOTA_ZERO: _quota_zero,
    Fault.DENIED: _denied,
    Fault.TAGS_DENIED: _tags_denied,
    Fault.EXPIRED_CREDENTIALS: _expired,
    Fault.SERVER_ERROR: _server_error,
    Fault.UNAVAILABLE: _unavailable,
}
