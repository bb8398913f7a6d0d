"""Each skill as an MCP prompt, for clients that do not read skills."""

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from mcp.server import MCPServer
from mcp.server.context import ServerRequestContext
from mcp.server.mcpserver.prompts import Prompt
from mcp.types import ListPromptsResult
from pydantic import Field

_FRONTMATTER = re.compile(r"\A---\n(.*?\n)---\n", re.DOTALL)

# A wheel carries the skills within the package; a clone and the plugin have them beside it.
_FOLDERS = (Path(__file__).parent.parent / "skills", Path(__file__).parent.parent.parent / "skills")


@dataclass(frozen=True, slots=True)
class Skill:
    """What a SKILL.md says: its name, what it is for, what may follow its name, and the text itself."""

    name: str
    description: str
    argument_hint: str
    body: str

    def filled(self, request: str) -> str:
        """The text with the request put where a skill's arguments go."""
        return self.body.replace(r"\$", "\0").replace("$ARGUMENTS", request).replace("\0", "$").strip()


def read_skills() -> list[Skill]:
    """The skills that came with this server, by name."""
    folder = next((each for each in _FOLDERS if each.is_dir()), None)
    return [_read(file) for file in sorted(folder.glob("*/SKILL.md"))] if folder else []


def register_prompts(server: MCPServer[Any]) -> None:
    """Add a prompt for each skill."""
    for skill in read_skills():
        server.add_prompt(Prompt.from_function(_filler(skill), name=skill.name, description=skill.description))


async def unlisted_to_claude_code(
    ctx: ServerRequestContext[Any, Any], call_next: Callable[[ServerRequestContext[Any, Any]], Awaitable[Any]]
) -> Any:
    """Middleware: Claude Code reads the skills themselves, beside which prompts would be commands of the same name."""
    client = ctx.session.client_params
    if ctx.method == "prompts/list" and client and client.client_info.name == "claude-code":
        return ListPromptsResult(prompts=[])
    return await call_next(ctx)


def _filler(skill: Skill) -> Callable[..., str]:
    def fill(request: str = Field(default="", description=skill.argument_hint)) -> str:
        return skill.filled(request)

    return fill


def _read(file: Path) -> Skill:
    text = file.read_text(encoding="utf-8")
    frontmatter = _FRONTMATTER.match(text)
    fields: dict[str, Any] = yaml.safe_load(frontmatter[1]) if frontmatter else {}
    return Skill(
        name=file.parent.name,
        description=str(fields.get("description", "")),
        argument_hint=str(fields.get("argument-hint", "")),
        body=text[frontmatter.end() :] if frontmatter else text,
    )
