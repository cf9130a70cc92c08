"""The page: a lab's fields as controls, its result as sentences, pictures and tables."""

from convcore.page.main import main

__all__ = ["main"]
