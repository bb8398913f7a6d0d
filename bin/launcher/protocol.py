"""What a server with one tool says in both protocol eras: messages in, messages out, nothing read or written.

The client's first request decides the era, as it does for the server that follows.
"""

import json

HANDSHAKE_VERSIONS = ("2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25")
MODERN_VERSION = "2026-07-28"
PREFIX = "io.modelcontextprotocol/"
SUBSCRIPTION = PREFIX + "subscriptionId"
OPENING_ID = "ml-clusters-launcher"
UNSUPPORTED_VERSION = -32022
METHOD_NOT_FOUND = -32601

# What the server itself declares, because a client asks for this only once.
CAPABILITIES = {
    "tools": {"listChanged": True},
    "prompts": {"listChanged": True},
    "resources": {"listChanged": True, "subscribe": True},
    "completions": {},
}
LISTS = {"toolsListChanged": "tools", "promptsListChanged": "prompts", "resourcesListChanged": "resources"}
INSTRUCTIONS = (
    "Finds GPU capacity on AWS (EC2 Capacity Blocks) over regions and accounts. The server is being installed: until"
    " its tools appear there is only setup_status, which says how far it is or what is missing."
)
STATUS_TOOL = {
    "name": "setup_status",
    "title": "Setup status",
    "description": "How far the installation of ml-clusters is, or what is missing and the command that mends it."
    " Its own tools (search_capacity_blocks and others) appear in place of this one when it is done.",
    "inputSchema": {"type": "object", "properties": {}},
    "annotations": {"readOnlyHint": True, "openWorldHint": False},
}


class Protocol:
    """What one client has said so far, and what to answer."""

    def __init__(self, version):
        self._server = {"name": "ml-clusters", "version": version}
        self._modern = None
        self._envelope = None
        self._initialize = None
        self._initialized = None
        self._listening = {}

    @property
    def subscriptions(self):
        """The ids of the subscriptions that are open (2026-07-28)."""
        return tuple(self._listening)

    @property
    def opened(self):
        """Whether the client has said enough for the server to be opened in its era."""
        return bool(self._envelope or self._initialize)

    def note(self, message, line):
        """Remember what the server must be told when it takes over."""
        method, params = message.get("method"), message.get("params") or {}
        version = _envelope_version(params)
        if self._modern is None and "id" in message:
            self._modern = method != "initialize" and version is not None
        if self._modern and version == MODERN_VERSION:
            self._envelope = params["_meta"]
        if method == "initialize" and not self._modern:
            self._initialize = (line, message.get("id"))
        elif method == "notifications/initialized":
            self._initialized = line
        elif method == "subscriptions/listen" and self._modern:
            self._listening[message["id"]] = (line, params.get("notifications") or {})
        elif method == "notifications/cancelled":
            self._listening.pop(params.get("requestId"), None)

    def answer(self, request):
        """The answer to any request but a tool call."""
        identity, method, params = request["id"], request["method"], request.get("params") or {}
        if method == "initialize":
            return self._initialize_answer(identity, params.get("protocolVersion"))
        if self._modern and _envelope_version(params) != MODERN_VERSION:
            return _unsupported(identity, _envelope_version(params))
        if method == "subscriptions/listen" and self._modern:
            wanted = {kind: value for kind, value in (params.get("notifications") or {}).items() if value}
            return _notification("subscriptions/acknowledged", {"notifications": wanted}, identity)
        result = {
            "server/discover": {
                "supportedVersions": [MODERN_VERSION],
                "capabilities": CAPABILITIES,
                "instructions": INSTRUCTIONS,
            },
            "tools/list": {"tools": [STATUS_TOOL]},
            "prompts/list": {"prompts": []},
            "resources/list": {"resources": []},
            "resources/templates/list": {"resourceTemplates": []},
            "ping": {},
        }.get(method)
        if result is None:
            return _error(identity, METHOD_NOT_FOUND, "Method not found", method)
        if self._modern:
            result = dict(result, ttlMs=0, cacheScope="private")
        return self._result(identity, result)

    def tool_result(self, identity, text, failed):
        """The answer to a tool call."""
        return self._result(identity, {"content": [{"type": "text", "text": text}], "isError": failed})

    def opening(self):
        """What to send the server first, in the client's era, and the id of its answer, which the client has had."""
        if not self._modern and self._initialize:
            return self._initialize
        params = {"_meta": self._envelope}
        request = {"jsonrpc": "2.0", "id": OPENING_ID, "method": "server/discover", "params": params}
        return json.dumps(request).encode() + b"\n", OPENING_ID

    def standing(self):
        """The client's lines that still hold after the opening, as it sent them."""
        initialized = [self._initialized] if self._initialized else []
        return initialized + [line for line, _ in self._listening.values()]

    def list_changes(self):
        """The notifications that make a client ask for tools, prompts and resources again."""
        if not self._modern:
            return [_notification(kind + "/list_changed", None) for kind in LISTS.values()]
        return [
            _notification(LISTS[kind] + "/list_changed", {}, identity)
            for identity, (_, wanted) in self._listening.items()
            for kind in LISTS
            if wanted.get(kind)
        ]

    def _initialize_answer(self, identity, version):
        if self._modern:
            return _unsupported(identity, version)
        spoken = version if version in HANDSHAKE_VERSIONS else HANDSHAKE_VERSIONS[-1]
        result = {"protocolVersion": spoken, "capabilities": CAPABILITIES, "serverInfo": self._server}
        return self._result(identity, dict(result, instructions=INSTRUCTIONS))

    def _result(self, identity, result):
        if self._modern:
            result = dict(result, resultType="complete", _meta={PREFIX + "serverInfo": self._server})
        return {"jsonrpc": "2.0", "id": identity, "result": result}


def progress_token(request):
    """What the client wants progress of a request to be reported under, or None."""
    return ((request.get("params") or {}).get("_meta") or {}).get("progressToken")


def progress(token, seconds, text):
    """The notification that says how far a request is that has taken so many seconds."""
    params = {"progressToken": token, "progress": seconds, "message": text}
    return {"jsonrpc": "2.0", "method": "notifications/progress", "params": params}


def _notification(name, params, subscription=None):
    message = {"jsonrpc": "2.0", "method": "notifications/" + name}
    if params is not None:
        message["params"] = dict(params, _meta={SUBSCRIPTION: subscription})
    return message


def _envelope_version(params):
    return (params.get("_meta") or {}).get(PREFIX + "protocolVersion")


def _unsupported(identity, version):
    data = {"supported": [MODERN_VERSION], "requested": version}
    return _error(identity, UNSUPPORTED_VERSION, "this connection speaks " + MODERN_VERSION, data)


def _error(identity, code, message, data):
    return {"jsonrpc": "2.0", "id": identity, "error": {"code": code, "message": message, "data": data}}
