"""The requests that spend: each is sent once, by a client made for it.

Calls ec2:PurchaseCapacityBlock and ec2:PurchaseCapacityBlockExtension, first as dry runs, sagemaker:CreateTrainingPlan
and sagemaker:ExtendTrainingPlan, which know none, and sts:AssumeRole. Tags at the purchase need ec2:CreateTags and
sagemaker:AddTags.
"""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, cast

from mcp_server.aws.accounts import Identity, identify
from mcp_server.aws.calls import ask, expected, translated
from mcp_server.aws.extensions import extension_of
from mcp_server.aws.failures import AwsFailure, FailureKind
from mcp_server.aws.reservations import reservation_of
from mcp_server.aws.training_plans import extension_of as plan_extension_of
from mcp_server.capacity.owned import OwnedExtension, OwnedReservation
from mcp_server.capacity.words import clean, quoted, word

_CONNECT_TIMEOUT = 10
_ENOUGH_FOR_ONE = 900
"""Seconds a purchaser's session lasts: the shortest that STS gives."""

REJECTED_CODES = frozenset(
    {
        # Who asks.
        "AccessDenied",
        "AuthFailure",
        "Blocked",
        "ExpiredToken",
        "InvalidClientTokenId",
        "OptInRequired",
        "PendingVerification",
        "RequestExpired",
        "SignatureDoesNotMatch",
        "UnauthorizedOperation",
        "UnrecognizedClientException",
        "AccessDeniedException",
        # What is asked.
        "InvalidAction",
        "InvalidCapacityBlockExtensionOfferingIdExpired",
        "InvalidCapacityBlockExtensionOfferingIdMalformed",
        "InvalidCapacityBlockExtensionOfferingIdNotFound",
        "InvalidCapacityBlockOfferingIdExpired",
        "InvalidCapacityBlockOfferingIdMalformed",
        "InvalidCapacityBlockOfferingIdNotFound",
        "InvalidCapacityReservationId.Malformed",
        "InvalidCapacityReservationId.NotFound",
        "InvalidCapacityReservationState",
        "InvalidParameter",
        "InvalidParameterCombination",
        "InvalidParameterValue",
        "InvalidTagKey.Malformed",
        "MalformedQueryString",
        "MissingParameter",
        "TagPolicyViolation",
        "UnknownParameter",
        "UnsupportedOperation",
        "ResourceNotFound",
        "UnknownOperationException",
        "ValidationError",
        "ValidationException",
        # How much, and how often.
        "CapacityBlockDescribeLimitExceeded",
        "RequestLimitExceeded",
        "ResourceLimitExceeded",
        "TagLimitExceeded",
        "Throttling",
        "ThrottlingException",
        "VcpuLimitExceeded",
    }
)
"""Error codes that mean that AWS did nothing. Read one by one: any other code leaves the outcome unknown.

So does ResourceInUse of a plan's name, which is nobody else's: it says that an earlier request has made the plan.
"""

_THROTTLING = frozenset({"RequestLimitExceeded", "Throttling", "ThrottlingException"})
_TOO_MANY = 503


class Certainty(StrEnum):
    """What a purchase that did not succeed is known to have done."""

    NOT_SENT = "not sent"
    REJECTED = "rejected"
    UNKNOWN = "unknown"


class PurchaseFailed(Exception):
    """The request brought no reservation. message is cleaned and cut; code and request_id may be empty."""

    def __init__(self, certainty: Certainty, message: str, code: str = "", request_id: str = "") -> None:
        self.certainty, self.code, self.request_id = certainty, word(code) if code else "", clean(request_id, 80)
        self.message = clean(message)
        super().__init__(f"{certainty}: {self.code + ': ' if self.code else ''}{quoted(self.message)}")


@dataclass(frozen=True, slots=True)
class Sold:
    """What AWS answered: the reservations of a block, the extensions of one or of a plan, or the ARN of a plan."""

    request_id: str
    reservations: tuple[OwnedReservation, ...] = ()
    extensions: tuple[OwnedExtension, ...] = ()
    plan: str | None = None


@dataclass(frozen=True, slots=True, repr=False)
class Credentials:
    """A session's keys. They are shown nowhere and kept nowhere."""

    access_key: str
    secret_key: str
    token: str


def assume_purchaser(
    profile: str | None, role: str, session_name: str, *, mfa_serial: str | None = None, mfa_code: str | None = None
) -> Credentials:
    """A short session of a purchaser's role; CloudTrail shows session_name with whatever it does.

    Raises:
        AwsFailure: The role cannot be assumed.
    """
    import boto3  # noqa: PLC0415

    with translated("assume_role"):
        session: Any = boto3.Session(profile_name=profile)
        client = session.client("sts", region_name=session.region_name or "us-east-1", config=_once(20))
    answer = ask(
        client,
        "assume_role",
        RoleArn=role,
        RoleSessionName=session_name,
        DurationSeconds=_ENOUGH_FOR_ONE,
        SerialNumber=mfa_serial,
        TokenCode=mfa_code,
    )
    keys: dict[str, str] = expected(answer, "assume_role", "Credentials")
    return Credentials(keys["AccessKeyId"], keys["SecretAccessKey"], keys["SessionToken"])


class Buyer:
    """Who buys in one account and region. identity is whom AWS takes it for, endpoint where its requests go."""

    def __init__(
        self,
        region: str,
        read_timeout: float,
        *,
        service: str = "ec2",
        profile: str | None = None,
        credentials: Credentials | None = None,
    ) -> None:
        """Make fresh clients, of a session's credentials or else of a profile (None: the ambient ones).

        read_timeout is in seconds, for the one request that spends. service is the one that sells: ec2, or sagemaker.

        Raises:
            AwsFailure: AWS does not say who it is.
        """
        import boto3  # noqa: PLC0415

        keys = (
            {
                "aws_access_key_id": credentials.access_key,
                "aws_secret_access_key": credentials.secret_key,
                "aws_session_token": credentials.token,
            }
            if credentials
            else {"profile_name": profile}
        )
        with translated("session"):
            session: Any = boto3.Session(**keys)
            sts = session.client("sts", region_name=region, config=_once(20))
            self._client = session.client(service, region_name=region, config=_once(read_timeout))
        self.identity: Identity = identify(sts)
        self.endpoint: str = self._client.meta.endpoint_url
        self._region = region

    def dry_run_block(self, offering_id: str, platform: str, tags: Mapping[str, str]) -> None:
        """Whether this identity may buy a block with these tags, or with none; nothing else is checked by AWS.

        Raises:
            AwsFailure: It may not, or AWS did not say.
        """
        self._dry_run("purchase_capacity_block", _block(offering_id, platform, tags))

    def dry_run_extension(self, offering_id: str, reservation_id: str) -> None:
        """Whether this identity may buy an extension.

        Raises:
            AwsFailure: It may not, or AWS did not say.
        """
        self._dry_run("purchase_capacity_block_extension", _extension(offering_id, reservation_id))

    def buy_block(self, offering_id: str, platform: str, tags: Mapping[str, str]) -> Sold:
        """Buy a block: one request, whatever happens to it.

        Raises:
            PurchaseFailed: No reservation came back, with what is known of it.
        """
        answer = self._send("purchase_capacity_block", _block(offering_id, platform, tags))
        with _unreadable_is_unknown():
            # An offering of several segments makes a reservation for each; the single member is the first of them.
            rows: list[dict[str, Any]] = answer.get("CapacityReservations") or [answer["CapacityReservation"]]
            of = self.identity.account
            return Sold(_request_id(answer), tuple(reservation_of(row, of, self._region, {}) for row in rows))

    def buy_extension(self, offering_id: str, reservation_id: str) -> Sold:
        """Buy an extension: one request, whatever happens to it.

        Raises:
            PurchaseFailed: No extension came back, with what is known of it.
        """
        answer = self._send("purchase_capacity_block_extension", _extension(offering_id, reservation_id))
        with _unreadable_is_unknown():
            rows: list[dict[str, Any]] = answer["CapacityBlockExtensions"]
            of = self.identity.account
            found = [extension_of(row, of, self._region) for row in rows]
            # Should AWS also list earlier ones, this one is told by its offering.
            sold = tuple(each for each in found if each.offering_id == offering_id) or tuple(found)
            if not sold:
                raise ValueError("no extension")
            return Sold(_request_id(answer), extensions=sold)

    def buy_plan(self, offering_id: str, name: str, tags: Mapping[str, str]) -> Sold:
        """Buy a training plan: one request, whatever happens to it. SageMaker answers with its ARN alone.

        Raises:
            PurchaseFailed: No plan came back, with what is known of it.
        """
        arguments: dict[str, Any] = {
            "TrainingPlanName": name,
            "TrainingPlanOfferingId": offering_id,
            "Tags": [{"Key": key, "Value": value} for key, value in tags.items()],
        }
        answer = self._send("create_training_plan", arguments)
        with _unreadable_is_unknown():
            return Sold(_request_id(answer), plan=str(answer["TrainingPlanArn"]))

    def buy_plan_extension(self, offering_id: str, plan: OwnedReservation) -> Sold:
        """Buy an extension of a training plan: one request, whatever happens to it.

        Raises:
            PurchaseFailed: No extension came back, with what is known of it.
        """
        arguments = {"TrainingPlanExtensionOfferingId": offering_id}
        answer = self._send("extend_training_plan", arguments)
        with _unreadable_is_unknown():
            rows: list[dict[str, Any]] = answer["TrainingPlanExtensions"]
            # SageMaker lists earlier ones too; this one is told by its offering.
            sold = tuple(
                plan_extension_of(row, plan)
                for row in rows
                if row.get("TrainingPlanExtensionOfferingId") == offering_id
            )
            if not sold:
                raise ValueError("no extension")
            return Sold(_request_id(answer), extensions=sold)

    def _dry_run(self, operation: str, arguments: dict[str, Any]) -> None:
        try:
            ask(self._client, operation, DryRun=True, **arguments)
        except AwsFailure as failure:
            # EC2 answers a dry run that would have succeeded with an error.
            if failure.code != "DryRunOperation":
                raise
        else:
            raise AwsFailure(FailureKind.AWS_ERROR, operation, "the answer is not that of a dry run", ours=True)

    def _send(self, operation: str, arguments: dict[str, Any]) -> dict[str, Any]:
        from botocore.exceptions import ClientError  # noqa: PLC0415

        try:
            return getattr(self._client, operation)(**arguments)
        except ClientError as error:
            raise _refused(cast("dict[str, Any]", error.response)) from error
        except Exception as error:
            # Whatever it is: only what is known to come before the request says that nothing was sent.
            raise _broken(error) from error


def _block(offering_id: str, platform: str, tags: Mapping[str, str]) -> dict[str, Any]:
    rows = [{"Key": key, "Value": value} for key, value in tags.items()]
    # A specification, be it empty, already asks for the permission to tag.
    tagging = {"TagSpecifications": [{"ResourceType": "capacity-reservation", "Tags": rows}]} if rows else {}
    return {"CapacityBlockOfferingId": offering_id, "InstancePlatform": platform, **tagging}


def _extension(offering_id: str, reservation_id: str) -> dict[str, Any]:
    return {"CapacityBlockExtensionOfferingId": offering_id, "CapacityReservationId": reservation_id}


def _once(read_timeout: float) -> Any:
    """One attempt: botocore by itself would send a purchase three times."""
    from botocore.config import Config  # noqa: PLC0415

    return Config(
        connect_timeout=_CONNECT_TIMEOUT,
        read_timeout=read_timeout,
        retries={"mode": "standard", "total_max_attempts": 1},
        user_agent_extra="ml-clusters",
    )


def _refused(response: dict[str, Any]) -> PurchaseFailed:
    """What an error answer says was done: nothing, if its code is on the list and its status is that of a refusal."""
    error: dict[str, Any] = response.get("Error", {})
    code, message = str(error.get("Code", "")), str(error.get("Message", ""))
    status = int(response.get("ResponseMetadata", {}).get("HTTPStatusCode") or 0)
    # EC2 sends throttling as 503, which else says nothing about what was done.
    refusal = 400 <= status < 500 or (status == _TOO_MANY and code in _THROTTLING)
    certainty = Certainty.REJECTED if refusal and code in REJECTED_CODES else Certainty.UNKNOWN
    return PurchaseFailed(certainty, message or f"HTTP status {status}", code, _request_id(response))


def _broken(error: Exception) -> PurchaseFailed:
    """What an exception without an answer says: nothing was sent only where no connection was ever made."""
    from botocore import exceptions  # noqa: PLC0415

    before_sending: tuple[type[Exception], ...] = (
        exceptions.EndpointConnectionError,
        exceptions.ConnectTimeoutError,
        exceptions.NoCredentialsError,
        exceptions.PartialCredentialsError,
        exceptions.CredentialRetrievalError,
        exceptions.TokenRetrievalError,
        exceptions.ParamValidationError,
        exceptions.NoRegionError,
    )
    not_sent = isinstance(error, before_sending) or _certificate_refused(error)
    certainty = Certainty.NOT_SENT if not_sent else Certainty.UNKNOWN
    return PurchaseFailed(certainty, str(error) or type(error).__name__)


def _certificate_refused(error: BaseException) -> bool:
    """Whether TLS ended with the certificate; a TLS error later on may have come after the request."""
    from botocore.exceptions import SSLError  # noqa: PLC0415

    if not isinstance(error, SSLError):
        return False
    causes: list[BaseException] = [error]
    for each in causes:
        inner = (each.__cause__, each.__context__, *(arg for arg in each.args if isinstance(arg, BaseException)))
        causes.extend(cause for cause in inner if cause is not None and cause not in causes)
    return any(isinstance(each, ssl.SSLCertVerificationError) for each in causes)


def _request_id(response: Mapping[str, Any]) -> str:
    return str(response.get("ResponseMetadata", {}).get("RequestId", ""))


class _unreadable_is_unknown:  # noqa: N801 - reads as a word after `with`
    """Around reading an answer to a purchase: whatever cannot be read says nothing about what was done."""

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, traceback: object) -> None:
        """Turn the exception.

        Raises:
            PurchaseFailed: Of unknown outcome.
        """
        if isinstance(error, Exception):
            raise PurchaseFailed(Certainty.UNKNOWN, f"the answer cannot be read ({type(error).__name__})") from error
