"""Arguments of a tool as they are typed: --instance-types p5,p5en --count 8."""

import json
from collections.abc import Sequence
from typing import Any

from mcp.types import Tool

from mcp_server.capacity.words import typed


class ArgumentRefused(Exception):
    """An argument that the tool does not have, or a value that it cannot take."""


def parse_arguments(tool: Tool, words: Sequence[str]) -> dict[str, Any]:
    """The tool's arguments from --name value, --name=value and, for switches, --name.

    Lists are given with commas or by repeating the name.

    Raises:
        ArgumentRefused: A name or value that the tool cannot take, or a required one that is missing.
    """
    properties: dict[str, dict[str, Any]] = tool.input_schema.get("properties", {})
    arguments: dict[str, Any] = {}
    rest = list(words)
    while rest:
        word, _, value = rest.pop(0).partition("=")
        name = word.removeprefix("--").replace("-", "_")
        if not word.startswith("--") or name not in properties:
            known = ", ".join(map(_option, properties))
            raise ArgumentRefused(f"{tool.name} has no argument {typed(word)}. It has: {known}.")
        kind = properties[name].get("type", "string")
        if kind == "boolean" and not value:
            arguments[name] = True
            continue
        if not value:
            if not rest:
                raise ArgumentRefused(f"{word} needs a value.")
            value = rest.pop(0)
        parsed = _parsed(word, kind, value)
        arguments[name] = [*arguments.get(name, []), *parsed] if kind == "array" else parsed
    missing = [_option(name) for name in tool.input_schema.get("required", ()) if name not in arguments]
    if missing:
        raise ArgumentRefused(f"{tool.name} needs {' and '.join(missing)}.")
    return arguments


def describe_arguments(tool: Tool) -> str:
    """The tool's arguments, one to a line, for --help."""
    required = tool.input_schema.get("required", ())
    properties: dict[str, dict[str, Any]] = tool.input_schema.get("properties", {})
    width = max((len(_option(name)) for name in properties), default=0)
    lines = [f"  {_option(name):<{width}}  {_meaning(each, name in required)}" for name, each in properties.items()]
    return "\n".join(lines)


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _meaning(schema: dict[str, Any], required: bool) -> str:
    kind = {"array": "several, with commas", "integer": "number"}.get(schema.get("type", ""), "")
    choices = " | ".join(schema.get("enum", ()))
    default = f"default {schema['default']}" if schema.get("default") not in (None, "", {}, []) else ""
    parts = [schema.get("description", ""), choices, kind, default, "required" if required else ""]
    return "; ".join(part for part in parts if part)


def _parsed(word: str, kind: str, value: str) -> Any:
    try:
        match kind:
            case "integer":
                return int(value)
            case "number":
                return float(value)
            case "boolean" | "object":
                return json.loads(value)
            case "array":
                return [part.strip() for part in value.split(",") if part.strip()]
            case _:
                return value
    except ValueError:
        raise ArgumentRefused(f"{word} {typed(value)} is not {'an' if kind[0] in 'aeiou' else 'a'} {kind}.") from None
