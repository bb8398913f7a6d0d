"""Files that are replaced whole or not at all, so that who reads one meanwhile never sees half of it."""

import os
from pathlib import Path
from tempfile import NamedTemporaryFile


def replace_file(file: Path, data: bytes, mode: int) -> None:
    """Put these bytes in a file's place at once, and on the disk. A link at its name is replaced, not followed.

    Raises:
        OSError: It cannot be written, and is as it was.
    """
    draft: Path | None = None
    try:
        # Under a name that nobody can have laid a link at.
        with NamedTemporaryFile("wb", dir=file.parent, prefix=f".{file.name}.", delete=False) as opened:
            draft = Path(opened.name)
            opened.write(data)
            opened.flush()
            os.fsync(opened.fileno())
        draft.chmod(mode)
        draft.replace(file)
    except BaseException:
        # Also where a person interrupts: a draft that is left lies beside the file for ever.
        if draft:
            draft.unlink(missing_ok=True)
        raise
