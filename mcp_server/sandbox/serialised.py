"""Answers in the words of a service's protocol: moto's serialisers over botocore's models."""

from functools import cache
from uuid import uuid4

from botocore.exceptions import UnknownServiceError
from botocore.model import OperationNotFoundError
from moto.core.common_types import TYPE_RESPONSE
from moto.core.exceptions import ServiceException
from moto.core.model import OperationModel, ServiceModel
from moto.core.request import determine_request_protocol
from moto.core.responses import ActionContext, ActionResult
from moto.core.serialize import ResponseDict, ResponseSerializer, SerializationContext, get_serializer_class
from moto.core.utils import get_service_model

from mcp_server.sandbox.call import AwsError
from mcp_server.sandbox.messages import Answer, Arrival, Request


class Answered(ActionResult):
    """A dictionary with botocore's names, serialised without moto's search for other spellings of them."""

    def execute_result(self, context: ActionContext) -> TYPE_RESPONSE:
        """Status, headers and body as the protocol has them."""
        answer = _serialise(context.serializer_class, context.operation_model, self.result)
        return answer["status_code"], dict(answer["headers"]), answer["body"]


class Refused(Answered):
    """An AwsError on its way through moto, whose serialisers know no HTTP status but 400."""

    def __init__(self, error: AwsError) -> None:
        super().__init__(_Spoken(error.code, error.message))
        self._status = error.status

    def execute_result(self, context: ActionContext) -> TYPE_RESPONSE:
        """Status, headers and body as the protocol has them."""
        _, headers, body = super().execute_result(context)
        return self._status, headers, body


class _Spoken(ServiceException):
    """moto asks the service of the module that defines an exception for its shape: ours belongs to none."""


def refusal(request: Request, arrival: Arrival, error: AwsError) -> Answer:
    """An error answer that moto is not asked for."""
    try:
        service_model = get_service_model(arrival.service)
        protocol = determine_request_protocol(service_model, request.headers.get("content-type"))
    except (UnknownServiceError, NotImplementedError):
        return Answer(error.status, (("Content-Type", "text/plain"),), f"{error.code}: {error.message}".encode())
    answer = _serialise(
        get_serializer_class(arrival.service, protocol),
        _operation_model(service_model, arrival.operation),
        _Spoken(error.code, error.message),
    )
    body = answer["body"]
    headers = tuple((name, str(value)) for name, value in answer["headers"].items())
    return Answer(error.status, headers, body if isinstance(body, bytes) else body.encode())


def _serialise(serializer: type[ResponseSerializer], operation: OperationModel, result: object) -> ResponseDict:
    return serializer(operation, SerializationContext(str(uuid4()))).serialize(result)


@cache
def _operation_model(service_model: ServiceModel, operation: str) -> OperationModel:
    try:
        return service_model.operation_model(operation)
    except OperationNotFoundError:
        unmodelled: dict[str, object] = {}
        return OperationModel(unmodelled, service_model)
