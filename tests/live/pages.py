"""What a page says that can be checked: its links, the names in it, and the commands in its blocks."""

import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast

import boto3

from mcp_server.monorepo.parsing import parse
from tests.live.copied_tree import LIVE, ROOT

PAGES = [*sorted((ROOT / "docs" / "live").glob("*.md")), LIVE / "README.md"]

OF_OTHERS = {
    "ACCOUNT-long",
    "atlantis apply",
    "atlantis plan",
    "atlantis plan -p",
    "aws",
    "errored.tfstate",
    "key/",
    "main.tfvars",
    ".terragrunt-cache",
    "TF_CLI_ARGS_plan=-lock=false",
    "regions",
    "terraform.tfstate.tflock",
    "ACCOUNT/REGION/UNIT/terraform.tfstate",
    "{account}/{region}/{unit}/terraform.tfstate",
}
"""What is in no file here: files and variables of Terraform's own, the form of a key, what people make, a program."""

PROGRAMS = {"awk", "date", "grep", "jq", "kubectl", "rm"}
"""Programs whose arguments are not looked at."""

_FENCE = re.compile(r"^(?P<indent> *)```(?P<kind>\w*)\n(?P<text>.*?)^(?P=indent)```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
_SUBSTITUTION = re.compile(r"\$\(([^()]*)\)")
_ENVIRON = re.compile(r"(\w+)=.*", re.DOTALL)
_GLOBAL_FLAGS_OF_AWS = {"--output", "--profile", "--query", "--region"}


@dataclass(frozen=True)
class Block:
    """A fenced block of a page."""

    kind: str
    text: str


@dataclass(frozen=True)
class Page:
    """A page in Markdown, at its place in the repository."""

    path: Path
    text: str

    @property
    def blocks(self) -> list[Block]:
        """Its fenced blocks, without their indentation."""
        return [
            Block(found["kind"], re.sub(rf"^{found['indent']}", "", found["text"], flags=re.MULTILINE))
            for found in _FENCE.finditer(self.text)
        ]

    @property
    def prose(self) -> str:
        """All that is in no block."""
        return _FENCE.sub("", self.text)

    def faults(self) -> list[str]:
        """What it says that is not so, as far as it can be seen without running anything but help."""
        return [*self.broken_links(), *self._unknown_words(), *self._broken_blocks()]

    def broken_links(self) -> Iterator[str]:
        """Links that lead to no file, or to no heading of it."""
        for target in _LINK.findall(self.prose):
            path, _, anchor = target.partition("#")
            if ":" in path:
                continue
            linked = (self.path.parent / path).resolve() if path else self.path
            readme = linked / "README.md" if linked.is_dir() else linked
            if not linked.exists():
                yield f"{target}: there is no such file"
            elif anchor and anchor not in _anchors(self.text if linked == self.path else readme.read_text()):
                yield f"{target}: there is no such heading"

    def _unknown_words(self) -> Iterator[str]:
        for word in re.findall(r"`([^`\n]+)`", self.prose):
            if re.match(r"(terragrunt|terraform|aws|make) ", word):
                yield from faults_of(word)
            elif not is_known(word):
                yield f"{word}: nothing is called so"

    def _broken_blocks(self) -> Iterator[str]:
        for block in self.blocks:
            if block.kind == "sh":
                yield from faults_of(block.text)
            elif block.kind == "hcl":
                yield from _faults_of_hcl(block.text)


def is_known(word: str) -> bool:
    """Whether a word in a page is a path, a unit, or a name in the tree or its modules. Capitals stand for any name."""
    name = re.split(r" ?= ?", word)[0].removeprefix("atlantis apply -p ")
    if word in OF_OTHERS or name.startswith("-"):
        return True
    pattern = re.sub(r"\b[A-Z]{4,}\b", "*", name)
    if any(next(base.glob(pattern.rstrip("/")), None) for base in (ROOT, LIVE, *LIVE.glob("*/*"), ROOT / "gitops")):
        return True
    wanted = re.escape(pattern.removeprefix("TF_VAR_")).replace(r"\*", r"[\w-]+")
    return re.search(rf"(?<![\w-]){wanted}(?![\w-])", _tree()) is not None


@cache
def _tree() -> str:
    found = [
        *LIVE.rglob("*.hcl"),
        *LIVE.rglob("*.tf"),
        *(ROOT / "terraform" / "modules").rglob("*.tf"),
        ROOT / "tests" / "live" / "test_tree_text.py",
        *(ROOT / "gitops").rglob("*.yaml"),
    ]
    return "\n".join(each.read_text() for each in sorted(found) if ".terra" not in str(each))


def _anchors(text: str) -> set[str]:
    headings = re.findall(r"^#+ (.+)$", _FENCE.sub("", text), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", re.sub(r"`", "", each)).lower().replace(" ", "-") for each in headings}


def _faults_of_hcl(text: str) -> Iterator[str]:
    trouble = parse(text.encode()).trouble
    if trouble:
        yield f"{text.splitlines()[0]}: {trouble.what}"
    for name in re.findall(r"^ {0,2}(\w+)\s+= ", text, re.MULTILINE):
        if not is_known(name):
            yield f"{name}: nothing is called so"


def faults_of(script: str) -> list[str]:
    """What is wrong with the commands of a shell script: folders, programs, subcommands, flags, targets."""
    return list(_faults_of(script, ROOT))


def _faults_of(script: str, folder: Path) -> Iterator[str]:
    for line in re.sub(r"\\\n\s*", " ", script).splitlines():
        for within in _SUBSTITUTION.findall(line):
            yield from _faults_of(within, folder)
        for words in _commands(_SUBSTITUTION.sub("SUBSTITUTED", line)):
            if words[:1] == ["cd"]:
                folder = _entered(folder, words[1])
                if not folder.is_dir():
                    yield f"cd {words[1]}: there is no such folder"
            else:
                yield from _faults_of_command(words)


def _entered(folder: Path, name: str) -> Path:
    """Blocks of a page follow each other, so that a folder is of the last one or of the repository."""
    return folder / name if (folder / name).is_dir() else ROOT / name


def _commands(line: str) -> Iterator[list[str]]:
    lexer = shlex.shlex(line, posix=True, punctuation_chars="|&;")
    lexer.commenters = "#"
    lexer.whitespace_split = True
    words: list[str] = []
    for word in [*lexer, ";"]:
        if word not in {"&&", "||", "|", ";"}:
            words.append(word)
        elif words:
            yield words
            words = []


def _faults_of_command(words: Sequence[str]) -> Iterator[str]:
    rest = list(words)
    while rest and (rest[0] == "export" or _ENVIRON.fullmatch(rest[0])):
        name = rest.pop(0).partition("=")[0]
        if name.startswith(("TF_VAR_", "ML_CLUSTERS_")) and not is_known(name):
            yield f"{name}: nothing reads it"
    if not rest:
        return
    program, *arguments = [each for each in rest if each not in {">", "<"}]
    checks = {"terragrunt": _terragrunt, "terraform": _terraform, "aws": _aws, "make": _make}
    if program in checks:
        yield from checks[program](arguments)
    elif program not in PROGRAMS:
        yield f"{program}: a program that pages do not use"


def _make(arguments: Sequence[str]) -> Iterator[str]:
    targets = re.findall(r"^(\S+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for each in arguments:
        if not _ENVIRON.fullmatch(each) and each not in targets:
            yield f"make {each}: there is no such target"


def _aws(arguments: Sequence[str]) -> Iterator[str]:
    service, *called = arguments
    name = {"s3api": "s3"}.get(service, service)
    if name not in cast(Any, boto3).session.Session().get_available_services():
        yield f"aws {service}: there is no such service"
        return
    if not called:
        return
    operation, *rest = called
    client = _client(name)
    called_there = client.meta.method_to_api_mapping.get(operation.replace("-", "_"))
    if called_there is None:
        yield f"aws {service} {operation}: there is no such operation"
        return
    shape = client.meta.service_model.operation_model(called_there).input_shape
    members = {"--" + re.sub(r"(?<!^)(?=[A-Z])", "-", each).lower() for each in (shape.members if shape else ())}
    for flag in (each for each in rest if each.startswith("--")):
        if flag not in members | _GLOBAL_FLAGS_OF_AWS:
            yield f"aws {service} {operation} {flag}: there is no such option"


def _client(service: str) -> Any:
    return cast(Any, boto3).client(service, region_name="us-east-1")


def _terraform(arguments: Sequence[str]) -> Iterator[str]:
    subcommand = _subcommand(arguments)
    options = _help("terraform", (*subcommand, "-help"))
    if options is None:
        return
    if "Usage: terraform [global options] " + " ".join(subcommand) not in options:
        yield f"terraform {' '.join(subcommand)}: there is no such command"
        return
    # What apply and destroy take of plan is told in plan's help.
    known = options + (_help("terraform", ("plan", "-help")) or "")
    for flag in _flags(arguments):
        if not re.search(rf"(?<![\w-]){re.escape(flag)}(?![\w-])", known):
            yield f"terraform {' '.join(subcommand)} {flag}: there is no such option"


def _terragrunt(arguments: Sequence[str]) -> Iterator[str]:
    if "--" in arguments:
        at = list(arguments).index("--")
        yield from _terraform(arguments[at + 1 :])
        arguments = arguments[:at]
    subcommand = _subcommand(arguments)
    shortcut = subcommand[0] in TERRAFORM_S and subcommand != ("run",)
    if shortcut:
        yield from _terraform([each for each in arguments if not each.startswith("--")])
    options = _help("terragrunt", ("run" if shortcut else subcommand[0], *subcommand[1:] * (not shortcut), "--help"))
    if options is None:
        return
    if "Usage: terragrunt" not in options or (not shortcut and f"terragrunt {' '.join(subcommand)}" not in options):
        yield f"terragrunt {' '.join(subcommand)}: there is no such command"
        return
    for flag in (each for each in _flags(arguments) if each.startswith("--")):
        if not re.search(rf"{re.escape(flag)}(?![\w-])", options):
            yield f"terragrunt {' '.join(subcommand)} {flag}: there is no such option"


TERRAFORM_S = {"apply", "destroy", "force-unlock", "import", "init", "output", "plan", "show", "state", "validate"}
"""Terraform's commands that Terragrunt passes on."""

_OF_TWO_WORDS = {"state", "hcl", "backend"}


def _subcommand(arguments: Sequence[str]) -> tuple[str, ...]:
    words = [each for each in arguments if not each.startswith("-")]
    return tuple(words[: 2 if words[0] in _OF_TWO_WORDS else 1])


def _flags(arguments: Sequence[str]) -> list[str]:
    return [each.partition("=")[0] for each in arguments if each.startswith("-")]


@cache
def _help(program: str, arguments: tuple[str, ...]) -> str | None:
    """What a program says of itself; None where it is not here."""
    own = ROOT / ".tools" / program
    path = str(own) if own.exists() else shutil.which(program)
    if path is None:
        return None
    ran = subprocess.run([path, *arguments], capture_output=True, text=True, check=False, timeout=60, cwd="/")
    return ran.stdout + ran.stderr


def table(page: Page, first: str) -> list[Mapping[str, str]]:
    """The rows of the table whose first column is called so."""
    (found,) = re.findall(rf"^\| {re.escape(first)} \|.*\n\| ---.*\n((?:\|.*\n)+)", page.text, re.MULTILINE)
    head = next(line for line in page.text.splitlines() if line.startswith(f"| {first} |"))
    columns = [each.strip() for each in head.strip("|").split("|")]
    return [
        dict(zip(columns, (each.strip() for each in row.strip("|").split("|")), strict=True))
        for row in found.splitlines()
    ]
