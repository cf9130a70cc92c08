"""A user's file: its bytes as text in whatever encoding, or what it is if it is no text."""

from __future__ import annotations

import io
import math
import re
from dataclasses import dataclass

import numpy as np

from convcore.setting import Setting

MAX_MB = 5  # Streamlit's uploader has the same limit, in .streamlit/config.toml
MAX_BYTES = MAX_MB * 1_000_000
CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
# Byte order marks; UTF-32's little one begins with UTF-16's.
ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
# What files of other kinds begin with.
SIGNATURES = (
    (b"PK\x03\x04", "a zip archive"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook of the old kind (.xls)"),
    (b"%PDF", "a PDF"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"PAR1", "a Parquet file"),
    (b"\x89HDF", "an HDF5 file"),
    (b"SQLite format 3", "an SQLite database"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"GIF8", "a picture"),
    (b"{\\rtf", "an RTF document"),
)
NPY = b"\x93NUMPY"
INSIDE_ZIP = (
    (b"xl/", "an Excel workbook (.xlsx)"),
    (b"opendocument.spreadsheet", "an OpenDocument spreadsheet (.ods)"),
    (b"word/", "a Word document"),
)
HTML = re.compile(r"\s*<(!doctype|html|head|table|div|\?xml)\b", re.IGNORECASE)
JSON = re.compile(r'\s*(\{\s*"|\[\s*\{)')


@dataclass(frozen=True)
class Upload(Setting):
    """A user's file: its name for display, and its text; empty if there is none.

    encoding: what its bytes were read as, if they are neither UTF-8 nor marked.
    """

    name: str = ""
    text: str = ""
    encoding: str = ""

    def __repr__(self) -> str:
        if not self.text:
            return f"Upload({self.name!r})" if self.name else "Upload()"
        return f"Upload.read({self.name!r})" if self.name else f"Upload(text={self.text!r})"

    @classmethod
    def decode(cls, name: str, raw: bytes) -> Upload:
        """The file's bytes as text, at most 5 MB: UTF-8, UTF-16, UTF-32, Windows-1252 or Mac Roman.

        A NumPy array of numbers (.npy) is written as rows of them.

        Raises ValueError, in one line for the page, for anything else: what it is, and what to do.
        """
        name = "".join(c for c in re.split(r"[\\/]", name)[-1] if c.isprintable()).strip()[-80:]
        name = name or "data.csv"
        if len(raw) > MAX_BYTES:
            raise ValueError(f"{name} is larger than {MAX_MB} MB; leave out rows or columns")
        if raw.startswith(NPY):
            return cls(name, _array_text(name, raw))
        if kind := _other_kind(raw):
            raise ValueError(f"{name} is {kind}; open it and save it as CSV UTF-8")
        text, encoding = _decoded(name, raw)
        text = text.rstrip("\x1a")  # DOS ends a file so
        if CONTROLS.search(text):
            raise ValueError(f"{name} is not a text file; save it as CSV UTF-8")
        if not text.strip():
            raise ValueError(f"{name} is empty; it needs a header line and rows of numbers")
        for pattern, kind in ((HTML, "a web page"), (JSON, "JSON")):
            if pattern.match(text):
                raise ValueError(f"{name} is {kind}, not a table; save it as CSV UTF-8")
        return cls(name, text, encoding)

    @classmethod
    def read(cls, path: str) -> Upload:
        """The file at `path`, for notebooks; ValueError if it cannot be read or decoded."""
        try:
            with open(path, "rb") as file:
                return cls.decode(path, file.read(MAX_BYTES + 1))
        except OSError as error:
            raise ValueError(f"{path} cannot be read: {error.strerror}") from None


def _other_kind(raw: bytes) -> str:
    """What a file that is no text is by its first bytes, "" if they do not tell."""
    kind = next((kind for mark, kind in SIGNATURES if raw.startswith(mark)), "")
    if kind == "a zip archive":
        return next((inside for mark, inside in INSIDE_ZIP if mark in raw), kind)
    return kind


def _array_text(name: str, raw: bytes) -> str:
    """The rows of a NumPy array of numbers in its own format; nothing in it is run."""
    file = io.BytesIO(raw)
    try:
        version = np.lib.format.read_magic(file)
        header = np.lib.format.read_array_header_1_0 if version == (1, 0) else None
        if header is None:
            raise ValueError
        shape, _, kind = header(file)
        if kind.kind not in "biuf" or not 1 <= len(shape) <= 2 or 0 in shape:
            raise ValueError
        # A header may promise more than there is: it must not be given the memory.
        if math.prod(shape) * kind.itemsize != len(raw) - file.tell():
            raise ValueError
        file.seek(0)
        rows = np.atleast_2d(np.load(file, allow_pickle=False).astype(float))
    except (ValueError, EOFError, SyntaxError):
        raise ValueError(
            f"{name} is no NumPy array of rows of numbers; save those as CSV"
        ) from None
    return "".join(",".join(map(repr, row)) + "\n" for row in rows.tolist())


def _decoded(name: str, raw: bytes) -> tuple[str, str]:
    """The text, and its encoding if that had to be guessed."""
    for mark, encoding in ORDER_MARKS:
        if raw.startswith(mark):
            try:
                return raw.decode(encoding), ""
            except UnicodeDecodeError:
                raise ValueError(f"{name} is not a text file; save it as CSV UTF-8") from None
    if encoding := _unmarked_utf16(raw):
        try:
            return raw.decode(encoding), "UTF-16"
        except UnicodeDecodeError:
            raise ValueError(f"{name} is not a text file; save it as CSV UTF-8") from None
    try:
        return raw.decode("utf-8-sig"), ""
    except UnicodeDecodeError as error:
        beyond_ascii = raw.decode("utf-8", errors="replace")
        broken = beyond_ascii.count("\ufffd")
        if sum(not c.isascii() for c in beyond_ascii) > 2 * broken:  # UTF-8 with a broken place
            line = raw.count(b"\n", 0, error.start) + 1
            at = f"byte 0x{raw[error.start]:02x} in line {line}"
            raise ValueError(f"{name} is not UTF-8 text ({at}); save it as CSV UTF-8") from None
    windows = raw.decode("cp1252", errors="replace")
    mac = raw.decode("mac_roman")
    if _letters(mac) > _letters(windows):
        return mac, "Mac Roman"
    if "\ufffd" in windows or CONTROLS.search(windows):
        raise ValueError(f"{name} is not a text file; save it as CSV UTF-8")
    return windows, "Windows-1252"


def _unmarked_utf16(raw: bytes) -> str:
    """The byte order of UTF-16 without a mark, by the zero bytes of its digits and separators; or ""."""
    head = raw[:8000]
    if len(raw) % 2 or len(raw) < 4:
        return ""
    low, high = head[::2].count(0), head[1::2].count(0)
    if high > 0.3 * len(head[1::2]) and low < 0.02 * len(head):
        return "utf-16-le"
    if low > 0.3 * len(head[::2]) and high < 0.02 * len(head):
        return "utf-16-be"
    return ""


def _letters(text: str) -> int:
    """How many letters beyond ASCII stand beside a letter, as in words of a language."""
    return len(re.findall(r"(?<=[a-z])[^\x00-\x7f\W\d_]|[^\x00-\x7f\W\d_](?=[a-z])", text))
