"""A page's state as a JSON file: what a link holds, and the user's own files, which no link holds."""

from __future__ import annotations

import json
import zlib
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from convcore.datasets import MAX_BYTES, MAX_MB, Upload
from convcore.knobs import leaves
from convcore.labs import Lab
from convcore.session import permalink, pinned
from convcore.session.pinned import Pin

LARGEST = MAX_BYTES  # of a page that is saved, as the server takes no larger one back


@dataclass(frozen=True)
class Saved:
    """What a file held: the lab, the pins, and a line for each thing that was replaced or left out."""

    lab: Lab
    pins: tuple[Pin, ...]
    lines: tuple[str, ...]


def write(lab: Lab, pins: Sequence[Pin] = ()) -> str:
    """The lab and the pins as JSON that `read` takes; of the pins' own files only the names.

    Files that would make it too large are compressed, and left out if that is not enough: see `fits`.
    """
    held: dict[str, Any] = {**permalink.write(lab)}
    if pins:
        held["pins"] = pinned.write(pins)
    files = {path: x for path, _, x, _ in leaves(lab) if isinstance(x, Upload) and x.text}
    readable = all(len(x.text.encode()) <= MAX_BYTES for x in files.values())
    ways = (_plain, _packed) if files and readable else ()
    for way in ways:
        text = _as_json(held | {"files": {path: way(x) for path, x in files.items()}})
        if len(text.encode()) <= LARGEST:
            return text
    return _as_json(held)


def fits(lab: Lab) -> bool:
    """Whether the lab's own files are in what is written of it."""
    sizes = [len(x.text) for _, _, x, _ in leaves(lab) if isinstance(x, Upload)]
    # A character is at most six bytes in JSON, so that most files need not be written to know.
    return 6 * sum(sizes) < LARGEST // 2 or "files" in json.loads(write(lab))


def _as_json(held: dict[str, Any]) -> str:
    return json.dumps(held, indent=2, ensure_ascii=False)


def _plain(file: Upload) -> dict[str, str]:
    return {"name": file.name, "text": file.text, "encoding": file.encoding}


def _packed(file: Upload) -> dict[str, str]:
    packed = b64encode(zlib.compress(file.text.encode())).decode()
    return {"name": file.name, "packed": packed, "encoding": file.encoding}


def _text(held: dict[str, str]) -> bytes:
    """The text of a file, packed or not; no more than is needed to see that it is too large."""
    if "packed" not in held:
        return held["text"].encode()
    try:
        return zlib.decompressobj().decompress(b64decode(held["packed"]), MAX_BYTES + 1)
    except zlib.error:
        raise ValueError("no packed text") from None


def read(
    raw: bytes,
    labs: Sequence[type[Lab]],
    prepare: Callable[[Upload, str, str], None] = lambda file, first, gaps: None,
) -> Saved:
    """What `write` wrote; ValueError, in one line, if it is nothing of the kind.

    prepare: called with each file before it is read as a table, and with how that is to be done.
    """
    if len(raw) > MAX_MB * 2**20:  # as the uploader counts
        raise ValueError(f"The file is larger than {MAX_MB} MB.")
    try:
        held = json.loads(raw.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        raise ValueError("This is no JSON file; choose one that was saved here.") from None
    if not isinstance(held, dict) or held.get("lab") not in [kind.key for kind in labs]:
        raise ValueError("The file names no lab of this page; choose one that was saved here.")
    files, lines = _files(held.pop("files", {}))
    written = held.pop("pins", "")
    pins, lost = pinned.read(written if isinstance(written, str) else "", labs, "file")
    texts = {name: x for name, x in held.items() if isinstance(x, str)}
    lines += [
        f"The file's {name[:40]!r} is no text; it is ignored." for name in held.keys() - texts
    ]
    for path, file in files.items():
        owner = path.rpartition(".")[0]
        prepare(file, *(texts.get(f"{owner}.{name}", "") for name in ("first_line", "more_gaps")))
    lab, changed = permalink.read(texts, labs, "file", files)
    return Saved(lab, tuple(pins), (*lines, *changed, *lost))


def _files(held: Any) -> tuple[dict[str, Upload], list[str]]:
    """The user's files by the paths of their fields, and a line for each that cannot be read."""
    files: dict[str, Upload] = {}
    lines: list[str] = []
    for path, each in held.items() if isinstance(held, dict) else ():
        try:
            name, encoding = each["name"], each["encoding"]
            # As if its bytes were brought again: of what is no text no table is made.
            upload = Upload.decode(name, _text(each))
            files[path] = Upload(upload.name, upload.text, encoding if encoding.isascii() else "")
        except (ValueError, AttributeError, TypeError, LookupError):
            lines.append(f"The file's table {path[:40]!r} cannot be read; choose it again.")
    return files, lines
