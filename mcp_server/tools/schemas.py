"""Input schemas as models see them: every token of them is paid for in every conversation."""

from typing import Any, cast


def terse_schema(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema without titles, null branches, empty defaults and references; it accepts what it accepted but null."""
    definitions: dict[str, Any] = schema.get("$defs", {})
    properties = {name: _terse(each, definitions) for name, each in schema.get("properties", {}).items()}
    return {"type": "object", "properties": properties, **_kept(schema, "required")}


def _terse(schema: dict[str, Any], definitions: dict[str, Any]) -> dict[str, Any]:
    if "$ref" in schema:
        target = definitions[schema["$ref"].rsplit("/", 1)[-1]]
        # The description of a shared definition is for programmers; that of the argument is for models.
        return {**_terse({**target, "description": None}, definitions), **_kept(schema, "default")}
    branches = [branch for branch in schema.get("anyOf", ()) if branch != {"type": "null"}]
    if len(branches) == 1:
        return {**_terse(branches[0], definitions), **_terse({**schema, "anyOf": ()}, definitions)}
    terse = {name: value for name, value in schema.items() if name != "title" and value not in (None, [], ())}
    if isinstance(terse.get("items"), dict):
        terse["items"] = _terse(cast("dict[str, Any]", terse["items"]), definitions)
    return terse


def _kept(schema: dict[str, Any], name: str) -> dict[str, Any]:
    return {name: schema[name]} if name in schema else {}
