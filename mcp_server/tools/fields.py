"""Strings of results that come from elsewhere, cleaned as a result is made of them."""

from typing import Annotated

from pydantic import AfterValidator

from mcp_server.capacity.words import clean, remark, word

Name = Annotated[str, AfterValidator(word)]
"""What AWS or somebody else called something: one word."""

Words = Annotated[str, AfterValidator(clean)]
"""Anything longer, in a field that is named as untrusted, or that AWS chose of a few words."""

Line = Annotated[str, AfterValidator(remark)]
"""A path of this machine, or a sentence of this program's with one in it."""
