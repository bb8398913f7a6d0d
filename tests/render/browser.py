"""A real browser, which draws a picture and tells where its words came to stand."""

import json
import os
import shutil
import struct
import subprocess
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

_ROOT = Path(__file__).parents[2]
_TOOLS = _ROOT / "tools/browser"
_OURS = _ROOT / ".tools/browser/chromium"
PNG = b"\x89PNG\r\n\x1a\n"

MEASURE = """
const picture = document.querySelector("svg"), found = []
const place = each => { const {x, y, width, height} = each.getBBox(); return {each, x, y, width, height} }
const words = [...picture.querySelectorAll("text")].filter(each => each.textContent).map(place)
const drawn = [...picture.querySelectorAll(".bar, .usable-end, .extending, .payment")].map(place)
const meet = (one, other) => one.x < other.x + other.width && other.x < one.x + one.width
  && one.y < other.y + other.height && other.y < one.y + one.height
const name = ({each}) => each.textContent || each.getAttribute("class")
words.forEach((one, number) => {
  if (one.x < 0 || one.y < 0 || one.x + one.width > picture.width.baseVal.value
      || one.y + one.height > picture.height.baseVal.value) found.push(["leaves the picture", name(one)])
  for (const other of [...words.slice(number + 1), ...drawn])
    if (meet(one, other)) found.push(["overlaps", name(one), name(other)])
})
const told = document.createElement("pre")
told.id = "measured"
told.textContent = JSON.stringify({words: words.length, drawn: drawn.length, found})
document.body.append(told)
"""


@dataclass(frozen=True, slots=True)
class Opened:
    """What came of opening a page.

    errors are of its scripts, requests what it asked for besides itself, wider by how many pixels it is wider than its
    window, faults those of accessibility that axe finds, and measured what a script of the page has measured.
    """

    title: str
    errors: list[str]
    requests: list[str]
    wider: int
    faults: list[dict[str, Any]]
    measured: str | None


def browser() -> str | None:
    """A Chromium, where `make browser` has made what opens pages in it; CHROMIUM_BIN names another one."""
    chromium = os.environ.get("CHROMIUM_BIN") or (str(_OURS) if _OURS.exists() else None)
    return chromium if shutil.which("node") and (_TOOLS / "node_modules").is_dir() else None


def opened(
    page: Path,
    image: Path | None = None,
    *,
    width: int = 1280,
    height: int = 900,
    dark: bool = False,
    whole: bool = True,
) -> Opened:
    """Open a file in a window of so many pixels, and wait until it is drawn.

    image becomes a picture of all of it, or without whole of what the window shows. dark is what who reads it prefers.
    """
    words = [str(browser()), str(page), str(width), str(height), "dark" if dark else "light"]
    words += [str(image), "whole" if whole else "seen"] if image else []
    command = ["node", str(_TOOLS / "open_page.mjs"), *words]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return Opened(**json.loads(done.stdout))


def measured(picture: str, folder: Path) -> dict[str, Any]:
    """How many words and signs a browser drew, and which words leave the picture, or overlap words or signs."""
    page = folder / "measured.html"
    page.write_text(f"<!doctype html><meta charset=utf-8><body>{picture}<script>{MEASURE}</script></body>", "utf-8")
    told = opened(page).measured
    assert told
    return json.loads(told)


def screenshot(file: Path, image: Path) -> list[bytes]:
    """Takes a picture of a picture as a browser shows it. Returns its lines of pixels, as they are packed."""
    opened(file, image)
    data = image.read_bytes()
    assert data.startswith(PNG)
    packed, at, width, channels = b"", len(PNG), 0, {2: 3, 6: 4}
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            columns, _, _, colour = struct.unpack(">IIBB", body[:10])
            width = columns * channels[colour] + 1
        packed += body if kind == b"IDAT" else b""
        at += size + 12
    pixels = zlib.decompress(packed)
    return [pixels[start : start + width] for start in range(0, len(pixels), width)]
