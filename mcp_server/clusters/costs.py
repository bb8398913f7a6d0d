"""What machines cost that were paid for in advance."""

from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Money:
    """An amount, unrounded, in a currency by its code."""

    amount: Decimal
    currency: str

    def __str__(self) -> str:
        return f"{self.amount:,.2f} {self.currency}"

    def times(self, count: int) -> "Money":
        """So much for each of several."""
        return Money(self.amount * count, self.currency)
