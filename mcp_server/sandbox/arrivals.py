"""What a request is before moto reads it: whose, to which operation, and whether it changes anything."""

import re
from typing import cast

from botocore.exceptions import UnknownServiceError
from moto.core.request import Request as MotoRequest
from moto.core.routing import get_service_router
from werkzeug.exceptions import HTTPException

from mcp_server.sandbox.messages import Arrival, Request

_CREDENTIAL = re.compile(r"Credential=([^/]+)/[^/]+/([^/]+)/([^/]+)/aws4_request")
_ACTION = re.compile(r"(?:^|&)Action=(\w+)")
_DRY_RUN = re.compile(r"(?:^|&)DryRun=true(?:&|$)", re.IGNORECASE)
_TAGS = re.compile(r"(?:^|&)TagSpecification\.")
_READING = re.compile(r"(Describe|List|Get|Search|Lookup|Head|BatchGet|Query|Scan|Simulate)(?![a-z])")
_UNSIGNED = ("us-east-1", "s3", "")
# Where the name that signs is not botocore's name for the service.
_SERVICE_BY_SIGNATURE = {
    "elasticfilesystem": "efs",
    "elasticloadbalancing": "elbv2",
    "email": "ses",
    "monitoring": "cloudwatch",
    "servicequotas": "service-quotas",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
}


def arrival_of(request: Request) -> Arrival:
    """Read the signature's scope and the operation's name, nothing else."""
    scope = _CREDENTIAL.search(request.headers.get("authorization", "") or request.query.replace("%2F", "/"))
    key, region, signed = scope.groups() if scope else ("", *_UNSIGNED[:2])
    service = _SERVICE_BY_SIGNATURE.get(signed, signed)
    form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
    text = request.body.decode(errors="replace") if form else request.query
    action = _ACTION.search(text)
    target = request.headers.get("x-amz-target")
    if target:
        operation, reads = target.rpartition(".")[2], False
    elif action:
        operation, reads = action[1], False
    else:
        operation, reads = _rest_operation(service, request), request.method in {"GET", "HEAD"}
    reads = reads or _READING.match(operation) is not None
    return Arrival(service, operation, region, key, bool(_DRY_RUN.search(text)), not reads, bool(_TAGS.search(text)))


def _rest_operation(service: str, request: Request) -> str:
    try:
        operation, _ = get_service_router(service).match(MotoRequest(request.environ()))
    except (HTTPException, NotImplementedError, UnknownServiceError):
        return request.method
    return cast("str", operation.name)
