"""Units as people write them, in every way that HCL takes."""

from hypothesis import strategies as st

from mcp_server.monorepo.hcl_places import ValuePlace

BLOCKS = ValuePlace(("inputs", "capacity_blocks"))

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8) | st.sampled_from(
    ['"', "\\", "${x}", "%{ if }", "$${", "$$${x", "\n", "\t\r", "é", "a = 1 # b", "<<E"]
)
SCALARS = st.none() | st.booleans() | st.integers(-(10**12), 10**12) | TEXTS
NAMES = st.sampled_from(["training", "a-b", "é", "with space", "for", "null", "x1", 'q"q', "8gpu", ""])
ENTRIES = st.dictionaries(
    st.sampled_from(["reservation_id", "count", "labels", "a b"]),
    SCALARS | st.dictionaries(st.sampled_from(["team", "for"]), SCALARS, max_size=2),
    max_size=3,
)

_COMMENTS = ["# one", "// two é", "/* three */", "/* four\n * lines */", "#"]
_VALUES = ["1", "false", '"text # no comment"', '"${local.x}-é"', "[1, 2]", "{}", "{ a = 1, b = {} }", "-5", "null"]
_LONG = [
    "{\n a = 1\n}",
    "[\n  1,\n  2,\n]",
    "<<-E\n    text } # {\n  E",
    "merge({\n  a = 1\n}, local.x)",
    'cond ? "a" : "b"',
]
_KEYS = ["hyperpod", '"quoted-key"', "k", "longer_name_of_an_input", '"é"']


@st.composite
def maps(draw: st.DrawFn, deep: str = "  ") -> str:
    """A map with up to three entries, on one line or on several, with comments."""
    keys = draw(st.lists(st.sampled_from(["alpha", '"b-c"', "gamma"]), unique=True, max_size=3))
    mark = st.sampled_from([" = ", " = ", "=", ": ", " : "])
    value = st.sampled_from([*_VALUES, '{ reservation_id = "cr-1", count = 8 }'])
    if draw(st.booleans()):
        inner = draw(st.sampled_from([", ", ",", " , "])).join(f"{key}{draw(mark)}{draw(value)}" for key in keys)
        comma = draw(st.sampled_from(["", ",", ", /* c */"])) if keys else draw(st.sampled_from(["", " ", "/* c */"]))
        return draw(st.sampled_from(["{ %s }", "{%s}", "({ %s })"])) % (inner + comma)
    lines = [draw(st.sampled_from(["{", "{ # first", "{  "]))]
    comma = draw(st.sampled_from(["", "", ","]))
    for at, key in enumerate(keys):
        lines += draw(between(deep))
        long = draw(st.booleans())
        written = draw(st.sampled_from(_LONG) if long else value).replace("\n", f"\n{deep}")
        end = "" if written.startswith("<<") else draw(st.sampled_from(["", "", "  # about it", " /* x */", " // é"]))
        own = comma if at < len(keys) - 1 or draw(st.booleans()) else ""
        lines.append(f"{deep}{key}{draw(mark)}{written}{'' if written.startswith('<<') else own}{end}")
    return "\n".join([*lines, *draw(between(deep)), deep[2:] + "}"])


def between(deep: str) -> st.SearchStrategy[list[str]]:
    """Comments and blank lines, as lines."""
    line = st.sampled_from(_COMMENTS).map(lambda each: deep + each) | st.just("")
    return st.just(list[str]()) | st.lists(line, max_size=3)


@st.composite
def siblings(draw: st.DrawFn) -> list[str]:
    """Other inputs, as lines."""
    lines: list[str] = []
    for key in draw(st.lists(st.sampled_from(_KEYS), unique=True, max_size=2)):
        value = draw(st.sampled_from(_VALUES + _LONG))
        plain = "\n" not in value
        end = draw(st.sampled_from(["", "", ","])) + draw(st.sampled_from(["", "", " # why"])) if plain else ""
        lines += [*draw(between("  ")), f"  {key}{draw(st.sampled_from([' = ', '   = ', '=']))}{value}{end}"]
    return lines


@st.composite
def units(draw: st.DrawFn) -> bytes:
    """A terragrunt.hcl with inputs.capacity_blocks, or without it, or without inputs."""
    before = draw(siblings())
    map_lines = [f"  capacity_blocks{draw(st.sampled_from([' = ', '  = ', '=']))}{draw(maps('    '))}"]
    map_lines[0] += draw(st.sampled_from(["", "", ",", " # end", " /* end */"]))
    after = draw(
        st.lists(st.sampled_from(["  zones = [1]", "  y = {\n    z = 1\n  }", "  # tail"]), unique=True, max_size=2)
    )
    kind = draw(st.integers(0, 9))
    if kind == 0:
        written = ""
    elif kind == 1:
        written = draw(st.sampled_from(["inputs = {}", "inputs = { a = 1 }", "inputs = { capacity_blocks = {} }"]))
    else:
        lines = map_lines if kind > 2 else list[str]()
        written = "\n".join(["inputs = {", *before, *draw(between("  ")), *lines, *after, "}"])
    head = draw(st.sampled_from(["", 'include "root" { path = find_in_parent_folders("root.hcl") }\n', "# é\n\n"]))
    tail = draw(st.sampled_from(["", "\n", "\n\n# end\n", "\nlocals {\n  a = <<E\n  {\nE\n  bc = 1\n}\n"]))
    newline = draw(st.sampled_from(["\n", "\n", "\r\n"]))
    return (head + written + tail).replace("\n", newline).encode()
