"""Where the table in a text is: its separator, header and rows, and the lines that are no rows."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice, pairwise

from convcore.datasets.numbers import GAPS, looks_like_number

MAX_ROWS = 100_000
MAX_COLUMNS = 200
MAX_CELLS = 2_000_000
# Tab and semicolon come first: a comma may also occur in numbers and in text. A blank stands for several.
SEPARATORS = {"\t": "tab", ";": "semicolon", "|": "|", ",": "comma", " ": "blanks"}
LOOKED_AT = 30  # records by which the separator is told
SAMPLE = 200  # rows by which numbers are told from words
SEP_LINE = re.compile(r'\s*"?sep=(.)"?\s*$', re.IGNORECASE)
TOTAL = re.compile(
    r"(grand |sub)?(totals?|sums?|averages?|mean)|summe|gesamt(summe)?|mittel(wert)?|durchschnitt"
    r"|total général|somme|moyenne|suma|promedio",
    re.IGNORECASE,
)
MATRICES = (
    (re.compile(r"\s*%%MatrixMarket"), "a MatrixMarket matrix"),
    (re.compile(r"\s*\[[\s\[]*[-+−.\d]"), "a matrix in brackets"),
)
Row = list[str]
FIRST_LINE = ("names", "data")


class Undecided(ValueError):
    """A file that could be read in two ways, and a choice says which."""


@dataclass(frozen=True, eq=False)
class Layout:
    """The table in a text.

    header: the names of the columns, () without a header. rows: the records of as many cells, and the
    line of the file on which each starts. skipped: what is no row, with its line and why. said: what
    else was understood, in a few words each.
    """

    header: tuple[str, ...]
    rows: list[Row] = field(repr=False)
    lines: tuple[int, ...] = field(repr=False)
    separator: str
    skipped: tuple[tuple[int, str], ...] = ()
    said: tuple[str, ...] = ()


def layout(text: str, first: str = "") -> Layout:
    """Find the table in a text; first: what its first line holds, "names" or "data", "" if it must tell.

    Raises ValueError, in one line for the page, if there is none; `Undecided` if `first` must be chosen.
    """
    text = text.lstrip("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    if kind := next((kind for mark, kind in MATRICES if mark.match(text)), ""):
        raise ValueError(f"the file is {kind} and no table; write a row a line, with commas")
    told, text = _declared(text)
    text, comments = _without_comments(text)
    separator = told or _separator(text)
    records: list[tuple[int, list[str]]] = []
    skipped: list[tuple[int, str]] = []
    for line, row in _records(text, separator):
        if not any(cell.strip() for cell in row):
            skipped.append((line, "empty"))
            continue
        if not records and len(row) > MAX_COLUMNS:
            raise ValueError(f"line {line} has {len(row):,} cells; at most {MAX_COLUMNS} columns")
        records.append((line, row))
        if len(records) > MAX_ROWS + 20 or len(records) * len(row) > MAX_CELLS + 20 * MAX_COLUMNS:
            break  # too many in any case
    records = _without_late_comments(records, comments)
    if not records:
        raise ValueError("the file is empty; it needs a header line and rows of numbers")
    said = [f"comments {'; '.join(comments)[:60]!r}"] if comments else []
    records, titles = _without_titles(records)
    said += [f"title {title[:40]!r}" for title in titles]
    records = _alike(records, separator)
    header = _header(records, comments, separator, first)
    if header is not None and header is records[0][1]:
        records = records[1:]
    width = len(records[0][1]) if records else len(header or ())
    if width > MAX_COLUMNS:
        raise ValueError(f"line {records[0][0]} has {width:,} cells; at most {MAX_COLUMNS} columns")
    most = min(MAX_ROWS, MAX_CELLS // max(width, 1))
    if len(records) > most:
        raise ValueError(f"the file has too many rows; at a width of {width} at most {most:,}")
    records, lost = _without_other_rows(records, header)
    if not records:
        raise ValueError("the file has a header but no rows; each row is a line of numbers")
    # Empty lines at the end of a file are no rows that anyone would miss.
    return Layout(
        tuple(header or ()),
        [row for _, row in records],
        tuple(line for line, _ in records),
        separator,
        tuple(sorted([*skipped, *lost])),
        tuple(said if header else [*said, "no header"]),
    )


def _declared(text: str) -> tuple[str, str]:
    """The separator that a first line like sep=; names, and the text with that line empty."""
    head, end, rest = text.partition("\n")
    if match := SEP_LINE.match(head):
        return match[1], end + rest
    return "", text


def _without_comments(text: str) -> tuple[str, list[str]]:
    """The text with the comments at its head made empty lines, and the comments."""
    comments, at = [], 0
    while at < len(text):
        end = text.find("\n", at)
        end = len(text) if end < 0 else end
        line = text[at:end].strip()
        if line and not _is_comment(line):
            break
        if line:
            comments.append(line.lstrip("#%/ "))
        at = end + 1
    # Only lines of comments alone: a text of nothing else is one that has no table.
    return ("\n" * text.count("\n", 0, at) + text[at:], comments) if comments else (text, [])


def _is_comment(line: str) -> bool:
    if line.lower().split(",")[0].split(";")[0].strip() in GAPS:  # #N/A
        return False
    return line.startswith(("//", "%")) or bool(re.match(r"#+(?![\t;,|]|\d)", line))


Records = list[tuple[int, Row]]


def _without_late_comments(records: Records, comments: list[str]) -> Records:
    late = [
        (line, row)
        for line, row in records
        if row[0].lstrip().startswith("#") and row[0].strip().lower() not in GAPS
    ]
    if not late or 2 * len(late) > len(records) or late[0][0] == records[0][0]:
        return records
    comments += [" ".join(row).lstrip("# ") for _, row in late]
    lines = {line for line, _ in late}
    return [(line, row) for line, row in records if line not in lines]


def _records(text: str, separator: str) -> Iterator[tuple[int, Row]]:
    """The records that are not blank lines, each with its first line; ValueError for unbalanced quotes."""
    if separator == " ":
        yield from _by_blanks(text)
        return
    file = io.StringIO(text, newline="\n")
    reader = csv.reader(file, delimiter=separator, skipinitialspace=True, strict=True)
    start = 1
    try:
        for row in reader:
            if row and (len(row) > 1 or row[0].strip()):
                yield start, row
            start = reader.line_num + 1
    except csv.Error:
        # The csv module's own words ("unexpected end of data") name neither the line nor a remedy.
        why = "a stray or open quotation mark, or too long a cell; set quotes in pairs"
        raise ValueError(f"line {start} has {why}") from None


def _by_blanks(text: str) -> Iterator[tuple[int, Row]]:
    for number, line in enumerate(text.split("\n"), 1):
        found = re.findall(r'"([^"]*)"(?=\s|$)|(\S+)', line)
        if found:
            yield number, [quoted or plain for quoted, plain in found]


def _separator(text: str) -> str:
    """Whichever splits the first lines into equally many cells, and more of them into numbers."""
    best, found = (0.0, 0.0), ""
    for separator in SEPARATORS:
        rows: list[Row] = []
        with suppress(ValueError):
            rows.extend(row for _, row in islice(_records(text, separator), LOOKED_AT))
        if not rows:
            continue
        widths = Counter(map(len, rows))
        width, often = max(widths.items(), key=lambda pair: (pair[1], pair[0]))
        if width == 1 or (len(rows) > 1 and often == 1):
            continue
        cells = [cell.strip() for row in rows[1:] or rows for cell in row]
        numbers = sum(looks_like_number(cell) or cell.lower() in GAPS for cell in cells)
        score = round(often / len(rows), 1), round(numbers / len(cells), 2)
        if score > best:
            best, found = score, separator
    if found:
        return found
    # Nothing fits: the one that the first line has most of.
    head = next((line for line in text.split("\n") if line.strip()), "")
    return max(",;\t|", key=head.count)


def _without_titles(records: Records) -> tuple[Records, list[str]]:
    """The records below the lines of a title, and those lines."""
    widths = Counter(len(row) for _, row in records[:SAMPLE])
    usual = max(widths.items(), key=lambda pair: (pair[1], pair[0]))[0]
    titles: list[str] = []
    while usual > 1 and len(records) > 1:
        filled = [cell for cell in records[0][1] if cell.strip()]
        if len(filled) >= usual or any(map(looks_like_number, filled)):
            break
        # One cell alone above others, or few of them above a whole header.
        alone = len(filled) == 1 and len(records[0][1]) < usual
        below = [cell for cell in records[1][1] if cell.strip() and not looks_like_number(cell)]
        if not alone and len(below) < usual:
            break
        titles.append(" ".join(filled))
        records = records[1:]
    return records, titles


def _alike(records: Records, separator: str) -> Records:
    """The records with equally many cells: empty ones at the ends of lines are no columns."""
    widths = Counter(len(row) for _, row in records)
    if len(widths) == 1 and any(row[-1].strip() for _, row in records):
        return records
    filled = [_filled(row) for _, row in records]
    width = max(filled)
    # In R's tables the header has no name for the names of rows.
    (line, head), rest = records[0], records[1:]
    named = filled[0] == len(head) == width - 1
    if rest and named and all(len(row) >= width for _, row in rest):
        records = [(line, ["", *head]), *rest]
    if all(len(row) >= width for _, row in records):
        return [(line, row[:width]) for line, row in records]
    usual = len(head) if widths[len(head)] > 1 or len(records) == 2 else widths.most_common(1)[0][0]
    odd, has = next(
        ((line, len(row)) for line, row in records if len(row) != usual),
        (line, len(head)),
    )
    other = next(line for line, row in records if len(row) == usual)
    cells = "1 cell" if has == 1 else f"{has:,} cells"
    hint = ""
    if separator == "," and widths == {len(head): 1, 2 * len(head): len(rest)}:
        hint = "; decimal commas need another separator, such as ;"
    by = "" if separator == "," else f" by {SEPARATORS.get(separator, separator)}"
    raise ValueError(
        f"line {odd} has {cells} and line {other} has {usual}{by}; make them alike{hint}"
    )


def _filled(row: Row) -> int:
    """How many cells a row has up to its last that is not empty."""
    n = len(row)
    while n > 1 and not row[n - 1].strip():
        n -= 1
    return n


def _header(records: Records, comments: list[str], separator: str, first: str) -> Row | None:
    """The names of the columns: those in the first record, or in the last comment; None without any."""
    head = records[0][1]
    if first == "names":
        return head
    if first == "data":
        return None
    columns = _number_columns(records[1:])
    cells = [head[i].strip() for i in columns]
    numbers = [cell for cell in cells if looks_like_number(cell)]
    words = [cell for cell in cells if cell not in numbers and cell.lower() not in GAPS]
    if len(records) == 1:
        filled = [cell.strip() for cell in head if cell.strip()]
        numbers = [cell for cell in filled if looks_like_number(cell)]
        words = [] if numbers else filled
    if words and numbers:
        shown = ", ".join(cell.strip() for cell in head)[:60]
        raise Undecided(
            f"line {records[0][0]} ({shown!r}) may be names or data, as {words[0][:20]!r} is no number and "
            f"{numbers[0][:20]!r} is one; choose what the first line holds"
        )
    if (
        numbers
        and _counts(numbers)
        and not all(_counts([r[i] for i in columns]) for _, r in records[1:4])
    ):
        shown = ", ".join(cell.strip() for cell in head)[:60]
        raise Undecided(
            f"line {records[0][0]} ({shown!r}) may be names or data; choose what the first line holds"
        )
    if not numbers:
        return head
    if comments:
        names = [row for _, row in _records(comments[-1], separator)][:1]
        if names and len(names[0]) == len(head) and not any(map(looks_like_number, names[0])):
            return names[0]
    return None


def _counts(cells: Sequence[str]) -> bool:
    """Whether cells are two or more whole numbers that count up by one, as years in a header."""
    try:
        x = [int(cell) for cell in cells]
    except ValueError:
        return False
    return len(x) > 1 and all(b - a == 1 for a, b in pairwise(x))


def _number_columns(records: Records) -> list[int]:
    """The columns in which most cells that are no gaps are numbers, told by the first rows."""
    found = []
    for i, cells in enumerate(zip(*(row for _, row in records[:SAMPLE]), strict=True)):
        there = [cell.strip() for cell in cells if cell.strip().lower() not in GAPS]
        if there and 2 * sum(map(looks_like_number, there)) > len(there):
            found.append(i)
    return found


def _without_other_rows(
    records: Records, header: Row | None
) -> tuple[Records, list[tuple[int, str]]]:
    """The records that are rows, and those that are not: totals, units, the header once more."""
    lost = []
    if header:
        again = [line for line, row in records if row == header]
        if len(again) < len(records):
            lost = [(line, "the header again") for line in again]
            records = [(line, row) for line, row in records if row != header] if again else records
    columns = _number_columns(records)
    if header and len(records) > 2 and len(columns) > 1:
        line, row = records[0]
        cells = [row[i].strip() for i in columns]
        if not any(looks_like_number(c) or c.lower() in GAPS for c in cells):
            lost.append((line, "units"))
            records = records[1:]
    while len(records) > 2 and _is_total(records):
        lost.append((records[-1][0], "a total"))
        records = records[:-1]
    return records, lost


def _is_total(records: Records) -> bool:
    """Whether the last record sums up the others: a cell says so that no other row has."""
    row = records[-1][1]
    at = next((i for i, cell in enumerate(row) if cell.strip()), 0)
    said = row[at].strip().rstrip(":")
    return bool(TOTAL.fullmatch(said)) and all(
        r[at].strip().rstrip(":") != said for _, r in records[:-1]
    )
