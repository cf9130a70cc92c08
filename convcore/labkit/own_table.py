"""A table that a lab reads: one that comes with the app, or the user's own CSV."""

from __future__ import annotations

from dataclasses import dataclass

from convcore.datasets import MAX_MB, TABLES, Table, Upload, load, read_csv
from convcore.knobs import FieldError

OWN = "your CSV"
# In the label, because the uploader hides its own note of the limit once it holds a file.
OWN_FILE = f"{OWN}, at most {MAX_MB} MB"
STAND_IN = TABLES[0]  # shown until a file is chosen


@dataclass(frozen=True)
class ChosenTable:
    """The table of this name in TABLES, or the one in `file` if the name is OWN."""

    name: str
    file: Upload

    @property
    def waiting(self) -> bool:
        """Whether the user's file is wanted but not there yet."""
        return self.name == OWN and not self.file.text

    def read(self) -> Table:
        """The table; raises FieldError for "file", in one line, if the file cannot be read."""
        if self.waiting:
            return load(STAND_IN.name)
        if self.name != OWN:
            return load(self.name)
        try:
            return read_csv(self.file.text, self.file.name)
        except ValueError as error:
            raise FieldError("file", str(error)) from None

    def known(self) -> Table | None:
        """The table, or None if it cannot be read."""
        try:
            return self.read()
        except FieldError:
            return None
