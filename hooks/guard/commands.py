"""Commands: one that names something guarded is let through only if all that get it merely show or record it.

What it takes to be let through is deliberately little: looking for the words in sources, committing and testing them,
asking for help, and simulated AWS. Whatever cannot be followed is blocked.
"""

import os
import re

import command_lines
import guarded
import programs
import writes

_WRAPPERS = ("builtin", "command", "env", "nice", "nohup", "stdbuf", "sudo", "time", "timeout", "xargs")
_WRAPPED = re.compile(
    r"-(?!$|\w*[iuS]|-[iu]|-s(?!ignal)).*|\{\}|[\d.]+[smh]?", re.DOTALL
)  # options, but those that take variables away, or hold a command
_OPENING = ("{", "if", "while", "until", "for", "select", "case")
_CLOSING = ("}", "done", "fi", "esac")
_KEYWORDS = ("!", "then", "elif", "else", "do", *_OPENING[:4], *_CLOSING)
# They change what later commands get, so that all commands of the line must be harmless.
_CARRYING = ("cd", "pushd", "set-location", "for", "case", "export", "local", "declare", "readonly", "read", "set")
_NO_FILES = ("1", "2", "/dev/null", "/dev/stderr", "$null", "NUL")
_ASSIGNED = re.compile(r"(\w+)=(.*)", re.DOTALL)


def guarded_in(text, folder, powershell=False):
    """What a command line would do that is guarded, or None. folder is where it runs."""
    kept = guarded.in_path(folder + "/")
    what = guarded.in_command(text) or kept
    if not what and "ml-clusters" not in text:  # a path may be put together from where a command has gone
        return None
    try:
        lines = command_lines.pipelines(text, powershell)
    except command_lines.Unreadable:
        return what
    judge = _Judge(folder, bool(kept))
    judge.read(lines)
    return None if judge.harmless else what or guarded.PLACE


class _Judge:
    """Looks at every command of a line. carried says that what a command does not name may reach it all the same."""

    def __init__(self, folder, carried):
        self._folder = folder
        self._carried = carried
        self._any_named = False
        self._within = []  # for each loop or block that is open, whether something guarded is piped into it
        self._named_harmless = True
        self._all_harmless = True

    @property
    def harmless(self):
        """Whether nothing that was read does more than to show or record what is guarded."""
        return self._named_harmless and (self._all_harmless or not self._carried)

    def read(self, lines, piped=False):
        """Look at pipelines, and at those within their substitutions and groups, which get what is piped into them."""
        for line in lines:
            # What closes a loop or a block passes on what was said in it.
            fed = self._any_named and line[:1] != [] and line[0].words[:1] in [[word] for word in _CLOSING]
            fed = fed or piped or any(self._within)
            for command in line:
                self._enter(command.words, fed)
                named = guarded.in_command(command.text) or self._leads_to(command.words + command.targets)
                harmless = self._is_harmless(command, named or (fed and guarded.PURCHASE), fed)
                self._all_harmless = self._all_harmless and harmless
                if named or fed:
                    self._named_harmless = self._named_harmless and harmless
                self.read(command.inner, fed)
                fed = bool(named) or (fed and not _counts(command))
                self._any_named = self._any_named or fed

    def _enter(self, words, fed):
        """Note the loops and blocks that begin or end with a command."""
        for word in words:
            if word in _OPENING:
                self._within.append(fed)
            elif word in _CLOSING:
                del self._within[-1:]
            if word not in _KEYWORDS:
                break

    def _leads_to(self, words):
        """What a word means as a path from where the command runs."""
        paths = [self._path(word) for word in words if "ml-clusters" in word or ".." in word]
        return next(filter(None, map(guarded.in_path, paths)), None)

    def _path(self, word):
        return os.path.normpath(os.path.join(self._folder, word))  # noqa: PTH118 (pathlib costs more than all else)

    def _is_harmless(self, command, named, fed):
        assigned, words = _unwrapped(command.words)
        told = None if _counts(command) else named
        if not all(target in _NO_FILES or self._writes_harmlessly(target, told) for target in command.targets):
            return False
        if not words and command.groups:
            return True  # its commands are looked at one by one
        if not words or words[0].lower() in _CARRYING:
            self._carried = self._carried or bool(named)
            if words[:1] and words[0].lower() in ("cd", "pushd", "set-location") and len(words) > 1:
                self._folder = self._path(words[1])
            return True
        program = _program(words[0])
        if program == "tee":
            return all(word.startswith("-") or self._writes_harmlessly(word, named) for word in words[1:])
        use = programs.Use(words[1:], assigned, named, fed, lambda line: guarded_in(line, self._folder))
        return programs.harmless(program, use)

    def _writes_harmlessly(self, target, named):
        # What is written into a document may be run by the next command.
        self._carried = self._carried or bool(named)
        path = self._path(target)
        return not guarded.in_path(path) and (not named or writes.holds_no_program(path))


def _counts(command):
    """Whether it passes on figures of what it gets, and nothing else."""
    return command.words[:1] == ["wc"] and not guarded.in_command(" ".join(command.words))


def _unwrapped(words):
    """The variables that a command is given, and its words without them and without what only runs it."""
    assigned, rest, wrapped = {}, list(words), False
    while rest:
        variable = _ASSIGNED.fullmatch(rest[0])
        if variable:
            assigned[variable.group(1)] = variable.group(2)
        elif _program(rest[0]) in _WRAPPERS:
            wrapped = True
            if _program(rest[0]) == "sudo":
                assigned.clear()  # it keeps what stands before it to itself
        elif rest[0] not in _KEYWORDS and not (
            wrapped and _WRAPPED.fullmatch(rest[0]) and not guarded.in_command(rest[0])
        ):
            break
        rest.pop(0)
    return assigned, rest


def _program(word):
    """The name of the program that a path leads to, on any system."""
    name = re.split(r"[\\/]", word)[-1].lower()
    return name[:-4] if name.endswith((".exe", ".cmd")) else name
