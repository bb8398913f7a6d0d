"""A terminal as a person sees it: what stands on the screen now, not all that was ever written to it."""

import re
import signal
import time
from pathlib import Path

import pexpect
import pyte

ENTER, ESCAPE, DOWN = "\r", "\x1b", "\x1b[B"
POINTER = "\N{HEAVY RIGHT-POINTING ANGLE QUOTATION MARK ORNAMENT}"
"""What Claude Code marks the line with where one is."""
_PATIENCE = 120


class Terminal:
    """Runs a program in a terminal of a size, which is rows by columns."""

    def __init__(self, command: list[str], environ: dict[str, str], folder: Path, size: tuple[int, int]) -> None:
        rows, columns = size
        self._screen = pyte.Screen(columns, rows)
        self._stream = pyte.Stream(self._screen)
        self._program = pexpect.spawn(
            command[0],
            command[1:],
            env=environ | {"TERM": "xterm-256color"},
            cwd=str(folder),
            dimensions=size,
            encoding="utf-8",
        )

    @property
    def lines(self) -> list[str]:
        """What is on the screen, with plain spaces."""
        return [line.replace("\xa0", " ").rstrip() for line in self._screen.display]

    @property
    def title(self) -> str:
        """What the terminal's window was called."""
        return self._screen.title

    def until(self, words: str) -> list[str]:
        """Wait until these words are on one line of the screen. Returns what is on the screen.

        Raises:
            TimeoutError: They did not come.
            EOFError: The program ended first.
        """
        end = time.monotonic() + _PATIENCE
        while not any(words in line for line in self.lines):
            if time.monotonic() > end:
                raise TimeoutError(f"'{words}' did not come:\n" + "\n".join(self.lines))
            self._read(words)
        # The rest of it may still be on its way; what is animated never rests.
        end = time.monotonic() + 3
        while self._read(words) and time.monotonic() < end:
            pass
        return self.lines

    def _read(self, words: str) -> bool:
        """Show what comes within half a second. Returns whether anything came."""
        try:
            self._stream.feed(self._program.read_nonblocking(1 << 16, timeout=0.5))
        except pexpect.TIMEOUT:
            return False
        except pexpect.EOF:
            raise EOFError(f"The program ended before '{words}':\n" + "\n".join(self.lines)) from None
        return True

    def press(self, keys: str, shows: str) -> list[str]:
        """Type, and wait until the screen shows what comes of it. Returns what is on the screen."""
        self._program.send(keys)
        return self.until(shows)

    def close(self) -> None:
        """End the program."""
        self._program.kill(signal.SIGKILL)
        self._program.wait()
        self._program.close()


def unwrapped(lines: list[str]) -> str:
    """The words in lines, without the line breaks and the bars at the left that a narrow screen brings."""
    return re.sub(r"[│▎\s]+", " ", " ".join(lines))
