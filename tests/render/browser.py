"""A real browser, which draws a picture and tells where its words came to stand."""

import html
import json
import os
import re
import shutil
import struct
import subprocess
import zlib
from pathlib import Path
from typing import Any

NAMES = ("chromium", "chromium-browser", "google-chrome", "chrome")
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


def browser() -> str | None:
    """A Chromium: CHROMIUM_BIN, else the first on the PATH; None if there is none."""
    return os.environ.get("CHROMIUM_BIN") or next((found for found in map(shutil.which, NAMES) if found), None)


def measured(picture: str, folder: Path) -> dict[str, Any]:
    """How many words and signs a browser drew, and which words leave the picture, or overlap words or signs."""
    page = folder / "measured.html"
    page.write_text(f"<!doctype html><meta charset=utf-8><body>{picture}<script>{MEASURE}</script></body>", "utf-8")
    document = _run(page, "--dump-dom")
    told = re.search(r'<pre id="measured">(.*?)</pre>', document, re.DOTALL)
    assert told, document[-2000:]
    return json.loads(html.unescape(told[1]))


def screenshot(file: Path, image: Path) -> list[bytes]:
    """Takes a picture of a picture as a browser shows it. Returns its lines of pixels, as they are packed."""
    _run(file, f"--screenshot={image}")
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


def _run(page: Path, what: str) -> str:
    """Open a page at the width of a desktop."""
    words = ["--headless", "--no-sandbox", "--disable-gpu", "--hide-scrollbars", "--window-size=1280,900", what]
    profile = f"--user-data-dir={page.parent / 'profile'}"
    command = [str(browser()), *words, profile, page.as_uri()]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    return done.stdout
