"""A stand-in for the Messages API on 127.0.0.1 that plays turns written beforehand and keeps what it was sent."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from tests.plugin.local_server import LocalServer, QuietHandler

Block = dict[str, Any]
Turn = Block | Callable[[str], Block]
"""A block, or what makes one of the last tool's result."""


def use(tool: str, **arguments: Any) -> Block:
    """A turn's call of a tool."""
    return {"type": "tool_use", "name": tool, "input": arguments}


class ScriptedModel:
    """Plays one block per turn, then says done; began is called at the first turn.

    requests are the bodies of the turns that had tools.
    """

    def __init__(self, turns: Sequence[Turn], began: Callable[[], None] = lambda: None) -> None:
        self.turns = turns
        self._began = began
        self.requests: list[dict[str, Any]] = []
        model = self

        class Handler(QuietHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["content-length"])))
                if "count_tokens" in self.path:
                    self.send_body(200, "application/json", json.dumps({"input_tokens": 1}).encode())
                else:
                    self.send_body(200, "text/event-stream", model.answer(body))

            def do_GET(self) -> None:
                self.send_body(200, "application/json", b"{}")

            def do_HEAD(self) -> None:
                self.send_body(200, "application/json", b"")

        self._server = LocalServer(Handler)

    @property
    def address(self) -> str:
        """What ANTHROPIC_BASE_URL is set to."""
        return f"http://{self._server.host}"

    def close(self) -> None:
        """Stop serving."""
        self._server.close()

    def answer(self, body: dict[str, Any]) -> bytes:
        """The events of the next turn. Side requests, such as for a title, have no tools and get a word."""
        block: Block = {"type": "text", "text": "done"}
        if body.get("tools"):
            if len(self.requests) < len(self.turns):
                turn = self.turns[len(self.requests)]
                block = turn(last_result(body)) if callable(turn) else turn
            self.requests.append(body)
            self._began()
        return "".join(
            f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in _events(block, len(self.requests))
        ).encode()


def last_result(body: dict[str, Any]) -> str:
    """What the last tool came to, as the model is told it."""
    blocks = [each for message in body["messages"] if message["role"] == "user" for each in message["content"]]
    content = [each["content"] for each in blocks if isinstance(each, dict) and each["type"] == "tool_result"][-1]
    return content if isinstance(content, str) else content[0]["text"]


def _events(block: Block, turn: int) -> list[dict[str, Any]]:
    if block["type"] == "text":
        start, delta = {"type": "text", "text": ""}, {"type": "text_delta", "text": block["text"]}
        reason = "end_turn"
    else:
        start = {"type": "tool_use", "id": f"toolu_{turn}", "name": block["name"], "input": {}}
        delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
        reason = "tool_use"
    usage = {"input_tokens": 1, "output_tokens": 1}
    message = {"id": f"msg_{turn}", "type": "message", "role": "assistant", "model": "scripted", "content": []}
    return [
        {"type": "message_start", "message": message | {"stop_reason": None, "stop_sequence": None, "usage": usage}},
        {"type": "content_block_start", "index": 0, "content_block": start},
        {"type": "content_block_delta", "index": 0, "delta": delta},
        {"type": "content_block_stop", "index": 0},
        {"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": None}, "usage": usage},
        {"type": "message_stop"},
    ]
