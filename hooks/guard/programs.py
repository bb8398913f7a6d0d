"""Programs: which of them only show or record what they are given, and which are aimed at simulated AWS.

A program that is not known here is taken for one that acts.
"""

import re
from collections import namedtuple

import guarded

# One use of a program. assigned are its variables; named is what it gets that is guarded; fed says whether that comes
# through a pipe; judge says what a command line within it would do.
Use = namedtuple("Use", "words assigned named fed judge")  # noqa: PYI024 (typing takes longer to import than all of this)

_SHOWING = re.compile(
    r":|\[|ag|awk|bat|cat|cmp|comm|column|cut|date|diff|dir|echo|egrep|exit|false|fgrep|file|findstr|fold|format-list"
    r"|format-table|gc|get-childitem|get-content|gh|grep|head|jq|less|lint-imports|ls|measure-object|more|mypy|nl"
    r"|out-host|out-string|printf|pwd|pyright|pytest|readlink|realpath|rg|ruff|sed|select-object|select-string|sls|sort"
    r"|sort-object|stat|strings|tac|tail|test|tr|tree|true|type|uniq|wc|where-object|which|write-host|write-output|yq"
)
# Words with which some of them do more.
_ACTING = {
    "awk": r".*(?:system|getline|[|>])|-[fi]",
    "gh": r"api|alias|extension|workflow|run|codespace",
    "rg": r"--pre\b",
    "sed": r"-[a-zA-Z]*i|--in-place|[\d$]*e\s",
    "sort": r"-[a-zA-Z]*o|--output|--compress",
    "tree": r"-o",
    "yq": r"-[a-zA-Z]*i|--inplace",
}
_GIT_ACTS = r"apply|am|bisect|config|daemon|difftool|filter-branch|mergetool|submodule|--exec.*|-x"
_GIT_CHANGES = r"rm|mv|checkout|restore|clean|stash|reset|switch"
_PLANNING = r"console|fmt|graph|output|plan|providers|show|validate|version"
_CURL_ELSEWHERE = r"-[a-zA-Z]*[xK]|--proxy|--preproxy|--socks|--connect-to|--resolve|--config"

_LANGUAGE = re.compile(r"python[\d.]*|py|node|deno|bun|ruby|perl|php")
_LOOPBACK = re.compile(r"(?:https?://)?(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::\d+)?(?:/\S*|\?\S*)?")
_ADDRESS = re.compile(r"https?://|amazonaws|\.api\.aws|\.on\.aws", re.IGNORECASE)
_OTHER_ENDPOINT = re.compile(r"endpoint|environ|getenv|process\.env|ENV\[|amazonaws|\.aws\b", re.IGNORECASE)


def harmless(program, use):
    """Whether a program, by its name alone and in small letters, only shows, records or simulates here."""
    if _SHOWING.fullmatch(program):
        return program not in _ACTING or not any(re.match(_ACTING[program], word) for word in use.words)
    if program in _RULES:
        return _RULES[program](use)
    if program.startswith("py") and use.words[:1] == ["-m"]:
        return harmless("".join(use.words[1:2]), use._replace(words=use.words[2:]))
    # A program in a language: its own variables aim it at this machine, and nothing in it speaks of another endpoint.
    aimed = _all_loopback(_endpoints(use.assigned)) and not _OTHER_ENDPOINT.search(" ".join(use.words))
    return bool(_LANGUAGE.fullmatch(program)) and aimed and not use.fed


def _git(use):
    operation = next((word for word in use.words if not word.startswith("-")), "")
    if not operation or "-c" in use.words[: use.words.index(operation)]:
        return False
    changes = use.named == guarded.PLACE and re.fullmatch(_GIT_CHANGES, operation)
    return not changes and not any(re.fullmatch(_GIT_ACTS, word) for word in use.words)


def _find(use):
    if any(re.match(r"-delete|-ok|-fprint|-fls|-execdir", word) for word in use.words):
        return False
    if "-exec" not in use.words:
        return True
    run = use.words[use.words.index("-exec") + 1 :]
    return bool(run) and harmless(run[0], use._replace(words=run[1:]))


def _make(use):
    """The arguments for the tests' runner are words of its command line, and nothing else may be named."""
    for word in use.words:
        given = word[len("ARGS=") :] if word.startswith("ARGS=") else ""
        if guarded.in_command(word) and (not given or use.judge("pytest " + given)):
            return False
    return not any(re.match(r"-[a-zA-Z]*[fE]|--eval|--file|--makefile", word) for word in use.words)


def _shell(use):
    """A shell is what the line is that it is given."""
    if use.fed or len(use.words) < 2 or not re.fullmatch(r"-[a-z]*c", use.words[0]):
        return False
    return not use.judge(use.words[1]) and not guarded.in_command(" ".join(use.words[2:]))


def _aws(use):
    """Help, or an endpoint on this machine. A dry run is neither: one word less and it is a purchase."""
    if len(use.words) > 1 and use.words[-1] == "help" and guarded.in_command(use.words[-2]):
        return True
    given = []
    for at, word in enumerate(use.words):
        if word.startswith("--end"):  # the CLI takes a beginning for the whole of --endpoint-url
            given.append(word.split("=", 1)[1] if "=" in word else "".join(use.words[at + 1 : at + 2]))
    return _all_loopback(given or _endpoints(use.assigned))


def _curl(use):
    """All addresses are on this machine, and no option leads elsewhere."""
    if any(re.match(_CURL_ELSEWHERE, word) for word in use.words):
        return False
    addresses = [word for word in use.words if _LOOPBACK.fullmatch(word)]
    return bool(addresses) and not any(_ADDRESS.search(word) for word in use.words if word not in addresses)


def _terraform(use):
    operands = [word for word in use.words if not word.startswith("-")]
    reading = bool(operands) and bool(re.fullmatch(_PLANNING, operands[0]))
    return reading or operands[:2] in (["state", "list"], ["state", "show"])


def _ours(use):
    if "--sandbox" in use.words or "--help" in use.words:
        return True
    operands = [word for word in use.words if not word.startswith("-")]
    return operands[:1] not in (["approve"], ["serve"]) and operands[:2] not in (
        ["ledger", "settle"],
        ["policy", "init"],
    )


def _runner(use):
    """Of uv and poetry: what they run."""
    run = use.words[1:] if use.words[:1] == ["run"] else []
    return bool(run) and harmless(run[0], use._replace(words=run[1:]))


_RULES = {
    "aws": _aws,
    "curl": _curl,
    "find": _find,
    "git": _git,
    "make": _make,
    "ml-clusters": _ours,
    **dict.fromkeys(("bash", "dash", "ksh", "sh", "zsh"), _shell),
    **dict.fromkeys(("poetry", "uv"), _runner),
    **dict.fromkeys(("terraform", "terragrunt", "tofu"), _terraform),
}


def _endpoints(assigned):
    """The addresses that variables give to AWS's SDKs; none where they are told to ignore them."""
    if "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS" in assigned:
        return []
    return [value for name, value in assigned.items() if name.startswith("AWS_ENDPOINT_URL")]


def _all_loopback(addresses):
    return bool(addresses) and all(_LOOPBACK.fullmatch(each) for each in addresses)
