"""The accounts that simulated AWS has where no live tree says otherwise, and the credentials of the first."""

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Account:
    """An account's name in the live tree and its number."""

    name: str
    number: str


MAIN: Final = Account("main", "483026362307")
SECONDARY: Final = Account("secondary", "159553542841")

USER: Final = "developer"
# No key of AWS begins like this, so that no scanner and no person takes it for one.
ACCESS_KEY_ID: Final = "SIMULATEDAWSMAINUSER"
SECRET_ACCESS_KEY: Final = "simulated-aws-checks-no-signature"  # noqa: S105 - a dummy, accepted by nobody else
