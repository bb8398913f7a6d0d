"""What a skill's files must be like, beyond what `claude plugin validate` notices.

The validator is silent about misspelt frontmatter keys, values of the wrong type and tools that do not exist, and a
price such as $31 in a skill's text is replaced by an argument.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any

import yaml

CLONE_FORM = "mcp__ml-clusters__"
PLUGIN_FORM = "mcp__plugin_ml-clusters_ml-clusters__"

# Claude Code's frontmatter keys (its documentation of August 2026) and the YAML types of their values.
KEYS: Mapping[str, tuple[type, ...]] = {
    "name": (str,),
    "description": (str,),
    "when_to_use": (str,),
    "argument-hint": (str,),
    "arguments": (str, list),
    "disable-model-invocation": (bool,),
    "user-invocable": (bool,),
    "allowed-tools": (str, list),
    "disallowed-tools": (str, list),
    "model": (str,),
    "effort": (str,),
    "context": (str,),
    "agent": (str,),
    "background": (bool,),
    "hooks": (dict,),
    "paths": (str, list),
    "shell": (str,),
    "metadata": (dict,),
    "license": (str,),
    "compatibility": (str,),
}

MAX_DESCRIPTION = 1024  # agentskills.io; a longer one is refused by claude.ai
MAX_LISTED = 1536  # description and when_to_use together, as the model's listing cuts them
MAX_LINES = 150
MAX_REFERENCE_LINES = 100
MAX_TOKENS = 5000  # what returns of a skill after a compaction
CHARACTERS_PER_TOKEN = 3  # few, so that the estimate errs on the safe side

_FRONTMATTER = re.compile(r"\A---\n(.*?\n)---\n", re.DOTALL)
_NAME = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_MCP_NAME = re.compile(r"mcp__[\w-]+__(\w+)")
_SNAKE = re.compile(r"`([a-z]+(?:_[a-z0-9]+)+)`")
_ARGUMENT = re.compile(r"(?<!\\)\$\d")
_NOT_THIRD_PERSON = re.compile(r"\b(I|I'm|you|your|we|our)\b", re.IGNORECASE)


class Rule(StrEnum):
    """What was broken."""

    FRONTMATTER = "frontmatter"
    KEY = "unknown key"
    TYPE = "type of a value"
    NAME = "name"
    DESCRIPTION = "description"
    LENGTH = "length"
    LINK = "link"
    TOOL = "tool or argument that the server does not have"
    ARGUMENT = "unescaped dollar"
    ALLOWED_TOOLS = "allowed-tools"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong with one file, in words."""

    rule: Rule
    file: Path
    detail: str


def lint(skill: Path, names: frozenset[str]) -> list[Problem]:
    """What is wrong with the skill in a folder. names are the server's tools, their arguments and result fields."""
    file = skill / "SKILL.md"
    text = file.read_text(encoding="utf-8")
    problems = [*_length(file, text, MAX_LINES)]
    for reference in sorted(skill.rglob("*.md")):
        words = reference.read_text(encoding="utf-8")
        problems += [*_links(reference, words), *_names(reference, words, names), *_dollars(reference, words)]
        if reference != file:
            problems += _length(reference, words, MAX_REFERENCE_LINES)
    try:
        fields = _fields(text)
    except ValueError as error:
        return [*problems, Problem(Rule.FRONTMATTER, file, str(error))]
    return [*problems, *_keys(file, fields), *_identity(file, fields), *_allowed_tools(file, fields)]


def _fields(text: str) -> dict[str, Any]:
    block = _FRONTMATTER.match(text)
    if block is None:
        raise ValueError("no frontmatter between two lines of ---")
    try:
        fields = yaml.safe_load(block[1])
    except yaml.YAMLError as error:
        raise ValueError(f"not YAML: {error}") from error
    if not isinstance(fields, dict):
        raise ValueError("not a mapping")  # noqa: TRY004 - told as a problem of the file
    return fields


def _keys(file: Path, fields: dict[str, Any]) -> Iterator[Problem]:
    for key, value in fields.items():
        if key not in KEYS:
            yield Problem(Rule.KEY, file, f"{key} is no key that Claude Code knows")
        elif not isinstance(value, KEYS[key]):
            yield Problem(Rule.TYPE, file, f"{key} is {type(value).__name__}, not {KEYS[key][0].__name__}")


def _identity(file: Path, fields: dict[str, Any]) -> Iterator[Problem]:
    name, description = str(fields.get("name", "")), str(fields.get("description", ""))
    if not _NAME.fullmatch(name) or len(name) > 64 or name != file.parent.name:
        yield Problem(Rule.NAME, file, f"name {name!r} is not the folder's, or not 1 to 64 of a-z, 0-9 and hyphens")
    if not 1 <= len(description) <= MAX_DESCRIPTION:
        yield Problem(Rule.DESCRIPTION, file, f"description has {len(description)} characters")
    if len(description) + len(str(fields.get("when_to_use", ""))) > MAX_LISTED:
        yield Problem(Rule.DESCRIPTION, file, "description and when_to_use are cut in the listing")
    if word := _NOT_THIRD_PERSON.search(description):
        yield Problem(Rule.DESCRIPTION, file, f"description is not in the third person: {word[0]!r}")


def _length(file: Path, text: str, lines: int) -> Iterator[Problem]:
    if text.count("\n") > lines:
        yield Problem(Rule.LENGTH, file, f"{text.count(chr(10))} lines; at most {lines}")
    if len(text) > MAX_TOKENS * CHARACTERS_PER_TOKEN:
        yield Problem(Rule.LENGTH, file, f"about {len(text) // CHARACTERS_PER_TOKEN} tokens; at most {MAX_TOKENS}")


def _links(file: Path, text: str) -> Iterator[Problem]:
    for target in _LINK.findall(text):
        path = target.split("#")[0]
        if path and "://" not in path and not path.startswith("mailto:") and not (file.parent / path).exists():
            yield Problem(Rule.LINK, file, f"{target} does not exist")


def _names(file: Path, text: str, names: frozenset[str]) -> Iterator[Problem]:
    for name in sorted({*_MCP_NAME.findall(text), *_SNAKE.findall(text)} - names):
        yield Problem(Rule.TOOL, file, f"{name} is no tool, argument or field of the server")


def _dollars(file: Path, text: str) -> Iterator[Problem]:
    for dollar in _ARGUMENT.findall(text):
        yield Problem(Rule.ARGUMENT, file, f"{dollar} would be replaced by an argument: write \\{dollar}")


def _allowed_tools(file: Path, fields: dict[str, Any]) -> Iterator[Problem]:
    allowed = fields.get("allowed-tools", [])
    entries = set(re.split(r"[,\s]+", allowed) if isinstance(allowed, str) else map(str, allowed))
    ours = {form: _tools(entries, form) for form in (CLONE_FORM, PLUGIN_FORM)}
    for entry in sorted(entries):
        if entry.startswith("mcp__") and not entry.startswith((CLONE_FORM, PLUGIN_FORM)):
            yield Problem(Rule.ALLOWED_TOOLS, file, f"{entry} is a tool of neither the clone's server nor the plugin's")
    for tool in sorted(ours[CLONE_FORM] ^ ours[PLUGIN_FORM]):
        yield Problem(Rule.ALLOWED_TOOLS, file, f"{tool} is allowed in only one of its two forms")


def _tools(entries: set[str], form: str) -> set[str]:
    return {entry.removeprefix(form) for entry in entries if entry.startswith(form)}
