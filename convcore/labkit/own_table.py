"""A table that a lab reads: one that comes with the app, or a CSV of the user's own."""

from __future__ import annotations

from dataclasses import dataclass

from convcore.datasets import MAX_MB, TABLES, Table, Upload, load, read_csv
from convcore.knobs import FieldError

OWN = "your CSV"
# In the label, for the uploader's own words of it go once a file is there.
OWN_FILE = f"{OWN}, at most {MAX_MB} MB"
STAND_IN = TABLES[0]  # what is shown until a file comes


@dataclass(frozen=True)
class ChosenTable:
    """A table by its name among TABLES, or by OWN the one in `file`."""

    name: str
    file: Upload

    @property
    def waiting(self) -> bool:
        """Whether a file of the user's is asked for and not there yet."""
        return self.name == OWN and not self.file.text

    def read(self) -> Table:
        """The table; FieldError for "file", in one line, if the file cannot be read as one."""
        if self.waiting:
            return load(STAND_IN.name)
        if self.name != OWN:
            return load(self.name)
        try:
            return read_csv(self.file.text, self.file.name)
        except ValueError as error:
            raise FieldError("file", str(error)) from None

    def known(self) -> Table | None:
        """The table, or None where it cannot be read."""
        try:
            return self.read()
        except FieldError:
            return None
