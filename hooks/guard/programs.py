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
    r":|\[\[?|ag|awk|bat|cat|cmp|comm|column|cut|date|diff|dir|echo|egrep|exit|false|fgrep|file|findstr|fold|format-list"
    r"|format-table|gc|get-childitem|get-command|get-content|get-help|grep|head|jq|less|lint-imports|ls|measure-object|more|mypy|nl"
    r"|out-host|out-string|printf|pwd|pyright|pytest|readlink|realpath|rg|ruff|select-object|select-string|sls|sort"
    r"|sort-object|stat|strings|tac|tail|test|tr|tree|true|type|wc|where-object|which|write-host|write-output|yq"
)
# Words with which some of them do more.
_ACTING = {
    "ag": r"--pager",
    "awk": r"(?s:.*)(?:system|getline|(?<!\|)\|(?!\|)|@|print[^;}]*>)|-(?![Fv]|$)",
    "bat": r"--pager",
    "less": r"-[a-zA-Z]*[oO]|--log|\+",
    "rg": r"--pre\b|--hostname-bin",
    "sort": r"-[a-zA-Z]*o|--o|--co",
    "tree": r"-[a-zA-Z]*o",
    "yq": r"-[a-zA-Z]*i|--inplace",
}
# Cmdlets that take a block of script: it may compare, and do nothing else.
_WITH_BLOCKS = re.compile(r"(?:where|sort|select|measure)-object|format-(?:list|table)|sls|select-string")
_BLOCK_ACTS = re.compile(r"\{(?!\s*\$[\w.:]*\s+-\w)")

# What a script of sed's may be: lines chosen, printed or left out, and words replaced. It can write and run, too.
_SED_LINE = r"(?:\d+|\$|/(?:\\.|[^/\\\n])*/I?)"
_SED_SCRIPT = re.compile(
    r"(?:[\s;{}]|" + _SED_LINE + r"(?:[,~]\+?" + _SED_LINE + r")?(?=[\s!{a-zA-Z=])|!|[pPdDqQ=nNlhHgGx](?=[\s;}]|$)"
    r"|s([^\w\s\\;])(?:\\.|(?!\1)[^\\])*\1(?:\\.|(?!\1)[^\\])*\1[gpiI\d]*(?=[\s;}]|$))*",
    re.DOTALL,
)
_SED_OPTION = r"-[nErsuz]+|--(?:quiet|silent|regexp-extended|null-data|separate|unbuffered|posix|debug)"

_GIT_SHOWS = (
    r"add|annotate|blame|branch|cat-file|cherry-pick|commit|describe|diff|for-each-ref|grep|log|ls-files|ls-tree|merge"
    r"|merge-base|pull|push|range-diff|rebase|reflog|rev-list|rev-parse|revert|shortlog|show|status|tag|whatchanged"
)
_GIT_CHANGES = r"rm|mv|checkout|restore|clean|stash|reset|switch"
# The beginnings of long options are enough for git: --exec, --ext-diff, --open-files-in-pager, --output, --receive-pack
# and --upload-pack.
_GIT_ACTS = r"--ex(?!c|tended)|--textc|--op|--ou|--rec(?!u)|--up(?:l|$)|-[iqv]*x|-[a-zA-Z]*O"
_GIT_SETTING = re.compile(
    r"core\.pager=(?:cat|less)?|core\.quotepath=\w+|(?:color|user|advice)\.[\w.]+=.*", re.IGNORECASE | re.DOTALL
)
_GH_SHOWS = re.compile(
    r"(?:pr|issue|search|label|status)\b|release (?:create|edit|list|view)\b|(?:repo|run|workflow) (?:list|view)\b"
)
_PLANNING = r"console|fmt|graph|output|plan|providers|show|validate|version"
_CURL_ELSEWHERE = (
    r"-[sSfLkvgjIiN]*[xKcDO]|--(?:proxy|preproxy|socks|connect-to|resolve|config|cookie-jar|dump|remote|trace)"
)
_CURL_WRITES = r"-[sSfLkvgjIiN]*o|--output"

_LANGUAGE = re.compile(r"python[\d.]*|py|node|deno|bun|ruby|perl|php")
_LOOPBACK = re.compile(r"(?:https?://)?(?:127(?:\.\d{1,3}){3}|localhost|\[::1\])(?::\d+)?(?:/\S*|\?\S*)?")
_DOCUMENTATION = re.compile(r"https://(?:docs\.aws\.amazon\.com|registry\.terraform\.io|docs\.python\.org)/[^\s?]*")
_ADDRESS = re.compile(r"https?://|amazonaws|\.api\.aws|\.on\.aws", re.IGNORECASE)
_OTHER_ENDPOINT = re.compile(r"endpoint|environ|getenv|process\.env|ENV\[|amazonaws|\.aws\b", re.IGNORECASE)


def harmless(program, use):
    """Whether a program, by its name alone and in small letters, only shows, records or simulates here."""
    if any(word.startswith("-") and guarded.in_path(word) for word in use.words):
        return False  # what an option names may be written
    if _SHOWING.fullmatch(program):
        if _WITH_BLOCKS.fullmatch(program) and _BLOCK_ACTS.search(" ".join(use.words)):
            return False
        return program not in _ACTING or not any(re.match(_ACTING[program], word) for word in use.words)
    if program in _RULES:
        return _RULES[program](use)
    if program.startswith("py") and use.words[:1] == ["-m"]:
        return harmless("".join(use.words[1:2]), use._replace(words=use.words[2:]))
    # A program in a language: its own variables aim it at this machine, and nothing in it speaks of another endpoint.
    aimed = _aimed_here(use) and not _OTHER_ENDPOINT.search(" ".join(use.words))
    return bool(_LANGUAGE.fullmatch(program)) and aimed and not use.fed


def _git(use):
    rest = list(use.words)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        value = rest.pop(0) if option in ("-c", "-C") and rest else ""
        if option == "-c" and not _GIT_SETTING.fullmatch(value):
            return False
        if not re.fullmatch(r"-[cCpP]|--no-pager|--paginate|--no-optional-locks|--(?:git-dir|work-tree)=.*", option):
            return False
    operation, rest = "".join(rest[:1]), rest[1:]
    changes = re.fullmatch(_GIT_CHANGES, operation) and not any(map(guarded.in_path, use.words))
    return bool(changes or re.fullmatch(_GIT_SHOWS, operation)) and not any(re.match(_GIT_ACTS, word) for word in rest)


def _gh(use):
    """What it does is said by its first words; what follows are values."""
    return bool(_GH_SHOWS.match(re.sub(r"^(?:-R|--repo)[ =]\S{1,200} ", "", " ".join(use.words))))


def _sed(use):
    scripts, operands, rest = [], [], list(use.words)
    while rest:
        word = rest.pop(0)
        if word in ("-e", "--expression", "-ne", "-Ee", "-nEe"):
            scripts += rest[:1]
            del rest[:1]
        elif word.startswith("--expression="):
            scripts.append(word.split("=", 1)[1])
        elif not word.startswith("-") or word == "-":
            operands.append(word)
        elif not re.fullmatch(_SED_OPTION, word):
            return False
    return all(_SED_SCRIPT.fullmatch(script) for script in scripts or operands[:1])


def _uniq(use):
    """What it is given after the file that it reads, it writes."""
    return sum(not re.match(r"-|\d+$", word) for word in use.words) < 2


def _find(use):
    if any(re.match(r"-delete|-ok|-fprint|-fls|-execdir", word) for word in use.words):
        return False
    starts = [at + 1 for at, word in enumerate(use.words) if word == "-exec"]
    runs = [use.words[start:] for start in starts]
    return all(run and harmless(run[0], use._replace(words=run[1:])) for run in runs)


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
    return _all_loopback(given) if given else _aimed_here(use)


def _curl(use):
    """All addresses are on this machine or of documentation, no option leads elsewhere, and nothing is written."""
    for word, value in zip(use.words, [*use.words[1:], ""]):
        if re.match(_CURL_ELSEWHERE, word) or (re.match(_CURL_WRITES, word) and value != "/dev/null"):
            return False
    addresses = [word for word in use.words if _LOOPBACK.fullmatch(word) or _DOCUMENTATION.fullmatch(word)]
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
        ["ledger", "rebuild"],
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
    "gh": _gh,
    "git": _git,
    "make": _make,
    "ml-clusters": _ours,
    "sed": _sed,
    "uniq": _uniq,
    **dict.fromkeys(("bash", "dash", "ksh", "sh", "zsh"), _shell),
    **dict.fromkeys(("poetry", "uv"), _runner),
    **dict.fromkeys(("terraform", "terragrunt", "tofu"), _terraform),
}


def _aimed_here(use):
    """Whether variables aim AWS's SDKs at this machine: for all services, or for each whose purchases are named."""
    if "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS" in use.assigned:
        return False
    called = guarded.services(" ".join(use.words))
    given = {name: value for name, value in use.assigned.items() if name.startswith("AWS_ENDPOINT_URL")}
    all_given = bool(called) and all("AWS_ENDPOINT_URL_" + service in given for service in called)
    return ("AWS_ENDPOINT_URL" in given or all_given) and _all_loopback(list(given.values()))


def _all_loopback(addresses):
    return bool(addresses) and all(_LOOPBACK.fullmatch(each) for each in addresses)
