"""Whether the total that a person typed is the total that was shown."""

import re
from decimal import Decimal

_AMOUNT = re.compile(r"(?:0|[1-9][0-9]*|[1-9][0-9]{0,2}(?:,[0-9]{3})+)(?:\.[0-9]+)?")
_SIGNS = {"USD": "$"}


def same_total(typed: str, fee: Decimal, currency: str) -> bool:
    """Is what was typed this fee: 31464, 31464.00, 31,464.00, $31464.00 or 31464 USD, and nothing near it?"""
    text = typed.strip(" \t\r\n")
    sign, code = _SIGNS.get(currency), f" {currency}"
    text = text.removeprefix(sign) if sign and text.startswith(sign) else text.removesuffix(code)
    return _AMOUNT.fullmatch(text) is not None and Decimal(text.replace(",", "")) == fee
