"""Bytes become a Document: the one place that knows tree-sitter and its grammar of HCL."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache

import tree_sitter_hcl
from tree_sitter import Language, Node, Parser

from mcp_server.capacity.words import quoted
from mcp_server.monorepo import syntax
from mcp_server.monorepo.syntax import (
    MOST_NESTING,
    Attribute,
    Block,
    Body,
    Document,
    Expression,
    SyntaxTrouble,
    Token,
    TokenKind,
)

_ESCAPE = re.compile(r'\\(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([nrt"\\]))|([$%])\4\{')
_PLAIN = {"n": "\n", "r": "\r", "t": "\t", '"': '"', "\\": "\\"}
_HEREDOC_ESCAPE = re.compile(r"([$%])\1\{")


_CLOSINGS = {
    "{": "}",
    "(": ")",
    "[": "]",
    "${": "}",
    "%{": "}",
    "quoted_template_start": "quoted_template_end",
}
_OPENINGS = frozenset(_CLOSINGS.values())
_TOKENS = {
    "comment": TokenKind.COMMENT,
    "string_lit": TokenKind.TEXT,
    "quoted_template": TokenKind.TEXT,
    "heredoc_template": TokenKind.TEXT,
}
_CALLED = {"quoted_template_start": "the quotation mark", "heredoc_identifier": "the closing word of a heredoc"}


class _NotHcl(Exception):
    """The file breaks a rule of HCL. trouble says which, and where."""

    def __init__(self, at: int, what: str) -> None:
        self.trouble = SyntaxTrouble(at, what)
        super().__init__(what)


@cache
def _parser() -> Parser:
    return Parser(Language(tree_sitter_hcl.language()))


def parse(data: bytes) -> Document:
    """The file with these bytes."""
    try:
        return Document(data, _checked(data))
    except _NotHcl as broken:
        return Document(data, Body(), broken.trouble)


def tokens(data: bytes) -> list[Token]:
    """The tokens of a file that is HCL, in order."""
    found: list[Token] = []
    waiting = [_parser().parse(data).root_node]
    while waiting:
        node = waiting.pop()
        kind = _TOKENS.get(node.type)
        if kind is None and node.child_count:
            waiting += reversed(node.children)
        elif data[node.start_byte : node.end_byte].strip():
            found.append(Token(node.start_byte, node.end_byte, kind or TokenKind.OTHER))
    return found


def _checked(data: bytes) -> Body:
    try:
        data.decode()
    except UnicodeDecodeError as error:
        raise _NotHcl(error.start, "it is not UTF-8") from None
    top = _parser().parse(data).root_node
    if top.has_error:
        raise _first_error(top)
    for child in top.children:
        if child.type == "body":
            return _Reader(data).body(child, 0)
    return Body()


def _first_error(top: Node) -> _NotHcl:
    """The first error in the file: a bracket that has no other half, else where the grammar gives up."""
    opened: list[Node] = []
    for leaf in _leaves(top):
        if leaf.is_missing:
            continue
        kind = leaf.type
        if kind in _CLOSINGS:
            opened.append(leaf)
        elif kind in _OPENINGS:
            if not opened:
                return _NotHcl(leaf.start_byte, f"{_called(leaf)} closes nothing")
            if kind != _CLOSINGS[opened[-1].type]:
                break
            opened.pop()
    if opened:
        return _NotHcl(opened[-1].start_byte, f"{_called(opened[-1])} is never closed")
    return _where_it_stops(top)


def _where_it_stops(node: Node) -> _NotHcl:
    while True:
        if node.is_missing:
            return _NotHcl(max(node.start_byte - 1, 0), f"{_called(node)} is missing")
        inner = next((each for each in node.children if each.has_error or each.is_missing), None)
        if inner is None:
            near = (node.text or b"").decode().strip().partition("\n")[0]
            return _NotHcl(node.start_byte, f"it cannot be read from {quoted(near, 40)} on")
        node = inner


def _called(node: Node) -> str:
    return _CALLED.get(node.type) or quoted(node.type)


def _leaves(top: Node) -> Iterator[Node]:
    """The tree's leaves in order. A broken file may nest deep, so this does not recurse."""
    waiting = [top]
    while waiting:
        node = waiting.pop()
        if node.child_count:
            waiting += reversed(node.children)
        else:
            yield node


class _Reader:
    """Turns nodes of the grammar into our own, which are few and outlive the tree."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._terms: Mapping[str, Callable[[Node, int], Expression]] = {
            "literal_value": self._literal,
            "variable_expr": self._variable,
            "template_expr": self._template,
            "function_call": self._call,
            "collection_value": self._collection,
            "conditional": self._conditional,
            "operation": self._operation,
        }

    def body(self, node: Node, depth: int) -> Body:
        if depth > MOST_NESTING:
            raise _NotHcl(node.start_byte, f"blocks are nested more than {MOST_NESTING} deep")
        attributes: dict[str, Attribute] = {}
        blocks: list[Block] = []
        last = -1
        for child in node.children:
            kind = child.type
            if kind == "comment":
                continue
            if child.start_point.row <= last:
                raise _NotHcl(child.start_byte, "a new argument or block needs a new line")
            last = child.end_point.row
            if kind == "attribute":
                read = self._attribute(child, depth)
                if read.name in attributes:
                    raise _NotHcl(child.start_byte, f"{quoted(read.name)} is set twice")
                attributes[read.name] = read
            elif kind == "block":
                blocks.append(self._block(child, depth))
        return Body(attributes, tuple(blocks))

    def _attribute(self, node: Node, depth: int) -> Attribute:
        children = node.children
        return Attribute(
            node.start_byte, node.end_byte, self._text(children[0]), self._expression(children[-1], depth + 1)
        )

    def _block(self, node: Node, depth: int) -> Block:
        kind, *rest = node.children
        labels = [self._label(each) for each in rest if each.type in {"string_lit", "identifier"}]
        inner = next((each for each in rest if each.type == "body"), None)
        body = self.body(inner, depth + 1) if inner else Body()
        if inner and inner.end_point.row == node.end_point.row != node.start_point.row:
            raise _NotHcl(inner.end_byte, "the closing brace needs a new line")
        return Block(node.start_byte, node.end_byte, self._text(kind), tuple(labels), body)

    def _label(self, node: Node) -> str:
        return self._string(node) if node.type == "string_lit" else self._text(node)

    def _text(self, node: Node) -> str:
        return self._data[node.start_byte : node.end_byte].decode()

    def _string(self, node: Node) -> str:
        """The text between the quotation marks: the grammar's own node of it lacks blanks at either end."""
        return _unescaped(self._data[node.start_byte + 1 : node.end_byte - 1].decode())

    def _expression(self, node: Node, depth: int) -> Expression:
        """An expression with whatever is accessed of it."""
        children = [each for each in node.children if each.type != "comment"]
        if depth > MOST_NESTING or not children:
            return syntax.Unread(node.start_byte, node.end_byte, f"it is nested more than {MOST_NESTING} deep")
        return self._accessed(children, node, depth)

    def _accessed(self, children: Sequence[Node], node: Node, depth: int) -> Expression:
        if children[0].type == "(":
            base, rest = self._expression(children[1], depth + 1), children[3:]
        else:
            base, rest = self._term(children[0], depth), children[1:]
        steps = [step for each in rest for step in self._steps(each, depth)]
        if any(step is None for step in steps):
            return syntax.Unread(node.start_byte, node.end_byte, "a splat is not evaluated")
        if not steps:
            return base
        start, end = children[0].start_byte, children[-1].end_byte
        return syntax.Access(start, end, base, tuple(each for each in steps if each is not None))

    def _steps(self, node: Node, depth: int) -> Iterator[str | int | Expression | None]:
        if node.type == "get_attr":
            yield self._text(node.children[-1])
        elif node.type == "index":
            inner = node.children[0]
            if inner.type == "legacy_index":
                yield from (int(each) for each in self._text(inner).split(".") if each.isdecimal() and len(each) < 10)
            else:
                yield self._expression(inner.children[1], depth + 1)
        else:
            yield None

    def _term(self, node: Node, depth: int) -> Expression:
        read = self._terms.get(node.type)
        if read:
            return read(node, depth)
        what = "a for expression" if node.type == "for_expr" else "this expression"
        return syntax.Unread(node.start_byte, node.end_byte, f"{what} is not evaluated")

    def _literal(self, node: Node, _depth: int) -> Expression:
        inner = node.children[0]
        match inner.type:
            case "string_lit":
                value = self._string(inner)
            case "numeric_lit":
                return _number(self._text(inner), node)
            case "bool_lit":
                value = self._text(inner) == "true"
            case _:
                value = None
        return syntax.Literal(node.start_byte, node.end_byte, value)

    def _variable(self, node: Node, _depth: int) -> Expression:
        return syntax.Variable(node.start_byte, node.end_byte, self._text(node))

    def _template(self, node: Node, depth: int) -> Expression:
        inner = node.children[0]
        if inner.type == "heredoc_template":
            return self._heredoc(inner, depth)
        parts = self._parts(inner.children[1:-1], (inner.start_byte + 1, inner.end_byte - 1), _unescaped, depth)
        return self._of_parts(node, parts, flush=False)

    def _heredoc(self, node: Node, depth: int) -> Expression:
        start, identifier, *inner, end = node.children
        begin = self._data.index(b"\n", identifier.end_byte) + 1
        # The lines end before the one with the closing word.
        finish = max(begin, self._data.rfind(b"\n", 0, end.start_byte) + 1)
        parts = self._parts(inner, (begin, finish), _heredoc_unescaped, depth)
        return self._of_parts(node, parts, flush=self._text(start) == "<<-")

    def _of_parts(self, node: Node, parts: Sequence[str | Expression] | None, *, flush: bool) -> Expression:
        if parts is None:
            return syntax.Unread(node.start_byte, node.end_byte, "a template with directives is not evaluated")
        return syntax.Template(node.start_byte, node.end_byte, tuple(parts), flush)

    def _parts(
        self, nodes: Sequence[Node], span: tuple[int, int], unescape: Callable[[str], str], depth: int
    ) -> list[str | Expression] | None:
        """What a template is made of: interpolations, and the texts between. None if there is more."""
        parts: list[str | Expression] = []
        at, finish = span
        for each in nodes:
            if each.type == "template_literal":
                continue
            inner = [child for child in each.children if child.type == "expression"]
            if each.type != "template_interpolation" or len(each.children) != 3 or not inner:
                return None
            parts += [unescape(self._data[at : each.start_byte].decode()), self._expression(inner[0], depth + 1)]
            at = each.end_byte
        return [part for part in [*parts, unescape(self._data[at:finish].decode())] if part != ""]

    def _call(self, node: Node, depth: int) -> Expression:
        name, *rest = [each for each in node.children if each.type != "comment"]
        inside = next((each.children for each in rest if each.type == "function_arguments"), list[Node]())
        arguments = tuple(self._expression(each, depth + 1) for each in inside if each.type == "expression")
        expands = any(each.type == "ellipsis" for each in inside)
        return syntax.Call(node.start_byte, node.end_byte, self._text(name), arguments, expands)

    def _collection(self, node: Node, depth: int) -> Expression:
        inner = node.children[0]
        if inner.type == "tuple":
            items = tuple(self._expression(each, depth + 1) for each in inner.children if each.type == "expression")
            return syntax.Sequence(node.start_byte, node.end_byte, items)
        pairs = [
            [part for part in each.children if part.type == "expression"]
            for each in inner.children
            if each.type == "object_elem"
        ]
        read = tuple((self._expression(key, depth + 1), self._expression(value, depth + 1)) for key, value in pairs)
        return syntax.Object(node.start_byte, node.end_byte, read)

    def _conditional(self, node: Node, depth: int) -> Expression:
        test, yes, no = (self._expression(each, depth + 1) for each in node.children if each.type == "expression")
        return syntax.Conditional(node.start_byte, node.end_byte, test, yes, no)

    def _operation(self, node: Node, depth: int) -> Expression:
        if depth > MOST_NESTING:
            return syntax.Unread(node.start_byte, node.end_byte, f"it is nested more than {MOST_NESTING} deep")
        inner = [each for each in node.children[0].children if each.type != "comment"]
        if node.children[0].type == "unary_operation":
            operator, operands = self._text(inner[0]), [inner[1:]]
        else:
            cut = next(at for at, each in enumerate(inner) if at and not each.is_named)
            operator, operands = self._text(inner[cut]), [inner[:cut], inner[cut + 1 :]]
        read = tuple(self._accessed(each, node, depth + 1) for each in operands)
        number = read[0].value if operator == "-" and len(read) == 1 and isinstance(read[0], syntax.Literal) else None
        if isinstance(number, int | float) and not isinstance(number, bool):
            return syntax.Literal(node.start_byte, node.end_byte, -number)
        return syntax.Operation(node.start_byte, node.end_byte, operator, read)


def _number(text: str, node: Node) -> Expression:
    """A number. One that Python could not give back as written is unread."""
    if len(text) > 18:
        return syntax.Unread(node.start_byte, node.end_byte, "the number is too long")
    value = int(text) if text.isdecimal() else float(text)
    if abs(value) > 1e18:
        return syntax.Unread(node.start_byte, node.end_byte, "the number is too large")
    # HCL has one kind of number: 1.0 is 1.
    return syntax.Literal(node.start_byte, node.end_byte, int(value) if value == int(value) else value)


def _unescaped(text: str) -> str:
    return _ESCAPE.sub(_meant, text) if "\\" in text or "{" in text else text


def _meant(found: re.Match[str]) -> str:
    short, long, plain, template = found.groups()
    if template:
        return f"{template}{{"
    if plain:
        return _PLAIN[plain]
    code = int(short or long, 16)
    return chr(code) if code <= 0x10FFFF and not 0xD800 <= code <= 0xDFFF else "\ufffd"


def _heredoc_unescaped(text: str) -> str:
    return _HEREDOC_ESCAPE.sub(r"\1{", text)
