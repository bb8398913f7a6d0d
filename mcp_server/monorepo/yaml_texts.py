"""YAML that others wrote: whatever is in it, it is parsed or refused."""

from typing import Any


class NotYaml(Exception):
    """A text that is no YAML, or names values that are none. reason is the parser's word for what is wrong."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(f"it is no YAML: {reason}")


def yaml_documents(text: str | bytes) -> list[Any]:
    """The documents of a text, made of lists, mappings and scalars alone.

    Raises:
        NotYaml: It has none that can be told.
    """
    # On first use: it takes long to import, and most of what reads such texts seldom meets one.
    import yaml  # noqa: PLC0415

    try:
        return list(yaml.safe_load_all(text))
    # A scalar with a wrong tag, or a date that no calendar has, ends in whatever its constructor stumbles over.
    except (yaml.YAMLError, ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError) as why:
        raise NotYaml(type(why).__name__) from why
