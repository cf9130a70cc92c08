"""The page: turns a lab's fields into controls and its result into pictures, sentence and tables."""

from convcore.page.main import main

__all__ = ["main"]
