"""A page's state as a JSON file: what a link holds, and the user's own files, which no link holds."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from convcore.datasets import Upload
from convcore.knobs import leaves
from convcore.labs import Lab
from convcore.session import permalink, pinned
from convcore.session.pinned import Pin

MAX_MB = 12  # two tables of the largest size, with the marks that JSON adds


@dataclass(frozen=True)
class Saved:
    """What a file held: the lab, the pins, and a line for each thing that was replaced or left out."""

    lab: Lab
    pins: tuple[Pin, ...]
    lines: tuple[str, ...]


def write(lab: Lab, pins: Sequence[Pin] = ()) -> str:
    """The lab and the pins as JSON; of the pins' own files only the names."""
    held: dict[str, Any] = {**permalink.write(lab)}
    if pins:
        held["pins"] = pinned.write(pins)
    files = {path: x for path, _, x, _ in leaves(lab) if isinstance(x, Upload) and x.text}
    if files:
        held["files"] = {
            path: {"name": x.name, "text": x.text, "encoding": x.encoding}
            for path, x in files.items()
        }
    return json.dumps(held, indent=2, ensure_ascii=False)


def read(
    raw: bytes,
    labs: Sequence[type[Lab]],
    prepare: Callable[[Upload, str, str], None] = lambda file, first, gaps: None,
) -> Saved:
    """What `write` wrote; ValueError, in one line, if it is nothing of the kind.

    prepare: called with each file before it is read as a table, and with how that is to be done.
    """
    if len(raw) > MAX_MB * 2**20:
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
            name, text, encoding = (each[part] for part in ("name", "text", "encoding"))
            # As if its bytes were brought again: of what is no text no table is made.
            upload = Upload.decode(name, text.encode("utf-8"))
            files[path] = Upload(upload.name, upload.text, encoding if encoding.isascii() else "")
        except (ValueError, AttributeError, TypeError, LookupError):
            lines.append(f"The file's table {path[:40]!r} cannot be read; choose it again.")
    return files, lines
