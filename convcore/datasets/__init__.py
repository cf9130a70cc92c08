"""Datasets: the tables that ship with the project, and reading a user's file.

A user's file is an `Upload`; its text becomes a `Table`, whose columns are numbers, words, dates or ids.
Anything wrong with a file raises a ValueError of one line: where the problem is, and how to fix it.
"""

from convcore.datasets.columns import COMMAS, THOUSANDS, YES, Column, Kind
from convcore.datasets.layout import MAX_CELLS, MAX_COLUMNS, MAX_ROWS, Undecided
from convcore.datasets.numbers import LARGEST
from convcore.datasets.shipped import TABLES, Shipped, load
from convcore.datasets.table import READ, ReadJob, Table, read_csv
from convcore.datasets.upload import MAX_BYTES, MAX_MB, Upload

__all__ = [
    "COMMAS", "LARGEST", "MAX_BYTES", "MAX_CELLS", "MAX_COLUMNS", "MAX_MB", "MAX_ROWS", "READ", "TABLES",
    "THOUSANDS", "YES", "Column", "Kind", "ReadJob", "Shipped", "Table", "Undecided", "Upload", "load",
    "read_csv",
]  # fmt: skip
