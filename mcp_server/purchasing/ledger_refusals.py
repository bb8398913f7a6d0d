"""Why a ledger cannot be used, whatever keeps it. The text of each is for people."""

from mcp_server.purchasing.ledger import LedgerRefused


class OtherWorld(LedgerRefused):
    """The ledger belongs to one AWS, and another is asked. Both are named as worlds."""

    def __init__(self, place: str, world: str, asked: str) -> None:
        self.place, self.world, self.asked = place, world, asked
        super().__init__(
            f"The ledger {place} belongs to {world}, and {asked} is asked: a ledger is never shared by two worlds, "
            "real or simulated.",
            "For simulated AWS start with --sandbox, for AWS without it.",
        )


class LostLedger(LedgerRefused):
    """A ledger that is known to exist is not there. why says how it is known, or what is there instead."""

    def __init__(self, place: str, why: str, then: str = "") -> None:
        self.place, self.why = place, why
        super().__init__(
            f"The ledger was looked for at {place}: {why}. It is not begun anew, because what was spent would be "
            "forgotten.",
            f"Restore it from a backup, or see ml-clusters ledger rebuild.{then}",
        )


class LedgerThere(LedgerRefused):
    """A ledger is to be begun where there is one, or something of one, named by its path."""

    def __init__(self, path: str) -> None:
        self.path = path
        super().__init__(
            f"There is {path}: no ledger is begun beside or over it.",
            "If it is of no use, keep it elsewhere, together with what has its name and ends in -wal and -shm.",
        )


class DamagedLedger(LedgerRefused):
    """The ledger does not verify. number is the entry at fault, None where it is the whole."""

    def __init__(self, place: str, why: str, number: int | None = None, then: str = "") -> None:
        self.place, self.why, self.number = place, why, number
        super().__init__(
            f"The ledger {place} does not verify: {why}. Nothing is bought on it.",
            f"Keep the file as it is, and restore it from a backup.{then}",
        )


class NewerLedger(LedgerRefused):
    """A newer version of this program writes the ledger."""

    def __init__(self, place: str) -> None:
        self.place = place
        super().__init__(
            f"The ledger {place} is written by a newer version of ml-clusters than this one.",
            "Restart to use the newer version.",
        )


class UnusableLedger(LedgerRefused):
    """What keeps the ledger fails, or is nothing to keep it on."""

    def __init__(self, place: str, why: object, then: str) -> None:
        self.place, self.why = place, why
        super().__init__(f"The ledger {place} cannot be used: {why}.", then)
