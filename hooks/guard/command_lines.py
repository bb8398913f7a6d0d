"""A shell's line taken apart, as far as is needed to see which program gets a word: quotes, pipes, substitutions.

No shell's whole grammar. What is taken for a program and is none is unknown to commands.py, and so is blocked.
"""

import re

_COMMON = r"""
 (?P<comment>(?<![^\s;|&()])\#[^\n]*)
|(?P<end>\n|&&|\|\||\|&?|;+|&(?!>)|\))
|(?P<redirect>[0-9*]*(?:>>|>\||>&|>(?!\()|<<<|<&|<>)|&>>?)
|(?P<open>[$<>@]?\(|`)
|(?P<double>")
|(?P<plain>[^\s'"\\`$<>@&|;()\#0-9*]+|\S)
"""
_BASH = re.compile(
    r"""
 (?P<continued>\\\r?\n)
|(?P<blank>[^\S\n]+)
|(?P<escaped>\\.)
|(?P<single>'[^']*')
|(?P<here><<(?P<dash>-?)[ \t]*(?P<quote>['"\\]?)(?P<mark>[^\s'"<>|&;()]+)['"]?(?!<))
|"""
    + _COMMON,
    re.VERBOSE | re.DOTALL,
)
_POWERSHELL = re.compile(
    r"""
 (?P<continued>`\r?\n)
|(?P<blank>[^\S\n]+)
|(?P<escaped>`.)
|(?P<single>@'\r?\n.*?\n'@|'(?:[^']|'')*')
|"""
    + _COMMON,
    re.VERBOSE | re.DOTALL,
)


# PowerShell takes quotes of print for its own.
_QUOTES_OF_PRINT = str.maketrans("\u2018\u2019\u201a\u201b\u201c\u201d\u201e\u201f", "''''" + '"' * 4)


class Unreadable(Exception):
    """A quote, a parenthesis or a here-document has no end."""


class Command:
    """One program with its words, or a group in parentheses.

    inner are the pipelines of its substitutions and groups, targets the files it writes.
    """

    def __init__(self):
        self.words = []
        self.groups = []
        self.inner = []
        self.targets = []

    @property
    def text(self):
        """All that it gets or holds: words, here-documents, groups."""
        return " ".join(self.words + self.groups + self.targets)


def pipelines(text, powershell=False):
    """The pipelines of a text, each a list of commands.

    Raises:
        Unreadable: Something has no end.
    """
    reader = _Reader(text, powershell)
    found = []
    while reader.at < len(text):  # a parenthesis too many ends a list early
        found += reader.pipelines()
    return found


class _Reader:
    def __init__(self, text, powershell):
        self.text = text.translate(_QUOTES_OF_PRINT) if powershell else text
        self.powershell = powershell
        self.tokens = _POWERSHELL if powershell else _BASH
        self.escape = "`" if powershell else "\\"
        self.at = 0
        self.awaited = []  # here-documents whose text begins at the next line

    def pipelines(self):
        """Read up to a closing parenthesis or the end."""
        found, pipeline = [], [Command()]
        self.word, self.target = None, False
        while self.at < len(self.text):
            token = self.tokens.match(self.text, self.at)
            self.at = token.end()
            kind = token.lastgroup
            if kind == "comment" and self.word is not None:  # a line that was continued, or a substitution, before it
                self._add("#")
                self.at = token.start() + 1
                continue
            if kind in ("blank", "comment", "end", "redirect"):
                self._finish(pipeline[-1])
            if kind == "end":
                if token[0] == ")":
                    break
                if token[0] == "\n":
                    self._here_documents()
                pipeline.append(Command())
                if token[0] not in ("|", "|&"):
                    found.append(pipeline[:-1])
                    pipeline = pipeline[-1:]
            elif kind == "redirect":
                self.target = ">" in token[0]
            else:
                self._part(kind, token, pipeline)
        self._finish(pipeline[-1])
        found.append(pipeline)
        return [[each for each in line if each.text] for line in found if line]

    def _part(self, kind, token, pipeline):
        command, text = pipeline[-1], token[0]
        if kind == "plain":
            self._add(text)
        elif kind == "single":
            self._add(text.strip("@")[1:-1])
        elif kind == "escaped":
            self._add(text[1])
        elif kind == "double":
            self._add(self._double(command))
        elif kind == "open":
            inner = self._substitution(text, command)
            if text == "(" and self.word is None:
                command.groups.append(inner)
            else:
                self._add(inner)
        elif kind == "here":
            self._finish(command)
            self.awaited.append((command, token["mark"], token["dash"], not token["quote"]))

    def _add(self, text):
        self.word = (self.word or "") + text

    def _finish(self, command):
        if self.word is not None:
            (command.targets if self.target else command.words).append(self.word)
            self.target = False
        self.word = None

    def _double(self, command):
        """What stands up to the closing quote, with the substitutions in it read and left as they are."""
        parts = []
        while self.at < len(self.text):
            start, character = self.at, self.text[self.at]
            self.at += 1
            if character == '"':
                return "".join(parts)
            if character == self.escape and self.at < len(self.text):
                self.at += 1
                escaped = self.text[self.at - 1]
                # Elsewhere a backslash in double quotes is itself, as in the paths of Windows.
                parts.append(escaped if self.powershell or escaped in '$`"\\\n' else character + escaped)
            elif self.text.startswith("$(", start):
                self.at += 1
                parts.append(self._substitution("$(", command))
            elif character == "`":
                parts.append(self._substitution("`", command))
            else:
                parts.append(character)
        raise Unreadable

    def _substitution(self, opening, command):
        """Read what is run within a command; returns its text, which is what the command may get."""
        start = self.at
        if opening == "`":
            end = self.text.find("`", start)
            if end < 0:
                raise Unreadable
            self.at = end + 1
            command.inner += pipelines(self.text[start:end])
            return self.text[start:end]
        outside = self.word, self.target
        command.inner += self.pipelines()
        self.word, self.target = outside
        if self.text[self.at - 1] != ")" or self.at == start:
            raise Unreadable
        return self.text[start : self.at - 1]

    def _here_documents(self):
        for command, mark, dash, expanded in self.awaited:
            end = re.compile(r"^" + (r"\t*" if dash else "") + re.escape(mark) + r"\r?$", re.MULTILINE)
            found = end.search(self.text, self.at)
            if not found:
                raise Unreadable
            body = self.text[self.at : found.start()]
            self.at = min(found.end() + 1, len(self.text))
            command.words.append(body)
            if expanded:
                reader = _Reader(body + '"', self.powershell)
                reader._double(command)
        self.awaited = []
